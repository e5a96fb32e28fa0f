"""Work that projects cause, to be done later."""

from datetime import timedelta

from handwerk.domain.jobs.model import JobKind, Queue

# Of one project at a time, while somebody waits; and of many, after an import.
INDEX_PROJECTS = JobKind(name="search.index_projects", time_limit=timedelta(minutes=30))
INDEX_MANY = JobKind(name=INDEX_PROJECTS.name, queue=Queue.BULK, time_limit=timedelta(hours=1))
IMPORT_PROJECTS = JobKind(name="projects.import", queue=Queue.BULK, time_limit=timedelta(hours=2))
