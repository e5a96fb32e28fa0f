"""What a workbook says besides its cells: sheets, texts, which formats are days."""

import posixpath
import re
from collections.abc import Iterator

from handwerk.adapters.workbooks.archive import Archive, elements, local, parse
from handwerk.adapters.workbooks.refusal import damaged, too_large

LONGEST_TEXT = 1_000_000
MAX_TEXTS_BYTES = 256 * 2**20
_DAY_FORMATS = {14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)}
_TOLD_APART = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_SAYS_DAY = re.compile("[yd]", re.IGNORECASE)
_TIME_FORMATS = {18, 19, 20, 21, 45, 46, 47}
_SAID_BY_ITSELF = re.compile(r'"[^"]*"|\\.|_.|\*.')


class Book:
    """The parts of a workbook. A sheet is told by its place among those that are to be seen."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        main = self._target("_rels/.rels", "/officeDocument", "") or "xl/workbook.xml"
        self._folder = posixpath.dirname(main)
        self._relations = f"{self._folder}/_rels/{posixpath.basename(main)}.rels".lstrip("/")
        parts = {
            attributes.get("Id"): _within(self._folder, attributes.get("Target", ""))
            for name, attributes in elements(archive, self._relations)
            if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet")
        }
        found = elements(archive, main)
        sheets = [
            (attributes.get("name", ""), parts[attributes["id"]], attributes.get("state"))
            for name, attributes in found
            if name == "sheet" and attributes.get("id") in parts
        ]
        if not sheets:
            raise damaged()
        seen = [each for each in sheets if each[2] not in {"hidden", "veryHidden"}] or sheets
        self.names = [name for name, _, _ in seen]
        self.members = [member for _, member, _ in seen]
        self.from_1904 = any(
            name == "workbookPr" and attributes.get("date1904") in {"1", "true"}
            for name, attributes in found
        )

    def texts(self) -> list[str]:
        """The texts that cells share."""
        member = self._target(self._relations, "/sharedStrings", self._folder)
        if member is None or member not in self.archive.names:
            return []
        collected = _Texts()
        parse(self.archive, member, collected.start, collected.end, collected.text)
        return collected.found

    def styles(self) -> tuple[set[int], set[int]]:
        """The cell styles (by number) that show a number as a day, and those as hours."""
        member = self._target(self._relations, "/styles", self._folder)
        found = elements(self.archive, member) if member else []
        formats = {
            int(attributes.get("numFmtId", -1)): attributes.get("formatCode", "")
            for name, attributes in found
            if name == "numFmt" and attributes.get("numFmtId", "").isdecimal()
        }
        days = _DAY_FORMATS - formats.keys()
        days |= {number for number, code in formats.items() if _shows_day(code)}
        times = _TIME_FORMATS - formats.keys()
        times |= {number for number, code in formats.items() if _shows_hours(code)}
        styles = list(enumerate(_cell_formats(found)))
        return (
            {place for place, number in styles if number in days},
            {place for place, number in styles if number in times - days},
        )

    def _target(self, relations: str, kind: str, folder: str) -> str | None:
        for name, attributes in elements(self.archive, relations):
            if name == "Relationship" and attributes.get("Type", "").endswith(kind):
                return _within(folder, attributes.get("Target", ""))
        return None


def _within(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _shows_day(code: str) -> bool:
    first = code.partition(";")[0]
    return _SAYS_DAY.search(_TOLD_APART.sub("", first)) is not None


def _shows_hours(code: str) -> bool:
    """Whether it is `h:mm` or, for more than a day, `[h]:mm`."""
    return "h:m" in _SAID_BY_ITSELF.sub("", code).lower().replace("]", "").replace("hh", "h")


def _cell_formats(found: list[tuple[str, dict[str, str]]]) -> Iterator[int]:
    """The number formats of the cell styles, in order: an `xf` elsewhere is another thing."""
    within = False
    for name, attributes in found:
        if name == "xf" and within:
            number = attributes.get("numFmtId", "0")
            yield int(number) if number.isdecimal() else 0
        elif name in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            within = name == "cellXfs"


class _Texts:
    """Collects shared texts: the runs of each put together, how they sound (`rPh`) left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._collecting = self._sounding = False
        self._size = 0

    def start(self, element: str, _: dict[str, str]) -> None:
        name = local(element)
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._sounding = True
        elif name == "t":
            self._collecting = not self._sounding

    def end(self, element: str) -> None:
        name = local(element)
        if name == "si":
            self.found.append("".join(self._pieces))
        elif name == "rPh":
            self._sounding = False
        elif name == "t":
            self._collecting = False

    def text(self, piece: str) -> None:
        if self._collecting:
            self._size += len(piece)
            if self._size > MAX_TEXTS_BYTES:
                raise too_large()
            self._pieces.append(piece)
