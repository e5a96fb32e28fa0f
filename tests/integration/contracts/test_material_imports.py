"""What every store promises to an import and an export of materials, and to waiting uploads."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
from tests.integration.contracts.houses import House

from handwerk.domain.jobs.model import JobKind
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.materials.importing.lines import Wanted
from handwerk.domain.materials.importing.ports import Known
from handwerk.domain.materials.model import Material, MaterialInput, new_material
from handwerk.domain.materials.prices import MaterialPrice, PriceInput, new_price

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def material(name: str = "Leim", minutes: int = 0, **fields: Any) -> Material:
    given = MaterialInput(**{"name": name, "category": "Chemie", "unit": "kg", **fields})
    return new_material(given, now=NOW + timedelta(minutes=minutes))


def price(of: Material, euros: str, start: date, **fields: Any) -> MaterialPrice:
    given = PriceInput(price=Decimal(euros), valid_from=start, **fields)
    return new_price(given, of.id, now=NOW)


async def put(house: House, materials: list[Material], prices: list[MaterialPrice]) -> None:
    changes = [Change("material", each.id, "import", None, None, {}) for each in materials]
    async with house.transactions() as tx:
        await tx.material_imports.known([Wanted(name="-")], before=LATER)
        await tx.material_imports.put((materials, prices), ([], []), changes)
        await tx.commit()


async def known(house: House, *wanted: Wanted, before: datetime = LATER) -> list[Known]:
    async with house.transactions() as tx:
        found: list[Known] = await tx.material_imports.known(list(wanted), before=before)
    return found


async def test_a_row_finds_what_it_may_mean(house: House) -> None:
    """By id, by all that it says, by number and by name: two at most, the oldest first."""
    glue, twin, third = (material(minutes=minute, datanorm_id="0815") for minute in range(3))
    other = material("Lack", 3)
    await put(house, [third, twin, glue, other], [])
    same = Wanted("Leim", "Chemie", "kg", "0815")
    by_all, by_id, by_name, none = await known(
        house, same, Wanted(material_id=other.id), Wanted(name="Lack"), Wanted(name="Luft")
    )
    assert by_all.same is not None
    assert by_all.same.id in {glue.id, twin.id, third.id}
    assert [each.id for each in by_all.numbered] == [glue.id, twin.id]
    assert [each.id for each in by_all.named] == [glue.id, twin.id]
    assert by_id.by_id is not None
    assert (by_id.by_id.id, by_name.named[0].id) == (other.id, other.id)
    assert none == Known()


async def test_a_number_finds_only_what_was_changed_before(house: House) -> None:
    """What this import itself brought is not brought up to date by its next row."""
    await put(house, [material(datanorm_id="1")], [])
    (found,) = await known(house, Wanted(name="x", datanorm_id="1"), before=NOW)
    assert found.numbered == ()
    (found,) = await known(house, Wanted(name="x", datanorm_id="1"))
    assert len(found.numbered) == 1


async def test_what_is_put_reads_back_and_changes(house: House) -> None:
    """Materials and prices, added and changed, with their history; an export reads the same."""
    glue, paint = material(), material("Lack", 1)
    old = price(glue, "3.50", date(2026, 1, 1))
    bavaria = price(glue, "3.10", date(2026, 2, 1), region="Bayern")
    await put(house, [glue, paint], [bavaria, old])
    ended = msgspec.structs.replace(old, valid_to=date(2026, 5, 31))
    new = price(glue, "4.00", date(2026, 6, 1))
    renamed = msgspec.structs.replace(paint, name="Klarlack", version=2)
    async with house.transactions() as tx:
        store = tx.material_imports
        await store.known([Wanted(name="Lack")], before=LATER)
        before = await store.prices([glue.id, paint.id])
        assert {each.id for each in before[glue.id]} == {old.id, bavaria.id}
        await store.put(([], [new]), ([renamed], [ended]), [])
        after = await store.prices([glue.id])
        assert set(after[glue.id]) == {ended, new, bavaria}
        await tx.commit()
    told = await house.price_lists.of([glue.id, paint.id])
    assert told[glue.id] == [ended, new, bavaria]
    assert not told.get(paint.id)
    kept = await house.materials.get(paint.id, date(2026, 6, 1))
    assert kept is not None
    assert (kept.name, kept.version) == ("Klarlack", 2)
    assert await house.traces() == (2, 0)


async def test_what_is_not_committed_was_never_put(house: House) -> None:
    """Leaving the transaction takes everything back."""
    glue = material()
    async with house.transactions() as tx:
        await tx.material_imports.known([Wanted(name="Leim")], before=LATER)
        await tx.material_imports.put(([glue], []), ([], []), [])
    assert await house.materials.get(glue.id, date(2026, 6, 1)) is None


async def test_waiting_uploads_are_counted_with_their_size(house: House) -> None:
    """Those of the kinds that are asked for, and no others."""
    mine, other = JobKind(name="projects.import"), JobKind(name="documents.process")
    async with house.transactions() as tx:
        assert await tx.uploads.waiting([mine.name]) == (0, 0)
        for kind, size in ((mine, 5), (mine, 7), (other, 100)):
            tx.enqueue(kind.request({"file": str(new_id()), "size": size}, requested_by=uuid4()))
        await tx.commit()
    async with house.transactions() as tx:
        assert await tx.uploads.waiting([mine.name, "materials.import"]) == (2, 12)
