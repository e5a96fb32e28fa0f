"""Materials of the original and their dated prices."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from handwerk.domain.kernel.money import MAX_EUROS, cents
from handwerk.domain.materials.errors import OverlappingPrices
from handwerk.domain.materials.model import MAX_DATANORM_ID, MAX_NAME, MAX_UNIT, MAX_WORD, Material
from handwerk.domain.materials.prices import EARLIEST, MAX_REGION, MaterialPrice, begun
from handwerk.domain.moving.legacy.model import (
    Fate,
    Findings,
    LegacyBatch,
    LegacyRow,
    Outcome,
)
from handwerk.domain.moving.legacy.ports import LegacyStore
from handwerk.domain.moving.legacy.reading import NO_ID, Reader, as_day, as_id
from handwerk.domain.moving.legacy.saying import (
    NAMELESS,
    NO_PRICE,
    OVERLAP,
    PRICE_ENDED,
    TURNED,
    TWICE,
    UNKNOWN_CATEGORY,
    UNKNOWN_DAY,
    UNKNOWN_UNIT,
)
from handwerk.domain.moving.legacy.writing import Written

MATERIAL = "calculator_material"
PRICE = "calculator_materialprice"
_UNKNOWN = "unbekannt"


async def materials_in(
    batch: LegacyBatch, store: LegacyStore, findings: Findings, now: datetime, today: date
) -> tuple[list[Fate], Written]:
    """The materials and prices of a batch that are new and sound."""
    wanted = [as_id(record.row.get("id")) for record in batch.records]
    ids = [material_id for material_id in wanted if material_id is not None]
    known = await store.known("material", ids)
    histories = _History(await store.prices(ids))
    part_ids = [as_id(part.get("id")) for record in batch.records for part in record.parts]
    known_prices = await store.known("material_price", [each for each in part_ids if each])
    written, fates = Written(), []
    for record in batch.records:
        material = _material(record.row, findings, now)
        outcome = written.take("material", material, known, record.row, MATERIAL, findings)
        made = None if material is None or outcome is Outcome.LEFT_OUT else material.id
        reading = _Prices(made, histories, known_prices, written, findings)
        fates.append(Fate(outcome, reading.all(record.parts, now, today)))
    written.ended = histories.changed()
    return fates, written


def _material(row: LegacyRow, findings: Findings, now: datetime) -> Material | None:
    read = Reader(MATERIAL, row, findings)
    material_id = read.id()
    if material_id is None:
        read.tell(NO_ID, "id", left_out=True)
        return None
    name = read.text("name", MAX_NAME)
    if name is None:
        read.tell(NAMELESS, "name", left_out=True)
        return None
    category, unit = read.text("category", MAX_WORD), read.text("unit", MAX_UNIT)
    if category is None:
        read.tell(UNKNOWN_CATEGORY, "category")
    if unit is None:
        read.tell(UNKNOWN_UNIT, "unit")
    created = read.moment("created_at") or now
    return Material(
        id=material_id,
        name=name,
        category=category or _UNKNOWN,
        unit=unit or _UNKNOWN,
        unit_price=None,
        datanorm_id=read.text("datanorm_id", MAX_DATANORM_ID),
        created_at=created,
        updated_at=max(created, read.moment("updated_at") or created),
        version=1,
    )


class _History:
    """The prices of materials as they become."""

    def __init__(self, stored: Sequence[MaterialPrice]) -> None:
        self._stored = {price.id: price for price in stored}
        self._now: dict[UUID, dict[UUID, MaterialPrice]] = {}
        for price in stored:
            self.keep(price)

    def of(self, material_id: UUID, region: str | None) -> list[MaterialPrice]:
        """The prices of a material in a region."""
        prices = self._now.get(material_id, {}).values()
        return [price for price in prices if price.region == region]

    def keep(self, price: MaterialPrice) -> None:
        """Put a price in, or in place of what it was."""
        self._now.setdefault(price.material_id, {})[price.id] = price

    def changed(self) -> list[MaterialPrice]:
        """Stored prices that end earlier now."""
        every = (price for prices in self._now.values() for price in prices.values())
        return [p for p in every if p.id in self._stored and self._stored[p.id] != p]


class _Prices:
    """Places the prices of one material, the earliest first."""

    def __init__(
        self,
        material_id: UUID | None,
        histories: _History,
        known: frozenset[UUID],
        written: Written,
        findings: Findings,
    ) -> None:
        self._material_id = material_id
        self._histories = histories
        self._known = known
        self._written = written
        self._findings = findings

    def all(self, rows: Sequence[LegacyRow], now: datetime, today: date) -> list[Outcome]:
        """What became of each row, in the order in which they came."""
        outcomes = [Outcome.LEFT_OUT] * len(rows)
        # Of two that begin on one day the one that was written down later is the right one.
        in_order = sorted(range(len(rows)), key=lambda place: _begins(rows[place]))
        for place in in_order:
            outcomes[place] = self._one(rows[place], now, today)
        return outcomes

    def _one(self, row: LegacyRow, now: datetime, today: date) -> Outcome:
        read = Reader(PRICE, row, self._findings)
        price = self._read(read, now, today)
        if price is None:
            return Outcome.LEFT_OUT
        if price.id in self._known:
            return Outcome.UNCHANGED
        if self._written.has("material_price", price.id):
            read.tell(TWICE, "id", left_out=True)
            return Outcome.LEFT_OUT
        try:
            revision = begun(self._histories.of(price.material_id, price.region), price)
        except OverlappingPrices:
            read.tell(OVERLAP, "valid_from", left_out=True)
            return Outcome.LEFT_OUT
        if revision.changed is not None:
            read.tell(PRICE_ENDED, "valid_from")
            self._histories.keep(revision.changed)
            self._written.correct("material_price", revision.changed)
        self._histories.keep(price)
        self._written.add("material_price", price)
        return Outcome.CREATED

    def _read(self, read: Reader, now: datetime, today: date) -> MaterialPrice | None:
        price_id = read.id()
        if price_id is None or self._material_id is None:
            read.tell(NO_ID if price_id is None else NAMELESS, "id", left_out=True)
            return None
        price = read.bounded("price", MAX_EUROS)
        if price is None:
            read.tell(NO_PRICE, "price", left_out=True)
            return None
        begins, ends = read.day("valid_from"), read.day("valid_to")
        recorded = read.moment("recorded_at") or now
        if begins is None:
            begins = as_day(recorded.isoformat()) or today
            read.tell(UNKNOWN_DAY, "valid_from")
        if begins < EARLIEST or (ends is not None and ends < begins):
            read.tell(TURNED, "valid_to", left_out=True)
            return None
        return MaterialPrice(
            price_id,
            self._material_id,
            cents(price.copy_abs()),
            read.text("region", MAX_REGION),
            begins,
            ends,
            recorded,
        )


def _begins(row: LegacyRow) -> tuple[Any, ...]:
    recorded = row.get("recorded_at")
    begins = as_day(row.get("valid_from") or "") or as_day(recorded or "") or date.min
    return begins, [-ord(char) for char in str(recorded or "")[:40]], str(row.get("id"))
