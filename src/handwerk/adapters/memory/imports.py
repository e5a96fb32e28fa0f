"""Imports in memory."""

from collections.abc import Sequence
from uuid import UUID

from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.transaction import Change, JobRequest
from handwerk.domain.projects.importing.likeness import likeness
from handwerk.domain.projects.model import Project


class MemoryUploadStore:
    """The uploads that wait for jobs; a job that was asked for waits for good here."""

    def __init__(self, requests: list[JobRequest]) -> None:
        self._requests = requests

    async def waiting(self, kinds: Sequence[str]) -> tuple[int, int]:
        """How many jobs of these kinds there are, and the bytes of their files in all."""
        sizes = [each.payload["size"] for each in self._requests if each.kind in kinds]
        return len(sizes), sum(sizes)


class MemoryImportStore:
    """The projects inside a transaction, many at a time.

    Two imports at once do not wait for each other here: the one that commits last is refused if
    the other has saved a like project meanwhile.
    """

    def __init__(self, projects: dict[UUID, Project], history: list[Change], note: Note) -> None:
        self._projects = projects
        self._history = history
        self._note = note
        self._noted: dict[UUID, Project] = {}

    async def add_new(self, projects: Sequence[Project]) -> frozenset[UUID]:
        """Note those of `projects` that equal none stored or noted, and answer their ids."""
        known = self._saved() | {likeness(project) for project in self._noted.values()}
        new = {project.id: project for project in projects if likeness(project) not in known}
        self._noted |= new
        self._note(lambda: self._projects.update(new), lambda: self._refuse_known(new))
        return frozenset(new)

    async def record_all(self, changes: Sequence[Change]) -> None:
        """Note `changes` for the record history."""
        self._note(lambda: self._history.extend(changes))

    def _saved(self) -> set[object]:
        return {likeness(project) for project in self._projects.values()}

    def _refuse_known(self, new: dict[UUID, Project]) -> None:
        if not self._saved().isdisjoint(map(likeness, new.values())):
            raise Unavailable("Another import came in between; try again.", retry_after=1)
