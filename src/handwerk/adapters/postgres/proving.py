"""Looks at a database that was restored: reads all of it, and says what is not sound."""

from collections.abc import Callable

import psycopg
from psycopg import AsyncConnection, sql

from handwerk.adapters.postgres.database import Database, Row, fetch
from handwerk.domain.backup.model import Damaged, Loaded

_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
_SCHEMA = "SELECT version_num FROM schema_version"
_FILES = "SELECT DISTINCT file FROM document WHERE file > %s ORDER BY file LIMIT 10000"
_INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
_NAMED = 5


class RestoredDatabase:
    """A database at work beside the real one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, has: Callable[[str], bool]) -> Loaded:
        """Count each table's rows, and name what is not sound.

        `has` says whether a file with that path is there.
        """
        connection = await self._database.take()
        try:
            # Every page is read, which takes as long as it takes.
            await fetch(connection, "SET statement_timeout = 0")
            rows = {name: await _rows(connection, name) for name in await _tables(connection)}
            [(schema,)] = await fetch(connection, _SCHEMA)
            faults = [*await _lost_files(connection, has), *await _broken_indexes(connection)]
        except psycopg.Error as error:
            raise Damaged(f"The restored database can't be read: {error}") from error
        finally:
            await self._database.give_back(connection)
        return Loaded(rows, schema, faults)


async def _tables(connection: AsyncConnection[Row]) -> list[str]:
    return [name for (name,) in await fetch(connection, _TABLES)]


async def _rows(connection: AsyncConnection[Row], table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    [(count,)] = await fetch(connection, query.as_string())
    return int(count)


async def _lost_files(connection: AsyncConnection[Row], has: Callable[[str], bool]) -> list[str]:
    lost, last = [], ""
    while found := await fetch(connection, _FILES, (last,)):
        keys = [row[0] for row in found]
        lost += [key for key in keys if not has(f"files/documents/{key[:2]}/{key}")]
        last = keys[-1]
    if not lost:
        return []
    return [f"{len(lost)} files of documents are missing: {', '.join(lost[:_NAMED])}."]


async def _broken_indexes(connection: AsyncConnection[Row]) -> list[str]:
    rows = await fetch(connection, _INVALID)
    return [f"The index {name} is not valid." for (name,) in rows]
