"""The jobs that come by the clock, and keep the house."""

import asyncio
from datetime import timedelta

import msgspec

from handwerk.domain.backup.jobs import MAKE_BACKUP
from handwerk.domain.documents.jobs import PURGE_DOCUMENTS, RETRY_STUCK
from handwerk.domain.documents.use_cases.keeping import purge_documents
from handwerk.domain.documents.use_cases.processing import retry_stuck
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.identity.use_cases.erasing import keep_erasures
from handwerk.domain.jobs.model import Handler, JobContext, JobKind
from handwerk.domain.jobs.upkeep import (
    EXPIRE_SESSIONS,
    PURGE_JOBS,
    PURGE_RECEIPTS,
    PURGE_SECURITY_LOG,
    VERIFY_HISTORY,
)
from handwerk.domain.jobs.use_cases.purging import purge_jobs
from handwerk.domain.kernel.transaction import Json
from handwerk.domain.privacy.jobs import PURGE_PERSONAL
from handwerk.domain.privacy.use_cases.purging import purge_personal, record_purge
from handwerk.domain.projects.bin.use_cases import purge_bin
from handwerk.domain.projects.jobs import PURGE_BIN, REFRESH_STATISTICS
from handwerk.domain.projects.statistics.use_cases import keep_statistics_fresh
from handwerk.domain.records.use_cases.verifying import verify_and_record
from handwerk.entrypoints.worker.needs import Needs


def upkeep_handlers(needs: Needs) -> dict[JobKind, Handler]:
    """The handlers of the kinds that come by the clock and keep the house."""
    work = _Upkeep(needs)
    return {
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
        PURGE_PERSONAL: work.purge_personal,
    }


class _Upkeep:
    def __init__(self, needs: Needs) -> None:
        self._needs = needs

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
