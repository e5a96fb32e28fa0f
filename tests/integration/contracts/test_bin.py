"""The bin: what is deleted comes back whole, or goes for good, over every store."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.contracts.houses import House

from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Conflict, Forbidden, NotFound, StaleVersion
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.materials.model import MaterialInput
from handwerk.domain.materials.use_cases import create_material
from handwerk.domain.projects import use_cases
from handwerk.domain.projects.bin.model import KEPT_FOR
from handwerk.domain.projects.bin.use_cases import delete_project, purge_bin, restore_project
from handwerk.domain.projects.materials.model import ProjectMaterialInput
from handwerk.domain.projects.materials.use_cases import add_material
from handwerk.domain.projects.model import Project, ProjectInput
from handwerk.domain.projects.ports import ProjectFilter

BINNED = PageRequest(sort="-deleted_at")


class Shifted(SystemClock):
    """Some time from now."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


LATER = Shifted(KEPT_FOR)


async def go_on() -> None:
    """A checkpoint at which nothing is to be stopped."""


def by(house: House, clock: SystemClock | None = None) -> dict[str, Any]:
    return {"actor": SYSTEM, "transactions": house.transactions, "clock": clock or SystemClock()}


async def make(house: House, name: str = "Regal") -> Project:
    given = ProjectInput(name=name, project_type="Möbel", final_price=Decimal("10.10"))
    return await use_cases.create_project(given, **by(house))


async def test_a_deleted_project_is_gone_from_everything_but_the_bin(house: House) -> None:
    """It is not read, listed, counted, changed, closed, cancelled or deleted again."""
    made = await make(house)
    await delete_project(made.id, **by(house))
    assert await house.projects.get(made.id) is None
    assert (await house.projects.page(ProjectFilter(), PageRequest())).total == 0
    assert (await house.statistics.counted(SystemClock().now())).projects == 0
    for deed in (delete_project, use_cases.finalize_project):
        with pytest.raises(NotFound):
            await deed(made.id, **by(house))
    [binned] = (await house.bin.page(BINNED, SystemClock().now())).items
    assert (binned.id, binned.project) == (made.id, made)
    assert binned.restorable_until - binned.deleted_at == KEPT_FOR


async def test_a_restored_project_is_as_it_was(house: House) -> None:
    """All fields and its material list, in the next version; the bin is empty, the history told."""
    made = await make(house)
    material = await create_material(
        MaterialInput(name="Eiche", category="Holz", unit="m²"), **by(house)
    )
    given = ProjectMaterialInput(
        material_id=material.id, quantity=Decimal("2.5"), unit_price=Decimal("3.33")
    )
    line = await add_material(made.id, given, **by(house))
    await delete_project(made.id, **by(house))
    back = await restore_project(made.id, **by(house))
    assert back == made.touched(back.updated_at)
    assert await house.projects.get(made.id) == back
    assert (await house.project_materials.page(back, PageRequest())).items == [line]
    assert (await house.bin.page(BINNED, SystemClock().now())).items == []
    assert (await house.traces())[0] == 5


async def test_what_can_not_be_restored(house: House) -> None:
    """What is not in the bin, unknown or too old; and another version than was meant."""
    made, gone = await make(house), await make(house)
    with pytest.raises(Conflict):
        await restore_project(made.id, **by(house))
    with pytest.raises(NotFound):
        await restore_project(uuid4(), **by(house))
    await delete_project(gone.id, **by(house))
    with pytest.raises(StaleVersion):
        await restore_project(gone.id, expected=frozenset({7}), **by(house))
    with pytest.raises(NotFound):
        await restore_project(gone.id, **by(house, LATER))
    assert (await house.bin.page(BINNED, LATER.now())).items == []


async def test_only_who_may_delete_may_restore(house: House) -> None:
    """Any other role is refused, for unknown ids too."""
    for role in (Role.MANAGER, Role.TECHNICIAN, Role.VIEWER, Role.ANONYMOUS):
        given = by(house) | {"actor": Actor(None, role)}
        with pytest.raises(Forbidden):
            await restore_project(uuid4(), **given)
        with pytest.raises(Forbidden):
            await delete_project(uuid4(), **given)


async def test_the_purge_takes_what_is_over_and_nothing_else(house: House) -> None:
    """After thirty days, for good; once; what was deleted later stays."""
    old, young, kept = await make(house, "a"), await make(house, "b"), await make(house, "c")
    await delete_project(old.id, **by(house, Shifted(-KEPT_FOR)))
    await delete_project(young.id, **by(house, Shifted(timedelta(minutes=1) - KEPT_FOR)))
    assert await purge_bin(checkpoint=go_on, **by(house)) == 1
    assert await purge_bin(checkpoint=go_on, **by(house)) == 0
    [left] = (await house.bin.page(BINNED, SystemClock().now())).items
    assert left.id == young.id
    assert await house.projects.get(kept.id) == kept
    with pytest.raises(NotFound):
        await restore_project(old.id, **by(house))


async def test_restore_and_purge_at_once_leave_one_truth(house: House) -> None:
    """A project is either back or gone, never both and never in the bin still."""
    for _ in range(5):
        made = await make(house)
        await delete_project(made.id, **by(house, Shifted(-KEPT_FOR)))
        # By its own clock the restorer is in time.
        told = await asyncio.gather(
            restore_project(made.id, **by(house, Shifted(-timedelta(days=1)))),
            purge_bin(checkpoint=go_on, **by(house)),
            return_exceptions=True,
        )
        back, purged = await house.projects.get(made.id), told[1]
        assert (back is None) == isinstance(told[0], NotFound)
        assert purged == (1 if back is None else 0)
        assert (await house.bin.page(BINNED, Shifted(-timedelta(days=1)).now())).items == []
