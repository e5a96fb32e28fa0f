"""A firm whose people bring in jobs from all sides, and who remember what was acknowledged."""

import csv
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count, islice
from typing import Any

import httpx
from tests.integration.whole.program import ROOT, Program, until

with (ROOT / "examples" / "projects.csv").open(newline="", encoding="utf-8") as _file:
    EXAMPLES = list(csv.DictReader(_file))
COLUMNS = ("name", "project_type", "wood_type", "final_price", "project_date", "is_finalized")
# Seconds between two deeds of one person: what they bring in has to be indexed in the end, too.
PACE = 0.2
# So often a large table tells each job: to be read it takes a while, to be indexed it takes none.
TIMES = 250


class Firm:
    """What was sent under which name, and what of it was acknowledged."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.safe: set[str] = set()
        self.tasks: dict[str, set[str]] = {}
        self.refused: list[int] = []
        self._numbers = count()

    def create(self, client: httpx.Client) -> None:
        """One job by hand."""
        [row] = self._rows(1)
        name = row["name"]
        answer = client.post("/projects/", json={"name": name, "project_type": row["project_type"]})
        self._note(answer, 201, {name})

    def import_some(self, client: httpx.Client) -> None:
        """Two jobs in a table that is imported while one waits."""
        rows = self._rows(2)
        answer = client.post("/projects/import", files={"file": ("some.csv", table(rows))})
        self._note(answer, 200, {row["name"] for row in rows})

    def import_many(self, client: httpx.Client, on_error: str) -> str:
        """80 jobs, each of them told many times over, in a table that a task imports; its id."""
        rows = self._rows(80)
        answer = client.post(
            "/projects/import",
            files={"file": ("many.csv", table([row for row in rows for _ in range(TIMES)]))},
            data={"on_error": on_error},
        )
        assert answer.status_code == 202, answer.text
        task: str = answer.json()["task_id"]
        self.tasks[task] = {row["name"] for row in rows}
        return task

    @contextmanager
    def busy(self, program: Program) -> Iterator[None]:
        """People who send jobs until the server is gone or the block is left."""
        over = threading.Event()
        with ThreadPoolExecutor(2) as people:
            for deed in (self.create, self.import_some):
                people.submit(self._keep_on, program.client(), deed, over)
            try:
                yield
            finally:
                over.set()

    def finish_tasks(self, client: httpx.Client) -> None:
        """Wait for every task that was acknowledged; its rows count as acknowledged then."""
        for task, names in self.tasks.items():
            until(lambda: told(client, task)["ready"], "the import is done")  # noqa: B023  # waits
            done = told(client, task)
            assert done["status"] == "SUCCESS", done
            report = done["result"]
            assert (report["rows"], report["failed"]) == (TIMES * len(names), 0)
            self.safe |= names

    def check(self, program: Program) -> list[dict[str, Any]]:
        """Assert that what was acknowledged is there, each job once, with its history.

        Imports may still be running meanwhile. Answers all projects.
        """
        with program.client() as client:
            projects = all_projects(client)
        names = [project["name"] for project in projects]
        assert self.safe - set(names) == set()
        assert set(names) - self.sent == set()
        assert len(names) == len(set(names))
        assert program.ill_told() == []
        assert set(self.refused) <= {503}
        return projects

    def _rows(self, number: int) -> list[dict[str, str]]:
        rows = []
        for which in islice(self._numbers, number):
            like = EXAMPLES[which % len(EXAMPLES)]
            rows.append(like | {"name": f"{like['name']} {which}"})
        self.sent |= {row["name"] for row in rows}
        return rows

    def _note(self, answer: httpx.Response, wanted: int, names: set[str]) -> None:
        if answer.status_code == wanted:
            self.safe |= names
        else:
            self.refused.append(answer.status_code)

    def _keep_on(self, client: httpx.Client, deed: Any, over: threading.Event) -> None:
        with suppress(httpx.TransportError), client:
            while not over.wait(PACE):
                deed(client)


def table(rows: list[dict[str, str]]) -> bytes:
    """The rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def told(client: httpx.Client, task: str) -> dict[str, Any]:
    """How the task stands."""
    answer: dict[str, Any] = client.get(f"/tasks/task/{task}").raise_for_status().json()
    return answer


def all_projects(client: httpx.Client) -> list[dict[str, Any]]:
    """Every project, by the links from page to page."""
    page = client.get("/projects/?limit=200").raise_for_status()
    projects: list[dict[str, Any]] = page.json()
    while link := page.links.get("next"):
        page = client.get(page.url.join(link["url"])).raise_for_status()
        projects += page.json()
    return projects
