"""The pool, statements compiled once, and the one place where PostgreSQL's errors become ours."""

from collections.abc import Sequence
from time import monotonic
from typing import Any, NamedTuple

import psycopg
from psycopg import AsyncConnection, errors
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout
from psycopg_pool.pool_async import AddConnection
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from handwerk.adapters.postgres.ringing import Ringer
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import (
    Away,
    Conflict,
    HandwerkError,
    InvalidInput,
    Unavailable,
)

Row = tuple[Any, ...]
_DIALECT = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it bare
FINALIZED = "HW001"  # raised by the triggers of migration 0001
# For every connection: a server that does not answer, or vanished without a word, is noticed after
# seconds, not after the quarter of an hour for which TCP is patient.
REACH: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,  # in milliseconds
}


class Statement(NamedTuple):
    """SQL with `%s` places and the names of the parameters that fill them, in order."""

    sql: str
    places: tuple[str, ...]
    fixed: dict[str, Any]

    def params(self, values: dict[str, Any]) -> Row:
        """`values` in the order of the places; literals that Core bound keep their own."""
        return tuple([values[p] if p in values else self.fixed[p] for p in self.places])


def compiled(statement: ClauseElement) -> Statement:
    """`statement` as psycopg runs it. Do this once, at import, for every hot statement."""
    done = statement.compile(dialect=_DIALECT)
    return Statement(str(done), tuple(done.positiontup or ()), dict(done.params))  # type: ignore[attr-defined]  # positional dialects have it


# In seconds: who asks while nobody can connect is told so at once, not after everyone's
# patience, and a server that is back is noticed by the next request.
IMPATIENT, IMPATIENT_FOR = 0.25, 10.0
# Between two tries to connect; the pool itself would double its pauses up to minutes, and go on
# waiting long after the server is back.
LONGEST_PAUSE = 0.5
# So much of a statement is told of a step; its values never are.
LONGEST_TOLD = 300


class UniqueTaken(Conflict):
    """A unique or exclusion constraint was broken; `constraint` is its name."""

    def __init__(self, constraint: str) -> None:
        super().__init__("There is such a record already.")
        self.constraint = constraint


class _EagerPool(AsyncConnectionPool[AsyncConnection[Row]]):
    """A pool that notices at once when the server is back."""

    async def schedule_task(self, task: Any, delay: float) -> None:
        """Have `task` run after `delay` seconds; a new try to connect sooner."""
        is_try = isinstance(task, AddConnection)
        await super().schedule_task(task, min(delay, LONGEST_PAUSE) if is_try else delay)


class Database:
    """The application's connections. Open it on the event loop that uses it."""

    def __init__(self, url: str, *, least: int = 2, most: int = 10, patience: float = 10.0) -> None:
        self.url = url
        self._impatient_until = 0.0
        self._failed_attempts = 0
        self.pool = _EagerPool(
            url,
            min_size=least,
            max_size=most,
            timeout=patience,
            open=False,
            kwargs={"autocommit": True, "prepare_threshold": 0, **REACH},
            configure=_configure,
        )
        self.ringer = Ringer(self.run)

    async def open(self) -> None:
        """Connect; `Unavailable` where PostgreSQL does not answer within ten seconds."""
        try:
            await self.pool.open(wait=True, timeout=10.0)
        except PoolTimeout as error:
            await self.pool.close()
            raise Unavailable("PostgreSQL does not answer.") from error

    async def close(self) -> None:
        """Ring for what is committed, and give all connections back."""
        await self.ringer.finish()
        await self.pool.close()

    async def all(
        self, sql: str, params: Sequence[Any] = (), *, planned: bool = False
    ) -> list[Row]:
        """Every row that `sql` answers; where `planned`, by a plan made for these very `params`."""
        connection = await self.take()
        try:
            return await fetch(connection, sql, params, planned=planned)
        except psycopg.Error as error:
            raise translated(error) from error
        finally:
            await self.give_back(connection)

    async def one(
        self, sql: str, params: Sequence[Any] = (), *, planned: bool = False
    ) -> Row | None:
        """The first row that `sql` answers."""
        rows = await self.all(sql, params, planned=planned)
        return rows[0] if rows else None

    async def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run `sql` on its own, in a transaction of its own; answers the rows it touched."""
        connection = await self.take()
        try:
            with trace.span("sql", statement=sql[:LONGEST_TOLD]):
                return (await connection.execute(sql.encode(), params)).rowcount
        except psycopg.Error as error:
            raise translated(error) from error
        finally:
            await self.give_back(connection)

    async def take(self) -> AsyncConnection[Row]:
        """A connection in autocommit mode, to be given back.

        The pool's own context manager ends a transaction on each leave, which costs, and in
        autocommit mode there is none; one that is open all the same is rolled back on return.
        """
        impatient = monotonic() < self._impatient_until
        try:
            connection = await self.pool.getconn(IMPATIENT if impatient else None)
        except (psycopg.Error, PoolTimeout, PoolClosed) as error:
            if self._is_away():
                self._impatient_until = monotonic() + IMPATIENT_FOR
            raise translated(error) from error
        self._impatient_until = 0.0
        return connection

    def _is_away(self) -> bool:
        """Whether connecting has failed of late; where all are merely in use, waiting helps."""
        failed = self.pool.get_stats().get("connections_errors", 0)
        self._failed_attempts, before = failed, self._failed_attempts
        return failed > before

    async def give_back(self, connection: AsyncConnection[Row]) -> None:
        """Return what `take` gave."""
        await self.pool.putconn(connection)


async def fetch(
    connection: AsyncConnection[Row], sql: str, params: Sequence[Any] = (), *, planned: bool = False
) -> list[Row]:
    """Every row that `sql` answers, none for a command.

    Carried as text: `Decimal` reads that twice as fast as PostgreSQL's binary numbers. A prepared
    statement soon has one plan for whatever is asked, which will not do where a rare value and a
    common one need different ones: `planned` has it planned anew, for some tenths of a millisecond.
    """
    cursor = connection.cursor()
    with trace.span("sql", statement=sql[:LONGEST_TOLD]):
        await cursor.execute(sql.encode(), params, prepare=False if planned else None)
        # `description` would tell as well, and builds an object for each column.
        return await cursor.fetchall() if cursor.rownumber is not None else []


def translated(error: Exception) -> HandwerkError:
    """The domain's kind of error for one of psycopg's."""
    match error:
        case errors.UniqueViolation() | errors.ExclusionViolation():
            return UniqueTaken(error.diag.constraint_name or "")
        case errors.IntegrityError() | errors.DataError():
            column = error.diag.column_name or error.diag.constraint_name or "value"
            return InvalidInput.of(column, "is not allowed by the database")
        case psycopg.Error() if error.sqlstate == FINALIZED:
            return Conflict(error.diag.message_primary or "The record is finalised.")
        case errors.SerializationFailure() | errors.DeadlockDetected():
            return Unavailable("Another change came in between; try again.", retry_after=1)
        case psycopg.OperationalError() if _is_gone(error):
            return Away("The database is away; try again.")
        case psycopg.OperationalError() | PoolTimeout() | PoolClosed():
            return Unavailable("The database is away; try again.")
        case _:
            raise error


def _is_gone(error: psycopg.OperationalError) -> bool:
    """Whether the server went or is starting; else it only refused this one statement."""
    gone = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow)
    return error.sqlstate is None or isinstance(error, gone)


async def _configure(connection: AsyncConnection[Row]) -> None:
    await connection.execute("SET TIME ZONE 'UTC'")
    await connection.execute("SET statement_timeout = '30s'")
    # To start helpers takes longer than most answers.
    await connection.execute("SET max_parallel_workers_per_gather = 0")
    await connection.execute("SET idle_in_transaction_session_timeout = '60s'")
