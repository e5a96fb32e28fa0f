"""What a file is, by its first bytes and its structure, whatever it is called."""

import re
import zipfile
from typing import BinaryIO

import filetype

from handwerk.adapters.extraction.e_invoice import is_e_invoice
from handwerk.adapters.extraction.plain import decoded
from handwerk.domain.documents.model import FileType

_HEAD = 64 * 1024
_MIMES = {
    "application/pdf": FileType.PDF,
    "image/jpeg": FileType.JPG,
    "image/png": FileType.PNG,
}
_WORD_PARTS = frozenset({"[Content_Types].xml", "word/document.xml"})
_ROOT = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
# Programs and web pages are texts too, but nobody keeps offers in them.
_PROGRAM = re.compile(r"\s*(?:#!|<\?php|<script|<!doctype html|<html|<svg|%!PS)", re.IGNORECASE)
# Control characters that no text has: all but tab, line and page ends, and PDF's odd escape.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class ContentSniffer:
    """Knows the kinds of files that can be read."""

    def file_type(self, file: BinaryIO) -> FileType | None:
        """The type, `None` for any other; the file is left at its beginning."""
        head = file.read(_HEAD)
        file.seek(0)
        try:
            return _MIMES.get(filetype.guess_mime(head) or "") or _of_parts(file) or _of_text(head)
        finally:
            file.seek(0)


def _of_parts(file: BinaryIO) -> FileType | None:
    if not zipfile.is_zipfile(file):
        return None
    file.seek(0)
    # An archive may begin with anything, a program for one; a document begins with its first part.
    if file.read(4) != b"PK\x03\x04":
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return None
    return FileType.DOCX if names >= _WORD_PARTS else None


def _of_text(head: bytes) -> FileType | None:
    if head.startswith((b"PK", b"\x7fELF", b"MZ", b"\xd0\xcf\x11\xe0")):
        return None
    text = decoded(head)
    if _BINARY.search(text) or "\ufffd" in text[:-2] or _PROGRAM.match(text):
        return None
    if text.lstrip().startswith("<"):
        root = _ROOT.search(text)
        return FileType.XML if root and is_e_invoice(root.group(1)) else None
    return FileType.TXT
