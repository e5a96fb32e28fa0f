"""The simulated firm in examples/."""

import csv
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_the_script_reproduces_the_file_byte_for_byte(tmp_path: Path) -> None:
    """examples/projects.csv is what its script writes, so it can be checked and changed."""
    target = tmp_path / "projects.csv"
    subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(EXAMPLES / "simulate_projects.py"), str(target)], check=True
    )
    assert target.read_bytes() == (EXAMPLES / "projects.csv").read_bytes()


def test_no_two_jobs_read_alike() -> None:
    """The descriptions are varied enough to be worth a search."""
    with (EXAMPLES / "projects.csv").open(encoding="utf-8", newline="") as file:
        descriptions = [row["description"] for row in csv.DictReader(file)]
    assert len(descriptions) == 400
    assert len(set(descriptions)) == 400
