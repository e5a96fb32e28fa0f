"""From bytes to text: which encoding a file is in, and whether it is text at all."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from handwerk.domain.tables.errors import Unreadable

_CHUNK = 1 << 18
# Text holds tabs and ends of lines. A stray other control character is a slip (its cell will say
# so); more than one in a thousand bytes is no text.
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r")
_TOLERATED = 1_000
_ALWAYS_TOLERATED = 10

_SIGNATURES = (
    (b"PK\x05\x06", "an empty ZIP file", "eine leere ZIP-Datei"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel workbook (XLS), or one that is locked with a password",
        "eine alte Excel-Mappe (XLS) oder eine mit Kennwort",
    ),
    (b"%PDF", "a PDF", "ein PDF"),
    (b"\x1f\x8b", "a gzip file", "eine gzip-Datei"),
    (b"<html", "a web page, whatever its name says", "eine Webseite, auch wenn sie anders heißt"),
    (b"<!doctype html", "a web page, whatever its name says", "eine Webseite"),
    (b"<table", "a web page, whatever its name says", "eine Webseite"),
    (b"<?xml", "XML, whatever its name says", "XML, auch wenn sie anders heißt"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(source: BinaryIO) -> str:
    """The encoding in which all of `source` is text, as Python names it.

    By byte-order mark, else UTF-8 where all of it is valid UTF-8, else Windows-1252, unless the
    umlauts within words say that it is older: of DOS (850) or of an old Mac. `Unreadable` where it
    is none of them, or not text. Reads `source` in pieces.
    """
    source.seek(0)
    head = source.read(64)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for signature, kind, german in _SIGNATURES:
        if start.startswith(signature.lower()):
            raise Unreadable(
                f"The file is {kind}; save the table as XLSX or CSV and send that.",
                f"Die Datei ist {german}; die Tabelle bitte als XLSX oder CSV speichern.",
            )
    marked = [name for mark, name in _MARKS if head.startswith(mark)]
    for encoding in marked or ["utf-8", "cp1252"]:
        if _is_text(source, encoding):
            return _older(source) or encoding if encoding == "cp1252" else encoding
        if encoding == "cp1252" and _older(source) == "cp850":
            return "cp850"
    raise Unreadable(
        "The file is not text in UTF-8, UTF-16 or Windows-1252.",
        "Die Datei ist kein Text in UTF-8, UTF-16 oder Windows-1252.",
    )


_WITHIN_WORD = re.compile(rb"(?<=[a-zA-Z])[\x80-\xff](?=[a-z])")
_UMLAUTS = frozenset("äöüß")
_SURELY_OLDER = 2


def _older(source: BinaryIO) -> str | None:
    """DOS (850) or old Mac where each sign within a word is a German letter in it, else `None`.

    In Windows-1252 the same bytes are quotation marks, which stand around words, or letters of
    other languages, of which a German table with no umlaut at all hardly has two.
    """
    found = {match for chunk in _chunks(source) for match in _WITHIN_WORD.findall(chunk)}
    signs = b"".join(sorted(found))
    if len(signs) < _SURELY_OLDER or not _UMLAUTS.isdisjoint(signs.decode("cp1252", "replace")):
        return None
    old = ("cp850", "mac-roman")
    return next((name for name in old if _UMLAUTS.issuperset(signs.decode(name))), None)


def _is_text(source: BinaryIO, encoding: str) -> bool:
    """Whether `source` is valid in `encoding`; `Unreadable` if it is surely no text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    size = controls = 0
    all_ascii = True
    try:
        for chunk in _chunks(source):
            text = decoder.decode(chunk, final=not chunk)
            plain = text.encode("utf-8", "surrogatepass") if encoding == "utf-16" else chunk
            size += len(plain)
            controls += len(plain) - len(plain.translate(None, _CONTROLS))
            _refuse_binary(plain, controls, size)
            all_ascii = all_ascii and text.isascii()
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and not (all_ascii and error.object[: error.start].isascii()):
            raise Unreadable(*_DAMAGED) from error
        return False
    return True


# A Windows-1252 text fails as UTF-8 at its first umlaut. One that fails behind sound umlauts is
# UTF-8, cut off or patched, and read as Windows-1252 every one of them would turn to garbage.
_DAMAGED = (
    "The file is UTF-8 text, but damaged: it holds bytes that are not.",
    "Die Datei ist Text in UTF-8, aber beschädigt: Sie enthält Bytes, die es nicht sind.",
)


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    """All of `source` in pieces, and an empty one behind the last."""
    source.seek(0)
    while chunk := source.read(_CHUNK):
        yield chunk
    yield b""


def _refuse_binary(chunk: bytes, controls: int, size: int) -> None:
    allowed = max(size // _TOLERATED, _ALWAYS_TOLERATED)
    if b"\0" in chunk or controls > allowed:
        raise Unreadable(
            "The file is binary, not text; send a table as XLSX or CSV.",
            "Die Datei ist binär, kein Text; bitte eine Tabelle als XLSX oder CSV senden.",
        )
