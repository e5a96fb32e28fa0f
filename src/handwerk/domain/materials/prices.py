"""Prices of a material by day and region, and how a new one takes its place among them.

The prices of one material in one region never overlap; there may be days without a price. On a
day a region's own price counts, else the nationwide one.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.materials.errors import OverlappingPrices

EARLIEST = date(1900, 1, 1)
MAX_REGION = 100
ONE_DAY = timedelta(days=1)

SORTABLE = frozenset({"valid_from", "created_at", "price"})
CURRENT_SORTABLE = frozenset({"created_at", "name", "category"})


class MaterialPrice(msgspec.Struct, frozen=True):
    """What one unit costs from the first to the last day, both included, in euros net.

    `region` is `None` nationwide, `valid_to` until further notice.
    """

    id: UUID
    material_id: UUID
    price: Decimal
    region: str | None
    valid_from: date
    valid_to: date | None
    created_at: datetime

    def holds_on(self, day: date) -> bool:
        """Whether this is the price on that day."""
        return self.valid_from <= day <= (self.valid_to or date.max)

    def overlaps(self, other: "MaterialPrice") -> bool:
        """Whether both hold on some day, for the same material in the same region."""
        return (
            (self.material_id, self.region) == (other.material_id, other.region)
            and self.valid_from <= (other.valid_to or date.max)
            and other.valid_from <= (self.valid_to or date.max)
        )


class PriceInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client says of a price."""

    price: Decimal
    valid_from: date
    region: str | None = None
    valid_to: date | None = None


class CurrentPrice(msgspec.Struct, frozen=True):
    """What a material costs on the day that was asked for; `region` is `None` nationwide."""

    material_id: UUID
    name: str
    category: str
    unit: str
    price: Decimal
    region: str | None
    valid_from: date
    valid_to: date | None


class Revision(msgspec.Struct, frozen=True):
    """What happens to a history when a price is told: at most one price of each kind."""

    added: MaterialPrice | None = None
    changed: MaterialPrice | None = None
    removed: MaterialPrice | None = None


def new_price(given: PriceInput, material_id: UUID, *, now: datetime) -> MaterialPrice:
    """A price as it was told; `InvalidInput` names every field that is wrong."""
    checks = Checks()
    price = checks.euros("price", given.price)
    region = checks.text("region", given.region, MAX_REGION) or None
    checks.that(given.valid_from >= EARLIEST, "valid_from", f"lies before {EARLIEST}")
    ends = given.valid_to or date.max
    checks.that(ends >= given.valid_from, "valid_to", "lies before valid_from")
    checks.refuse_if_any()
    assert price is not None
    return MaterialPrice(
        id=new_id(),
        material_id=material_id,
        price=price,
        region=region,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        created_at=now,
    )


def begun(history: Sequence[MaterialPrice], new: MaterialPrice) -> Revision:
    """`new` added to a material's history, in its region.

    A price until further notice that began earlier ends the day before. `OverlappingPrices` where
    any other price holds on one of the new one's days.
    """
    ended = None
    for old in history:
        if not old.overlaps(new):
            continue
        if old.valid_to is not None or old.valid_from >= new.valid_from:
            raise OverlappingPrices
        ended = msgspec.structs.replace(old, valid_to=new.valid_from - ONE_DAY)
    return Revision(added=new, changed=ended)


def set_today(
    history: Sequence[MaterialPrice],
    material_id: UUID,
    price: Decimal | None,
    *,
    today: date,
    now: datetime,
) -> Revision:
    """The nationwide price becomes `price` from today until the next one that is planned.

    The price that held until now ends yesterday; one that began today is corrected, so that a
    second change on a day leaves one price for that day. `None` leaves no price for today.
    """
    nationwide = [old for old in history if old.region is None]
    held = next((old for old in nationwide if old.holds_on(today)), None)
    if (None if held is None else held.price) == price:
        return Revision()
    if held is not None and held.valid_from == today:
        if price is None:
            return Revision(removed=held)
        return Revision(changed=msgspec.structs.replace(held, price=price))
    ended = None if held is None else msgspec.structs.replace(held, valid_to=today - ONE_DAY)
    if price is None:
        return Revision(changed=ended)
    planned = [old.valid_from for old in nationwide if old.valid_from > today]
    added = MaterialPrice(
        id=new_id(),
        material_id=material_id,
        price=price,
        region=None,
        valid_from=today,
        valid_to=min(planned) - ONE_DAY if planned else None,
        created_at=now,
    )
    return Revision(added=added, changed=ended)


def price_on(
    history: Sequence[MaterialPrice], day: date, region: str | None = None
) -> MaterialPrice | None:
    """The price that counts on `day`: the region's own, else the nationwide one."""
    holding = {price.region: price for price in history if price.holds_on(day)}
    return holding.get(region) or holding.get(None)
