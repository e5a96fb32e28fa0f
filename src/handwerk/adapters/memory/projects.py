"""Projects in memory."""

from uuid import UUID

from handwerk.adapters.memory.lists import page_of
from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.wording import is_said
from handwerk.domain.projects.model import Project
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.domain.projects.storno import AlreadyCancelled


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
        return page_of(found, request, german=frozenset({"name"}))


class MemoryProjectStore:
    """The projects inside a transaction."""

    def __init__(self, projects: dict[UUID, Project], note: Note) -> None:
        self._projects = projects
        self._note = note

    async def locked(self, project_id: UUID) -> Project | None:
        """The project; memory has one writer, so nothing need be locked."""
        return self._projects.get(project_id)

    def add(self, project: Project) -> None:
        """Note a new project; one that cancels another shows in that one."""
        self.save(project)
        if project.cancels is not None:
            self._cancel(project.cancels, project.id)

    def save(self, project: Project) -> None:
        """Note what changed in a project."""
        self._note(lambda: self._projects.__setitem__(project.id, project))

    def _cancel(self, cancelled: UUID, by: UUID) -> None:
        def refuse_a_second() -> None:
            if self._projects[cancelled].cancelled_by is not None:
                raise AlreadyCancelled

        def deed() -> None:
            self._projects[cancelled] = self._projects[cancelled].cancelled(by)

        self._note(deed, refuse_a_second)


def _matches(wanted: ProjectFilter, project: Project) -> bool:
    equal = ("project_type", "region", "wood_type", "is_finalized")
    return (
        all(getattr(wanted, name) in {None, getattr(project, name)} for name in equal)
        and (wanted.from_date is None or wanted.from_date <= project.project_date)
        and (wanted.to_date is None or project.project_date <= wanted.to_date)
        and (wanted.q is None or is_said(wanted.q, project.name, project.description))
    )
