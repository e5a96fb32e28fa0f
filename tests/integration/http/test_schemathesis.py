"""The server against its own OpenAPI document, by requests that schemathesis makes up.

Bounded for the suite, with the seed fixed; `python -m benchmarks.conformance` asks far more.
"""

import subprocess
import sys
from pathlib import Path

from tests.integration.http.conftest import OpenFirm

from handwerk.config import Config

SETTINGS = Path(__file__).parent / "schemathesis.toml"
MACHINE = "the local token of a test"


def test_no_answer_is_outside_the_document(open_firm: OpenFirm, tmp_path: Path) -> None:
    """All checks hold, links followed: no 500, no status or schema that is not documented."""
    firm = open_firm(Config(rate_limit_per_minute=0))
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            f"--config-file={SETTINGS}",
            "run",
            f"{firm.root}/schema/openapi.json",
            f"--header=Authorization: Bearer {MACHINE}",
            "--phases=fuzzing,stateful",
            "--max-examples=2",
            "--seed=2026",
            "--no-shrink",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
