"""Which column of a table is which field of a project."""

import unicodedata
from collections import Counter
from collections.abc import Iterator

import msgspec

from handwerk.domain.projects.importing.errors import ImportRefused
from handwerk.domain.projects.importing.readings import (
    DAY,
    EUROS,
    QUANTITY,
    TEXT,
    TRUTH,
    WHOLE,
    Kind,
)
from handwerk.domain.projects.importing.report import RowError
from handwerk.domain.projects.importing.table import Row

MAX_COLUMNS = 1_000
# Field, German heading, kind of value.
_FIELDS: tuple[tuple[str, str, Kind], ...] = (
    ("name", "Bezeichnung", TEXT),
    ("description", "Beschreibung", TEXT),
    ("project_type", "Projektart", TEXT),
    ("region", "Region", TEXT),
    ("wood_type", "Holzart", TEXT),
    ("total_area_sqm", "Fläche", QUANTITY),
    ("complexity", "Komplexität", WHOLE),
    ("labor_hours", "Stunden", QUANTITY),
    ("material_cost", "Materialkosten", EUROS),
    ("calculated_price", "Kalkulation", EUROS),
    ("final_price", "Endpreis", EUROS),
    ("project_date", "Datum", DAY),
    ("is_finalized", "Abgeschlossen", TRUTH),
)
_NEEDED = ("name", "project_type")
# What may stand behind a heading: "Fläche (m²)", "Endpreis in €, netto". Gross is not net.
_UNITS = ("netto", "ineur", "ineuro", "eur", "euro", "inm2", "m2", "qm", "sqm", "inh", "h")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Column(msgspec.Struct, frozen=True):
    """A column whose field is known: its place in a row and its heading as the file has it."""

    place: int
    heading: str
    field: str
    kind: Kind


def folded(heading: str) -> str:
    """`heading` without case, spaces and signs, umlauts written out."""
    text = unicodedata.normalize("NFKC", heading).casefold().translate(_UMLAUTS)
    return "".join(char for char in text if char.isalnum())


_KNOWN = {
    folded(heading): (field, kind) for field, german, kind in _FIELDS for heading in (field, german)
}


def known_headings(cells: list[str]) -> int:
    """How many of `cells` head a column that is understood."""
    return sum(_field(cell) is not None for cell in cells[:MAX_COLUMNS])


def columns_of(heading: Row) -> tuple[Column, ...]:
    """The columns that `heading` names; `ImportRefused` with everything that is wrong with them.

    A cell without a heading names no column.
    """
    if problem := heading.problem or _too_wide(heading):
        raise ImportRefused.of_table([RowError.of(heading.number, problem)])
    columns = [
        Column(place, cell.strip(), *field)
        for place, cell in enumerate(heading.cells)
        if (field := _field(cell)) is not None
    ]
    if errors := list(_errors(heading, columns)):
        raise ImportRefused.of_table(errors)
    return tuple(columns)


def _field(cell: str) -> tuple[str, Kind] | None:
    key = folded(cell)
    if key in _KNOWN:
        return _KNOWN[key]
    bare = (key.removesuffix(unit) for unit in _UNITS if key.endswith(unit))
    return next((_KNOWN[name] for name in bare if name in _KNOWN), None)


def _too_wide(heading: Row) -> str:
    columns = len(heading.cells)
    if columns <= MAX_COLUMNS:
        return ""
    return f"has {columns:,} columns; at most {MAX_COLUMNS:,} are read"


def _errors(heading: Row, columns: list[Column]) -> Iterator[RowError]:
    yield from _missing(heading, columns)
    yield from _unknown(heading, columns)
    yield from _double(heading, columns)


def _missing(heading: Row, columns: list[Column]) -> Iterator[RowError]:
    found = {column.field for column in columns}
    german = {field: name for field, name, _ in _FIELDS}
    for field in _NEEDED:
        if field not in found:
            message = f"the column '{field}' (German: {german[field]}) is missing"
            yield RowError.of(heading.number, _with_hint(message, heading), field)


def _with_hint(message: str, heading: Row) -> str:
    if len(heading.cells) > 1:
        return message
    return f"{message}; only one heading was found: columns are separated by ; , | or a tab"


def _unknown(heading: Row, columns: list[Column]) -> Iterator[RowError]:
    places = {column.place for column in columns}
    for place, cell in enumerate(heading.cells):
        if place not in places and cell.strip():
            known = ", ".join(field for field, _, _ in _FIELDS)
            message = f"is not a known column; known are {known}"
            yield RowError.of(heading.number, message, cell.strip(), cell.strip())


def _double(heading: Row, columns: list[Column]) -> Iterator[RowError]:
    times = Counter(column.field for column in columns)
    for column in columns:
        if times[column.field] > 1:
            message = f"the field '{column.field}' stands in {times[column.field]} columns"
            yield RowError.of(heading.number, message, column.heading)
