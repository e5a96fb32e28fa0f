"""Projects in memory."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.pages import Cursor, Page, PageRequest
from handwerk.domain.projects.model import Project
from handwerk.domain.projects.ports import ProjectFilter


class MemoryProjects:
    """Reads projects."""

    def __init__(self, projects: dict[UUID, Project]) -> None:
        self._projects = projects

    async def get(self, project_id: UUID) -> Project | None:
        """The project with that id, or `None`."""
        return self._projects.get(project_id)

    async def page(self, wanted: ProjectFilter, request: PageRequest) -> Page[Project]:
        """The part of the list that `request` names."""
        found = [project for project in self._projects.values() if _matches(wanted, project)]
        ordered = _ordered(found, request.sort)
        start = request.skip if request.cursor is None else _place(ordered, request.cursor)
        items = ordered[start : start + request.limit]
        more = len(ordered) > start + request.limit
        return Page(items, len(found), next=_cursor(request.sort, items[-1]) if more else None)


class MemoryProjectStore:
    """The projects inside a transaction."""

    def __init__(self, projects: dict[UUID, Project], note: Note) -> None:
        self._projects = projects
        self._note = note

    async def locked(self, project_id: UUID) -> Project | None:
        """The project; memory has one writer, so nothing need be locked."""
        return self._projects.get(project_id)

    def add(self, project: Project) -> None:
        """Note a new project."""
        self._note(lambda: self._projects.__setitem__(project.id, project))

    def save(self, project: Project) -> None:
        """Note what changed in a project."""
        self.add(project)

    def remove(self, project_id: UUID) -> None:
        """Note that a project goes."""
        self._note(lambda: self._projects.__delitem__(project_id))


def _matches(wanted: ProjectFilter, project: Project) -> bool:
    equal = ("project_type", "region", "wood_type", "is_finalized")
    said = f"{project.name}\n{project.description or ''}".lower()
    return (
        all(getattr(wanted, name) in {None, getattr(project, name)} for name in equal)
        and (wanted.from_date is None or wanted.from_date <= project.project_date)
        and (wanted.to_date is None or project.project_date <= wanted.to_date)
        and (wanted.q is None or wanted.q.lower() in said)
    )


def _ordered(projects: list[Project], sort: str) -> list[Project]:
    value: Callable[[Project], Any] = attrgetter(sort.removeprefix("-"))
    by_id = sorted(projects, key=attrgetter("id"))
    known = [project for project in by_id if value(project) is not None]
    unknown = [project for project in by_id if value(project) is None]
    return sorted(known, key=value, reverse=sort.startswith("-")) + unknown


def _cursor(sort: str, project: Project) -> Cursor:
    value = getattr(project, sort.removeprefix("-"))
    return Cursor(sort, None if value is None else str(value), project.id)


def _place(ordered: list[Project], cursor: Cursor) -> int:
    """Where the list goes on, even if the cursor's record is gone."""
    return sum(1 for project in ordered if not _is_behind(project, cursor))


def _is_behind(project: Project, cursor: Cursor) -> bool:
    value = getattr(project, cursor.sort.removeprefix("-"))
    if value is None or cursor.value is None:
        return value is None and (cursor.value is not None or project.id > cursor.id)
    last = msgspec.convert(cursor.value, type(value), strict=False)
    if value == last:
        return project.id > cursor.id
    return bool(value < last) if cursor.sort.startswith("-") else bool(value > last)
