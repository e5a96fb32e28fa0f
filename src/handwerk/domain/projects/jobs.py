"""Work that projects cause, to be done later."""

from datetime import timedelta
from uuid import UUID

from handwerk.domain.jobs.model import JobKind, Queue
from handwerk.domain.kernel.transaction import JobRequest

# Of one project at a time, while somebody waits; and of many, after an import.
INDEX_PROJECTS = JobKind(name="search.index_projects", time_limit=timedelta(minutes=30))
INDEX_MANY = JobKind(name=INDEX_PROJECTS.name, queue=Queue.BULK, time_limit=timedelta(hours=1))
# In the lane of the files that people send, who watch: not behind the indexing of the last import.
IMPORT_PROJECTS = JobKind(
    name="projects.import", queue=Queue.DOCUMENTS, time_limit=timedelta(hours=2)
)
# Takes what has lain in the bin for its time out of it, for good; once a day will do.
PURGE_BIN = JobKind(name="projects.purge", queue=Queue.BULK)
# Counts all projects anew, behind the answer of a large firm's statistics.
REFRESH_STATISTICS = JobKind(name="projects.refresh_statistics", queue=Queue.BULK)


def index_request(project_id: UUID, requested_by: UUID | None) -> JobRequest:
    """Have the search index brought up to date with one project."""
    return INDEX_PROJECTS.request(
        {"ids": [str(project_id)]},
        requested_by=requested_by,
        unique_key=f"{INDEX_PROJECTS.name}:{project_id}",
    )
