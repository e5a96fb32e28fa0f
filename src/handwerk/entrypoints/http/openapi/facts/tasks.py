"""Tasks."""

from handwerk.domain.jobs.use_cases.watching import LONGEST_KIND
from handwerk.entrypoints.http.openapi.facts.saying import Facts, text
from handwerk.entrypoints.http.routes.tasks import FailedKind

FACTS: dict[type, Facts] = {
    FailedKind: {"task_name": text("As `GET /tasks/tasks/failed` names it.", LONGEST_KIND, 1)},
}
