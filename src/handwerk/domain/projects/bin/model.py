"""A project in the bin."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from handwerk.domain.projects.model import Project

KEPT_FOR = timedelta(days=30)
SORTABLE = frozenset({"deleted_at"})


class DeletedProject(msgspec.Struct, frozen=True):
    """A project as it was when it was deleted, who did so, and until when it can be restored."""

    id: UUID
    deleted_at: datetime
    deleted_by: UUID | None
    restorable_until: datetime
    project: Project


def deleted(project: Project, by: UUID | None, now: datetime) -> DeletedProject:
    """`project` in the bin; `Conflict` where it is closed."""
    project.refuse_if_closed()
    return DeletedProject(project.id, now, by, now + KEPT_FOR, project)
