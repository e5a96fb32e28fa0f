"""When two rows tell of the same job."""

from collections.abc import Hashable, Iterable

from handwerk.domain.projects.model import Project


def likeness(project: Project) -> Hashable:
    """Equal for two projects of the same name, type, date and final price (or lack of one)."""
    return (project.name, project.project_type, project.project_date, project.final_price)


def distinct(projects: Iterable[Project]) -> list[Project]:
    """`projects` in order, without those that are like an earlier one."""
    first: dict[Hashable, Project] = {}
    for project in projects:
        first.setdefault(likeness(project), project)
    return list(first.values())
