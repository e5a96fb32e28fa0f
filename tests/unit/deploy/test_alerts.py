"""The alerts, by Prometheus' own checker where it is installed."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROMETHEUS = Path(__file__).parents[3] / "deploy" / "prometheus"
TRIALS = sorted((PROMETHEUS / "tests").glob("*.yml"))
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None,
    reason="promtool is not installed: the alerts are parsed and not tried (Debian: prometheus)",
)


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _trials() -> list[dict[str, Any]]:
    files = [yaml.safe_load(file.read_text()) for file in TRIALS]
    cases = [case for file in files for case in file["tests"]]
    return [trial for case in cases for trial in case.get("alert_rule_test", [])]


def test_every_alert_is_tried_both_ways() -> None:
    """In a case in which it must wake somebody up, and in one in which it must not."""
    alerts = {rule["alert"] for rule in _rules() if "alert" in rule}
    assert {trial["alertname"] for trial in _trials() if trial["exp_alerts"]} == alerts
    assert {trial["alertname"] for trial in _trials() if not trial["exp_alerts"]} == alerts


def test_the_budget_is_watched_over_several_windows() -> None:
    """A long window tells that much of it goes, a short one that it still does."""
    burning = [rule for rule in _rules() if rule.get("alert", "").startswith("ErrorBudget")]
    assert len(burning) == 4
    recorded = {rule["record"] for rule in _rules() if "record" in rule}
    for alert in burning:
        windows = [name for name in recorded if f"{name} >" in alert["expr"]]
        assert len(windows) == 2
        assert alert["expr"].count("* 0.0005") == 2


@needs_promtool
def test_prometheus_takes_rules_and_settings() -> None:
    """Each expression is one that it understands."""
    for what, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        checking = [PROMTOOL or "", "check", what, "--lint-fatal", file]
        if what == "config":
            checking.insert(3, "--syntax-only")
        done = subprocess.run(  # noqa: S603 - our own files
            checking, cwd=PROMETHEUS, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize("file", TRIALS, ids=lambda file: file.stem)
def test_alerts_fire_and_do_not(file: Path) -> None:
    """As the cases beside them say."""
    trying = [PROMTOOL or "", "test", "rules", str(file)]
    done = subprocess.run(trying, capture_output=True, text=True, check=False)  # noqa: S603 - our own files
    assert done.returncode == 0, done.stdout + done.stderr
