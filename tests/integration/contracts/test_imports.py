"""What every store promises to an import."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.integration.contracts.houses import House

from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.projects.model import Project, ProjectInput, new_project
from handwerk.domain.projects.ports import ProjectFilter

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def project(name: str = "Schrank", **fields: Any) -> Project:
    given = ProjectInput(name=name, **{"project_type": "Möbel", **fields})
    return new_project(given, now=NOW, today=NOW.date())


async def take_in(house: House, *projects: Project) -> list[bool]:
    """Which of `projects` were new."""
    async with house.transactions() as tx:
        new = await tx.imports.add_new(projects)
        await tx.commit()
    return [each.id in new for each in projects]


async def saved(house: House) -> list[Project]:
    page = await house.projects.page(ProjectFilter(), PageRequest(limit=200, sort="name"))
    return page.items


async def test_new_projects_are_saved_whole(house: House) -> None:
    """Every field of an imported project reads back equal, a finalised one's too."""
    full = project(
        name="Wandschrank 🪵 مرحبا \u2028 'x' \\ %s",
        description="Eiche massiv,\ngeölt",
        region="Bayern",
        total_area_sqm=Decimal("12.345"),
        wood_type="Eiche",
        complexity=3,
        labor_hours=Decimal("41.25"),
        material_cost=Decimal("1234.56"),
        calculated_price=Decimal("999999999.99"),
        final_price=Decimal("0.00"),
    )
    closed = full.finalized(now=NOW, today=NOW.date())
    assert await take_in(house, closed, project("Bare")) == [True, True]
    assert await house.projects.get(full.id) == closed


@pytest.mark.parametrize(
    ("field", "value", "is_new"),
    [
        ("name", "Tisch", True),
        ("project_type", "Türen", True),
        ("project_date", date(2026, 1, 1), True),
        ("final_price", Decimal("2.00"), True),
        ("final_price", None, True),
        ("description", "etwas anderes", False),
        ("region", "Bayern", False),
        ("complexity", 5, False),
    ],
)
async def test_four_fields_tell_whether_a_project_is_there_already(
    house: House, field: str, value: object, is_new: bool
) -> None:
    """Name, type, date and final price make the likeness; the other fields do not."""
    stored = project(final_price=Decimal("1.00"))
    await take_in(house, stored)
    other = msgspec.structs.replace(stored, id=new_id(), **{field: value})
    assert await take_in(house, other) == [is_new]


async def test_a_missing_price_equals_a_missing_price(house: House) -> None:
    """Two jobs without a final price are alike if the rest is."""
    await take_in(house, project())
    assert await take_in(house, project(), project("Bett")) == [False, True]


async def test_what_a_transaction_has_inserted_counts_as_stored(house: House) -> None:
    """The second batch of an import knows the first, before anything is committed."""
    async with house.transactions() as tx:
        assert len(await tx.imports.add_new([project()])) == 1
        assert len(await tx.imports.add_new([project()])) == 0
        await tx.commit()
    assert len(await saved(house)) == 1


async def test_without_commit_nothing_remains(house: House) -> None:
    """A dry run is an import that is left without commit: no project, no history."""
    before = await house.traces()
    new = project()
    async with house.transactions() as tx:
        assert await tx.imports.add_new([new])
        await tx.imports.record_all([Change("project", new.id, "import", None)])
    assert await saved(house) == []
    assert await house.traces() == before


async def test_history_is_written_in_bulk(house: House) -> None:
    """Each change is one entry of the history."""
    history, _ = await house.traces()
    new = [project(f"Tisch {number}") for number in range(500)]
    async with house.transactions() as tx:
        await tx.imports.add_new(new)
        await tx.imports.record_all(
            [
                Change("project", each.id, "import", None, new=msgspec.structs.asdict(each))
                for each in new
            ]
        )
        await tx.commit()
    assert (await house.traces())[0] == history + 500


async def test_imports_at_the_same_time_add_nothing_twice(house: House) -> None:
    """Each import waits for its turn or is told to try again; the same rows come in once."""

    async def one() -> int:
        async with house.transactions() as tx:
            new = await tx.imports.add_new([project(f"Tisch {number}") for number in range(50)])
            await asyncio.sleep(0)
            await tx.commit()
        return len(new)

    outcomes = await asyncio.gather(*(one() for _ in range(4)), return_exceptions=True)
    assert all(isinstance(each, int | Unavailable) for each in outcomes)
    assert sum(each for each in outcomes if isinstance(each, int)) == 50
    assert len(await saved(house)) == 50
