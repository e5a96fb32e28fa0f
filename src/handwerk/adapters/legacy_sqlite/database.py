"""Reads the original's SQLite file: never writes, runs nothing that is in it, row by row.

Only plain tables are read, so no view, trigger or virtual table of a hostile file comes to work.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.moving.legacy.model import LegacyRow
from handwerk.domain.moving.legacy.ports import Unread
from handwerk.domain.tables.language import Said

# Of a longer text only so many characters are taken; no column may hold more bytes.
LONGEST_TEXT = 100_000
LARGEST_VALUE = 100_000_000
_AT_ONCE = 500
_NO_TABLE = Said(
    "is no plain table of the database: not read",
    "ist keine einfache Tabelle der Datenbank: nicht gelesen",
)
_BROKEN = Said(
    "can't be read further, the file is damaged: {}",
    "ist nicht weiter lesbar, die Datei ist beschädigt: {}",
)


class SqliteOriginal:
    """Fills `Original`."""

    def __init__(self, file: Path) -> None:
        """Open the file; `InvalidInput` where it is no SQLite database."""
        uri = f"file:{quote(str(file.resolve()))}?mode=ro&immutable=1"
        try:
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
            self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute("PRAGMA query_only = ON")
            self._connection.execute("PRAGMA temp_store = FILE")
            found = self._connection.execute("SELECT name, type, sql FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            raise InvalidInput.of(
                "file", f"is no SQLite database that can be read ({error})"
            ) from error
        self._kinds = {str(name): (kind, str(sql or "")) for name, kind, sql in found}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table; none where there is no such table. `Unread`."""
        if table not in self._kinds:
            return frozenset()
        kind, sql = self._kinds[table]
        if kind != "table" or "VIRTUAL" in sql.upper()[:30]:
            raise Unread(_NO_TABLE)
        try:
            rows = self._connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        except sqlite3.Error as error:
            raise _unread(error) from error
        return frozenset(str(row[1]) for row in rows)

    def rows(self, table: str, columns: Sequence[str], by: str | None) -> Iterator[LegacyRow]:
        """The rows, sorted by the hex digits of the id in `by` where that is a column. `Unread`."""
        there = self.columns(table)
        wanted = [name for name in columns if name in there]
        if not wanted:
            return
        taken = ", ".join(_taken(name) for name in wanted)
        order = f" ORDER BY {_digits(by)}" if by in there and by else ""
        try:
            cursor = self._connection.execute(f'SELECT {taken} FROM "{table}"{order}')  # noqa: S608  # names known here
            while found := cursor.fetchmany(_AT_ONCE):
                for row in found:
                    yield dict(zip(wanted, map(_plain, row), strict=True))
        except sqlite3.Error as error:
            raise _unread(error) from error


def _unread(error: sqlite3.Error) -> Unread:
    return Unread(Said(_BROKEN.en.format(error), _BROKEN.de.format(error)))


def _taken(name: str) -> str:
    """A column; of a text no more than can be of use."""
    return (
        f'CASE typeof("{name}") WHEN \'text\' THEN substr("{name}", 1, {LONGEST_TEXT}) '
        f'WHEN \'blob\' THEN substr("{name}", 1, {LONGEST_TEXT}) ELSE "{name}" END'
    )


def _digits(name: str) -> str:
    return f"lower(replace(CAST(\"{name}\" AS TEXT), '-', ''))"


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    # JSON knows neither infinity nor what is no number.
    is_odd = isinstance(value, float) and (value != value or value in {float("inf"), -float("inf")})  # noqa: PLR0124  # how a NaN is told
    return str(value) if is_odd else value
