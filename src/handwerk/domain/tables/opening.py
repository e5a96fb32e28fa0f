"""From a file to a table with a heading: by its content, never by its name."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec

from handwerk.domain.tables.delimited import csv_tables
from handwerk.domain.tables.errors import TableRefused
from handwerk.domain.tables.fields import Form, columns_of, heading_of, rating
from handwerk.domain.tables.language import Said
from handwerk.domain.tables.ports import Workbook, Workbooks
from handwerk.domain.tables.report import Wrong
from handwerk.domain.tables.table import Row, Table

_ZIP = b"PK\x03\x04"
_MOST_NAMES = 20


class Opened(msgspec.Struct, frozen=True):
    """A table, its heading, the kind of table that this makes it, and what was passed over."""

    table: Table
    heading: Row
    form: Form
    notes: tuple[Said, ...] = ()


def opened(source: BinaryIO, forms: Sequence[Form], workbooks: Workbooks) -> Opened:
    """The table in `source`, which must be seekable and stay open while it is read.

    Of a workbook it is the first sheet to be seen that heads a whole table of one of `forms`. Of
    CSV the delimiter is the one that makes the best heading: the most cells that are known, then
    the most cells. `Unreadable` if it is neither; `TableRefused` where nothing is in it.
    """
    source.seek(0)
    if source.read(len(_ZIP)) != _ZIP:
        return _csv(source, forms)
    with workbooks.open(source) as workbook:
        return _sheet(workbook, forms)


def refuse_at_first_sight(source: BinaryIO, forms: Sequence[Form], workbooks: Workbooks) -> None:
    """Raise what an import of `source` would say before its first row: no table, a wrong heading.

    It reads all of a text, and of a workbook only where its sheets begin.
    """
    source.seek(0)
    if source.read(len(_ZIP)) == _ZIP:
        with workbooks.open(source) as workbook:
            heading, _ = _choice(workbook, forms)
    else:
        found = _csv(source, forms)
        heading = (found.heading, found.form)
    columns_of(*heading)
    source.seek(0)


def _csv(source: BinaryIO, forms: Sequence[Form]) -> Opened:
    ways = [
        Opened(table, *heading)
        for table in csv_tables(source)
        if (heading := heading_of(table.rows(), forms)) is not None
    ]
    if not ways:
        raise TableRefused([_EMPTY])
    return max(ways, key=lambda way: rating(way.heading, way.form))


_EMPTY = Wrong(1, Said("the file is empty", "die Datei ist leer"))


def _sheet(workbook: Workbook, forms: Sequence[Form]) -> Opened:
    heading, fitting = _choice(workbook, forms)
    place = fitting[0]
    notes = tuple(_chosen(workbook.sheets, fitting))
    return Opened(workbook.table(place), *heading, notes=notes)


def _choice(workbook: Workbook, forms: Sequence[Form]) -> tuple[tuple[Row, Form], list[int]]:
    """The heading of the sheet that is read, and the places of those that could be, it first."""
    names = workbook.sheets
    headings = [heading_of(iter(head), forms) for head in workbook.heads()]
    fitting = [place for place, heading in enumerate(headings) if _is_whole(heading)]
    if not fitting and len(names) > 1:
        raise TableRefused([_no_sheet(names)])
    heading = headings[fitting[0] if fitting else 0]
    if heading is None:
        raise TableRefused([_EMPTY])
    return heading, fitting or [0]


def _is_whole(heading: tuple[Row, Form] | None) -> bool:
    return heading is not None and rating(*heading)[0]


def _no_sheet(names: Sequence[str]) -> Wrong:
    told = ", ".join(f"'{name}'" for name in names[:_MOST_NAMES])
    more = " …" if len(names) > _MOST_NAMES else ""
    said = Said(
        f"no sheet has a heading with the needed columns; looked at: {told}{more}",
        f"kein Blatt hat eine Überschrift mit den nötigen Spalten; angesehen: {told}{more}",
    )
    return Wrong(1, said)


def _chosen(names: Sequence[str], fitting: Sequence[int]) -> Iterator[Said]:
    place = fitting[0]
    if len(names) > 1:
        yield Said(
            f"Read the sheet '{names[place]}'.", f"Gelesen wurde das Blatt '{names[place]}'."
        )
    if others := ", ".join(f"'{names[other]}'" for other in fitting[1 : _MOST_NAMES + 1]):
        yield Said(
            f"Not read, though they have such a heading too: {others}; send each on its own.",
            f"Nicht gelesen, obwohl auch sie passen: {others}; bitte einzeln senden.",
        )
