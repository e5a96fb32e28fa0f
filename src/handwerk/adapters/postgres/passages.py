"""Passages of documents in PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func, select

from handwerk.adapters.postgres.database import Database, compiled
from handwerk.adapters.postgres.document_rows import LIMIT, PRESENT, WANTED
from handwerk.adapters.postgres.standby import PASSAGES, worded
from handwerk.adapters.postgres.tables.documents import document, document_passage
from handwerk.domain.search.model import DocumentPassage, Filters
from handwerk.domain.search.standby import Sought

_OF_PRESENT = document_passage.join(document)
_FINDABLE = select(document_passage.c.id).select_from(_OF_PRESENT).where(PRESENT)
_FINDABLE_IDS = _FINDABLE.order_by(document_passage.c.id).limit(LIMIT)
_FIRST_PASSAGES = compiled(_FINDABLE_IDS)
_NEXT_PASSAGES = compiled(_FINDABLE_IDS.where(document_passage.c.id > bindparam("after")))
_PASSAGES = compiled(
    select(
        document_passage.c.id,
        document_passage.c.document_id,
        document.c.project_id,
        document_passage.c.page,
        document_passage.c.text,
    )
    .select_from(_OF_PRESENT)
    .where(PRESENT, document_passage.c.id == func.any(bindparam("ids")))
).sql
_COUNT_PASSAGES = compiled(
    select(func.count())
    .select_from(_OF_PRESENT)
    .where(PRESENT, document_passage.c.document_id == WANTED)
).sql


class PostgresPassages:
    """Reads the passages of documents that are not in the bin."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, ids: Sequence[UUID]) -> list[DocumentPassage]:
        """Those of `ids` that exist."""
        rows = await self._database.all(_PASSAGES, (list(ids),))
        return [DocumentPassage(*row) for row in rows]

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        statement = _FIRST_PASSAGES if after is None else _NEXT_PASSAGES
        params = statement.params({"after": after, "limit": limit})
        return [row[0] for row in await self._database.all(statement.sql, params)]

    async def worded(self, wanted: Sequence[Sought], filters: Filters, limit: int) -> list[UUID]:
        """Those that hold most of `wanted`."""
        return await worded(self._database, PASSAGES, wanted, filters, limit)

    async def count_of(self, document_id: UUID) -> int:
        """How many passages of that document may be found."""
        row = await self._database.one(_COUNT_PASSAGES, (document_id,))
        return 0 if row is None else int(row[0])
