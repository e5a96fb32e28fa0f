"""An index server that is away: everything goes on, searches by words alone and say so.

The index server is the stand-in of tests/topology.
"""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.http.conftest import OpenFirm
from tests.integration.http.firm import Firm
from tests.integration.http.reading import problem, until

from handwerk.config import Config

ROOT = Path(__file__).parents[3]
HEADER = "x-search-degraded"


class IndexServer:
    """The stand-in as a process; what it was told lies in a folder."""

    def __init__(self, folder: Path) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it (again), and wait until it answers."""
        command = [sys.executable, "-m", "tests.topology.index_stand_in"]
        self._process = subprocess.Popen(  # noqa: S603  # our own
            [*command, str(self._folder), str(self.port)], cwd=ROOT
        )
        until(self._answers)

    def kill(self) -> None:
        """End it as kill -9 does."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Have it take questions and answer none."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/collections").is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    """A server of these tests' own."""
    server = IndexServer(tmp_path_factory.mktemp("index"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def house(index: IndexServer, open_firm: OpenFirm) -> Firm:
    """A firm whose index is on that server."""
    url = f"http://127.0.0.1:{index.port}"
    return open_firm(Config(rate_limit_per_minute=0, qdrant_url=url))


def _found(firm: Firm, query: str) -> tuple[list[str], bool]:
    """The names that are found, and whether it was without the index."""
    answer = firm.viewer.post("/similarity/find-similar", json={"query": query, "top_k": 20})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    is_degraded = HEADER in answer.headers
    assert ("degraded" in told) == is_degraded
    assert all(0.3 <= hit["similarity_score"] <= 1 for hit in told["results"])
    return [hit["name"] for hit in told["results"]], is_degraded


def _sorted(firm: Firm) -> tuple[list[str], bool]:
    names, is_degraded = _found(firm, "Barockkommode")
    return sorted(names), is_degraded


def _ready(firm: Firm) -> httpx.Response:
    return firm.stranger.get(f"{firm.root}/health/ready")


def test_an_index_that_was_away_catches_up(house: Firm, index: IndexServer) -> None:
    """Writes go on and are found at once; back again it holds each of them, and none deleted."""
    gone, kept = (house.manager.create(name=f"Barockkommode {n}") for n in ("weg", "da"))
    sent = {"file": ("brief.txt", b"Angebot: eine Barockkommode aus Nussbaum, handpoliert.")}
    assert house.manager.post("/documents/upload", files=sent).status_code == 201
    until(lambda: _sorted(house) == ([kept["name"], gone["name"]], False))
    until(lambda: _documents(house).json()["total_count"] == 1)

    index.kill()
    assert _sorted(house) == ([kept["name"], gone["name"]], True)
    new = house.manager.create(name="Barockkommode neu")
    assert house.manager.put(f"/projects/{kept['id']}", json={"name": "Taubenschlag"}).is_success
    assert house.admin.delete(f"/projects/{gone['id']}").status_code == 204
    assert _found(house, "Barockkommode") == ([new["name"]], True)
    _check_what_else_is_asked(house)

    index.start()
    until(lambda: _found(house, "Barockkommode") == ([new["name"]], False))
    until(lambda: _found(house, "Taubenschlag") == (["Taubenschlag"], False))
    until(lambda: _ready(house).is_success)
    until(lambda: _is_idle(house))
    assert _repaired(house) == {"missing": 0, "changed": 0, "orphans": 0}
    assert house.admin.get("/tasks/tasks/failed").json()["total_count"] == 0


def test_a_frozen_index_holds_up_one_search_at_most(house: Firm, index: IndexServer) -> None:
    """Those that follow are not even sent to it; it is used again once it answers."""
    made = house.manager.create(name="Pfeifenständer")
    until(lambda: _found(house, "Pfeifenständer") == ([made["name"]], False))
    index.freeze()
    assert [_found(house, "Pfeifenständer") for _ in range(20)] == [([made["name"]], True)] * 20
    index.thaw()
    until(lambda: _found(house, "Pfeifenständer") == ([made["name"]], False))


def _documents(firm: Firm) -> httpx.Response:
    return firm.viewer.post("/documents/search", json={"query": "Barockkommode Nussbaum"})


def _check_what_else_is_asked(firm: Firm) -> None:
    """Batches, documents, prices, statistics and health, while the index is away."""
    batch = firm.viewer.post("/similarity/batch-similar", json={"queries": ["Barockkommode"] * 2})
    assert [len(one["results"]) for one in batch.json()["results"]] == [1, 1]
    documents = _documents(firm)
    assert documents.json()["total_count"] == 1
    priced: dict[str, Any] = {"total_area_sqm": 3, "project_type": "Möbel", "complexity": 2}
    priced |= {"description": "Barockkommode", "calculated_price": 1900}
    price = firm.technician.post("/predictions/predict/", json=priced)
    assert price.json()["predicted_price"] > 0
    for answer in (batch, documents, price):
        assert (answer.status_code, answer.headers[HEADER]) == (200, "postgresql")
    stats = firm.viewer.get("/similarity/stats").json()
    assert (stats["points"], stats["status"].partition(",")[0]) == (0, "index away")
    told = problem(_ready(firm), 503)
    assert "index" in told["detail"]
    assert "redis" not in told["detail"]
    for path in ("live", "serving"):
        assert firm.stranger.get(f"{firm.root}/health/{path}").status_code == 200


def _is_idle(firm: Firm) -> bool:
    tasks = firm.admin.get("/tasks/summary").json()["tasks"]
    return bool(tasks["waiting"] == tasks["scheduled"] == tasks["active"] == 0)


def _repaired(firm: Firm) -> dict[str, int]:
    """What a check of the whole index had to put right."""
    task = firm.admin.post("/similarity/reindex", json={"mode": "check"}).json()["task_id"]
    path = f"/tasks/task/{task}"
    until(lambda: firm.admin.get(path).json()["ready"])
    done = firm.admin.get(path).json()["result"]
    return {key: done[key] for key in ("missing", "changed", "orphans")}
