"""Statistics and words of projects, over every store."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.contracts.houses import House

from handwerk.adapters.memory.statistics import MemoryProjectStatistics
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Forbidden
from handwerk.domain.projects import use_cases
from handwerk.domain.projects.model import Project, ProjectInput, new_project
from handwerk.domain.projects.statistics.model import Group, KeptStatistics, Size
from handwerk.domain.projects.statistics.use_cases import (
    keep_statistics_fresh,
    project_statistics,
    project_vocabulary,
    refresh_statistics,
)
from handwerk.domain.projects.storno import CancelInput

NOW = SystemClock().now()
DAY = date(2025, 5, 1)


def by(house: House) -> dict[str, Any]:
    return {"actor": SYSTEM, "transactions": house.transactions, "clock": SystemClock()}


def asked(house: House) -> dict[str, Any]:
    return {"statistics": house.statistics, **by(house)}


async def make(house: House, *, closed: bool = True, **fields: Any) -> Project:
    told = {"name": "Treppe", "project_type": "Treppenbau", "project_date": DAY, **fields}
    made = await use_cases.create_project(ProjectInput(**told), **by(house))
    return await use_cases.finalize_project(made.id, **by(house)) if closed else made


def counts(groups: list[Group]) -> list[tuple[str | None, int]]:
    return [(group.value, group.projects) for group in groups]


async def test_an_empty_firm_has_statistics(house: House) -> None:
    """Zeros, no averages, no groups."""
    told = await project_statistics(**asked(house))
    assert (told.projects, told.finalized, told.final_price) == (0, 0, Decimal(0))
    assert (told.average_final_price, told.price_per_sqm_median, told.by_year) == (None, None, [])


async def test_sums_averages_and_the_median_are_exact(house: House) -> None:
    """By hand: three projects, one of them open, one without an area."""
    eiche: dict[str, Any] = {"wood_type": "Eiche", "region": "Bayern"}
    await make(house, final_price=Decimal("100.01"), total_area_sqm=Decimal(2), **eiche)
    await make(house, final_price=Decimal("200.04"), total_area_sqm=Decimal(3), **eiche)
    await make(house, closed=False, final_price=Decimal(7), project_type="Möbel")
    told = await project_statistics(**asked(house))
    assert (told.projects, told.finalized, told.finalized_share) == (3, 2, Decimal("0.6667"))
    assert (told.final_price, told.average_final_price) == (Decimal("307.05"), Decimal("102.35"))
    assert (told.total_area_sqm, told.average_area_sqm) == (Decimal(5), Decimal("2.5"))
    # 50.01 (half up from 50.005) and 66.68: their mean is 58.345.
    assert told.price_per_sqm_median == Decimal("58.35")
    assert counts(told.by_project_type) == [("Treppenbau", 2), ("Möbel", 1)]
    assert counts(told.by_wood_type) == [("Eiche", 2), (None, 1)]
    assert [(g.value, g.final_price) for g in told.by_year] == [("2025", Decimal("307.05"))]


async def test_cancelled_projects_are_left_out(house: House) -> None:
    """The project and its reversing record count for nothing but `cancelled`."""
    kept = await make(house, final_price=Decimal(5))
    gone = await make(house, final_price=Decimal(1000), region="Hessen")
    await use_cases.cancel_project(gone.id, CancelInput(reason="irrtümlich"), **by(house))
    told = await project_statistics(**asked(house))
    assert (told.projects, told.final_price, told.cancelled) == (1, kept.final_price, 1)
    assert [group.value for group in told.by_region] == [None]


async def test_words_are_in_german_order_and_familiar_ones_among_them(house: House) -> None:
    """The firm's own with their counts, and those that every joiner knows."""
    for name in ("Ökohaus", "Zaun", "Ofenbank", "Möbel", "Möbel"):
        await make(house, project_type=name, region="Übersee", closed=False)
    told = await project_vocabulary(**asked(house))
    types = [word.value for word in told.project_type]
    assert types[-3:] == ["Treppenbau", "Türen", "Zaun"]
    assert types.index("Möbel") < types.index("Ofenbank") < types.index("Ökohaus")
    assert {word.value: word.count for word in told.project_type}["Möbel"] == 2
    assert [(word.value, word.count) for word in told.region] == [("Übersee", 5)]
    assert [word.count for word in told.wood_type] == [0] * 8


async def test_kept_statistics_read_back_equal(house: House) -> None:
    """To the last digit; what is kept later stands in their place."""
    assert await house.statistics.kept() is None
    await make(house, final_price=Decimal("100.10"), total_area_sqm=Decimal("2.345"))
    given: dict[str, Any] = {"statistics": house.statistics, "transactions": house.transactions}
    counted = await refresh_statistics(clock=SystemClock(), **given)
    kept = await house.statistics.kept()
    assert kept == KeptStatistics(await house.statistics.size(), counted)
    await make(house)
    counted = await refresh_statistics(clock=SystemClock(), **given)
    kept = await house.statistics.kept()
    assert kept is not None
    assert kept.statistics == counted


class Many(MemoryProjectStatistics):
    """Says that there are more projects than are counted at once."""

    async def size(self) -> Size:
        return Size(1_000_000, NOW)


class Later(SystemClock):
    """Two minutes from now."""

    def now(self) -> datetime:
        return super().now() + timedelta(minutes=2)


async def test_many_projects_are_counted_behind_the_answer(house: House) -> None:
    """What was kept is answered; once it is stale, and only if something changed, a job is due."""
    shelf: list[KeptStatistics] = []
    given = asked(house) | {"statistics": Many({}, shelf)}
    first = await project_statistics(**given)
    shelf.append(KeptStatistics(Size(999_999, NOW), first))
    assert await project_statistics(**given) == first
    assert (await house.traces())[1] == 0
    for _ in range(2):
        assert await project_statistics(**(given | {"clock": Later()})) == first
    assert (await house.traces())[1] == 1
    unchanged = KeptStatistics(Size(1_000_000, NOW), first)
    assert not unchanged.is_stale(Size(1_000_000, NOW), Later().now())


async def test_statistics_need_the_right_to_read(house: House) -> None:
    """Whoever may not read projects may not read what they come to."""
    given = asked(house) | {"actor": Actor(None, Role.ANONYMOUS)}
    with pytest.raises(Forbidden):
        await project_statistics(**given)
    with pytest.raises(Forbidden):
        await project_vocabulary(**given)


MONEY = st.none() | st.decimals(0, 999_999, places=2)
PROJECTS = st.lists(
    st.fixed_dictionaries(
        {
            "project_type": st.sampled_from(["Möbel", "Türen", "Übungsstück"]),
            "region": st.sampled_from([None, "", "Bayern", "Köln"]),
            "wood_type": st.sampled_from([None, "Eiche"]),
            "total_area_sqm": st.none() | st.decimals(0, 1000, places=3),
            "labor_hours": st.none() | st.decimals(0, 1000, places=3),
            "material_cost": MONEY,
            "calculated_price": MONEY,
            "final_price": MONEY,
            "project_date": st.dates(date(1999, 12, 30), date(2026, 1, 2)),
        }
    ),
    max_size=12,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(PROJECTS, st.booleans())
async def test_every_store_counts_alike(house: House, many: list[Any], closed: bool) -> None:
    """Whatever the projects say, the numbers are those that plain arithmetic comes to."""
    expected = await house.statistics.counted(NOW)
    before = expected.projects
    for fields in many:
        told = ProjectInput(name="x", **fields)
        made = new_project(told, now=NOW, today=NOW.date())
        made = made.finalized(now=NOW, today=NOW.date()) if closed else made
        async with house.transactions() as tx:
            tx.projects.add(made)
            await tx.commit()
        KNOWN.setdefault(id(house), {})[made.id] = made
    counted = await house.statistics.counted(NOW)
    plain = await MemoryProjectStatistics(KNOWN.get(id(house), {}), []).counted(NOW)
    assert counted == plain
    assert counted.projects == before + len(many)
    for groups in (counted.by_project_type, counted.by_region, counted.by_year):
        assert sum(group.projects for group in groups) == counted.projects
        assert sum((group.final_price for group in groups), Decimal(0)) == counted.final_price
    assert msgspec.json.decode(msgspec.json.encode(counted), type=type(counted)) == counted


KNOWN: dict[int, dict[Any, Project]] = {}


async def test_the_job_counts_only_where_that_spares_somebody_the_wait(house: House) -> None:
    """Few projects are counted when they are asked for; fresh figures are left as they are."""
    shelf: list[KeptStatistics] = []
    few = MemoryProjectStatistics({}, shelf)
    given: dict[str, Any] = {"transactions": house.transactions, "clock": SystemClock()}
    assert await keep_statistics_fresh(statistics=few, **given) == 0
    assert await house.statistics.kept() is None
    assert await keep_statistics_fresh(statistics=Many({}, shelf), **given) == 1_000_000
    kept = await house.statistics.kept()
    assert kept is not None
    shelf.append(kept)
    await keep_statistics_fresh(statistics=Many({}, shelf), **given)
    assert await house.statistics.kept() == kept
