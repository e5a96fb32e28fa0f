from pathlib import Path

import pytest

from handwerk.client.files import CountedFile
from handwerk.entrypoints.cli.progress import progress


def test_without_a_terminal_each_tenth_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file gets at most a line for each word and each tenth, and stdout gets nothing."""
    with progress("Importing") as bar:
        for step in range(101):
            bar.tell(step / 100)
        bar.now("Reading")
        bar.say("Still reading")
    told = capsys.readouterr()
    tenths = [f"Importing: {tenth} %" for tenth in range(10, 101, 10)]
    assert told.err.splitlines() == ["Importing", *tenths, "Reading", "Still reading"]
    assert told.out == ""


def test_work_that_is_done_at_once_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing is told, nothing is printed."""
    with progress("Searching"):
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_a_file_tells_how_far_it_is_read(tmp_path: Path, size: int) -> None:
    """The shares rise to 1, told once, for an empty file too; the bytes are the file's."""
    path = tmp_path / "table"
    path.write_bytes(b"x" * size)
    shares: list[float] = []
    with CountedFile(path, shares.append) as file:
        read = b"".join(iter(lambda: file.read(40_000), b""))
    assert read == b"x" * size
    assert shares == sorted(shares)
    assert shares.index(1.0) == len(shares) - 1


def test_on_a_terminal_a_bar_comes_and_goes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal sees word and share on stderr, until the bar is wiped off in the end."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress("Sending [bold]x[/bold]") as bar:
        bar.tell(0.42, "row 588")
    told = capsys.readouterr()
    assert "Sending [bold]x[/bold]: row 588" in told.err
    assert "42%" in told.err
    assert told.err.endswith("\x1b[2K")
    assert told.out == ""


def test_on_a_terminal_what_no_one_can_measure_has_no_percent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a measured part a bar can go on without a measure."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress("Sending") as bar:
        bar.tell(1.0)
        bar.now("Reading")
    told = capsys.readouterr().err
    assert "Reading" in told
    assert "%" not in told.rpartition("Reading")[2]


def test_on_a_terminal_a_line_that_is_said_stays(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line is printed above the bar, as it is."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress("Waiting") as bar:
        bar.say("Still [bold]here[/bold]")
    assert "Still [bold]here[/bold]" in capsys.readouterr().err
