"""What can be done with a project's material list."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.transaction import Change, Receipt
from handwerk.domain.projects.materials.model import (
    ProjectMaterial,
    ProjectMaterialInput,
    new_line,
)
from handwerk.domain.projects.materials.ports import ProjectMaterialTransaction, Transactions
from handwerk.domain.projects.model import Project


async def add_material(
    project_id: UUID,
    given: ProjectMaterialInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[ProjectMaterial], Receipt] | None = None,
) -> ProjectMaterial:
    """Add a line to a project's list, at the price that is given or that of the project's date."""
    actor.require(Permission.PROJECT_UPDATE)
    async with transactions() as tx:
        project = await _open_project(tx, project_id)
        material = await tx.project_materials.material_on(
            given.material_id, project.project_date, project.region
        )
        line = new_line(given, project_id, material, now=clock.now())
        tx.project_materials.add(line)
        told = msgspec.structs.asdict(line)
        tx.record(Change("project_material", line.id, "create", actor.user_id, None, told))
        if receipt_of is not None:
            tx.remember(receipt_of(line))
        await tx.commit()
    return line


async def remove_material(
    project_id: UUID, line_id: UUID, *, actor: Actor, transactions: Transactions
) -> None:
    """Take a line out of a project's list."""
    actor.require(Permission.PROJECT_UPDATE)
    async with transactions() as tx:
        await _open_project(tx, project_id)
        line = await tx.project_materials.find(project_id, line_id)
        if line is None:
            raise NotFound("There is no such line in the project's material list.")
        tx.project_materials.remove(line_id)
        gone = msgspec.structs.asdict(line)
        tx.record(Change("project_material", line_id, "delete", actor.user_id, gone))
        await tx.commit()


async def _open_project(tx: ProjectMaterialTransaction, project_id: UUID) -> Project:
    project = await tx.projects.locked(project_id)
    if project is None:
        raise NotFound("There is no such project.")
    project.refuse_if_closed()
    return project
