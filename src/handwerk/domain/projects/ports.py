"""What the projects need from the outside."""

from collections.abc import Callable
from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.projects.model import MAX_NAME, MAX_WORD, Project


class ProjectFilter(msgspec.Struct, frozen=True):
    """Which projects are wanted; `None` means any. The dates are inclusive project dates.

    `q` is searched in name and description, letter case aside.
    """

    project_type: str | None = None
    region: str | None = None
    wood_type: str | None = None
    is_finalized: bool | None = None
    from_date: date | None = None
    to_date: date | None = None
    q: str | None = None

    def checked(self) -> "ProjectFilter":
        """This filter, or `InvalidInput` naming what is wrong with it."""
        checks = Checks()
        for field in ("project_type", "region", "wood_type"):
            checks.text(field, getattr(self, field), MAX_WORD)
        checks.text("q", self.q, MAX_NAME)
        if self.from_date and self.to_date:
            checks.that(self.from_date <= self.to_date, "from", "lies after `to`")
        checks.refuse_if_any()
        return self


class Projects(Protocol):
    """Reads projects that are saved."""

    async def get(self, project_id: UUID) -> Project | None:
        """The project with that id, or `None`."""
        ...

    async def page(self, wanted: ProjectFilter, request: PageRequest) -> Page[Project]:
        """The part of the list that `request` names, in its order, ties by ascending id.

        Names are in the order of a German dictionary (`kernel.collation`).

        The total is exact up to 10,000. The pages that one cursor leads to neither repeat nor
        leave out a project, whatever is created meanwhile.
        """
        ...


class ProjectStore(Protocol):
    """The projects inside a transaction."""

    async def locked(self, project_id: UUID) -> Project | None:
        """The project, held until the transaction ends so that nobody else changes it."""
        ...

    def add(self, project: Project) -> None:
        """Note a new project.

        `commit` raises `AlreadyCancelled` where it cancels what another one cancels already.
        """
        ...

    def save(self, project: Project) -> None:
        """Note what changed in a locked project."""
        ...


class ProjectTransaction(Transaction, Protocol):
    """A transaction that knows projects."""

    @property
    def projects(self) -> ProjectStore:
        """The projects as this transaction sees them."""
        ...


Transactions = Callable[[], ProjectTransaction]
