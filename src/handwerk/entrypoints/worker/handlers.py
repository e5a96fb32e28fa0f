"""What each kind of job does: its payload in, a use case, its result out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.backup.jobs import MAKE_BACKUP
from handwerk.domain.backup.ports import Backups
from handwerk.domain.documents.jobs import (
    INDEX_DOCUMENTS,
    PROCESS,
    PURGE_DOCUMENTS,
    RETRY_STUCK,
)
from handwerk.domain.documents.ports import ContentStore, Documents, Extractor
from handwerk.domain.documents.use_cases.keeping import purge_documents
from handwerk.domain.documents.use_cases.processing import (
    RETRY_AFTER,
    Apart,
    give_up,
    process_document,
    retry_stuck,
)
from handwerk.domain.identity.erasure import ErasureList
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.use_cases.erasing import keep_erasures
from handwerk.domain.jobs.model import Handler, JobContext, JobKind, Queue
from handwerk.domain.jobs.ports import Expiring, JobStore
from handwerk.domain.jobs.upkeep import (
    EXPIRE_SESSIONS,
    PURGE_JOBS,
    PURGE_RECEIPTS,
    PURGE_SECURITY_LOG,
    VERIFY_HISTORY,
)
from handwerk.domain.jobs.use_cases.purging import purge_jobs
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import NotFound, Unavailable
from handwerk.domain.kernel.files import FileStore
from handwerk.domain.kernel.transaction import Json
from handwerk.domain.materials.importing.use_cases import import_materials
from handwerk.domain.materials.jobs import IMPORT_MATERIALS
from handwerk.domain.pricing.ports import (
    CurrentSettings,
    FinishedCount,
    FinishedProjects,
    Predictions,
    PriceModels,
    PricePredictor,
    Registry,
)
from handwerk.domain.pricing.queueing import EVALUATION, evaluate_price_model, train_if_due
from handwerk.domain.pricing.use_cases.training import TRAINING, train_price_model
from handwerk.domain.privacy.jobs import EXPORT_PERSON, PURGE_PERSONAL
from handwerk.domain.privacy.ports import AccessLines, People, PersonalRecords, SealedFiles
from handwerk.domain.privacy.retention import Retention
from handwerk.domain.privacy.use_cases.own_data import export_person
from handwerk.domain.privacy.use_cases.purging import purge_personal, record_purge
from handwerk.domain.projects.bin.use_cases import purge_bin
from handwerk.domain.projects.importing.use_cases import import_projects
from handwerk.domain.projects.jobs import (
    IMPORT_PROJECTS,
    INDEX_PROJECTS,
    PURGE_BIN,
    REFRESH_STATISTICS,
)
from handwerk.domain.projects.statistics.ports import ProjectStatistics
from handwerk.domain.projects.statistics.use_cases import keep_statistics_fresh
from handwerk.domain.records.chain import SealKeys
from handwerk.domain.records.ports import Evidence, Heads
from handwerk.domain.records.use_cases.verifying import verify_and_record
from handwerk.domain.search.jobs import CHECK_INDEX, ENSURE_INDEX, MIGRATE, REINDEX
from handwerk.domain.search.model import Answer, Indexed, Query
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindablePassages,
    FindableProjects,
    Lexicons,
    Migrations,
    Progress,
    SearchIndex,
)
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
from handwerk.domain.tables.errors import ImportRefused
from handwerk.domain.tables.importing import ImportOrder, Means
from handwerk.domain.tables.ports import Workbooks
from handwerk.domain.tables.report import ImportReport
from handwerk.entrypoints.worker.together import Together

# Worked in child processes: they keep the processor busy for long. None of them may touch the
# index, which can belong to the serving process alone.
APART = (TRAINING, IMPORT_PROJECTS, IMPORT_MATERIALS, MAKE_BACKUP)


class Needs(msgspec.Struct, frozen=True):
    """All that the handlers use. `transactions` makes those of every module."""

    clock: Clock
    transactions: Any
    files: FileStore
    workbooks: Workbooks
    content: ContentStore
    documents: Documents
    extractor: Extractor
    settings: CurrentSettings
    findable: FindableProjects
    passages: FindablePassages
    collections: Collections
    migrations: Migrations
    index: SearchIndex
    embedder: Embedder
    lexicons: Lexicons
    finished: FinishedProjects
    finished_count: FinishedCount
    registry: Registry
    predictor: PricePredictor
    predictions: Predictions
    models: PriceModels
    statistics: ProjectStatistics
    job_store: JobStore
    sessions: Expiring
    receipts: Expiring
    security_log: Expiring
    users: People
    personal_records: PersonalRecords
    access_lines: AccessLines
    sealing: SealedFiles
    retention: Retention
    erasures: ErasureList
    # None where no folder is set for them.
    backups: Backups | None
    evidence: Evidence
    seal_keys: SealKeys
    heads: Heads
    # Where the words of a document are looked through; None is here.
    apart: Apart | None = None


def handlers(needs: Needs) -> dict[JobKind, Handler]:
    """The handler of every kind."""
    work = _Work(needs)
    return {
        INDEX_PROJECTS: work.index_projects,
        INDEX_DOCUMENTS: work.index_documents,
        REINDEX: work.reindex,
        ENSURE_INDEX: work.ensure_index,
        MIGRATE: work.migrate_index,
        CHECK_INDEX: work.check_index,
        IMPORT_PROJECTS: work.import_projects,
        IMPORT_MATERIALS: work.import_materials,
        TRAINING: work.train,
        EVALUATION: work.evaluate,
        PROCESS: work.process_document,
        RETRY_STUCK: work.retry_stuck,
        MAKE_BACKUP: work.make_backup,
        PURGE_DOCUMENTS: work.purge_documents,
        PURGE_BIN: work.purge_bin,
        REFRESH_STATISTICS: work.refresh_statistics,
        PURGE_JOBS: work.purge_jobs,
        EXPIRE_SESSIONS: work.expire_sessions,
        PURGE_RECEIPTS: work.purge_receipts,
        PURGE_SECURITY_LOG: work.purge_security_log,
        VERIFY_HISTORY: work.verify_history,
        EXPORT_PERSON: work.export_person,
        PURGE_PERSONAL: work.purge_personal,
    }


async def _silent(_: int, __: int | None) -> None:
    """Tell nobody how far the work is."""


async def _one(_: UUID) -> int:
    """A project is one thing in the index."""
    return 1


class _Work:
    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._searching: dict[str, Any] = {
            "index": needs.index,
            "embedder": needs.embedder,
            "projects": needs.findable,
        }
        self._projects_together = Together(self._index_projects, _one)
        self._documents_together = Together(self._index_documents, needs.passages.count_of)

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
            done = await self._index_projects(ids, _counted(context, "project"))
        return msgspec.structs.asdict(done)

    async def index_documents(self, context: JobContext, payload: Json) -> Json:
        ids = [UUID(text) for text in payload["ids"]]
        if context.run.queue == Queue.INTERACTIVE:
            done = await self._documents_together.indexed(ids, context)
        else:
            done = await self._index_documents(ids, _counted(context, "passage"))
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
        done = await reindex(mode=mode, keeping=self._keeping(_counted(context, "project")))
        return msgspec.structs.asdict(done)

    async def check_index(self, context: JobContext, _: Json) -> Json:
        return msgspec.structs.asdict(
            await reindex(mode=Mode.CHECK, keeping=self._keeping(_counted(context, "project")))
        )

    async def ensure_index(self, context: JobContext, _: Json) -> Json:
        done = await ensure_index(keeping=self._keeping(_counted(context, "project")))
        return msgspec.structs.asdict(done)

    async def migrate_index(self, context: JobContext, payload: Json) -> Json:
        migration = await fill_migration(
            UUID(payload["migration_id"]),
            keeping=self._keeping(_counted(context, "project")),
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

    async def import_projects(self, context: JobContext, payload: Json) -> Json:
        """Import the file, which goes when the job is over: a repeated run reads it again.

        A refusal is a result, in the shape of a report.
        """
        return await self._imported(import_projects, context, payload)

    async def import_materials(self, context: JobContext, payload: Json) -> Json:
        """The same for materials and prices."""
        return await self._imported(import_materials, context, payload)

    async def _imported(
        self,
        use_case: Callable[..., Awaitable[ImportReport]],
        context: JobContext,
        payload: Json,
    ) -> Json:
        context.when_over(partial(self._needs.files.delete, payload["file"]))
        means = Means(self._needs.workbooks, asyncio.to_thread, _counted(context, "row"))
        with await self._needs.files.open(payload["file"]) as source:
            try:
                report = await use_case(
                    source,
                    msgspec.convert(payload, ImportOrder),
                    actor=_asker(context, payload),
                    transactions=self._needs.transactions,
                    clock=self._needs.clock,
                    means=means,
                )
            except ImportRefused as refused:
                report = refused.report
        return msgspec.structs.asdict(report)

    async def train(self, context: JobContext, payload: Json) -> Json:
        report = await train_price_model(
            actor=_asker(context, payload),
            projects=self._needs.finished,
            settings=self._needs.settings,
            predictor=self._needs.predictor,
            transactions=self._needs.transactions,
            clock=self._needs.clock,
            progress=context.progress,
        )
        return msgspec.structs.asdict(report)

    async def evaluate(self, _: JobContext, __: Json) -> Json:
        report = await evaluate_price_model(
            actor=SYSTEM,
            predictions=self._needs.predictions,
            models=self._needs.models,
            transactions=self._needs.transactions,
        )
        return msgspec.structs.asdict(report)

    async def process_document(self, context: JobContext, payload: Json) -> Json:
        """Read a document; after the last try that failed it says so."""
        document_id = UUID(payload["id"])
        needs = self._needs
        try:
            done = await process_document(
                document_id,
                documents=needs.documents,
                files=needs.content,
                extractor=needs.extractor,
                transactions=needs.transactions,
                clock=needs.clock,
                progress=_counted(context, "page"),
                apart=needs.apart,
            )
        except Unavailable as error:
            if context.run.attempts >= PROCESS.max_attempts:
                await give_up(
                    document_id,
                    error.detail,
                    transactions=needs.transactions,
                    clock=needs.clock,
                    retry_after=RETRY_AFTER,
                )
            raise
        return {"document_id": str(done.id), "pages": done.page_count}

    async def retry_stuck(self, _: JobContext, __: Json) -> Json:
        needs = self._needs
        queued = await retry_stuck(
            documents=needs.documents, transactions=needs.transactions, clock=needs.clock
        )
        return {"queued": queued}

    async def make_backup(self, context: JobContext, _: Json) -> Json:
        """Back up; it takes a thread of its own, since it moves all there is."""
        backups, loop = self._needs.backups, asyncio.get_running_loop()
        if backups is None:
            return {"skipped": "HANDWERK_BACKUP_DIR is not set."}

        def tell(share: float, word: str) -> None:
            asyncio.run_coroutine_threadsafe(context.progress(share, word), loop).result()

        done = await asyncio.to_thread(backups.make, tell)
        return {"backup": done.id, "stored_bytes": done.stored_bytes, "files": done.files}

    async def purge_documents(self, context: JobContext, _: Json) -> Json:
        removed = await purge_documents(
            actor=SYSTEM,
            documents=self._needs.documents,
            files=self._needs.content,
            transactions=self._needs.transactions,
            clock=self._needs.clock,
            checkpoint=context.checkpoint,
        )
        return {"removed": removed}

    async def purge_bin(self, context: JobContext, _: Json) -> Json:
        removed = await purge_bin(
            actor=SYSTEM,
            transactions=self._needs.transactions,
            clock=self._needs.clock,
            checkpoint=context.checkpoint,
        )
        return {"removed": removed}

    async def refresh_statistics(self, _: JobContext, __: Json) -> Json:
        projects = await keep_statistics_fresh(
            statistics=self._needs.statistics,
            transactions=self._needs.transactions,
            clock=self._needs.clock,
        )
        return {"projects": projects}

    async def purge_jobs(self, context: JobContext, _: Json) -> Json:
        removed = await purge_jobs(
            store=self._needs.job_store,
            files=self._needs.files,
            checkpoint=context.checkpoint,
            successful=timedelta(days=self._needs.retention.days("jobs")),
            others=timedelta(days=self._needs.retention.days("failed_jobs")),
        )
        return await self._purged("jobs", removed)

    async def expire_sessions(self, _: JobContext, __: Json) -> Json:
        return await self._purged("sessions", await self._needs.sessions.purge())

    async def purge_security_log(self, _: JobContext, __: Json) -> Json:
        return await self._purged("security_log", await self._needs.security_log.purge())

    async def verify_history(self, _: JobContext, __: Json) -> Json:
        verdict = await verify_and_record(
            SYSTEM,
            evidence=self._needs.evidence,
            keys=self._needs.seal_keys,
            heads=self._needs.heads,
            transactions=self._needs.transactions,
        )
        told: Json = msgspec.to_builtins(verdict)
        return told

    async def purge_receipts(self, _: JobContext, __: Json) -> Json:
        return await self._purged("receipts", await self._needs.receipts.purge())

    async def _purged(self, kind: str, removed: int) -> Json:
        """Each purge is recorded."""
        needs = self._needs
        await record_purge(
            kind, removed, retention=needs.retention, transactions=needs.transactions
        )
        return {"removed": removed}

    async def export_person(self, context: JobContext, _: Json) -> Json:
        """Gather everything about whoever asked; the result says where, and nothing of it."""
        needs, user_id = self._needs, context.run.requested_by
        if user_id is None:
            raise NotFound("Nobody asked for this export.")
        export = await export_person(
            user_id,
            users=needs.users,
            records=needs.personal_records,
            access=needs.access_lines,
            sealing=needs.sealing,
            files=needs.files,
            retention=needs.retention,
            transactions=needs.transactions,
            clock=needs.clock,
        )
        return {
            "export_id": str(export.id),
            "url": f"/api/v1/privacy/exports/{export.id}",
            "size_bytes": export.size_bytes,
            "expires_at": export.expires_at.isoformat(),
        }

    async def purge_personal(self, _: JobContext, __: Json) -> Json:
        needs = self._needs
        await keep_erasures(transactions=needs.transactions, listed=needs.erasures)
        return await purge_personal(
            actor=SYSTEM,
            access=needs.access_lines,
            files=needs.files,
            retention=needs.retention,
            transactions=needs.transactions,
            clock=needs.clock,
        )


def _asker(context: JobContext, payload: Json) -> Actor:
    """Whoever asked for the work, in the role that was held then."""
    return Actor(context.run.requested_by, Role(payload["role"]))


def _counted(context: JobContext, thing: str) -> Callable[[int, int | None], Awaitable[None]]:
    async def tell(done: int, total: int | None) -> None:
        share = done / total if total else 0.0
        of_all = "" if total is None else f" of {total:,}"
        await context.progress(share, f"{thing} {done:,}{of_all}")

    return tell
