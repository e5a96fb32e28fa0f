"""What every store of materials, prices and material lists promises."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.integration.contracts.houses import House

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Conflict, HandwerkError, NotFound
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.materials import use_cases
from handwerk.domain.materials.errors import MaterialInUse, OverlappingPrices
from handwerk.domain.materials.model import SORTABLE, Material, MaterialInput
from handwerk.domain.materials.ports import MaterialFilter, PriceDay
from handwerk.domain.materials.prices import (
    CURRENT_SORTABLE,
    CurrentPrice,
    MaterialPrice,
    PriceInput,
    new_price,
)
from handwerk.domain.materials.prices import SORTABLE as SORTABLE_PRICES
from handwerk.domain.projects.bin.model import KEPT_FOR
from handwerk.domain.projects.bin.use_cases import delete_project, purge_bin
from handwerk.domain.projects.materials.model import SORTABLE as SORTABLE_LINES
from handwerk.domain.projects.materials.model import ProjectMaterial, ProjectMaterialInput
from handwerk.domain.projects.materials.use_cases import add_material, remove_material
from handwerk.domain.projects.model import Project, ProjectInput
from handwerk.domain.projects.use_cases import create_project, finalize_project

ADMIN = Actor(uuid4(), Role.ADMIN)
TODAY = date(2026, 3, 2)
EVERYTHING = MaterialFilter()


class Day:
    """A clock that stands at nine o'clock of a day."""

    def __init__(self, day: date = TODAY) -> None:
        self.day = day

    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 8, tzinfo=UTC)

    def today(self) -> date:
        return self.day


async def make(house: House, name: str = "Eiche", on: date = TODAY, **fields: Any) -> Material:
    given = MaterialInput(**{"name": name, "category": "Holz", "unit": "m²", **fields})
    return await use_cases.create_material(
        given, actor=ADMIN, transactions=house.transactions, clock=Day(on)
    )


async def price(
    house: House, material: Material, euros: str, start: date, end: date | None = None, **more: Any
) -> MaterialPrice:
    given = PriceInput(price=Decimal(euros), valid_from=start, valid_to=end, **more)
    return await use_cases.add_price(
        material.id, given, actor=ADMIN, transactions=house.transactions, clock=Day()
    )


async def history(house: House, material: Material) -> list[tuple[Decimal, date, date | None]]:
    page = await house.prices.history(material.id, PageRequest(sort="valid_from"))
    return [(each.price, each.valid_from, each.valid_to) for each in page.items]


async def costs(house: House, day: date, region: str | None = None) -> dict[str, Decimal]:
    page = await house.prices.current(PriceDay(day, region), PageRequest())
    return {each.name: each.price for each in page.items}


async def project(house: House, **fields: Any) -> Project:
    given = ProjectInput(**{"name": "Schrank", "project_type": "Möbel", **fields})
    return await create_project(given, actor=ADMIN, transactions=house.transactions, clock=Day())


async def line(house: House, of: Project, material_id: UUID, **said: Any) -> ProjectMaterial:
    fields = {"material_id": material_id, "quantity": Decimal(2), **said}
    return await add_material(
        of.id,
        ProjectMaterialInput(**fields),
        actor=ADMIN,
        transactions=house.transactions,
        clock=Day(),
    )


async def lines(house: House, of: Project, on: date | None = None) -> list[ProjectMaterial]:
    page = await house.project_materials.page(of, PageRequest(sort="created_at"), on)
    return page.items


async def test_a_saved_material_reads_back_equal(house: House) -> None:
    """Every field survives, the price by way of the history."""
    made = await make(house, "Wandöl 🪵", unit_price=Decimal("12.30"), datanorm_id="A-1")
    assert await house.materials.get(made.id, TODAY) == made
    assert await house.materials.get(uuid4(), TODAY) is None
    before = await house.materials.get(made.id, TODAY - timedelta(days=1))
    assert before is not None
    assert before.unit_price is None


async def test_a_price_follows_the_calendar(house: House) -> None:
    """Today's price is what the history says of today, without anybody changing the material."""
    made = await make(house, unit_price=Decimal(1))
    await price(house, made, "2", TODAY + timedelta(days=10))
    told = [
        await house.materials.get(made.id, TODAY + timedelta(days=number)) for number in (0, 9, 10)
    ]
    assert [each and each.unit_price for each in told] == [1, 1, 2]


async def test_a_change_of_price_goes_into_the_history(house: House) -> None:
    """The old price ends the day before, a second change on a day corrects the first."""
    made = await make(house, unit_price=Decimal(1))
    later = TODAY + timedelta(days=5)
    given: dict[str, Any] = {"actor": ADMIN, "transactions": house.transactions}
    for euros in (2, 3):
        change = MaterialInput(unit_price=Decimal(euros))
        await use_cases.change_material(made.id, change, clock=Day(later), **given)
    read = await house.materials.get(made.id, later)
    assert read is not None
    assert (read.unit_price, read.version) == (Decimal(3), 3)
    assert await history(house, made) == [
        (Decimal(1), TODAY, later - timedelta(days=1)),
        (Decimal(3), later, None),
    ]


async def test_a_cleared_price_is_gone_and_its_past_stays(house: House) -> None:
    """Cleared on a later day it ended the day before; on its own day it never was."""
    old, new = await make(house, unit_price=Decimal(1)), await make(house, on=TODAY)
    later = TODAY + timedelta(days=1)
    given = MaterialInput(unit_price=Decimal(4))
    cleared = MaterialInput(unit_price=None)
    steps = [(new, given), (new, cleared), (old, cleared)]
    for material, change in steps:
        await use_cases.change_material(
            material.id, change, actor=ADMIN, transactions=house.transactions, clock=Day(later)
        )
    assert await history(house, old) == [(Decimal(1), TODAY, TODAY)]
    assert await history(house, new) == []


async def test_overlaps_are_refused_and_leave_nothing(house: House) -> None:
    """The refusal is a conflict, and history and record are as before."""
    made = await make(house)
    await price(house, made, "1", date(2026, 1, 1), date(2026, 1, 31))
    before = await house.traces()
    with pytest.raises(OverlappingPrices):
        await price(house, made, "2", date(2026, 1, 31))
    assert await history(house, made) == [(Decimal(1), date(2026, 1, 1), date(2026, 1, 31))]
    assert await house.traces() == before


@pytest.mark.parametrize("region", [None, "Bayern"])
async def test_the_store_itself_refuses_an_overlap(house: House, region: str | None) -> None:
    """Even where nobody looked: of two prices for one day `commit` takes none."""
    made = await make(house)
    given = PriceInput(price=Decimal(1), valid_from=TODAY, region=region)
    async with house.transactions() as tx:
        tx.materials.add_price(new_price(given, made.id, now=Day().now()))
        tx.materials.add_price(new_price(given, made.id, now=Day().now()))
        with pytest.raises(OverlappingPrices):
            await tx.commit()
    assert await history(house, made) == []


async def test_what_does_not_overlap_is_taken(house: House) -> None:
    """Neighbouring days, other regions and other materials are no conflict."""
    first, second = await make(house), await make(house)
    await price(house, first, "1", date(2026, 1, 1), date(2026, 1, 31))
    await price(house, first, "2", date(2026, 2, 1))
    await price(house, first, "3", date(2026, 1, 1), region="Bayern")
    await price(house, first, "4", date(2026, 1, 1), region="bayern")
    await price(house, second, "5", date(2026, 1, 1))
    assert len(await history(house, first)) == 4


async def test_prices_that_come_at_once_never_overlap(house: House) -> None:
    """Ten tellers of the same days: one is taken, nine are refused."""
    made = await make(house)

    async def told() -> bool:
        try:
            await price(house, made, "1", TODAY, TODAY)
        except OverlappingPrices:
            return False
        return True

    taken = await asyncio.gather(*(told() for _ in range(10)))
    assert sorted(taken) == [False] * 9 + [True]
    assert len(await history(house, made)) == 1


async def test_current_prices_by_day_and_region(house: House) -> None:
    """Each material that has a price that day, the region's own before the nationwide one."""
    oak, ash, _ = await make(house, "Eiche"), await make(house, "Esche"), await make(house, "Leim")
    await price(house, oak, "10", date(2026, 1, 1), date(2026, 6, 30))
    await price(house, oak, "20", date(2026, 7, 1))
    await price(house, oak, "9", date(2026, 2, 1), date(2026, 2, 28), region="Bayern")
    await price(house, ash, "5", date(2026, 2, 1), region="Bayern")
    assert await costs(house, date(2025, 12, 31)) == {}
    assert await costs(house, date(2026, 2, 28)) == {"Eiche": 10}
    assert await costs(house, date(2026, 2, 28), "Bayern") == {"Eiche": 9, "Esche": 5}
    assert await costs(house, date(2026, 3, 1), "Bayern") == {"Eiche": 10, "Esche": 5}
    assert await costs(house, date(2026, 7, 1), "Hessen") == {"Eiche": 20}
    [told] = (await house.prices.current(PriceDay(date(2026, 7, 1)), PageRequest())).items
    assert told == CurrentPrice(
        oak.id, "Eiche", "Holz", "m²", Decimal(20), None, date(2026, 7, 1), None
    )


async def many(house: House) -> list[Material]:
    words = ["Zwinge", "Öl", "ofen", "Äpfel", "Straße", "Übung", "apfel", "Strasse", "Uhr"]
    made = [
        await make(
            house,
            word,
            TODAY + timedelta(days=number % 4),
            category=f"K{number % 2}",
            unit=f"u{number % 3}",
            datanorm_id=None if number % 2 else f"D{number % 3}",
            unit_price=Decimal(number % 3),
        )
        for number, word in enumerate(words)
    ]
    for number, each in enumerate(made):
        await price(house, each, "7", date(2025, 1, 1), date(2025, 1, 1 + number), region="Bayern")
    return made


async def walk(ask: Callable[[PageRequest], Awaitable[Page[Any]]], sort: str) -> list[Any]:
    """Everything that the cursors lead to, two by two."""
    request: PageRequest | None = PageRequest(sort=sort, limit=2)
    walked: list[Any] = []
    while request is not None:
        page = await ask(request)
        walked += page.items
        request = None
        if page.next is not None:
            request = PageRequest(sort=sort, limit=2, cursor=page.next)
    return walked


@pytest.mark.parametrize("direction", ["", "-"])
async def test_cursors_walk_every_list_whole(house: House, direction: str) -> None:
    """By any field, up and down, each record comes exactly once, in the order of the whole list."""
    made = await many(house)
    for number in range(1, 9):
        await price(house, made[0], "1", date(2024, 1, number), date(2024, 1, number))
    built = await project(house)
    for number, each in enumerate(made):
        await line(house, built, each.id, quantity=Decimal(number % 3 + 1), unit_price=Decimal(1))

    async def materials(request: PageRequest) -> Any:
        return await house.materials.page(EVERYTHING, request, TODAY)

    async def current(request: PageRequest) -> Any:
        return await house.prices.current(PriceDay(TODAY + timedelta(days=9)), request)

    async def prices(request: PageRequest) -> Any:
        return await house.prices.history(made[0].id, request)

    async def listed(request: PageRequest) -> Any:
        return await house.project_materials.page(built, request)

    async def repriced(request: PageRequest) -> Any:
        return await house.project_materials.page(built, request, TODAY)

    asked = [
        (materials, SORTABLE, 9),
        (current, CURRENT_SORTABLE, 9),
        (prices, SORTABLE_PRICES, 10),
        (listed, SORTABLE_LINES, 9),
        (repriced, SORTABLE_LINES, 9),
    ]
    for ask, fields, count in asked:
        for field in sorted(fields):
            whole = await ask(PageRequest(sort=f"{direction}{field}"))
            assert (len(whole.items), whole.total, whole.next) == (count, count, None)
            assert await walk(ask, f"{direction}{field}") == whole.items


async def test_names_sort_as_in_a_dictionary(house: House) -> None:
    """ä as a, ö as o, ü as u, ß as ss, small and capital letters alike (DIN 5007-1)."""
    await many(house)
    page = await house.materials.page(EVERYTHING, PageRequest(sort="name"), TODAY)
    names = [each.name for each in page.items]
    assert {*names[:2]} == {"Äpfel", "apfel"}
    assert names[2:4] == ["ofen", "Öl"]
    assert {*names[4:6]} == {"Straße", "Strasse"}
    assert names[6:] == ["Übung", "Uhr", "Zwinge"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (MaterialFilter(category="Holz"), {"Eiche 100%"}),
        (MaterialFilter(q="EICHE"), {"Eiche 100%"}),
        (MaterialFilter(q="beschl"), {"Griff"}),
        (MaterialFilter(q="dn-7"), {"Griff"}),
        (MaterialFilter(q="00%"), {"Eiche 100%"}),
        (MaterialFilter(q="d"), {"Griff"}),
        (MaterialFilter(q="griff  beschlae"), {"Griff"}),
        (MaterialFilter(category="Holz", q="griff"), set()),
        (MaterialFilter(q="'; DROP TABLE material; --"), set()),
    ],
)
async def test_filters_choose(house: House, wanted: MaterialFilter, expected: set[str]) -> None:
    """Category as it is written, words anywhere in name, category and number."""
    await make(house, "Eiche 100%")
    await make(house, "Griff", category="Beschläge", datanorm_id="DN-7")
    page = await house.materials.page(wanted, PageRequest(), TODAY)
    assert ({each.name for each in page.items}, page.total) == (expected, len(expected))


async def test_a_deleted_material_takes_its_prices_along(house: House) -> None:
    """Neither is there any more; the record history tells of both."""
    made = await make(house, unit_price=Decimal(1))
    await price(house, made, "2", TODAY, region="Bayern")
    before = (await house.traces())[0]
    await use_cases.delete_material(
        made.id, actor=ADMIN, transactions=house.transactions, clock=Day()
    )
    assert await house.materials.get(made.id, TODAY) is None
    assert await history(house, made) == []
    assert (await house.traces())[0] == before + 3


class LongAgo(SystemClock):
    def now(self) -> datetime:
        return super().now() - KEPT_FOR


async def go_on() -> None:
    pass


async def test_a_material_in_use_stays(house: House) -> None:
    """As long as it stands in the list of a project, also while that lies in the bin."""
    made, built = await make(house, unit_price=Decimal(1)), await project(house)
    await line(house, built, made.id, unit_price=Decimal(1))
    given: dict[str, Any] = {"actor": ADMIN, "transactions": house.transactions}
    with pytest.raises(MaterialInUse):
        await use_cases.delete_material(made.id, clock=Day(), **given)
    await delete_project(built.id, clock=LongAgo(), **given)
    with pytest.raises(MaterialInUse):
        await use_cases.delete_material(made.id, clock=Day(), **given)
    assert await purge_bin(clock=SystemClock(), checkpoint=go_on, **given) == 1
    await use_cases.delete_material(made.id, clock=Day(), **given)
    assert await house.materials.get(made.id, TODAY) is None


async def test_a_line_takes_the_price_of_the_projects_date(house: House) -> None:
    """The region's own before the nationwide one; kept as it was when the price changes."""
    made = await make(house)
    await price(house, made, "10.10", date(2026, 1, 1), date(2026, 1, 31))
    await price(house, made, "9.99", date(2026, 1, 1), date(2026, 1, 31), region="Bayern")
    await price(house, made, "12", date(2026, 2, 1))
    here = await project(house, project_date=date(2026, 1, 5), region="Bayern")
    there = await project(house, project_date=date(2026, 1, 5), region="Hessen")
    first = await line(house, here, made.id, quantity=Decimal("1.5"))
    second = await line(house, there, made.id, quantity=Decimal("1.5"))
    assert (first.unit_price, first.total) == (Decimal("9.99"), Decimal("14.99"))
    assert (second.unit_price, second.total) == (Decimal("10.10"), Decimal("15.15"))
    assert await lines(house, here) == [first]
    assert await lines(house, there) == [second]
    [then] = await lines(house, here, date(2026, 2, 1))
    assert then == first.repriced(date(2026, 2, 1), Decimal(12))
    [never] = await lines(house, here, date(2025, 1, 1))
    assert (never.unit_price, never.total) == (None, None)


async def test_a_line_is_removed_from_its_own_project_only(house: House) -> None:
    """Another project's line is not found; the own one goes."""
    made, mine, yours = await make(house), await project(house), await project(house)
    kept = await line(house, mine, made.id, unit_price=Decimal(1))
    given: dict[str, Any] = {"actor": ADMIN, "transactions": house.transactions}
    with pytest.raises(NotFound):
        await remove_material(yours.id, kept.id, **given)
    await remove_material(mine.id, kept.id, **given)
    assert await lines(house, mine) == []


async def test_the_list_of_a_finalised_project_stays(house: House) -> None:
    """Nothing is added and nothing removed."""
    made, built = await make(house), await project(house, project_date=TODAY)
    kept = await line(house, built, made.id, unit_price=Decimal(1))
    given: dict[str, Any] = {"actor": ADMIN, "transactions": house.transactions}
    await finalize_project(built.id, clock=Day(), **given)
    with pytest.raises(Conflict):
        await line(house, built, made.id, unit_price=Decimal(1))
    with pytest.raises(Conflict):
        await remove_material(built.id, kept.id, **given)
    assert await lines(house, built) == [kept]


async def test_a_material_deleted_while_it_is_used_is_one_or_the_other(house: House) -> None:
    """Whoever is first wins; the other is told, and no line is left without its material."""
    for _ in range(5):
        made, built = await make(house), await project(house)
        delete = use_cases.delete_material(
            made.id, actor=ADMIN, transactions=house.transactions, clock=Day()
        )
        use = line(house, built, made.id, unit_price=Decimal(1))
        ended = await asyncio.gather(delete, use, return_exceptions=True)
        refused = [each for each in ended if isinstance(each, BaseException)]
        assert len(refused) == 1
        assert isinstance(refused[0], HandwerkError)
        is_there = await house.materials.get(made.id, TODAY) is not None
        assert is_there == bool(await lines(house, built))
