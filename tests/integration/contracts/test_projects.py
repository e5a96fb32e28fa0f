"""What every store of projects promises."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.integration.contracts.houses import House

from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Conflict, InvalidInput
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.pages import Cursor, PageRequest
from handwerk.domain.kernel.transaction import Change, JobRequest, KeyTaken, Receipt
from handwerk.domain.projects.bin.model import deleted
from handwerk.domain.projects.model import SORTABLE, Project, ProjectInput, new_project
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.domain.settings.model import SettingsInput, first_settings
from handwerk.domain.settings.use_cases import ensure_settings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVERYTHING = ProjectFilter()


def project(name: str = "Schrank", minutes: int = 0, **fields: Any) -> Project:
    given = ProjectInput(name=name, **{"project_type": "Möbel", **fields})
    return new_project(given, now=NOW + timedelta(minutes=minutes), today=NOW.date())


async def add(house: House, *projects: Project) -> None:
    for each in projects:
        async with house.transactions() as tx:
            tx.projects.add(each)
            await tx.commit()


async def walk(house: House, wanted: ProjectFilter, sort: str, limit: int) -> list[UUID]:
    request: PageRequest | None = PageRequest(limit=limit, sort=sort)
    found: list[UUID] = []
    while request is not None:
        page = await house.projects.page(wanted, request)
        found += [each.id for each in page.items]
        request = None
        if page.next is not None:
            request = PageRequest(limit=limit, sort=sort, cursor=page.next)
    return found


async def test_a_saved_project_reads_back_equal(house: House) -> None:
    """Every field survives the way to the store and back, to the last digit."""
    full = project(
        name="Wandschrank 🪵 مرحبا",
        description="Eiche massiv, geölt",
        region="Bayern",
        total_area_sqm=Decimal("12.345"),
        wood_type="Eiche",
        complexity=3,
        labor_hours=Decimal("41.25"),
        material_cost=Decimal("1234.56"),
        calculated_price=Decimal("4000.10"),
        final_price=Decimal("999999999.99"),
        project_date=date(2025, 5, 1),
    )
    await add(house, full)
    assert await house.projects.get(full.id) == full


async def test_an_unknown_id_is_none(house: House) -> None:
    """Looking up what is not there is no error."""
    assert await house.projects.get(uuid4()) is None


async def test_nothing_is_saved_without_commit(house: House) -> None:
    """Leaving a transaction without commit leaves no project, no history, no job."""
    async with house.transactions() as tx:
        lost = project()
        tx.projects.add(lost)
        tx.record(Change("project", lost.id, "create", None))
        tx.enqueue(JobRequest(new_id(), "kind", "bulk", {}))
    assert await house.projects.get(lost.id) is None
    assert await house.traces() == (0, 0)


async def test_everything_of_a_transaction_is_saved_together(house: House) -> None:
    """The project, its history and its job are there after one commit."""
    async with house.transactions() as tx:
        saved = project()
        tx.projects.add(saved)
        tx.record(Change("project", saved.id, "create", None, None, {"name": "x"}))
        tx.enqueue(JobRequest(new_id(), "kind", "bulk", {"ids": [1]}))
        await tx.commit()
    assert await house.projects.get(saved.id) == saved
    assert await house.traces() == (1, 1)


async def test_a_locked_project_is_changed_and_removed(house: House) -> None:
    """What a transaction saves replaces the old; what it removes is gone, and counted so."""
    first, second = project(), project()
    await add(house, first, second)
    async with house.transactions() as tx:
        old = await tx.projects.locked(first.id)
        assert old == first
        changed = old.changed(ProjectInput(name="Neu"), now=NOW, today=NOW.date())
        tx.projects.save(changed)
        gone = await tx.projects.locked(second.id)
        tx.bin.put(deleted(gone, None, NOW))
        await tx.commit()
    assert await house.projects.get(first.id) == changed
    page = await house.projects.page(EVERYTHING, PageRequest())
    assert ([each.name for each in page.items], page.total) == (["Neu"], 1)


async def test_two_changes_at_once_are_made_one_after_the_other(house: House) -> None:
    """Whoever locks second sees what the first has saved."""
    target = project(complexity=1)
    await add(house, target)

    async def raise_complexity() -> None:
        async with house.transactions() as tx:
            old = await tx.projects.locked(target.id)
            harder = ProjectInput(complexity=(old.complexity or 0) + 1)
            tx.projects.save(old.changed(harder, now=NOW, today=NOW.date()))
            await tx.commit()

    await asyncio.gather(*(raise_complexity() for _ in range(4)))
    saved = await house.projects.get(target.id)
    assert saved
    assert (saved.complexity, saved.version) == (5, 5)


async def test_the_list_is_newest_first_with_ties_by_id(house: House) -> None:
    """Creation time falls, ids rise among equals, and skip leaves out from the start."""
    projects = [project(minutes=minute // 2) for minute in range(6)]
    await add(house, *projects)
    expected = sorted(projects, key=lambda p: (-p.created_at.timestamp(), p.id.int))
    page = await house.projects.page(EVERYTHING, PageRequest(skip=1, limit=4))
    assert [each.id for each in page.items] == [each.id for each in expected[1:5]]
    assert page.total == 6
    assert page.next


async def test_a_page_behind_the_end_is_empty_and_knows_the_total(house: House) -> None:
    """The total does not depend on what the page holds."""
    await add(house, project())
    page = await house.projects.page(EVERYTHING, PageRequest(skip=5))
    assert (page.items, page.total, page.next) == ([], 1, None)


@pytest.mark.parametrize("field", sorted(SORTABLE))
@pytest.mark.parametrize("direction", ["", "-"])
async def test_cursors_walk_every_order_whole(house: House, field: str, direction: str) -> None:
    """By any field, up and down, empty values included, each project comes exactly once."""
    values = [None, Decimal(3), Decimal(1), None, Decimal(3), Decimal("2.5"), Decimal(3)]
    projects = [
        project(
            name=f"Nr {number % 3}",
            minutes=number % 2,
            project_type=f"Typ {number % 2}",
            total_area_sqm=value,
            labor_hours=value,
            material_cost=value,
            calculated_price=value,
            final_price=value,
            complexity=None if value is None else int(value),
            region=None if value is None else str(value),
            wood_type=None if value is None else str(value),
            project_date=date(2025, 1, 1 + number % 3),
        )
        for number, value in enumerate(values)
    ]
    await add(house, *projects)
    sort = f"{direction}{field}"
    walked = await walk(house, EVERYTHING, sort, 2)
    whole = await house.projects.page(EVERYTHING, PageRequest(sort=sort))
    assert walked == [each.id for each in whole.items]
    assert len(set(walked)) == len(projects)
    known = [getattr(each, field) for each in whole.items if getattr(each, field) is not None]
    assert known == sorted(known, reverse=direction == "-")
    assert all(getattr(each, field) is None for each in whole.items[len(known) :])


@pytest.mark.parametrize("sort", ["-created_at", "final_price", "project_date", "complexity"])
async def test_a_made_up_cursor_is_named(house: House, sort: str) -> None:
    """A cursor whose value is no value of the sorted field is refused as a cursor."""
    await add(house, project(final_price=Decimal(100), complexity=2))
    made_up = PageRequest(sort=sort, cursor=Cursor(sort, "yesterday, about noon", uuid4()))
    with pytest.raises(InvalidInput) as error:
        await house.projects.page(EVERYTHING, made_up)
    assert [each.field for each in error.value.errors] == ["cursor"]


async def test_names_sort_as_in_a_dictionary(house: House) -> None:
    """ä as a, ö as o, ß as ss, small and capital letters alike (DIN 5007-1)."""
    words = ["Zaun", "Öl", "ofen", "Äste", "Straße", "Strasse 2", "ast"]
    await add(house, *(project(word) for word in words))
    page = await house.projects.page(EVERYTHING, PageRequest(sort="name"))
    names = [each.name for each in page.items]
    assert names == ["ast", "Äste", "ofen", "Öl", "Straße", "Strasse 2", "Zaun"]
    walked = await walk(house, EVERYTHING, "-name", 2)
    assert walked == [each.id for each in reversed(page.items)]


async def test_a_walk_survives_what_happens_meanwhile(house: House) -> None:
    """New projects and the removal of the cursor's own neither repeat nor hide others."""
    projects = [project(minutes=minute) for minute in range(5)]
    await add(house, *projects)
    first = await house.projects.page(EVERYTHING, PageRequest(limit=2))
    async with house.transactions() as tx:
        await tx.projects.locked(first.items[-1].id)
        tx.bin.put(deleted(first.items[-1], None, NOW))
        tx.projects.add(project(minutes=60))
        await tx.commit()
    rest = await house.projects.page(EVERYTHING, PageRequest(limit=10, cursor=first.next))
    assert [each.id for each in rest.items] == [projects[i].id for i in (2, 1, 0)]


FILTERS = [
    (ProjectFilter(project_type="Treppenbau"), {1}),
    (ProjectFilter(region="Bayern"), {0, 1}),
    (ProjectFilter(wood_type="Eiche"), {0}),
    (ProjectFilter(is_finalized=True), set()),
    (ProjectFilter(is_finalized=False), {0, 1, 2}),
    (ProjectFilter(from_date=date(2025, 2, 1)), {1, 2}),
    (ProjectFilter(to_date=date(2025, 2, 1)), {0, 1}),
    (ProjectFilter(from_date=date(2025, 2, 1), to_date=date(2025, 2, 1)), {1}),
    (ProjectFilter(q="SCHRANK"), {0}),
    (ProjectFilter(q="geölt"), {1}),
    (ProjectFilter(q="100%_"), {2}),
    (ProjectFilter(q="_"), {2}),
    (ProjectFilter(q="'; DROP TABLE project; --"), set()),
    (ProjectFilter(region="Bayern", q="treppe"), {1}),
]


@pytest.mark.parametrize(("wanted", "expected"), FILTERS)
async def test_filters_choose(house: House, wanted: ProjectFilter, expected: set[int]) -> None:
    """Each filter chooses what it says, the total counts the chosen, and cursors keep to them."""
    projects = [
        project("Schrank", region="Bayern", wood_type="Eiche", project_date=date(2025, 1, 1)),
        project(
            "Treppe", 1, region="Bayern", project_type="Treppenbau",
            project_date=date(2025, 2, 1), description="Geölt",
        ),
        project("Regal 100%_", 2, project_date=date(2025, 3, 1)),
    ]  # fmt: skip
    await add(house, *projects)
    page = await house.projects.page(wanted, PageRequest())
    chosen = {projects[number].id for number in expected}
    assert {each.id for each in page.items} == chosen
    assert page.total == len(expected)
    assert set(await walk(house, wanted, "-created_at", 1)) == chosen


async def test_days_of_many_months_keep_the_order_of_the_list(house: House) -> None:
    """A range of days is walked by the time of creation, ties by id, from both ends."""
    projects = [
        project(minutes=number // 2, project_date=date(2024 + number % 2, 1 + number * 5 % 12, 15))
        for number in range(24)
    ]
    await add(house, *projects)
    wanted = ProjectFilter(from_date=date(2024, 4, 1), to_date=date(2025, 9, 30))
    chosen = [
        each for each in projects if date(2024, 4, 1) <= each.project_date <= date(2025, 9, 30)
    ]
    newest = [each.id for each in sorted(chosen, key=lambda each: each.id)]
    newest.sort(
        key=lambda key: -next(one.created_at.timestamp() for one in chosen if one.id == key)
    )
    assert await walk(house, wanted, "-created_at", 3) == newest
    skipped = await house.projects.page(wanted, PageRequest(limit=4, skip=5))
    assert [each.id for each in skipped.items] == newest[5:9]
    oldest = [each.id for each in sorted(chosen, key=lambda each: (each.created_at, each.id))]
    assert await walk(house, wanted, "created_at", 4) == oldest


async def test_a_receipt_is_kept_with_what_it_is_for(house: House) -> None:
    """A key is taken once for each user and path; the second transaction saves nothing."""
    user, made = uuid4(), project()
    receipt = Receipt(user, "/api/v1/projects", "key", b"print", 201, b"{}")
    async with house.transactions() as tx:
        tx.projects.add(made)
        tx.remember(receipt)
        await tx.commit()
    assert await house.receipts.find(user, receipt.path, "key") == receipt
    assert await house.receipts.find(uuid4(), receipt.path, "key") is None
    twin = project()
    async with house.transactions() as tx:
        tx.projects.add(twin)
        tx.remember(receipt)
        with pytest.raises(KeyTaken):
            await tx.commit()
    assert await house.projects.get(twin.id) is None


async def test_one_waiting_job_for_each_unique_key(house: House) -> None:
    """Queueing the same work again while it waits adds nothing and is no error."""
    for _ in range(2):
        async with house.transactions() as tx:
            tx.enqueue(JobRequest(new_id(), "kind", "bulk", {}, unique_key="same"))
            await tx.commit()
    assert await house.traces() == (0, 1)


async def test_the_settings_are_made_once_and_change(house: House) -> None:
    """A first start makes the settings, a second leaves them, a change is saved."""
    await ensure_settings(house.settings, house.transactions, SystemClock())
    await ensure_settings(house.settings, house.transactions, SystemClock())
    first = await house.settings.current()
    assert first
    assert first.foam_types["GR 5560"] == Decimal("5.35")
    async with house.transactions() as tx:
        old = await tx.settings.locked()
        changed = old.changed(SettingsInput(tax_rate=Decimal("0.07")), NOW)
        tx.settings.save(changed)
        await tx.commit()
    assert await house.settings.current() == changed


async def test_a_second_set_of_settings_is_refused(house: House) -> None:
    """Two first starts at once can't make two."""
    for refused in (False, True):
        async with house.transactions() as tx:
            tx.settings.add(first_settings(NOW))
            if refused:
                with pytest.raises(Conflict):
                    await tx.commit()
            else:
                await tx.commit()
