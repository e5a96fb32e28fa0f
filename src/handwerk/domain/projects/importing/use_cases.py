"""Bringing in past projects from a table."""

from collections.abc import AsyncIterator, Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import BinaryIO
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.files import FileStore
from handwerk.domain.kernel.transaction import Change, JobRequest, KeyTaken, Receipt, Transaction
from handwerk.domain.projects.importing.batches import Batch, batches
from handwerk.domain.projects.importing.errors import ImportRefused
from handwerk.domain.projects.importing.headings import known_headings
from handwerk.domain.projects.importing.likeness import distinct
from handwerk.domain.projects.importing.ports import (
    ImportTransaction,
    ImportTransactions,
    Offload,
    Progress,
)
from handwerk.domain.projects.importing.report import ImportReport, Tally
from handwerk.domain.projects.importing.survey import Layout, Survey
from handwerk.domain.projects.importing.table import Table, csv_table
from handwerk.domain.projects.jobs import IMPORT_PROJECTS, INDEX_MANY
from handwerk.domain.projects.model import Project

ReceiptOf = Callable[[ImportReport], Receipt] | None
_End = Callable[[Transaction, ImportReport], Awaitable[None]]
_SURVEYED_AT_ONCE = 5_000


class OnError(StrEnum):
    """What a bad row does: it stops the whole import, or only itself."""

    ABORT = "abort"
    SKIP = "skip"


class ImportOrder(msgspec.Struct, frozen=True):
    """How to import. A dry run answers what the real one would and writes nothing."""

    dry_run: bool = False
    on_error: OnError = OnError.ABORT


async def import_projects(
    source: BinaryIO,
    order: ImportOrder,
    *,
    actor: Actor,
    transactions: ImportTransactions,
    clock: Clock,
    offload: Offload,
    progress: Progress,
    receipt_of: ReceiptOf = None,
) -> ImportReport:
    """Create a project of every row of `source` (CSV, seekable) that is not there already.

    With `ABORT` everything is created in one transaction, or nothing and `ImportRefused` tells
    why. With `SKIP` the sound rows are kept, some hundred to a transaction, so that an import
    that was cut off is simply run again. A table that can't be understood as a whole is refused
    either way; `UnsupportedContent` if it is no text. `receipt_of` makes the answer that is kept
    for an idempotent request; a dry run keeps none.
    """
    actor.require(Permission.PROJECT_CREATE)
    table = await offload(lambda: csv_table(source, known_headings))
    layout = await _surveyed(table, offload, progress)
    reading = _Reading(table, layout, clock, offload, progress)
    if order.on_error is OnError.ABORT:
        await _refuse_bad_rows(reading)
    if order.dry_run or order.on_error is OnError.ABORT:
        commit = _discard if order.dry_run else partial(_commit, receipt_of)
        return await _import_at_once(reading, actor, transactions, commit)
    return await _import_in_parts(reading, actor, transactions, partial(_commit, receipt_of))


def refuse_at_first_sight(source: BinaryIO) -> None:
    """Raise what an import of `source` would say before its first row: no text, a wrong heading.

    It reads all of `source`, and blocks meanwhile.
    """
    Survey(csv_table(source, known_headings))
    source.seek(0)


async def queue_import(
    chunks: AsyncIterator[bytes],
    order: ImportOrder,
    *,
    max_bytes: int,
    actor: Actor,
    files: FileStore,
    transactions: Callable[[], Transaction],
    receipt_of: Callable[[UUID], Receipt] | None = None,
) -> UUID:
    """Keep the file that `chunks` yields until a job has imported it; answers the job's id."""
    actor.require(Permission.PROJECT_CREATE)
    file = await files.put(chunks, max_bytes=max_bytes)
    payload = {"file": file.key, "role": actor.role, **msgspec.structs.asdict(order)}
    request = IMPORT_PROJECTS.request(payload, requested_by=actor.user_id)
    try:
        async with transactions() as tx:
            tx.enqueue(request)
            if receipt_of is not None:
                tx.remember(receipt_of(request.id))
            await tx.commit()
    except KeyTaken:
        # There is surely no job. After any other error there may be one, which needs its file.
        await files.delete(file.key)
        raise
    return request.id


async def _surveyed(table: Table, offload: Offload, progress: Progress) -> Layout:
    survey = await offload(lambda: Survey(table))
    while await offload(lambda: survey.advance(_SURVEYED_AT_ONCE)):
        await progress(0, None)
    return survey.decided()


class _Reading:
    """Reads the batches of a surveyed table off the event loop, as often as it is begun."""

    def __init__(
        self,
        table: Table,
        layout: Layout,
        clock: Clock,
        offload: Offload,
        progress: Progress,
    ) -> None:
        self._table = table
        self._layout = layout
        self._now, self._today = clock.now(), clock.today()
        self._offload = offload
        self._progress = progress

    async def batches(self) -> AsyncIterator[Batch]:
        """Every batch, from the first row on."""
        made = batches(self._table, self._layout, self._now, self._today)
        while batch := await self._offload(lambda: next(made, None)):
            yield batch

    async def tell(self, done: int) -> None:
        """Report that `done` rows are dealt with."""
        await self._progress(done, self._layout.rows)


async def _refuse_bad_rows(reading: _Reading) -> None:
    tally = Tally()
    async for batch in reading.batches():
        _count(tally, batch)
        await reading.tell(0)
    if tally.failed:
        raise ImportRefused(tally.refusal())


async def _import_at_once(
    reading: _Reading,
    actor: Actor,
    transactions: ImportTransactions,
    commit: _End,
) -> ImportReport:
    tally = Tally()
    async with transactions() as transaction:
        async for batch in reading.batches():
            _count(tally, batch, await _take_in(batch, actor, transaction))
            await reading.tell(tally.rows)
        await commit(transaction, tally.report())
    return tally.report()


async def _import_in_parts(
    reading: _Reading, actor: Actor, transactions: ImportTransactions, commit: _End
) -> ImportReport:
    tally = Tally()
    async for batch in reading.batches():
        async with transactions() as transaction:
            created = await _take_in(batch, actor, transaction)
            await transaction.commit()
        _count(tally, batch, created)
        await reading.tell(tally.rows)
    async with transactions() as transaction:
        await commit(transaction, tally.report())
    return tally.report()


async def _commit(receipt_of: ReceiptOf, transaction: Transaction, report: ImportReport) -> None:
    """Save what is noted and, where that was asked for, that it was answered by `report`."""
    if receipt_of is not None:
        transaction.remember(receipt_of(report))
    await transaction.commit()


async def _discard(_: Transaction, __: ImportReport) -> None:
    return


def _count(tally: Tally, batch: Batch, created: int = 0) -> None:
    tally.add(rows=batch.rows, failed=batch.failed, errors=batch.errors, created=created)


async def _take_in(batch: Batch, actor: Actor, transaction: ImportTransaction) -> int:
    """How many projects of `batch` were new; these are added, with their history and job."""
    projects = distinct(batch.projects)
    new = await transaction.imports.add_new(projects) if projects else frozenset()
    created = [project for project in projects if project.id in new]
    if created:
        await transaction.imports.record_all([_imported(project, actor) for project in created])
        transaction.enqueue(_indexing(created, actor))
    return len(created)


def _imported(project: Project, actor: Actor) -> Change:
    return Change(
        table="project",
        record_id=project.id,
        action="import",
        actor_id=actor.user_id,
        new=msgspec.structs.asdict(project),
    )


def _indexing(projects: list[Project], actor: Actor) -> JobRequest:
    ids = [str(project.id) for project in projects]
    return INDEX_MANY.request({"ids": ids}, requested_by=actor.user_id)
