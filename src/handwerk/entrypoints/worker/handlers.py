"""What each kind of job does: its payload in, a use case, its result out."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import msgspec

from handwerk.domain.backup.jobs import MAKE_BACKUP
from handwerk.domain.documents.jobs import PROCESS
from handwerk.domain.documents.use_cases.processing import RETRY_AFTER, give_up, process_document
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.jobs.model import Handler, JobContext, JobKind
from handwerk.domain.kernel.errors import NotFound, Unavailable
from handwerk.domain.kernel.transaction import Json
from handwerk.domain.materials.importing.use_cases import import_materials
from handwerk.domain.materials.jobs import IMPORT_MATERIALS
from handwerk.domain.pricing.queueing import EVALUATION, evaluate_price_model
from handwerk.domain.pricing.use_cases.training import TRAINING, train_price_model
from handwerk.domain.privacy.jobs import EXPORT_PERSON
from handwerk.domain.privacy.use_cases.own_data import export_person
from handwerk.domain.projects.importing.use_cases import import_projects
from handwerk.domain.projects.jobs import (
    IMPORT_PROJECTS,
)
from handwerk.domain.tables.errors import ImportRefused
from handwerk.domain.tables.importing import ImportOrder, Means
from handwerk.domain.tables.report import ImportReport
from handwerk.entrypoints.worker.indexing import index_handlers
from handwerk.entrypoints.worker.needs import Needs
from handwerk.entrypoints.worker.telling import counted
from handwerk.entrypoints.worker.upkeep import upkeep_handlers

# Worked in child processes: they keep the processor busy for long. None of them may touch the
# index, which can belong to the serving process alone.
APART = (TRAINING, IMPORT_PROJECTS, IMPORT_MATERIALS, MAKE_BACKUP)


def handlers(needs: Needs) -> dict[JobKind, Handler]:
    """The handler of every kind."""
    work = _Work(needs)
    own: dict[JobKind, Handler] = {
        IMPORT_PROJECTS: work.import_projects,
        IMPORT_MATERIALS: work.import_materials,
        TRAINING: work.train,
        EVALUATION: work.evaluate,
        PROCESS: work.process_document,
        EXPORT_PERSON: work.export_person,
    }
    return own | index_handlers(needs) | upkeep_handlers(needs)


class _Work:
    def __init__(self, needs: Needs) -> None:
        self._needs = needs

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
        means = Means(self._needs.workbooks, asyncio.to_thread, counted(context, "row"))
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
                progress=counted(context, "page"),
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


def _asker(context: JobContext, payload: Json) -> Actor:
    """Whoever asked for the work, in the role that was held then."""
    return Actor(context.run.requested_by, Role(payload["role"]))
