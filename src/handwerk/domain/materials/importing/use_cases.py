"""Bringing in materials and prices from a table."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import BinaryIO
from uuid import UUID

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.transaction import Receipt
from handwerk.domain.materials.importing.batch import Refused, Shelf
from handwerk.domain.materials.importing.form import MATERIALS, PRICES
from handwerk.domain.materials.importing.lines import Line, material_line, price_line
from handwerk.domain.materials.importing.ports import (
    Known,
    MaterialImportTransaction,
    MaterialImportTransactions,
)
from handwerk.domain.tables.batches import Numbered
from handwerk.domain.tables.importing import ImportOrder, Means, Subject, TakenIn, import_table
from handwerk.domain.tables.report import ImportReport, Wrong
from handwerk.domain.tables.survey import Layout

FORMS = (MATERIALS, PRICES)


async def import_materials(
    source: BinaryIO,
    order: ImportOrder,
    *,
    actor: Actor,
    transactions: MaterialImportTransactions,
    clock: Clock,
    means: Means,
    receipt_of: Callable[[ImportReport], Receipt] | None = None,
) -> ImportReport:
    """Take in the materials or the prices that `source` (CSV or XLSX) is a table of.

    A table with name, category and unit creates materials; a row with the number of one that is
    there brings it up to date. Either table may say prices by region and day; one of prices alone
    names materials that must be there. See `import_table` for what is kept and what is refused.
    """
    actor.require(Permission.MATERIAL_CREATE)
    now, today = clock.now(), clock.today()

    def subject_of(layout: Layout) -> Subject[Line, MaterialImportTransaction]:
        make = material_line if layout.found.form is MATERIALS else price_line
        headings = {column.field: column.heading for column in layout.found.known}
        taker = _Taker(actor, headings)
        return Subject(partial(make, now=now, today=today), taker.take_in)

    return await import_table(
        source,
        order,
        FORMS,
        subject_of,
        means=means,
        transactions=transactions,
        receipt_of=receipt_of,
    )


class _Taker:
    def __init__(self, actor: Actor, headings: dict[str, str]) -> None:
        self._actor = actor
        self._headings = headings

    async def take_in(
        self, records: Sequence[Numbered[Line]], transaction: MaterialImportTransaction
    ) -> TakenIn:
        """Save what the rows say, each as the rows before have left it."""
        if not records:
            return TakenIn()
        store = transaction.material_imports
        lines = [each.record for each in records]
        began = next((line.price.created_at for line in lines if line.price), None)
        began = began or next(line.material.created_at for line in lines if line.material)
        known = await store.known([line.wanted for line in lines], before=began)
        shelf = Shelf(self._actor.user_id, ends_are_told="valid_to" in self._headings)
        shelf.lay_out(await store.prices(_ids(known)))
        taken = self._counted(records, known, shelf)
        await store.put(
            (list(shelf.added.values()), list(shelf.added_prices.values())),
            (list(shelf.changed.values()), list(shelf.changed_prices.values())),
            shelf.changes,
        )
        return taken

    def _counted(
        self, records: Sequence[Numbered[Line]], known: Sequence[Known], shelf: Shelf
    ) -> TakenIn:
        created = updated = 0
        wrong: list[Wrong] = []
        for each, found in zip(records, known, strict=True):
            try:
                made, changed = shelf.take_in(each.record, found)
            except Refused as refused:
                heading = self._headings.get(refused.field, refused.field)
                wrong.append(Wrong(each.row, refused.said, heading, _value(each.record, refused)))
                continue
            created += made
            updated += changed and not made
        return TakenIn(created, updated, wrong)


def _ids(known: Sequence[Known]) -> list[UUID]:
    found = (
        material
        for each in known
        for material in (each.by_id, each.same, *each.numbered, *each.named)
        if material is not None
    )
    return list(dict.fromkeys(material.id for material in found))


def _value(line: Line, refused: Refused) -> str:
    told = line.price if refused.field == "valid_from" else line.wanted
    return str(getattr(told, refused.field, "") or "")
