"""A whole firm out of PostgreSQL and into it, table by table, each row one line of JSON.

PostgreSQL writes and reads the JSON itself, so every value comes back as it was, whatever its type.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cache

from psycopg import AsyncConnection

from handwerk.adapters.postgres.database import Database, Row, fetch
from handwerk.adapters.postgres.tables import metadata
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.errors import Conflict, InvalidInput
from handwerk.domain.moving.errors import NotEmpty
from handwerk.domain.moving.whole import MODELS

ROWS_AT_ONCE = 500
# A reader that takes nothing for so long is given up; meanwhile the snapshot holds old rows back.
PATIENCE = "10min"
# What a row gets where it goes in: by a trigger, or because it tells of this server alone.
_GIVEN = {"material_price": {"series"}, "record_history": {"transaction"}}
# A reversing record follows what it cancels.
_ORDERS = {"project": "cancels IS NOT NULL, id"}
_SCHEMA = "SELECT version_num FROM schema_version"


class PostgresSnapshots:
    """Fills `Snapshots`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def taken(self) -> AsyncIterator["PostgresSnapshot"]:
        """The firm as it is now; a connection is held meanwhile."""
        connection = await self._database.take()
        try:
            for setting in _SETTINGS:
                await fetch(connection, setting)
            [(schema,)] = await fetch(connection, _SCHEMA)
            yield PostgresSnapshot(connection, schema)
        finally:
            if not connection.closed:
                await connection.rollback()
            await self._database.give_back(connection)


_SETTINGS = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL statement_timeout = 0",
    f"SET LOCAL idle_in_transaction_session_timeout = '{PATIENCE}'",
)


class PostgresSnapshot:
    """Fills `Snapshot`. One thing is read at a time."""

    def __init__(self, connection: AsyncConnection[Row], schema: str) -> None:
        self._connection = connection
        self.schema = schema

    async def rows(self, table: str) -> AsyncIterator[Sequence[bytes]]:
        """The rows of a table, as JSON."""
        wanted = ", ".join(f'"{name}"' for name in columns_of(table) if not _is_apart(table, name))
        rows = f'SELECT {wanted} FROM "{table}" ORDER BY {_order_of(table)}'  # noqa: S608  # our own tables' names
        query = f"SELECT row_to_json(one)::text FROM ({rows}) AS one"  # noqa: S608  # the same
        async for found in self._walk(query):
            yield [row[0].encode() for row in found]

    async def models(self) -> AsyncIterator[tuple[str, bytes]]:
        """Each model's bytes; one at a time, since they can be large."""
        every = f"SELECT id::text, {MODELS.column} FROM {MODELS.table} ORDER BY id"  # noqa: S608  # our own names
        async for [(record_id, content)] in self._walk(every, at_once=1):
            yield record_id, bytes(content)

    async def files(self) -> AsyncIterator[str]:
        """Every file once."""
        async for found in self._walk("SELECT DISTINCT file FROM document"):
            for row in found:
                yield row[0]

    async def _walk(self, query: str, at_once: int = ROWS_AT_ONCE) -> AsyncIterator[list[Row]]:
        await fetch(self._connection, f"DECLARE walk NO SCROLL CURSOR FOR {query}")
        while found := await fetch(self._connection, f"FETCH {at_once} FROM walk"):
            yield found
        await fetch(self._connection, "CLOSE walk")


class EntryStore:
    """Fills `Entry`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def schema(self) -> str:
        """The revision of the tables."""
        [(schema,)] = await self._unit.read(_SCHEMA)
        return str(schema)

    async def refuse_unless_empty(self) -> None:
        """Raise `NotEmpty` where anybody has worked here."""
        [(empty,)] = await self._unit.read("SELECT nobody_has_worked_here()")
        if not empty:
            raise NotEmpty

    async def begin(self) -> None:
        """Clear away what the first start has made; others wait until this is committed."""
        try:
            await self._unit.read("SELECT make_room_for_a_firm()")
        except Conflict as error:
            raise NotEmpty from error

    async def add(self, table: str, rows: Sequence[bytes]) -> None:
        """Put rows in as they were taken out."""
        try:
            await self._unit.read(_adding(table), (f"[{','.join(_texts(rows))}]",))
        except InvalidInput as error:
            what = error.errors[0]
            raise InvalidInput.of(f"tables/{table}", f"{what.field} {what.message}") from error

    async def end(self) -> None:
        """Let numbers go on behind those that came in."""
        await self._unit.read("SELECT number_behind_what_is_there()")


def adding(table: str, columns: Sequence[str]) -> str:
    """The statement that puts rows, a JSON array of objects, into a table."""
    wanted = ", ".join(f'"{name}"' for name in columns)
    return (
        f'INSERT INTO "{table}" ({wanted}) OVERRIDING SYSTEM VALUE SELECT {wanted} '  # noqa: S608  # our own tables' names
        f'FROM json_populate_recordset(NULL::"{table}", %s::json)'
    )


def columns_of(table: str) -> list[str]:
    """The columns of a table that are taken along."""
    given = _GIVEN.get(table, set())
    return [
        column.name
        for column in metadata.tables[table].columns
        if column.computed is None and column.name not in given
    ]


def _is_apart(table: str, column: str) -> bool:
    return (table, column) == (MODELS.table, MODELS.column)


def _order_of(table: str) -> str:
    key = ", ".join(f'"{column.name}"' for column in metadata.tables[table].primary_key)
    return _ORDERS.get(table, key)


@cache
def _adding(table: str) -> str:
    return adding(table, columns_of(table))


def _texts(rows: Sequence[bytes]) -> Iterator[str]:
    for row in rows:
        try:
            yield row.decode()
        except UnicodeDecodeError as error:
            raise InvalidInput.of("value", "is not UTF-8") from error
