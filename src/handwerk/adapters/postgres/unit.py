"""The bare unit of work: notes writes and sends them to PostgreSQL as one statement."""

from functools import lru_cache
from typing import Any

import psycopg
from psycopg import AsyncConnection

from handwerk.adapters.postgres.database import Database, Row, Statement, fetch, translated


class Unit:
    """One transaction.

    Writes alone need no open transaction: they go out as a single statement, each write a common
    table expression of its own, which PostgreSQL runs whole or not at all, at half the cost of
    separate statements. A read opens a real transaction, and the writes follow inside it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: AsyncConnection[Row] | None = None
        self._writes: list[str] = []
        self._params: list[Any] = []
        self._queues: set[str] = set()

    def write(self, statement: Statement, values: dict[str, Any]) -> None:
        """Note a write; `flush` or `commit` sends it."""
        self._writes.append(statement.sql)
        self._params.extend(statement.params(values))

    def notify(self, queue: str) -> None:
        """Wake whoever hands out the jobs of `queue`, once the writes are committed."""
        self._queues.add(queue)

    async def read(self, sql: str, params: Row = ()) -> list[Row]:
        """Run `sql` at once, after the writes noted so far, and answer its rows."""
        await self.flush()
        return await self._fetch(await self._opened(), sql, params)

    async def flush(self) -> None:
        """Send the noted writes inside the open transaction, opening one if need be."""
        if self._writes:
            await self._send(await self._opened())

    async def commit(self) -> None:
        """Save everything, or nothing."""
        if self._connection is not None:
            if self._writes:
                await self._send(self._connection)
            await self._fetch(self._connection, "COMMIT")
            await self._release()
        elif self._writes:
            await self._database.all(*self._taken())
        self._database.ringer.ring(self._queues)
        self._queues.clear()

    async def rollback(self) -> None:
        """Forget everything that was not committed."""
        self._writes.clear()
        self._params.clear()
        self._queues.clear()
        if self._connection is not None:
            try:
                await self._connection.execute("ROLLBACK")
            except psycopg.Error:
                await self._connection.close()
            finally:
                await self._release()

    async def _send(self, connection: AsyncConnection[Row]) -> None:
        await self._fetch(connection, *self._taken())

    def _taken(self) -> tuple[str, Row]:
        sql, params = _fused(tuple(self._writes)), tuple(self._params)
        self._writes.clear()
        self._params.clear()
        return sql, params

    async def _fetch(
        self, connection: AsyncConnection[Row], sql: str, params: Row = ()
    ) -> list[Row]:
        try:
            return await fetch(connection, sql, params)
        except psycopg.Error as error:
            raise translated(error) from error

    async def _opened(self) -> AsyncConnection[Row]:
        if self._connection is None:
            self._connection = await self._database.take()
            await self._fetch(self._connection, "BEGIN")
        return self._connection

    async def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._database.give_back(connection)


@lru_cache(maxsize=512)
def _fused(writes: tuple[str, ...]) -> str:
    parts = ", ".join(f"w{place} AS ({sql})" for place, sql in enumerate(writes))
    return f"WITH {parts} SELECT 1"
