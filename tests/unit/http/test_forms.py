"""Forms are looked at before they are read: what they hold must not stop the server."""

from collections.abc import AsyncGenerator

import pytest

from handwerk.domain.kernel.errors import InvalidInput, UnsupportedContent
from handwerk.entrypoints.http.forms import LONGEST_TEXT, MOST_PARTS, sound_parts


def _part(name: str, value: bytes, more: str = "") -> bytes:
    heading = f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return heading.encode() + value + b"\r\n"


def _of_type(kind: str) -> str:
    return f"\r\nContent-Type: {kind}"


async def _looked_at(body: bytes, boundary: str = "x", size: int = 7) -> bytes:
    async def stream() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    return b"".join([chunk async for chunk in sound_parts(stream(), boundary)])


FILE = _part("file", b"\xff" * 5_000, '; filename="a.csv"' + _of_type("text/csv; charset=hex"))


async def test_a_sound_form_passes_as_it_is() -> None:
    """Every byte of a form with a file (in whatever charset) and texts goes on, none is added."""
    body = FILE + _part("dry_run", "ja, größer".encode()) + b"--x--\r\n"
    assert await _looked_at(body) == body
    assert await _looked_at(body, size=len(body)) == body


@pytest.mark.parametrize("charset", ["punycode", "hex", "idna", "nonsense", "undefined", "utf-7"])
async def test_a_text_in_another_charset_is_refused(charset: str) -> None:
    """No codec that a sender names is looked up: some are unknown, some take minutes."""
    body = FILE + _part("dry_run", b"true", _of_type(f"text/plain; charset={charset}")) + b"--x--"
    with pytest.raises(UnsupportedContent, match="dry_run"):
        await _looked_at(body)


async def test_a_text_that_is_no_utf_8_is_refused_by_name() -> None:
    """The field is named."""
    with pytest.raises(InvalidInput) as refused:
        await _looked_at(FILE + _part("on_error", b"\xff\xfe") + b"--x--")
    assert [error.field for error in refused.value.errors] == ["on_error"]


async def test_a_text_is_not_gathered_without_end() -> None:
    """It is refused as soon as it is too long, by name, though the form has not ended."""
    with pytest.raises(InvalidInput) as refused:
        await _looked_at(_part("on_error", b"x" * (LONGEST_TEXT + 10)))
    assert [error.field for error in refused.value.errors] == ["on_error"]


@pytest.mark.parametrize(
    ("body", "boundary"),
    [
        (b"", "x"),
        (b"x", "x"),
        (b"--x", ""),
        (FILE, "x"),
        (FILE * (MOST_PARTS + 1), "x"),
        (b"--x\r\n" + b"A: b\r\n" * 5_000 + b"\r\nx\r\n--x--", "x"),
    ],
)
async def test_what_is_no_form_is_refused(body: bytes, boundary: str) -> None:
    """Nothing, garbage, no boundary, no end, too many parts, too many headings."""
    with pytest.raises(InvalidInput):
        await _looked_at(body, boundary)
