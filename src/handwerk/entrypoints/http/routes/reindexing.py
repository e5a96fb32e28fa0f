"""Keeping the search index: bring it up to date, and move it to another model without a pause."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.di import Provide
from litestar.params import FromPath, JSONBody

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job, Status
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.search.migration import Comparison, Migration, MigrationPhase, Order
from handwerk.domain.search.model import Collection
from handwerk.domain.search.upkeep import Mode
from handwerk.domain.search.use_cases import deciding as decisions
from handwerk.domain.search.use_cases import migrating
from handwerk.domain.search.use_cases.deciding import Deciding, Decision
from handwerk.domain.search.use_cases.queueing import queue_reindex
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    ClockNeed,
    CollectionsNeed,
    EmbedderNeed,
    IndexNeed,
    JobBoardNeed,
    MigrationsNeed,
    Need,
    ReceiptsNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs


class ReindexOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`all` embeds every project anew, `changed` what is missing or out of date.

    `check` does that and takes out what is no project, and tells what it found.
    """

    mode: Mode = Mode.ALL


class Reindexing(msgspec.Struct, frozen=True):
    """The task that brings the index up to date."""

    task_id: UUID


class MigrationView(msgspec.Struct, frozen=True, kw_only=True):
    """A move of the index. `task_*` tell of the task that fills the new collection.

    `judged` is the number of judged queries; `report` is there once both can be compared.
    """

    id: UUID
    phase: MigrationPhase
    model: str
    old: Collection
    new: Collection | None
    task_id: UUID
    task_status: Status
    progress: float
    progress_word: str | None
    error: str | None
    judged: int
    report: Comparison | None
    requested_by: UUID | None
    created_at: datetime
    changed_at: datetime


def shown(migration: Migration, task: Job | None = None) -> MigrationView:
    """The migration as clients see it; a task that nobody has seen yet waits."""
    return MigrationView(
        id=migration.id,
        phase=migration.phase,
        model=migration.model,
        old=migration.old,
        new=migration.new,
        task_id=migration.task_id,
        task_status=task.status if task else Status.PENDING,
        progress=task.progress if task else 0.0,
        progress_word=task.progress_word if task else None,
        error=task.error if task else None,
        judged=len(migration.judged),
        report=migration.report,
        requested_by=migration.requested_by,
        created_at=migration.created_at,
        changed_at=migration.changed_at,
    )


@post("/reindex", opt=needs(Permission.MODEL_TRAIN), status_code=202)
async def reindex(
    request: StrictRequest,
    data: JSONBody[ReindexOrder],
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
) -> JSONResponse[Reindexing]:
    """Have the index brought up to date while it answers; the task's result tells what was done."""
    queue = partial(queue_reindex, data.mode, actor=request.actor, transactions=transactions)
    return await once(request, receipts, queue, _queued)


def _queued(task: UUID) -> JSONResponse[Reindexing]:
    return JSONResponse(Reindexing(task), status_code=202)


@post(
    "/migrations",
    opt=needs(
        Permission.MODEL_TRAIN,
        answers={409: "Another migration is under way, or there is no index yet."},
    ),
    status_code=202,
)
async def begin_migration(
    request: StrictRequest,
    data: JSONBody[Order],
    collections: CollectionsNeed,
    migrations: MigrationsNeed,
    jobs: JobBoardNeed,
    transactions: TransactionsNeed,
    embedder: EmbedderNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[MigrationView]:
    """Have a second collection filled by another model, while the first answers.

    While that is under way the same order answers it; where its task has failed, with a new one.
    """
    begin = partial(
        migrating.begin_migration,
        data,
        actor=request.actor,
        collections=collections,
        migrations=migrations,
        jobs=jobs,
        transactions=transactions,
        embedder=embedder,
        clock=clock,
    )
    return await once(request, receipts, begin, _begun)


def _begun(migration: Migration) -> JSONResponse[MigrationView]:
    return JSONResponse(shown(migration), status_code=202)


@get("/migrations", opt=needs(Permission.MODEL_TRAIN))
async def list_migrations(
    request: StrictRequest, migrations: MigrationsNeed, jobs: JobBoardNeed
) -> JSONResponse[list[MigrationView]]:
    """Answer the newest 50 migrations, the last one first."""
    found = await migrating.latest_migrations(actor=request.actor, migrations=migrations, jobs=jobs)
    return JSONResponse([shown(migration, task) for migration, task in found])


@get("/migrations/{migration_id:str}", opt=needs(Permission.MODEL_TRAIN))
async def get_migration(
    request: StrictRequest,
    migration_id: FromPath[str],
    migrations: MigrationsNeed,
    jobs: JobBoardNeed,
) -> JSONResponse[MigrationView]:
    """Answer how far a migration is, and its report once both collections can be compared."""
    migration, task = await migrating.get_migration(
        parse_id(migration_id), actor=request.actor, migrations=migrations, jobs=jobs
    )
    return JSONResponse(shown(migration, task))


_WRONG_PHASE = {409: "The migration is in another phase."}


@post(
    "/migrations/{migration_id:str}/cut-over",
    opt=needs(Permission.MODEL_ACTIVATE, answers=_WRONG_PHASE),
    status_code=200,
)
async def cut_over(
    request: StrictRequest, migration_id: FromPath[str], deciding: Need[Deciding]
) -> JSONResponse[MigrationView]:
    """Let the new collection answer, in one step. The old one goes on receiving every change."""
    return await _decided(decisions.cut_over, request, migration_id, deciding)


@post(
    "/migrations/{migration_id:str}/roll-back",
    opt=needs(Permission.MODEL_ACTIVATE, answers=_WRONG_PHASE),
    status_code=200,
)
async def roll_back(
    request: StrictRequest, migration_id: FromPath[str], deciding: Need[Deciding]
) -> JSONResponse[MigrationView]:
    """Let the old collection answer again, in one step. It can be cut over again."""
    return await _decided(decisions.roll_back, request, migration_id, deciding)


@post(
    "/migrations/{migration_id:str}/finish",
    opt=needs(Permission.MODEL_ACTIVATE, answers=_WRONG_PHASE),
    status_code=200,
)
async def finish(
    request: StrictRequest, migration_id: FromPath[str], deciding: Need[Deciding]
) -> JSONResponse[MigrationView]:
    """After the cut-over: drop the old collection and unload its model. There is no way back."""
    return await _decided(decisions.finish_migration, request, migration_id, deciding)


@post(
    "/migrations/{migration_id:str}/abandon",
    opt=needs(Permission.MODEL_ACTIVATE, answers=_WRONG_PHASE),
    status_code=200,
)
async def abandon(
    request: StrictRequest, migration_id: FromPath[str], deciding: Need[Deciding]
) -> JSONResponse[MigrationView]:
    """Before the cut-over or after a roll-back: drop the new collection, unload its model."""
    return await _decided(decisions.abandon_migration, request, migration_id, deciding)


async def _decided(
    decide: Decision, request: StrictRequest, migration_id: str, deciding: Deciding
) -> JSONResponse[MigrationView]:
    migration = await decide(parse_id(migration_id), actor=request.actor, deciding=deciding)
    return JSONResponse(shown(migration))


async def _deciding(
    transactions: TransactionsNeed,
    collections: CollectionsNeed,
    index: IndexNeed,
    embedder: EmbedderNeed,
    clock: ClockNeed,
) -> Deciding:
    return Deciding(transactions, collections, index, embedder, clock)


HANDLERS: list[Any] = [
    reindex,
    begin_migration,
    list_migrations,
    get_migration,
    cut_over,
    roll_back,
    finish,
    abandon,
]
router = Router(
    "/similarity",
    route_handlers=HANDLERS,
    dependencies={"deciding": Provide(_deciding)},
    tags=["Similarity"],
)
