"""Fifty megabytes of anything are refused, or imported, in little memory."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.integration.importing.measured import Measured

SIZE = 50_000_000
HEADING = b"name;project_type;description;final_price\n"
FEW_MB = 20.0


async def measure(path: Path, content: bytes, on_error: str = "skip") -> Measured:
    """The import of `content` in a process of its own, so that its peak is its own."""
    await asyncio.to_thread(path.write_bytes, content)
    command = ("-m", "tests.integration.importing.measured", str(path), on_error)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return msgspec.json.decode(printed, type=Measured)


def fifty_megabytes(piece: bytes, heading: bytes = b"") -> bytes:
    return heading + piece * (SIZE // len(piece))


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        pytest.param(lambda: os.urandom(SIZE), "Unreadable", id="random"),
        pytest.param(lambda: bytes(SIZE), "Unreadable", id="zeros"),
        pytest.param(lambda: fifty_megabytes(b"x"), "ImportRefused", id="one line"),
        pytest.param(lambda: fifty_megabytes("🪑".encode()), "ImportRefused", id="emoji line"),
        pytest.param(lambda: fifty_megabytes(b";"), "ImportRefused", id="delimiters"),
        pytest.param(
            lambda: fifty_megabytes(b"x;" * 200_000 + b"\n"),
            "ImportRefused",
            id="too many columns",
        ),
        pytest.param(lambda: fifty_megabytes(b'"'), "ImportRefused", id="quotation marks"),
        pytest.param(lambda: fifty_megabytes(b'"a\n",'), "ImportRefused", id="one long record"),
        pytest.param(lambda: fifty_megabytes(b"\n"), "ImportRefused", id="line ends"),
        pytest.param(lambda: fifty_megabytes(b"\n", HEADING), "TableTooLarge", id="blank rows"),
        pytest.param(lambda: fifty_megabytes(b"a;b\n", HEADING), "TableTooLarge", id="tiny rows"),
        pytest.param(lambda: fifty_megabytes(b'a;"', HEADING), "report", id="stray marks"),
        pytest.param(
            lambda: fifty_megabytes(b"a\n", HEADING + b'a;b;"'), "TableTooLarge", id="open mark"
        ),
        pytest.param(
            lambda: fifty_megabytes(b"a;b;" + "ü".encode() * 60_000 + "🪑\n".encode(), HEADING),
            "report",
            id="endless descriptions",
        ),
    ],
)
async def test_fifty_megabytes_of_garbage_take_little_memory(
    tmp_path: Path, content: Callable[[], bytes], outcome: str
) -> None:
    """Whatever the garbage is made of, it is refused by kind and never held in memory."""
    result = await measure(tmp_path / "garbage.csv", content())
    assert result.outcome == outcome
    assert result.created == 0
    assert result.grown_mb < FEW_MB


async def test_a_hundred_thousand_rows_take_little_memory(tmp_path: Path) -> None:
    """Sound rows are read and let go batch by batch, with all-or-nothing too."""
    rows = (
        f"Einbauschrank {number};Möbel;Eiche massiv, geölt;{number},50\n"
        for number in range(100_000)
    )
    content = HEADING + "".join(rows).encode()
    for on_error in ("abort", "skip"):
        result = await measure(tmp_path / "table.csv", content, on_error)
        assert (result.created, result.failed) == (100_000, 0)
        assert result.grown_mb < FEW_MB
