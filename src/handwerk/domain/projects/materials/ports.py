"""What the material lists need from the outside."""

from collections.abc import Callable
from datetime import date
from typing import Protocol
from uuid import UUID

from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.projects.materials.model import MaterialOnDay, ProjectMaterial
from handwerk.domain.projects.model import Project
from handwerk.domain.projects.ports import ProjectTransaction


class ProjectMaterials(Protocol):
    """Reads material lists that are saved."""

    async def page(
        self, project: Project, request: PageRequest, priced_at: date | None = None
    ) -> Page[ProjectMaterial]:
        """The part of the project's list that `request` names, in one query.

        Where `priced_at` is given, each line is at that day's price: that of the project's region,
        else the nationwide one.
        """
        ...


class ProjectMaterialStore(Protocol):
    """The material lists inside a transaction."""

    async def material_on(
        self, material_id: UUID, day: date, region: str | None
    ) -> MaterialOnDay | None:
        """The material and its price, held so that nobody deletes it meanwhile."""
        ...

    async def find(self, project_id: UUID, line_id: UUID) -> ProjectMaterial | None:
        """That line of the project's list, or `None`."""
        ...

    def add(self, line: ProjectMaterial) -> None:
        """Note a new line."""
        ...

    def remove(self, line_id: UUID) -> None:
        """Note that a line goes."""
        ...


class ProjectMaterialTransaction(ProjectTransaction, Protocol):
    """A transaction that knows projects and their material lists."""

    @property
    def project_materials(self) -> ProjectMaterialStore:
        """The material lists as this transaction sees them."""
        ...


Transactions = Callable[[], ProjectMaterialTransaction]
