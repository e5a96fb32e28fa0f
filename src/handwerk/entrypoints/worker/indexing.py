"""The jobs of the search index."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.documents.jobs import INDEX_DOCUMENTS
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.jobs.model import Handler, JobContext, JobKind, Queue
from handwerk.domain.kernel.transaction import Json
from handwerk.domain.pricing.queueing import train_if_due
from handwerk.domain.projects.jobs import INDEX_PROJECTS
from handwerk.domain.search.jobs import CHECK_INDEX, ENSURE_INDEX, MIGRATE, REINDEX
from handwerk.domain.search.model import Answer, Indexed, Query
from handwerk.domain.search.ports import Collections, Progress
from handwerk.domain.search.upkeep import Mode
from handwerk.domain.search.use_cases.filling import fill_migration
from handwerk.domain.search.use_cases.finding import find_similar
from handwerk.domain.search.use_cases.indexing import (
    Keeping,
    ensure_index,
    index_documents,
    index_projects,
    reindex,
)
from handwerk.domain.search.use_cases.waiting import PatientIndex
from handwerk.entrypoints.worker.needs import Needs
from handwerk.entrypoints.worker.telling import counted
from handwerk.entrypoints.worker.together import Together


def index_handlers(needs: Needs) -> dict[JobKind, Handler]:
    """The handlers of the kinds that concern the index."""
    work = _IndexWork(needs)
    return {
        INDEX_PROJECTS: work.index_projects,
        INDEX_DOCUMENTS: work.index_documents,
        REINDEX: work.reindex,
        ENSURE_INDEX: work.ensure_index,
        MIGRATE: work.migrate_index,
        CHECK_INDEX: work.check_index,
    }


async def _silent(_: int, __: int | None) -> None:
    """Tell nobody how far the work is."""


async def _one(_: UUID) -> int:
    """A project is one thing in the index."""
    return 1


class _IndexWork:
    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._searching: dict[str, Any] = {
            "index": needs.index,
            "embedder": needs.embedder,
            "projects": needs.findable,
        }
        self._projects_together = Together(self._index_projects, _one)
        self._documents_together = Together(self._index_documents, self._count_passages)

    async def _count_passages(self, document_id: UUID) -> int:
        return await self._needs.passages.count_of(document_id)

    def _keeping(self, progress: Progress) -> Keeping:
        needs = self._needs
        return Keeping(
            collections=needs.collections,
            migrations=needs.migrations,
            passages=needs.passages,
            progress=progress,
            **self._searching | {"index": PatientIndex(needs.index, progress)},
        )

    async def index_projects(self, context: JobContext, payload: Json) -> Json:
        ids = [UUID(text) for text in payload["ids"]]
        if context.run.queue == Queue.INTERACTIVE:
            done = await self._projects_together.indexed(ids, context)
        else:
            done = await self._index_projects(ids, counted(context, "project"))
        return msgspec.structs.asdict(done)

    async def index_documents(self, context: JobContext, payload: Json) -> Json:
        ids = [UUID(text) for text in payload["ids"]]
        if context.run.queue == Queue.INTERACTIVE:
            done = await self._documents_together.indexed(ids, context)
        else:
            done = await self._index_documents(ids, counted(context, "passage"))
        return msgspec.structs.asdict(done)

    async def _index_projects(self, ids: Sequence[UUID], progress: Progress = _silent) -> Indexed:
        done = await index_projects(ids, keeping=self._keeping(progress))
        # Whatever finishes jobs has them indexed, so this is where enough new ones are noticed.
        await train_if_due(
            actor=SYSTEM,
            finished=self._needs.finished_count,
            registry=self._needs.registry,
            models=self._needs.models,
            transactions=self._needs.transactions,
        )
        return done

    async def _index_documents(self, ids: Sequence[UUID], progress: Progress = _silent) -> Indexed:
        return await index_documents(ids, keeping=self._keeping(progress))

    async def reindex(self, context: JobContext, payload: Json) -> Json:
        mode = Mode(payload.get("mode", Mode.ALL))
        done = await reindex(mode=mode, keeping=self._keeping(counted(context, "project")))
        return msgspec.structs.asdict(done)

    async def check_index(self, context: JobContext, _: Json) -> Json:
        return msgspec.structs.asdict(
            await reindex(mode=Mode.CHECK, keeping=self._keeping(counted(context, "project")))
        )

    async def ensure_index(self, context: JobContext, _: Json) -> Json:
        done = await ensure_index(keeping=self._keeping(counted(context, "project")))
        return msgspec.structs.asdict(done)

    async def migrate_index(self, context: JobContext, payload: Json) -> Json:
        migration = await fill_migration(
            UUID(payload["migration_id"]),
            keeping=self._keeping(counted(context, "project")),
            search=partial(self._search, actor=SYSTEM),
            transactions=self._needs.transactions,
            clock=self._needs.clock,
        )
        told: Json = msgspec.to_builtins(migration.report)
        return {"phase": migration.phase, "report": told}

    async def _search(self, query: Query, collections: Collections, *, actor: Actor) -> Answer:
        return await find_similar(
            query,
            actor=actor,
            collections=collections,
            lexicons=self._needs.lexicons,
            **self._searching,
        )
