"""The plan: every operation, asked so that the firm stays as it is.

What can be made and removed again is made for real. What can't be undone, or concerns the whole
firm or the person who asks (passwords, users, settings, training, moves of the index, a whole firm,
erasure), is asked for with an input that is refused, or for a record that nobody has: that proves
the address, the sign-in, the permission and the reading of the input, and changes nothing.
"""

import time
from typing import Any

import httpx
import msgspec

from handwerk.entrypoints.cli.smoke.walking import UNKNOWN, Step, Walk

API = "/api/v1"
NOTHING_SAID = (400,)
# A document of one line is read in well under that many seconds.
READING_LOOKS = 40
READING_PAUSE = 0.25
_FINISHED = {"SUCCESS", "FAILURE", "REVOKED"}


def _body(**fields: Any) -> Any:
    return lambda _walk: {"json": fields}


def _query(**fields: Any) -> Any:
    return lambda _walk: {"params": fields}


def _file(name: str, content: str, **fields: str) -> Any:
    return lambda walk: {
        "files": {"file": (name, content.format(mark=walk.mark).encode())},
        "data": fields,
    }


def _only_if_it_can_go(delete: str, body: dict[str, Any]) -> Any:
    """The body with the walk's mark; an empty one where what is made could not be removed again."""

    def made(walk: Walk) -> dict[str, Any]:
        return {"json": {"name": walk.mark, **body} if walk.may(delete) else {}}

    return made


def _upload(walk: Walk) -> dict[str, Any]:
    content = f"{walk.mark}\nEin Regal aus Buche.\n" if walk.may(DELETE_DOCUMENT) else ""
    return {"files": {"file": ("smoke.txt", content.encode())}}


def _marked(walk: Walk) -> dict[str, Any]:
    return {"json": {"query": walk.mark}}


def _refresh(walk: Walk) -> dict[str, Any]:
    return {"json": {"refresh_token": walk.tokens.get("refresh_token", "")}}


def _wait_until_read(walk: Walk) -> None:
    """Wait for the document's task, where there is one, as long as that should take."""
    if "task" not in walk.made:
        return
    for _ in range(READING_LOOKS):
        path = f"{API}/tasks/task/{walk.made['task']}"
        try:
            answer = walk.http.get(path, headers=walk.headers())
            if msgspec.json.decode(answer.content)["status"] in _FINISHED:
                return
        except (httpx.HTTPError, msgspec.DecodeError, KeyError, TypeError):
            return  # told by the step that asks for the task
        time.sleep(READING_PAUSE)


def _keeps(kind: str) -> Any:
    """Remember the id of what was made."""

    def keep(walk: Walk, answer: Any) -> None:
        walk.made[kind] = answer["id"]

    return keep


def _keep_document(walk: Walk, answer: Any) -> None:
    walk.made |= {"document": answer["id"], "task": answer["task_id"]}


def _name_record(walk: Walk) -> None:
    """The history of the project that was made; else that of none, which has no entries."""
    walk.made |= {"table": "project", "record": walk.made.get("project", UNKNOWN)}


def _know_who(walk: Walk, answer: Any) -> None:
    walk.role, walk.is_person = answer["role"], True


def _take_tokens(walk: Walk, answer: Any) -> None:
    walk.tokens |= {name: answer[name] for name in ("access_token", "refresh_token")}


DELETE_PROJECT = f"DELETE {API}/projects/{{id}}"
DELETE_MATERIAL = f"DELETE {API}/materials/{{id}}"
DELETE_DOCUMENT = f"DELETE {API}/documents/{{id}}"
_PROJECT = {
    "project_type": "Möbel",
    "total_area_sqm": 2,
    "description": "made and removed by smoke",
}
_MATERIAL = {"category": "Holz", "unit": "m²", "unit_price": 12.5}
_TABLE = "name,project_type\n{mark},Möbel\n"
_MATERIALS_TABLE = "name,category,unit\n{mark},Holz,m²\n"
_PROJECT_USED, _MATERIAL_USED = ("project",), ("material",)
_DOCUMENT_USED, _TASK_USED, _NOBODY = ("document",), ("task",), ("nobody",)


def _missing(operation: str, **fields: Any) -> Step:
    """A step that asks for a record that nobody has; `fields` are a body that would do."""
    return Step(operation, uses=_NOBODY, send=_body(**fields) if fields else None)


def _refused(operation: str, send: Any = None, *expect: int) -> Step:
    """A step whose input is refused."""
    return Step(operation, expect or NOTHING_SAID, send=send or _body(smoke=True))


OPEN = [
    Step("GET /health/live"),
    Step("GET /health/ready"),
    Step("GET /health/serving"),
    Step("GET /health"),
]
READ = [
    Step(f"GET {API}/projects", send=_query(limit=1)),
    Step(f"GET {API}/projects/recent", send=_query(limit=1)),
    Step(f"GET {API}/projects/statistics"),
    Step(f"GET {API}/projects/vocabulary"),
    Step(f"GET {API}/projects/bin", send=_query(limit=1)),
    Step(f"GET {API}/materials", send=_query(limit=1)),
    Step(f"GET {API}/material-prices/current", send=_query(limit=1)),
    Step(f"GET {API}/documents", send=_query(limit=1)),
    Step(f"GET {API}/documents/bin", send=_query(limit=1)),
    Step(f"GET {API}/predictions", send=_query(limit=1)),
    Step(f"GET {API}/predictions/accuracy"),
    Step(f"GET {API}/predictions/model-info"),
    Step(f"GET {API}/models", send=_query(limit=1)),
    Step(f"GET {API}/settings/current"),
    Step(f"GET {API}/similarity/stats"),
    Step(f"GET {API}/similarity/migrations"),
    Step(f"GET {API}/tasks/health"),
    Step(f"GET {API}/tasks/summary"),
    Step(f"GET {API}/tasks/schedules"),
    Step(f"GET {API}/tasks/queue/stats"),
    Step(f"GET {API}/tasks/workers/stats"),
    Step(f"GET {API}/tasks/tasks/active", send=_query(limit=1)),
    Step(f"GET {API}/tasks/tasks/failed", send=_query(limit=1)),
    Step(f"GET {API}/tasks/tasks/scheduled", send=_query(limit=1)),
    Step(f"GET {API}/users", send=_query(limit=1)),
    Step(f"GET {API}/audit/events", send=_query(limit=1)),
    Step(f"GET {API}/audit/security", send=_query(limit=1)),
    Step(f"GET {API}/audit/head"),
    Step(f"GET {API}/checkup"),
    Step("GET /metrics"),
    Step(f"GET {API}/metrics"),
    Step(f"GET {API}/auth/keys"),
    Step(f"GET {API}/auth/sessions"),
    Step(f"GET {API}/privacy/my-data"),
    Step(f"GET {API}/privacy/consents", send=_query(limit=1)),
]
MADE = [
    Step(
        f"POST {API}/projects",
        (201, 400),
        send=_only_if_it_can_go(DELETE_PROJECT, _PROJECT),
        then=_keeps("project"),
    ),
    Step(f"GET {API}/projects/{{id}}", uses=_PROJECT_USED),
    Step(f"PUT {API}/projects/{{id}}", uses=_PROJECT_USED, send=_body(complexity=2)),
    Step(
        f"POST {API}/materials",
        (201, 400),
        send=_only_if_it_can_go(DELETE_MATERIAL, _MATERIAL),
        then=_keeps("material"),
    ),
    Step(f"GET {API}/materials/{{id}}", uses=_MATERIAL_USED),
    Step(f"PUT {API}/materials/{{id}}", uses=_MATERIAL_USED, send=_body(unit_price=13)),
    Step(
        f"POST {API}/materials/{{id}}/prices",
        (201,),
        uses=_MATERIAL_USED,
        send=_body(price=11, valid_from="2001-01-01", valid_to="2001-12-31"),
    ),
    Step(f"GET {API}/materials/{{id}}/prices", uses=_MATERIAL_USED),
    Step(
        f"POST {API}/projects/{{id}}/materials",
        (201,),
        uses=_PROJECT_USED,
        send=lambda walk: {
            "json": {"material_id": walk.made.get("material", UNKNOWN), "quantity": 2}
        },
        then=_keeps("line"),
    ),
    Step(f"GET {API}/projects/{{id}}/materials", uses=_PROJECT_USED),
    Step(
        f"DELETE {API}/projects/{{id}}/materials/{{line_id}}",
        (204,),
        uses=("project", "line"),
    ),
    Step(f"POST {API}/documents/upload", (201, 400, 415), send=_upload, then=_keep_document),
    Step(f"GET {API}/tasks/task/{{task_id}}", uses=_TASK_USED, before=_wait_until_read),
    Step(f"GET {API}/tasks/task/{{task_id}}/events", uses=_TASK_USED),
    Step(f"GET {API}/tasks/task/{{task_id}}/result", uses=_TASK_USED),
    Step(f"POST {API}/tasks/task/{{task_id}}/ticket", (200, 403), uses=_TASK_USED),
    Step(f"POST {API}/tasks/task/{{task_id}}/revoke", (409,), uses=_TASK_USED),
    Step(f"POST {API}/tasks/task/{{task_id}}/retry", (409,), uses=_TASK_USED),
    Step(f"GET {API}/documents/{{id}}", uses=_DOCUMENT_USED),
    Step(f"GET {API}/documents/{{id}}/content", uses=_DOCUMENT_USED),
    Step(f"GET {API}/documents/{{id}}/text", uses=_DOCUMENT_USED),
    Step(f"GET {API}/documents/{{id}}/similar-projects", (200, 422), uses=_DOCUMENT_USED),
    # A price that is told is kept for good: only one that can't be told is asked for.
    _missing(f"GET {API}/documents/{{id}}/estimate"),
    Step(f"PUT {API}/documents/{{id}}", uses=_DOCUMENT_USED, send=_body(project_id=None)),
    Step(f"POST {API}/documents/{{id}}/process", (202,), uses=_DOCUMENT_USED),
    Step(f"POST {API}/documents/search", send=_marked),
    Step(
        f"GET {API}/audit/records/{{table}}/{{id}}",
        uses=("table", "record"),
        before=_name_record,
    ),
    Step(f"POST {API}/similarity/find-similar", send=_marked),
    Step(
        f"POST {API}/similarity/batch-similar",
        send=lambda walk: {"json": {"queries": [walk.mark]}},
    ),
    Step(
        f"POST {API}/similarity/quality",
        send=lambda walk: {"json": {"queries": [{"query": walk.mark, "relevant": [walk.mark]}]}},
    ),
    Step(f"POST {API}/calculations", send=_body(labor_hours=2, material_cost=50)),
    Step(f"POST {API}/calculations/upholstery", send=_body(width=40, depth=40, thickness=5)),
    Step(f"GET {API}/projects/export", send=lambda walk: {"params": {"q": walk.mark}}),
    Step(f"GET {API}/materials/export", send=lambda walk: {"params": {"q": walk.mark}}),
    Step(f"POST {API}/projects/import", send=_file("smoke.csv", _TABLE, dry_run="true")),
    Step(f"POST {API}/materials/import", send=_file("smoke.csv", _MATERIALS_TABLE, dry_run="true")),
]
REFUSED = [
    _refused(f"POST {API}/predictions/predict"),
    _refused(f"POST {API}/predictions/batch", _body(items=[])),
    _missing(f"GET {API}/predictions/{{id}}"),
    _missing(f"POST {API}/predictions/{{id}}/feedback", was_accepted=True),
    _missing(f"POST {API}/projects/{{id}}/finalize"),
    _missing(f"POST {API}/projects/{{id}}/cancel", reason="smoke"),
    _missing(f"POST {API}/models/{{version}}/activate"),
    _refused(f"PUT {API}/settings/current"),
    _refused(f"POST {API}/similarity/reindex", _body(mode="smoke")),
    _refused(f"POST {API}/similarity/migrations", _body(model="")),
    _missing(f"GET {API}/similarity/migrations/{{migration_id}}"),
    _missing(f"POST {API}/similarity/migrations/{{migration_id}}/abandon"),
    _missing(f"POST {API}/similarity/migrations/{{migration_id}}/cut-over"),
    _missing(f"POST {API}/similarity/migrations/{{migration_id}}/finish"),
    _missing(f"POST {API}/similarity/migrations/{{migration_id}}/roll-back"),
    _refused(f"POST {API}/tasks/tasks/failed/retry"),
    _refused(f"POST {API}/users"),
    _missing(f"GET {API}/users/{{id}}"),
    _missing(f"PUT {API}/users/{{id}}", name="Smoke"),
    _missing(f"DELETE {API}/users/{{id}}"),
    _refused(f"GET {API}/audit/verify", _query(head="smoke")),
    _refused(f"POST {API}/auth/keys"),
    _missing(f"DELETE {API}/auth/keys/{{id}}"),
    _missing(f"DELETE {API}/auth/sessions/{{id}}"),
    _refused(f"POST {API}/auth/password"),
    _refused(f"POST {API}/privacy/consents"),
    _refused(f"POST {API}/privacy/redactions"),
    _missing(f"GET {API}/privacy/exports/{{id}}"),
    _refused(f"POST {API}/firm/legacy"),
    _refused(f"POST {API}/firm/legacy/documents", _file("smoke.txt", "smoke"), 400),
    _refused(f"POST {API}/firm/import", _file("smoke.tar", ""), 400, 409, 422),
    # Each of these would do what it says at once: asked by nobody, it can't.
    Step(f"POST {API}/models/train", send=_body(smoke=True), alone=True),
    Step(f"GET {API}/firm/export", alone=True),
    Step(f"POST {API}/privacy/export", alone=True),
    Step(f"DELETE {API}/privacy/delete-me", alone=True),
    Step(f"DELETE {API}/auth/sessions", alone=True),
]
GONE = [
    Step(
        DELETE_DOCUMENT,
        (204,),
        uses=_DOCUMENT_USED,
    ),
    Step(f"POST {API}/documents/{{id}}/restore", uses=_DOCUMENT_USED),
    Step(DELETE_DOCUMENT, (204,), uses=_DOCUMENT_USED),
    Step(DELETE_MATERIAL, (204,), uses=_MATERIAL_USED),
    Step(DELETE_PROJECT, (204,), uses=_PROJECT_USED),
    Step(f"POST {API}/projects/{{id}}/restore", uses=_PROJECT_USED),
    Step(DELETE_PROJECT, (204,), uses=_PROJECT_USED),
]
PLAN = [*OPEN, *READ, *MADE, *REFUSED, *GONE]


def first_steps(password: dict[str, str] | None) -> list[Step]:
    """Sign in and find out who asks; without a password the sign-in is asked with none."""
    login = Step(f"POST {API}/auth/login", NOTHING_SAID, send=_body())
    refresh = Step(f"POST {API}/auth/refresh", NOTHING_SAID, send=_body())
    if password is not None:
        login = Step(f"POST {API}/auth/login", send=_body(**password), then=_take_tokens)
        refresh = Step(f"POST {API}/auth/refresh", send=_refresh, then=_take_tokens)
    return [login, refresh, Step(f"GET {API}/auth/me", then=_know_who)]


def last_steps(password: dict[str, str] | None) -> list[Step]:
    """End the session that was begun; a token that was given goes on."""
    if password is None:
        return [Step(f"POST {API}/auth/logout", alone=True)]
    return [Step(f"POST {API}/auth/logout", (204,))]
