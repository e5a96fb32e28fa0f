"""Sets the stage for the load: a fresh server, and a firm with something of everything in it."""

import csv
import io
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
from benchmarks._load_mix import API, Asked, Mix, Targets
from benchmarks._stage import ADMIN, awaited, is_ready, listening, process, signed_in, temporary

PASSWORD = "ein-langes-kennwort-nur-zum-messen"  # noqa: S105  # of a firm that lives for minutes
# A sign-in from one address is limited to 600 in five minutes.
MOST_ACCOUNTS = 500
READY_WITHIN = 900.0
# Nothing is measured while the firm is filled: who is told to come back does.
TRIES = 30
_HEADINGS = (
    "name,description,project_type,region,wood_type,total_area_sqm,complexity,labor_hours,"
    "material_cost,calculated_price,final_price,project_date,is_finalized"
)


class Stage(msgspec.Struct, frozen=True):
    """The server that is measured. `pid` is `None` where it is somebody else's."""

    url: str
    pid: int | None
    sessions: "Sessions"
    targets: Targets
    filled: str


class Size(msgspec.Struct, frozen=True):
    """How much lies in the firm, and how many people work there."""

    projects: int
    materials: int = 200
    documents: int = 60
    predictions: int = 100
    accounts: int = MOST_ACCOUNTS


class Firm:
    """A server as a client sees it that is in no hurry."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token

    def get(self, path: str) -> Any:
        """What is answered to GET."""
        return self.ask(Asked("", "GET", API + path))

    def post(self, path: str, body: object) -> Any:
        """What is answered to POST."""
        return self.ask(Asked("", "POST", API + path, msgspec.json.encode(body)))

    def ask(self, asked: Asked) -> Any:
        """What is answered; ends the program where that is an error."""
        request = Request(  # noqa: S310  # our own server, or one that was named
            self._url + asked.path,
            asked.body or None,
            {"Authorization": f"Bearer {self._token}", "Content-Type": asked.content_type},
            method=asked.method,
        )
        said = ""
        for _ in range(TRIES):
            try:
                with urlopen(request, timeout=120) as answer:  # noqa: S310  # as above
                    return msgspec.json.decode(answer.read())
            except HTTPError as error:
                said = f"{asked.method} {asked.path}: {error.code} {error.read()[:500]!r}"
                if error.code not in {429, 503}:
                    break
                time.sleep(1)
        sys.exit(said)

    def done(self, task_id: str) -> Any:
        """The result of a task, waited for."""
        task = self.until(lambda: self.get(f"/tasks/task/{task_id}"), lambda task: task["ready"])
        if not task["successful"]:
            sys.exit(f"A task of the stage failed: {task}")
        return task["result"]

    def until(self, look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
        """What `look` sees once it is `good`."""
        deadline = time.monotonic() + READY_WITHIN
        while not good(seen := look()):
            if time.monotonic() > deadline:
                sys.exit(f"Waited in vain; last seen: {seen}")
            time.sleep(0.5)
        return seen


class Sessions:
    """Access tokens, which last a quarter of an hour and are made anew before each run."""

    def __init__(self, url: str, refreshing: list[str], fixed: list[str]) -> None:
        self._url = url
        self._refreshing = refreshing
        self._fixed = fixed

    def tokens(self) -> list[str]:
        """Tokens that last for a run."""
        if self._fixed:
            return self._fixed
        stranger = Firm(self._url, "")
        signed = [stranger.post("/auth/refresh", {"refresh_token": r}) for r in self._refreshing]
        self._refreshing = [each["refresh_token"] for each in signed]
        return [each["access_token"] for each in signed]


@contextmanager
def own_server(size: Size) -> Iterator[Stage]:
    """`handwerk serve` on an empty folder, as a user gets it, and filled."""
    with temporary() as base:
        log, data = base / "handwerk.log", base / "data"
        given = {
            "HANDWERK_DATA_DIR": str(data),
            "HANDWERK_ADMIN_EMAIL": ADMIN[0],
            "HANDWERK_ADMIN_PASSWORD": ADMIN[1],
            # The filling is one user's; those of the load stay far below the usual limit.
            "HANDWERK_RATE_LIMIT_PER_MINUTE": "100000",
            "HANDWERK_UPLOADS_PER_MINUTE": "100000",
            "PORT": "0",
        }
        command = [sys.executable, "-m", "handwerk", "serve"]
        with process(command, given, log) as running:
            url = awaited(running, lambda: listening(data), log)
            awaited(running, lambda: is_ready(url), log)
            yield _filled(url, running.pid, size)
            _keep(log)


@contextmanager
def named_server(url: str, token: str, size: Size) -> Iterator[Stage]:
    """A server that runs already, filled a little where it is empty. Everyone is who `token` is."""
    firm = Firm(url.rstrip("/"), token)
    targets = _targets(firm)
    if not all(msgspec.structs.astuple(targets)):
        tell("Something is missing there: filling it a little.")
        _fill(firm, size)
        targets = _targets(firm)
    yield Stage(url.rstrip("/"), None, Sessions(url, [], [token]), targets, "as it was found")


def tell(word: str) -> None:
    """Say how far it is."""
    print(word, file=sys.stderr, flush=True)


def _filled(url: str, pid: int, size: Size) -> Stage:
    begun = time.monotonic()
    admin = Firm(url, signed_in(url))
    _fill(admin, size)
    sessions = Sessions(url, _people(url, admin, size.accounts), [])
    filled = (
        f"{size.projects:,} projects (imported, indexed), {size.materials} materials, "
        f"{size.documents} documents, a trained price model; {size.accounts} people signed in"
    )
    tell(f"Filled in {time.monotonic() - begun:.0f} s: {filled}")
    return Stage(url, pid, sessions, _targets(Firm(url, signed_in(url))), filled)


def _fill(firm: Firm, size: Size) -> None:
    mix = Mix(Targets([], [], [], [], [], []), seed=900)
    answer = firm.ask(_import_of(_table(mix, size.projects)))
    if "task_id" in answer:
        firm.done(answer["task_id"])
    tell("Projects are imported.")
    for _ in range(size.materials):
        firm.post("/materials/", mix.material())
    for number in range(size.documents):
        firm.ask(mix.upload("", pdf=number % 2 == 0))
    firm.done(firm.post("/models/train", {})["task_id"])
    tell("The price model is trained.")
    for _ in range(size.predictions):
        firm.post("/predictions/predict/", mix.job())
    _settled(firm)


def _settled(firm: Firm) -> None:
    """Wait until everything is indexed and no job is left."""

    def left() -> int:
        queues = firm.get("/tasks/queue/stats")["queue_stats"].values()
        return sum(one["waiting"] - one["scheduled"] + one["active"] for one in queues)

    firm.until(left, lambda jobs: jobs == 0)


def _table(mix: Mix, projects: int) -> bytes:
    """A table of projects; three of five are finished and teach prices."""
    chance = random.Random(7)  # noqa: S311  # chooses, guards nothing
    file = io.StringIO()
    rows = csv.DictWriter(file, _HEADINGS.split(","))
    rows.writeheader()
    for number in range(projects):
        row = mix.project()
        row["is_finalized"] = "true" if number % 5 < 3 else "false"
        row["project_date"] = f"{chance.randint(2019, 2025)}{row['project_date'][4:]}"
        if number % 5 < 3:
            row["final_price"] = round(row["calculated_price"] * chance.uniform(0.9, 1.25), 2)
        rows.writerow(row)
    return file.getvalue().encode()


def _import_of(table: bytes) -> Asked:
    edge = "handwerk-load-import"
    head = (
        f"--{edge}\r\nContent-Disposition: form-data; "
        'name="file"; filename="projekte.csv"\r\nContent-Type: text/csv\r\n\r\n'
    )
    body = head.encode() + table + f"\r\n--{edge}--\r\n".encode()
    return Asked(
        "", "POST", f"{API}/projects/import", body, f"multipart/form-data; boundary={edge}"
    )


def _people(url: str, admin: Firm, number: int) -> list[str]:
    """Refresh tokens of people who have just signed in."""

    def signed_up(place: int) -> str:
        person = {"email": f"person{place}@example.org", "password": PASSWORD}
        admin.post("/users", person | {"name": f"Person {place}", "role": "manager"})
        return str(Firm(url, "").post("/auth/login", person)["refresh_token"])

    with ThreadPoolExecutor(2) as two:
        return list(two.map(signed_up, range(number)))


def _targets(firm: Firm) -> Targets:
    documents = _ids(firm, "/documents/?")
    return Targets(
        projects=_ids(firm, "/projects/?", 1000),
        open_projects=_ids(firm, "/projects/?is_finalized=false&", 1000),
        materials=_ids(firm, "/materials/?"),
        documents=documents,
        predictions=_ids(firm, "/predictions/?"),
        tasks=[firm.get(f"/documents/{one}")["task_id"] for one in documents[:50]],
    )


def _ids(firm: Firm, path: str, most: int = 200) -> list[str]:
    pages = (firm.get(f"{path}skip={at}&limit=200") for at in range(0, most, 200))
    return [record["id"] for page in pages for record in page]


def _keep(log: Path) -> None:
    """Show what the server said of errors."""
    said = [line for line in log.read_text().splitlines() if " WARNING " in line or "rror" in line]
    if said:
        tell("The server said:\n  " + "\n  ".join(said[-20:]))
