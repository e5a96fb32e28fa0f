"""Alerts and dashboards: they ask for what the running server really tells."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
import yaml
from tests.integration.http.conftest import OpenFirm
from tests.integration.http.firm import Firm
from tests.integration.http.reading import until

from handwerk.config import Config
from handwerk.domain.jobs.upkeep import VERIFY_HISTORY
from handwerk.domain.kernel.ids import new_id

DEPLOY = Path(__file__).parents[3] / "deploy"
RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
_METRIC = re.compile(r"\bhandwerk_[a-z_]+|\bhandwerk:[a-z0-9_:]+")
_ROUTE = re.compile(r'path="([^"]+)"')
_MONITORING_OWN = {"up"}


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _dashboards() -> ModuleType:
    place = DEPLOY / "grafana" / "make_dashboards.py"
    spec = importlib.util.spec_from_file_location("make_dashboards", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _queries() -> list[str]:
    asked = [rule["expr"] for rule in _rules()]
    for file in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            asked += [target["expr"] for target in panel["targets"]]
    return asked


def _proved(firm: Firm) -> None:
    """Have the history proved, as every night."""
    job_id = new_id()
    with psycopg.connect(firm.database.owner) as connection:
        connection.execute(
            "INSERT INTO job (id, kind, queue, payload) VALUES (%s, %s, %s, '{}')",
            (job_id, VERIFY_HISTORY.name, VERIFY_HISTORY.queue),
        )
        connection.execute("SELECT pg_notify('jobs', %s)", (VERIFY_HISTORY.queue,))
    until(lambda: firm.admin.get(f"/tasks/task/{job_id}").json()["ready"], 60)


@pytest.fixture(scope="module")
def told(open_firm: OpenFirm) -> set[str]:
    """Every name in the exposition, those of histograms' parts too; and the recorded ones."""
    firm = open_firm(Config(rate_limit_per_minute=0))
    firm.admin.get("/projects/")
    _proved(firm)
    text = firm.admin.get("/metrics").text
    names = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line[:1] != "#"}
    declared = {line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    parts = {f"{name}{part}" for name in declared for part in ("", "_bucket", "_total", "_count")}
    return names | parts | {rule["record"] for rule in _rules() if "record" in rule}


def test_every_query_asks_for_what_is_told(told: set[str]) -> None:
    """A metric that was renamed would leave an alert silent for ever."""
    asked = {name for query in _queries() for name in _METRIC.findall(query)}
    assert len(asked) > 8
    assert sorted(asked - told) == []


def test_every_route_that_is_asked_for_is_there(firm: Firm) -> None:
    """Routes are told by their templates."""
    document = firm.admin.get(f"{firm.admin.root}/schema/openapi.json").json()
    asked = {path for query in _queries() for path in _ROUTE.findall(query)}
    assert asked
    assert asked <= set(document["paths"])


def test_every_alert_says_what_to_do() -> None:
    """How bad it is, in a sentence, with its entry in the runbook."""
    entries = {line.removeprefix("### ") for line in RUNBOOK.read_text().splitlines()}
    alerts = [rule for rule in _rules() if "alert" in rule]
    assert len(alerts) > 10
    for alert in alerts:
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"].endswith(".")
        assert alert["annotations"]["runbook"] == f"docs/runbook.md#{alert['alert'].lower()}"
        assert alert["alert"] in entries


def test_the_dashboards_are_what_their_program_writes() -> None:
    """Nobody has edited the files by hand."""
    made = _dashboards()
    written = {file.stem for file in (DEPLOY / "grafana" / "dashboards").glob("*.json")}
    assert written == set(made.DASHBOARDS)
    assert written == {"performance", "jobs", "security", "compliance"}
    for name in written:
        file = DEPLOY / "grafana" / "dashboards" / f"{name}.json"
        assert file.read_text() == made.dashboard(name)
