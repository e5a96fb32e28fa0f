"""The HTTP contract as the command line speaks it: one method for each operation that it uses."""

import secrets
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from handwerk.domain.checkup.model import Checkup
from handwerk.domain.kernel.errors import FieldError
from handwerk.domain.moving.legacy.documents import MovedDocument
from handwerk.domain.moving.legacy.model import LegacyAnswer, LegacyBatch
from handwerk.entrypoints.cli.answers import (
    Accepted,
    Answer,
    ChainHead,
    Document,
    Found,
    FoundDocuments,
    HistoryEntry,
    ImportReport,
    IndexStats,
    MovedIn,
    Prediction,
    QualityReport,
    Queues,
    Registered,
    Retried,
    Revoked,
    Scheduled,
    Task,
    User,
    Verdict,
)
from handwerk.entrypoints.cli.errors import NoAnswer, NotUnderstood, Refused
from handwerk.entrypoints.cli.text import printable
from handwerk.entrypoints.cli.upload import CountedFile, Told

API = "/api/v1"
EVENTS = "text/event-stream"
_DATA = "data: "
TIMEOUT = httpx.Timeout(60, connect=5)
# A small table is answered when it is imported, and may have to wait for its turn before.
IMPORT_TIMEOUT = httpx.Timeout(600, connect=5)

# A whole firm is looked at before it goes in, and a large one takes its time.
FIRM_TIMEOUT = httpx.Timeout(6 * 3600, connect=5)
# Each query is searched for three times, and a large firm has many projects.
QUALITY_TIMEOUT = httpx.Timeout(600, connect=5)

# Millions of entries are read, and each is hashed.
PROOF_TIMEOUT = httpx.Timeout(3600, connect=5)

_ENCODER = msgspec.json.Encoder(decimal_format="number")
T = TypeVar("T")


class _Problem(msgspec.Struct, frozen=True):
    detail: str
    errors: list[FieldError] = []


class Client:
    """A connection to the server at `url`.

    Every method raises `NoAnswer`, `NotUnderstood`, or `Refused` with the problem document.
    `direct` goes around any proxy of the environment.
    """

    def __init__(self, url: str, token: str | None, *, direct: bool) -> None:
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.url = url
        self._http = httpx.Client(
            base_url=f"{url}{API}", headers=headers, timeout=TIMEOUT, trust_env=not direct
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def import_table(
        self, kind: str, file: Path, *, language: str, dry_run: bool, on_error: str, told: Told
    ) -> Answer[ImportReport | Accepted]:
        """Send a table of `projects` or `materials`; `told` hears what share is on its way.

        The report is answered also where it says that nothing was imported.
        """
        with CountedFile(file, told) as content:
            response = self._send(
                "POST",
                f"/{kind}/import",
                also=400,
                headers={"Accept-Language": language},
                data={"dry_run": str(dry_run).lower(), "on_error": on_error},
                files={"file": (printable(file.name), content)},
                timeout=IMPORT_TIMEOUT,
            )
        if response.status_code == httpx.codes.ACCEPTED:
            accepted = self._read(response, Accepted)
            return Answer(accepted.value, accepted.body)
        return self._report(response)

    def export_table(
        self, kind: str, file: BinaryIO, *, language: str, wanted: dict[str, str]
    ) -> None:
        """Write all `projects` or `materials` that are `wanted` into `file`, as they come."""
        headers = {"Accept": "*/*", "Accept-Language": language}
        try:
            with self._http.stream(
                "GET", f"/{kind}/export", params=wanted, headers=headers
            ) as response:
                if not response.is_success:
                    response.read()
                    raise _refused(response)
                file.writelines(response.iter_bytes())
        except httpx.HTTPError as error:
            raise NoAnswer(self.url, _reason(error)) from error

    def export_firm(self, file: BinaryIO) -> None:
        """Write all that the firm owns into `file`, as an archive, as it comes."""
        try:
            with self._http.stream("GET", "/firm/export", headers={"Accept": "*/*"}) as response:
                if not response.is_success:
                    response.read()
                    raise _refused(response)
                file.writelines(response.iter_bytes())
        except httpx.HTTPError as error:
            raise NoAnswer(self.url, _reason(error)) from error

    def import_firm(self, pieces: Iterator[bytes]) -> Answer[MovedIn]:
        """Send an archive of a whole firm."""
        return self._read(self._send_form("/firm/import", pieces), MovedIn)

    def take_over(self, batch: LegacyBatch, language: str) -> LegacyAnswer:
        """Send rows of the original."""
        sent = self._send("POST", "/firm/legacy", json=batch, language=language)
        return self._read(sent, LegacyAnswer).value

    def take_over_document(
        self, file: BinaryIO, name: str, project_id: str | None, **query: str
    ) -> MovedDocument:
        """Send a document of the original."""
        sent = self._send(
            "POST",
            "/firm/legacy/documents",
            params=query,
            files={"file": (name, file)},
            data={} if project_id is None else {"project_id": project_id},
            timeout=IMPORT_TIMEOUT,
        )
        return self._read(sent, MovedDocument).value

    def has_document(self, document_id: str) -> bool:
        """Whether there is a document with that id."""
        found = self._send("GET", f"/documents/{document_id}", also=httpx.codes.NOT_FOUND)
        return found.status_code != httpx.codes.NOT_FOUND

    def send_document(
        self, file: Path, *, project_id: str | None, told: Told
    ) -> tuple[Answer[Document], bool]:
        """Send a document; whether it is new. `told` hears what share is on its way."""
        with CountedFile(file, told) as content:
            response = self._send(
                "POST",
                "/documents/upload",
                data={} if project_id is None else {"project_id": project_id},
                files={"file": (printable(file.name), content)},
                timeout=IMPORT_TIMEOUT,
            )
        return self._read(response, Document), response.status_code == httpx.codes.CREATED

    def documents(self, wanted: dict[str, Any]) -> Answer[list[Document]]:
        """The documents that are `wanted`, newest first."""
        return self._read(self._send("GET", "/documents/", params=wanted), list[Document])

    def document(self, document_id: str) -> Answer[Document]:
        """One document."""
        return self._read(self._send("GET", f"/documents/{document_id}"), Document)

    def link_document(self, document_id: str, project_id: str) -> Answer[Document]:
        """Make it a document of a project."""
        body = {"project_id": project_id}
        return self._read(self._send("PUT", f"/documents/{document_id}", json=body), Document)

    def search_documents(self, question: dict[str, Any]) -> Answer[FoundDocuments]:
        """The documents that say something."""
        return self._read(self._send("POST", "/documents/search", json=question), FoundDocuments)

    def delete_document(self, document_id: str) -> None:
        """Put a document into the bin."""
        self._send("DELETE", f"/documents/{document_id}")

    def restore_document(self, document_id: str) -> Answer[Document]:
        """Bring a document back from the bin."""
        return self._read(self._send("POST", f"/documents/{document_id}/restore"), Document)

    def train(self) -> Accepted:
        """Have prices learned."""
        return self._read(self._send("POST", "/models/train", json={}), Accepted).value

    def models(self) -> Answer[list[Registered]]:
        """The newest price models."""
        return self._read(self._send("GET", "/models", params={"limit": 20}), list[Registered])

    def activate_model(self, version: str) -> Answer[Registered]:
        """Have that model answer from now on."""
        path = f"/models/{quote(version, safe='')}/activate"
        return self._read(self._send("POST", path), Registered)

    def reindex(self, mode: str) -> Accepted:
        """Have the search index brought up to date."""
        sent = self._send("POST", "/similarity/reindex", json={"mode": mode})
        return self._read(sent, Accepted).value

    def checkup(self) -> Answer[Checkup]:
        """Whether the installation is sound."""
        return self._read(self._send("GET", "/checkup"), Checkup)

    def task(self, task_id: str) -> Answer[Task]:
        """The task as it stands."""
        return self._read(self._send("GET", f"/tasks/task/{task_id}"), Task)

    def follow(self, task_id: str) -> Iterator[Answer[Task]]:
        """The task each time that it has changed, to its end, or as long as the server tells it.

        Nothing is raised where it does not: it can still be asked for the task.
        """
        path = f"/tasks/task/{task_id}/events"
        try:
            with self._http.stream("GET", path, headers={"Accept": EVENTS}) as response:
                if response.headers.get("Content-Type", "").startswith(EVENTS):
                    for line in response.iter_lines():
                        if line.startswith(_DATA):
                            body = line.removeprefix(_DATA).encode()
                            yield Answer(self.decoded(body, Task), body)
        except (httpx.HTTPError, NotUnderstood):
            return

    def retry(self, task_id: str) -> Answer[Revoked]:
        """Have the task done again."""
        return self._read(self._send("POST", f"/tasks/task/{task_id}/retry"), Revoked)

    def retry_failed(self, kind: str) -> Answer[Retried]:
        """Have all failed tasks of a kind done again."""
        body = {"task_name": kind}
        return self._read(self._send("POST", "/tasks/tasks/failed/retry", json=body), Retried)

    def schedules(self) -> Answer[list[Scheduled]]:
        """What comes by the clock."""
        return self._read(self._send("GET", "/tasks/schedules"), list[Scheduled])

    def revoke(self, task_id: str) -> Answer[Revoked]:
        """End the task."""
        return self._read(self._send("POST", f"/tasks/task/{task_id}/revoke"), Revoked)

    def tasks(self, state: str, limit: int) -> Answer[list[Task]]:
        """The newest tasks that are `active`, `scheduled` or `failed`."""
        response = self._send("GET", f"/tasks/tasks/{state}", params={"limit": limit})
        members = self._read(response, dict[str, msgspec.Raw])
        tasks = members.value.get(f"{state}_tasks", b"")
        return Answer(self.decoded(tasks, list[Task]), members.body)

    def queues(self) -> Queues:
        """How much work there is."""
        return self._read(self._send("GET", "/tasks/queue/stats"), Queues).value

    def find_similar(self, question: dict[str, Any]) -> Answer[Found]:
        """The projects that are like a text."""
        return self._read(self._send("POST", "/similarity/find-similar", json=question), Found)

    def search_quality(self, queries: list[dict[str, Any]]) -> Answer[QualityReport]:
        """How well judged queries are answered."""
        response = self._send(
            "POST", "/similarity/quality", json={"queries": queries}, timeout=QUALITY_TIMEOUT
        )
        return self._read(response, QualityReport)

    def index_stats(self) -> IndexStats:
        """How well the search can answer now."""
        return self._read(self._send("GET", "/similarity/stats"), IndexStats).value

    def predict(self, facts: dict[str, Any]) -> Answer[Prediction]:
        """What a job should cost."""
        return self._read(self._send("POST", "/predictions/predict/", json=facts), Prediction)

    def add_user(self, user: dict[str, Any]) -> Answer[User]:
        """Let somebody sign in."""
        return self._read(self._send("POST", "/users", json=user), User)

    def history(self, wanted: dict[str, str]) -> Answer[list[HistoryEntry]]:
        """Who changed what, newest first."""
        sent = self._send("GET", "/audit/events", params=wanted)
        return self._read(sent, list[HistoryEntry])

    def verify_history(self, head: str | None) -> Answer[Verdict]:
        """Whether the sealed history is whole."""
        wanted = {} if head is None else {"head": head}
        sent = self._send("GET", "/audit/verify", params=wanted, timeout=PROOF_TIMEOUT)
        return self._read(sent, Verdict)

    def history_head(self) -> Answer[ChainHead]:
        """Where the chain of the history ends."""
        return self._read(self._send("GET", "/audit/head"), ChainHead)

    def _send(
        self,
        method: str,
        path: str,
        *,
        also: int | None = None,
        json: Any = None,
        language: str | None = None,
        **request: Any,
    ) -> httpx.Response:
        if json is not None:
            request["content"] = _ENCODER.encode(json)
            request["headers"] = {"Content-Type": "application/json"}
        if language is not None:
            request.setdefault("headers", {})["Accept-Language"] = language
        try:
            response = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise NoAnswer(self.url, _reason(error)) from error
        if response.is_success or response.status_code == also:
            return response
        raise _refused(response)

    def _send_form(self, path: str, pieces: Iterator[bytes]) -> httpx.Response:
        """Send a file that is made while it is sent."""
        mark = secrets.token_hex(16)
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="firm.tar"\r\n'
            "Content-Type: application/x-tar\r\n\r\n"
        )
        body = chain([head.encode()], pieces, [f"\r\n--{mark}--\r\n".encode()])
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return self._send("POST", path, content=body, headers=headers, timeout=FIRM_TIMEOUT)

    def _report(self, response: httpx.Response) -> Answer[ImportReport | Accepted]:
        try:
            report = self._read(response, ImportReport)
            return Answer(report.value, report.body)
        except NotUnderstood:
            if response.is_success:
                raise
            raise _refused(response) from None

    def _read(self, response: httpx.Response, wanted: type[T]) -> Answer[T]:
        return Answer(self.decoded(response.content, wanted), response.content)

    def decoded(self, body: bytes | msgspec.Raw, wanted: type[T]) -> T:
        """What `body` says, which the server sent."""
        try:
            return msgspec.json.decode(body, type=wanted)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotUnderstood(self.url, str(error)) from error


def _refused(response: httpx.Response) -> Refused:
    retry_after = response.headers.get("Retry-After", "")
    wait = int(retry_after) if retry_after.isdecimal() else None
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        phrase = f"{response.status_code} {response.reason_phrase}".strip()
        problem = _Problem(f"{response.url} answered {phrase}.")
    return Refused(response.status_code, problem.detail, problem.errors, wait)


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "it can't be reached"
    if isinstance(error, httpx.TimeoutException):
        return "it takes too long"
    return str(error) or type(error).__name__
