"""Settings that can't be used, as whoever started the program is told."""

from pathlib import Path

import pytest
from tests.integration.whole.program import ran


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("doctor", "HANDWERK_TIME_ZONE", "Europa/Berlin"),
        ("serve", "HANDWERK_SCHEDULES", "jobs.purge=never"),
    ],
)
def test_a_wrong_clock_is_named_before_anything_starts(
    data: Path, command: str, name: str, value: str
) -> None:
    """By server and doctor alike, in a sentence; no data folder is made."""
    ended = ran(data, command, **{name: value})
    assert ended.returncode != 0
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not data.exists()
