"""What the bin needs from the outside."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.projects.bin.model import DeletedProject
from handwerk.domain.projects.model import Project
from handwerk.domain.projects.ports import ProjectTransaction


class Bin(Protocol):
    """Reads what lies in the bin."""

    async def page(self, request: PageRequest, now: datetime) -> Page[DeletedProject]:
        """The part of what can still be restored that `request` names."""
        ...


class BinStore(Protocol):
    """The bin inside a transaction."""

    async def locked(self, project_id: UUID) -> DeletedProject | None:
        """What lies in the bin by that id, held until the transaction ends."""
        ...

    def put(self, deleted: DeletedProject) -> None:
        """Note that a locked project goes into the bin, with its material list."""
        ...

    def take_out(self, project: Project) -> None:
        """Note that a locked project leaves the bin for the others, with its material list."""
        ...

    async def empty(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Remove for good what can't be restored any more, at most `limit`; answers the ids."""
        ...


class BinTransaction(ProjectTransaction, Protocol):
    """A transaction that knows projects and the bin."""

    @property
    def bin(self) -> BinStore:
        """The bin as this transaction sees it."""
        ...


Transactions = Callable[[], BinTransaction]
