"""The commands of the README, as they stand there, on a server and on a folder without one."""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.whole.program import (
    NO_MODEL,
    PATIENCE,
    ROOT,
    alive_on,
    environment,
    ran,
    running,
)

Run = subprocess.CompletedProcess[str]

OPENED = "No server runs on the data folder; it is opened for this command."
# What names one training and no other.
VERSION = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")


def _commands() -> dict[str, list[str]]:
    """The arguments that the README gives to `handwerk`, by their first word.

    Moving over needs an original's database, and has tests of its own.
    """
    lines = (ROOT / "README.md").read_text().replace("\\\n", " ").splitlines()
    prompt = "$ .venv/bin/handwerk "
    found = [shlex.split(line.removeprefix(prompt)) for line in lines if line.startswith(prompt)]
    return {command[0]: command for command in found if command[0] != "migrate-from"}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder for the tests of this module, which use it one after the other."""
    base = Path(tempfile.mkdtemp(prefix="handwerk-test-"))
    base.chmod(0o711)
    yield base / "data"
    shutil.rmtree(base)


@pytest.fixture(scope="module")
def served(folder: Path) -> dict[str, Run]:
    """What the README's commands answer while a server runs; it has ended by now."""
    with running(folder):
        return {name: ran(folder, *command) for name, command in _commands().items()}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_readme_s_commands_answer(served: dict[str, Run]) -> None:
    """Import, train, search and estimate, on the table that comes along."""
    assert list(served) == ["import", "train", "search", "estimate"]
    assert [run.returncode for run in served.values()] == [0, 0, 0, 0]
    assert served["import"].stdout == "400 rows read: 400 created, 0 unchanged, 0 failed.\n"
    report = served["train"].stdout
    assert report.startswith("Back-test over 367 finished jobs, 17.01.2019 to 15.10.2026")
    assert "learned model" in report
    assert "Aktenschrank" in served["search"].stdout
    price, span, confidence, basis = served["estimate"].stdout.splitlines()[:4]
    assert re.fullmatch(r"Price +[\d.]+,\d\d € net", price)
    assert re.fullmatch(r"Range +[\d.]+,\d\d € to [\d.]+,\d\d €, built to hold 80 % .*", span)
    assert confidence.startswith("Confidence")
    assert "model of your finished jobs" in basis


@pytest.mark.long
@pytest.mark.timeout(600)
def test_they_answer_the_same_without_a_server(folder: Path, served: dict[str, Run]) -> None:
    """Each opens the folder itself, says so, and leaves nothing running."""
    alone = {
        "search": ran(folder, *_commands()["search"]),
        "estimate": ran(folder, *_commands()["estimate"]),
        "train": ran(folder, *_commands()["train"], **NO_MODEL),
        "import": ran(folder, *_commands()["import"], **NO_MODEL),
    }
    assert [run.returncode for run in alone.values()] == [0, 0, 0, 0], alone
    for name in ("search", "train"):
        assert VERSION.sub("", alone[name].stdout) == VERSION.sub("", served[name].stdout)
    assert _priced(alone["estimate"]) == _priced(served["estimate"])
    assert alone["import"].stdout == "400 rows read: 0 created, 400 unchanged, 0 failed.\n"
    assert all(run.stderr.startswith(OPENED) for run in alone.values())
    assert alive_on(folder) == []


def _priced(run: Run) -> list[str]:
    # Evidence, and so confidence, goes by words alone while the model of a start is loading.
    return run.stdout.splitlines()[:2]


@pytest.mark.long
def test_the_batch_script_needs_no_server(folder: Path, served: dict[str, Run]) -> None:
    """It prices rows of a table by the domain alone."""
    script = [sys.executable, "examples/batch_estimate.py", "examples/projects.csv", "3"]
    done = subprocess.run(  # noqa: S603  # our own script
        script,
        env=environment(folder),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    prices = [
        line for line in done.stdout.splitlines() if re.search(r": [\d.]+ € \(.*by \w+\)", line)
    ]
    assert len(prices) == 3
    assert alive_on(folder) == []
