"""Which column of a table is which field of a record."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from handwerk.domain.tables.errors import TableRefused
from handwerk.domain.tables.language import Said
from handwerk.domain.tables.readings import Kind
from handwerk.domain.tables.report import Wrong
from handwerk.domain.tables.table import Row

MAX_COLUMNS = 1_000
# Titles, addresses and dates of printing stand above the heading; not more than this.
MAX_ABOVE = 100
# What may stand around a heading: "Fläche (m²)", "Netto-Endpreis in €". Gross is not net.
_BEHIND = ("netto", "inkeuro", "ineur", "ineuro", "eur", "euro", "inm2", "m2", "qm", "sqm")
_BEHIND_ALSO = ("instunden", "instd", "inh", "std", "h", "inlfm")
_BEFORE = ("netto", "ges")
# "Preis/m²" is the price of a unit: not the price in all, nor a price unit ("Preiseinheit").
_OF_UNIT = re.compile(
    r"((?:preis|price|kosten|costs?|ek|vk|ep|€|eur|euro)\.?\)?)\s*(?:/|\b(?:pro|je|per)\b)\s*"
    r"(?:einheit|unit|me|m[23]|qm|sqm|lfm|lfdm|m|stk|stueck|stück|piece|kg|t|l|h|std|stunde|hour)\b.*",
    re.IGNORECASE,
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Field(msgspec.Struct, frozen=True):
    """A field of a record: its name, its German heading, and other headings for it.

    Of two columns for one field that have different ranks the better counts: name and German
    heading come first, then the groups of `also` in their order.
    """

    name: str
    german: str
    kind: Kind
    also: tuple[tuple[str, ...], ...] = ()


class Form(msgspec.Struct, frozen=True):
    """A kind of table: its fields, and groups of fields of which one must be there."""

    name: str
    fields: tuple[Field, ...]
    needed: tuple[tuple[str, ...], ...]

    def german(self, name: str) -> str:
        """The German heading of the field `name`."""
        return next(field.german for field in self.fields if field.name == name)


class Column(msgspec.Struct, frozen=True):
    """A column whose field is known: its place in a row and its heading as the file has it."""

    place: int
    heading: str
    field: str
    kind: Kind


class Columns(msgspec.Struct, frozen=True):
    """The columns of a table that are read, the headings that are passed over, and the width."""

    form: Form
    heading: int
    known: tuple[Column, ...]
    ignored: tuple[str, ...]
    width: int


class _Match(msgspec.Struct, frozen=True):
    column: Column
    rank: int


def folded(heading: str) -> str:
    """`heading` without case, spaces and signs, umlauts written out."""
    told = _OF_UNIT.sub(r"\1 je Einheit", unicodedata.normalize("NFKC", heading[:200]))
    text = told.casefold().translate(_UMLAUTS)
    return "".join(char for char in text if char.isalnum())


def heading_of(rows: Iterator[Row], forms: Sequence[Form]) -> tuple[Row, Form] | None:
    """The first row that heads a whole table of one of `forms`, else the one that knows most.

    Where no row knows anything it is the first that is not blank; `None` if all are.
    """
    best: tuple[int, Row, Form] | None = None
    for row in islice(rows, MAX_ABOVE):
        if row.is_blank:
            continue
        for form in forms:
            found = _matches(row, form)
            if _missing(found, form) == []:
                return row, form
            rating = len({match.column.field for match in found})
            if best is None or rating > best[0]:
                best = (rating, row, form)
    return None if best is None else (best[1], best[2])


def rating(heading: Row, form: Form) -> tuple[bool, int, int]:
    """How well the columns of a table are parted: a whole heading, known cells, all cells."""
    found = _matches(heading, form)
    return (_missing(found, form) == [], len(found), len(heading.cells))


def columns_of(heading: Row, form: Form) -> Columns:
    """The columns that `heading` names; `TableRefused` with everything that is wrong with them.

    A cell without a heading names no column.
    """
    if problem := heading.problem or _too_wide(heading):
        raise TableRefused([Wrong(heading.number, problem)])
    found = _matches(heading, form)
    best: dict[str, int] = {}
    for match in found:
        field = match.column.field
        best[field] = min(best.get(field, match.rank), match.rank)
    known = tuple(match.column for match in found if match.rank == best[match.column.field])
    if wrong := [*_wrong_missing(heading, found, form), *_double(heading, known)]:
        raise TableRefused(wrong)
    places = {column.place for column in known}
    texts = heading.texts
    ignored = tuple(text for place, text in enumerate(texts) if text and place not in places)
    width = max((place for place, text in enumerate(texts) if text), default=0) + 1
    return Columns(form, heading.number, known, ignored, width)


def _matches(heading: Row, form: Form) -> list[_Match]:
    known = _known(form)
    found = []
    for place, text in enumerate(heading.texts[:MAX_COLUMNS]):
        match = next((known[key] for key in _keys(folded(text)) if key in known), None)
        if match is not None:
            field, rank = match
            found.append(_Match(Column(place, text, field.name, field.kind), rank))
    return found


_KNOWN: dict[str, dict[str, tuple[Field, int]]] = {}


def _known(form: Form) -> dict[str, tuple[Field, int]]:
    """Field and rank by folded heading; made once for each form."""
    if form.name not in _KNOWN:
        names: dict[str, tuple[Field, int]] = {}
        for field in form.fields:
            for rank, group in enumerate([(field.name, field.german), *field.also]):
                for name in group:
                    names.setdefault(folded(name), (field, rank))
        _KNOWN[form.name] = names
    return _KNOWN[form.name]


def _keys(key: str) -> Iterator[str]:
    """`key` as it stands, then without what may stand around it."""
    yield key
    bare = key
    while (shorter := _without_unit(bare)) != bare:
        bare = shorter
        yield bare
    for start in _BEFORE:
        if bare.startswith(start) and bare != start:
            yield bare.removeprefix(start)


def _without_unit(key: str) -> str:
    for unit in (*_BEHIND, *_BEHIND_ALSO):
        if key.endswith(unit) and key != unit:
            return key.removesuffix(unit)
    return key


def _too_wide(heading: Row) -> Said | None:
    columns = len(heading.cells)
    if columns <= MAX_COLUMNS:
        return None
    return Said(
        f"has {columns:,} columns; at most {MAX_COLUMNS:,} are read",
        f"hat {columns:,} Spalten; höchstens {MAX_COLUMNS:,} werden gelesen".replace(",", "."),
    )


def _missing(found: list[_Match], form: Form) -> list[tuple[str, ...]]:
    fields = {match.column.field for match in found}
    return [group for group in form.needed if fields.isdisjoint(group)]


def _wrong_missing(heading: Row, found: list[_Match], form: Form) -> Iterator[Wrong]:
    lonely = sum(map(bool, heading.texts)) <= 1
    for group in _missing(found, form):
        english = " or ".join(f"'{name}'" for name in group)
        german = " oder ".join(f"'{form.german(name)}'" for name in group)
        hint = Said("", "")
        if lonely:
            hint = Said(
                "; only one heading was found: columns are separated by ; , | or a tab",
                "; nur eine Überschrift gefunden: Spalten trennt man mit ; , | oder Tabulator",
            )
        said = Said(
            f"the column {english} (German: {german}) is missing{hint.en}",
            f"die Spalte {german} ({english}) fehlt{hint.de}",
        )
        yield Wrong(heading.number, said, group[0])


def _double(heading: Row, known: Sequence[Column]) -> Iterator[Wrong]:
    times = Counter(column.field for column in known)
    for column in known:
        count = times[column.field]
        if count > 1:
            said = Said(
                f"the field '{column.field}' stands in {count} columns",
                f"das Feld '{column.field}' steht in {count} Spalten",
            )
            yield Wrong(heading.number, said, column.heading)
