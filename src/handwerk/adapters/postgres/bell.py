"""Hears when a job was committed or has changed: a connection of its own that listens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from handwerk.adapters.postgres.database import REACH
from handwerk.adapters.postgres.ringing import CHANGES, JOBS
from handwerk.domain.kernel.errors import Unavailable


class PostgresBell:
    """Fills `JobBell`. Use it on one event loop; `close` it at the end."""

    def __init__(self, url: str, channel: str = JOBS) -> None:
        self._url = url
        self._channel = channel
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None

    async def wait(self, longest: timedelta) -> set[str]:
        """The queues that were rung for; connects where there is no connection yet."""
        try:
            connection = self._connection or await self._listening()
            rung = connection.notifies(timeout=longest.total_seconds(), stop_after=1)
            return {notify.payload async for notify in rung}
        except psycopg.Error as error:
            await self.close()
            raise Unavailable("The database is away; try again.") from error

    async def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _listening(self) -> AsyncConnection[tuple[Any, ...]]:
        connection = await AsyncConnection.connect(self._url, autocommit=True, **REACH)
        self._connection = connection  # before it listens, so that `close` finds it in any case
        await connection.execute(f"LISTEN {self._channel}".encode())
        return connection


class PostgresChanges:
    """Fills `JobChanges`. Use it on one event loop; `close` it at the end."""

    def __init__(self, url: str) -> None:
        self._bell = PostgresBell(url, CHANGES)

    async def wait(self, longest: timedelta) -> set[UUID]:
        """The jobs that changed."""
        rung = await self._bell.wait(longest)
        return {UUID(text) for payload in rung for text in payload.split(",")}

    async def close(self) -> None:
        """Hang up."""
        await self._bell.close()
