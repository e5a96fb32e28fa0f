"""From a file to a table with a heading: by its content, never by its name."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec

from handwerk.domain.tables.delimited import csv_tables
from handwerk.domain.tables.errors import TableRefused
from handwerk.domain.tables.fields import Form, heading_of, rating
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
    names = workbook.sheets
    fitting = [
        place for place, heading in enumerate(_headings(workbook, forms)) if _is_whole(heading)
    ]
    if not fitting and len(names) > 1:
        raise TableRefused([_no_sheet(names)])
    place = fitting[0] if fitting else 0
    table = workbook.table(place)
    heading = heading_of(table.rows(), forms)
    if heading is None:
        table.close()
        raise TableRefused([_EMPTY])
    return Opened(table, *heading, notes=tuple(_chosen(names, place, fitting)))


def _headings(workbook: Workbook, forms: Sequence[Form]) -> Iterator[tuple[Row, Form] | None]:
    for head in workbook.heads():
        yield heading_of(iter(head), forms)


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


def _chosen(names: Sequence[str], place: int, fitting: Sequence[int]) -> Iterator[Said]:
    if len(names) > 1:
        yield Said(
            f"Read the sheet '{names[place]}'.", f"Gelesen wurde das Blatt '{names[place]}'."
        )
    if others := ", ".join(f"'{names[other]}'" for other in fitting[1 : _MOST_NAMES + 1]):
        yield Said(
            f"Not read, though they have such a heading too: {others}; send each on its own.",
            f"Nicht gelesen, obwohl auch sie passen: {others}; bitte einzeln senden.",
        )
