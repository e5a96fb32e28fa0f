"""The way of every table into the records: surveyed, read in batches, taken in, told about."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, BinaryIO, Generic, Protocol, TypeVar

import msgspec

from handwerk.domain.kernel.transaction import Receipt, Transaction
from handwerk.domain.tables.batches import Batch, Make, Numbered, batches
from handwerk.domain.tables.errors import ImportRefused, speaking
from handwerk.domain.tables.fields import Form
from handwerk.domain.tables.language import Language
from handwerk.domain.tables.opening import Opened, opened
from handwerk.domain.tables.ports import Offload, Progress, Workbooks
from handwerk.domain.tables.report import ImportReport, Tally, Wrong
from handwerk.domain.tables.survey import Layout, Survey

ReceiptOf = Callable[[ImportReport], Receipt] | None
_SURVEYED_AT_ONCE = 5_000
R = TypeVar("R")
Tx = TypeVar("Tx", bound=Transaction)
Tx_contra = TypeVar("Tx_contra", contravariant=True)


class OnError(StrEnum):
    """What a bad row does: it stops the whole import, or only itself."""

    ABORT = "abort"
    SKIP = "skip"


class ImportOrder(msgspec.Struct, frozen=True):
    """How to import. A dry run answers what the real one would and writes nothing."""

    dry_run: bool = False
    on_error: OnError = OnError.ABORT
    language: Language = Language.ENGLISH


class TakenIn(msgspec.Struct, frozen=True):
    """What became of some records; those that are `wrong` changed nothing, each one row."""

    created: int = 0
    updated: int = 0
    wrong: Sequence[Wrong] = ()


class TakeIn(Protocol[R, Tx_contra]):
    """Saves records inside a transaction, as far as they are not there already."""

    async def __call__(self, records: Sequence[Numbered[R]], transaction: Tx_contra, /) -> TakenIn:
        """What became of `records`."""
        ...


class Subject(msgspec.Struct, Generic[R, Tx], frozen=True):
    """What a kind of table is about: how a row becomes a record, and how records are saved."""

    make: Make[R]
    take_in: TakeIn[R, Tx]


class Means(msgspec.Struct, frozen=True):
    """What an import works with: how files are read, where blocking work runs, who is told."""

    workbooks: Workbooks
    offload: Offload
    progress: Progress


async def import_table(
    source: BinaryIO,
    order: ImportOrder,
    forms: Sequence[Form],
    subject_of: Callable[[Layout], Subject[Any, Any]],
    *,
    means: Means,
    transactions: Callable[[], Any],
    receipt_of: ReceiptOf = None,
) -> ImportReport:
    """Take in every row of `source`, a table of one of `forms`.

    With `ABORT` everything is saved in one transaction, or nothing and `ImportRefused` tells
    why. With `SKIP` the sound rows are kept, some hundred to a transaction, so that an import
    that was cut off is simply run again. A table that can't be understood as a whole is refused
    either way; `Unreadable` if it is no table. `receipt_of` makes the answer that is kept for an
    idempotent request; a dry run keeps none.
    """
    with speaking(order.language):
        async with _opened(source, forms, means) as table:
            layout = await _surveyed(table, means)
            run = _Run(table, layout, subject_of(layout), order, means)
            if order.dry_run or order.on_error is OnError.ABORT:
                return await run.at_once(transactions, receipt_of)
            return await run.in_parts(transactions, receipt_of)


@asynccontextmanager
async def _opened(source: BinaryIO, forms: Sequence[Form], means: Means) -> AsyncIterator[Opened]:
    table = await means.offload(lambda: opened(source, forms, means.workbooks))
    try:
        yield table
    finally:
        table.table.close()


async def _surveyed(table: Opened, means: Means) -> Layout:
    survey = await means.offload(lambda: Survey(table))
    while await means.offload(lambda: survey.advance(_SURVEYED_AT_ONCE)):
        await means.progress(0, None)
    return survey.decided()


class _Run:
    """One import of a surveyed table."""

    def __init__(
        self,
        table: Opened,
        layout: Layout,
        subject: Subject[Any, Any],
        order: ImportOrder,
        means: Means,
    ) -> None:
        self._table = table
        self._layout = layout
        self._subject = subject
        self._order = order
        self._means = means
        self._tally = Tally(order.language)
        for said in layout.notes:
            self._tally.note(said)

    async def at_once(self, transactions: Callable[[], Any], receipt_of: ReceiptOf) -> ImportReport:
        """Everything in one transaction, which a dry run leaves without saving."""
        is_strict = self._order.on_error is OnError.ABORT
        async with transactions() as transaction:
            async for batch in self._batches():
                # Once it is known that nothing will be kept, the other rows are only judged.
                if is_strict and (self._tally.failed or batch.failed):
                    self._count(batch, TakenIn())
                else:
                    await self._take_in(batch, transaction)
                await self._tell()
            if is_strict and self._tally.failed:
                raise ImportRefused(self._tally.refusal(), self._order.language)
            if not self._order.dry_run:
                await self._commit(transaction, receipt_of)
        return self._tally.report()

    async def in_parts(
        self, transactions: Callable[[], Any], receipt_of: ReceiptOf
    ) -> ImportReport:
        """Each batch in a transaction of its own."""
        async for batch in self._batches():
            async with transactions() as transaction:
                taken = await self._subject.take_in(batch.records, transaction)
                await transaction.commit()
            self._count(batch, taken)
            await self._tell()
        async with transactions() as transaction:
            await self._commit(transaction, receipt_of)
        return self._tally.report()

    async def _batches(self) -> AsyncIterator[Batch[Any]]:
        made = batches(self._table.table, self._layout, self._subject.make)
        while batch := await self._means.offload(lambda: next(made, None)):
            yield batch

    async def _take_in(self, batch: Batch[Any], transaction: Transaction) -> None:
        self._count(batch, await self._subject.take_in(batch.records, transaction))

    def _count(self, batch: Batch[Any], taken: TakenIn) -> None:
        self._tally.count(rows=batch.rows, created=taken.created, updated=taken.updated)
        wrong = sorted([*batch.wrong, *taken.wrong], key=lambda each: each.row)
        self._tally.fail(batch.failed + len(taken.wrong), wrong)

    async def _tell(self) -> None:
        await self._means.progress(self._tally.rows, self._layout.rows)

    async def _commit(self, transaction: Transaction, receipt_of: ReceiptOf) -> None:
        """Save what is noted and, where that was asked for, that it was answered by the report."""
        if receipt_of is not None:
            transaction.remember(receipt_of(self._tally.report()))
        await transaction.commit()
