"""What can be done with materials and their prices."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.transaction import Change, Receipt
from handwerk.domain.kernel.versions import Expected, refuse_if_stale
from handwerk.domain.materials.errors import MaterialInUse
from handwerk.domain.materials.model import Material, MaterialInput, new_material
from handwerk.domain.materials.ports import MaterialTransaction, Transactions
from handwerk.domain.materials.prices import (
    MaterialPrice,
    PriceInput,
    Revision,
    begun,
    new_price,
    set_today,
)


async def create_material(
    given: MaterialInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[Material], Receipt] | None = None,
) -> Material:
    """Save a new material; its price, if one is given, is valid from today."""
    actor.require(Permission.MATERIAL_CREATE)
    now, today = clock.now(), clock.today()
    material = new_material(given, now=now)
    async with transactions() as tx:
        tx.materials.add(material)
        tx.record(Change("material", material.id, "create", actor.user_id, None, _told(material)))
        first = set_today((), material.id, material.unit_price, today=today, now=now)
        _revise(tx, actor, (), first)
        if receipt_of is not None:
            tx.remember(receipt_of(material))
        await tx.commit()
    return material


async def change_material(
    material_id: UUID,
    change: MaterialInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
) -> Material:
    """Save what `change` sets; another price than today's goes into the history."""
    actor.require(Permission.MATERIAL_UPDATE)
    now, today = clock.now(), clock.today()
    async with transactions() as tx:
        old = await _locked(tx, material_id, clock, expected)
        new = old.changed(change, now=now)
        tx.materials.save(new)
        tx.record(
            Change("material", old.id, "update", actor.user_id, _told(old), _told(new)),
        )
        if new.unit_price != old.unit_price:
            history = await tx.materials.prices(material_id)
            revision = set_today(history, material_id, new.unit_price, today=today, now=now)
            _revise(tx, actor, history, revision)
        await tx.commit()
    return new


async def delete_material(
    material_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
) -> None:
    """Remove a material that no project uses, with its prices; the record history keeps both."""
    actor.require(Permission.MATERIAL_DELETE)
    async with transactions() as tx:
        old = await _locked(tx, material_id, clock, expected)
        if await tx.materials.is_used(material_id):
            raise MaterialInUse
        for price in await tx.materials.prices(material_id):
            gone = msgspec.structs.asdict(price)
            tx.record(Change("material_price", price.id, "delete", actor.user_id, gone))
        tx.materials.remove(material_id)
        tx.record(Change("material", old.id, "delete", actor.user_id, _told(old)))
        await tx.commit()


async def add_price(
    material_id: UUID,
    given: PriceInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[MaterialPrice], Receipt] | None = None,
) -> MaterialPrice:
    """Add a price to a material's history; one until further notice ends the day before."""
    actor.require(Permission.MATERIAL_UPDATE)
    async with transactions() as tx:
        await _locked(tx, material_id, clock, None)
        price = new_price(given, material_id, now=clock.now())
        history = await tx.materials.prices(material_id)
        _revise(tx, actor, history, begun(history, price))
        if receipt_of is not None:
            tx.remember(receipt_of(price))
        await tx.commit()
    return price


async def _locked(
    tx: MaterialTransaction, material_id: UUID, clock: Clock, expected: Expected
) -> Material:
    material = await tx.materials.locked(material_id, clock.today())
    if material is None:
        raise NotFound("There is no such material.")
    refuse_if_stale(material.version, expected)
    return material


def _revise(
    tx: MaterialTransaction, actor: Actor, history: Sequence[MaterialPrice], revision: Revision
) -> None:
    """Note what happens to the price history, and record it."""
    before = {price.id: msgspec.structs.asdict(price) for price in history}
    who = actor.user_id
    if revision.removed is not None:
        gone = revision.removed.id
        tx.materials.remove_price(gone)
        tx.record(Change("material_price", gone, "delete", who, before[gone]))
    if revision.changed is not None:
        now = revision.changed
        tx.materials.save_price(now)
        told = msgspec.structs.asdict(now)
        tx.record(Change("material_price", now.id, "update", who, before[now.id], told))
    if revision.added is not None:
        new = revision.added
        tx.materials.add_price(new)
        told = msgspec.structs.asdict(new)
        tx.record(Change("material_price", new.id, "create", who, None, told))


def _told(material: Material) -> dict[str, Any]:
    return msgspec.structs.asdict(material)
