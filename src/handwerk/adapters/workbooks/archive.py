"""The ZIP file that a workbook is: looked over before it is unfolded, and while it is."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from handwerk.adapters.workbooks.refusal import NotRead, damaged, too_large

MAX_MEMBERS = 10_000
MAX_UNFOLDED = 512 * 2**20
# Deflate reaches 1,032; sheets of real life stay below 50.
MAX_RATIO = 300
_RATIO_COUNTS_FROM = 10 * 2**20
_CHUNK = 1 << 16
_ENCRYPTED = 0x1
_OTHERS = {
    "xl/workbook.bin": ("a binary Excel workbook (XLSB)", "eine binäre Excel-Mappe (XLSB)"),
    "word/document.xml": ("a Word document", "ein Word-Dokument"),
    "content.xml": ("a LibreOffice table (ODS)", "eine LibreOffice-Tabelle (ODS)"),
}

Start = Callable[[str, dict[str, str]], Any]
_LOCAL: dict[str, str] = {}


def local(name: str) -> str:
    """An element's or attribute's name without the prefix that some programs write."""
    known = _LOCAL.get(name)
    if known is None:
        known = name.rpartition(":")[2]
        if len(_LOCAL) < _CHUNK:
            _LOCAL[name] = known
    return known


class Archive:
    """The members of a workbook by name, none larger than its directory says."""

    def __init__(self, file: BinaryIO) -> None:
        """`NotRead` where the directory is no workbook's, or promises too much."""
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise damaged() from error
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS or sum(each.file_size for each in members) > MAX_UNFOLDED:
            raise too_large()
        for each in members:
            _refuse_trap(each)
        self.names = {each.filename for each in members}
        for name, (english, german) in _OTHERS.items():
            if name in self.names:
                raise NotRead(
                    f"The file is {english}; save the table as XLSX or CSV and send that.",
                    f"Die Datei ist {german}; die Tabelle bitte als XLSX oder CSV speichern.",
                )

    def chunks(self, name: str) -> Iterator[bytes]:
        """The member in pieces; `NotRead` where it is missing or damaged."""
        try:
            with self._zip.open(name) as member:
                while chunk := member.read(_CHUNK):
                    yield chunk
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise damaged() from error
        except (NotImplementedError, RuntimeError) as error:  # how it is packed, or encrypted
            raise damaged() from error


def _refuse_trap(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _ENCRYPTED:
        raise NotRead(
            "The workbook is locked with a password; save it without one.",
            "Die Mappe ist mit einem Kennwort geschützt; bitte ohne Kennwort speichern.",
        )
    if member.file_size > max(_RATIO_COUNTS_FROM, member.compress_size * MAX_RATIO):
        raise too_large()


def parse(
    archive: Archive,
    name: str,
    start: Start,
    end: Callable[[str], Any] | None = None,
    text: Callable[[str], Any] | None = None,
) -> None:
    """Read the XML member `name`, calling back; `NotRead` where it is not plain sound XML."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    # Entities are declared there, and they can unfold to anything or fetch files.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for chunk in archive.chunks(name):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise damaged() from error


def elements(archive: Archive, name: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small XML member with their attributes; none if there is no such member."""
    found: list[tuple[str, dict[str, str]]] = []
    if name not in archive.names:
        return found

    def start(element: str, attributes: dict[str, str]) -> None:
        if len(found) > _CHUNK * 4:
            raise too_large()
        found.append((local(element), {local(key): each for key, each in attributes.items()}))

    parse(archive, name, start)
    return found


def _refuse_doctype(*_: object) -> None:
    raise NotRead(
        "The workbook declares entities of its own, which no spreadsheet program does.",
        "Die Mappe erklärt eigene Entities, was kein Tabellenprogramm tut.",
    )
