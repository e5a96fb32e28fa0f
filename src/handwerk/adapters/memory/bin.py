"""The bin in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from handwerk.adapters.memory.lists import page_of
from handwerk.adapters.memory.materials import Shelf
from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.projects.bin.model import DeletedProject
from handwerk.domain.projects.model import Project


class MemoryBin:
    """Reads what lies in the bin."""

    def __init__(self, deleted: dict[UUID, DeletedProject]) -> None:
        self._deleted = deleted

    async def page(self, request: PageRequest, now: datetime) -> Page[DeletedProject]:
        """The part of what can still be restored that `request` names."""
        return page_of(
            (one for one in self._deleted.values() if one.restorable_until > now), request
        )


class MemoryBinStore:
    """The bin inside a transaction. The lines of its projects stay on the shelf."""

    def __init__(
        self,
        deleted: dict[UUID, DeletedProject],
        projects: dict[UUID, Project],
        shelf: Shelf,
        note: Note,
    ) -> None:
        self._deleted = deleted
        self._projects = projects
        self._shelf = shelf
        self._note = note

    async def locked(self, project_id: UUID) -> DeletedProject | None:
        """What lies in the bin; memory has one writer, so nothing need be locked."""
        return self._deleted.get(project_id)

    def put(self, deleted: DeletedProject) -> None:
        """Note that a project goes into the bin."""
        self._note(lambda: self._deleted.__setitem__(deleted.id, deleted))
        self._note(lambda: self._projects.__delitem__(deleted.id))

    def take_out(self, back: Project) -> None:
        """Note that a project leaves the bin for the others."""
        self._note(lambda: self._projects.__setitem__(back.id, back))
        self._note(lambda: self._deleted.__delitem__(back.id))

    async def empty(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Remove for good what can't be restored any more, at most `limit`."""
        over = [one.id for one in self._deleted.values() if one.restorable_until <= now][:limit]
        lines = [line.id for line in self._shelf.lines.values() if line.project_id in over]

        def deed() -> None:
            for project_id in over:
                del self._deleted[project_id]
            for line_id in lines:
                del self._shelf.lines[line_id]

        self._note(deed)
        return over
