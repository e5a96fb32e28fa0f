"""Writes the dashboards: `python deploy/grafana/make_dashboards.py`. A test says if they lag."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH, HEIGHT = 12, 8
# Title, unit, and the queries by their legends.
Panel = tuple[str, str, Mapping[str, str]]

_REQUESTS = "handwerk_http_requests_total"
_SECONDS = "handwerk_http_request_seconds_bucket"


def _quantile(share: float, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({_SECONDS}[$__rate_interval])))"


def _refused(status: str, by: str = "path") -> str:
    return f'sum by ({by}) (rate({_REQUESTS}{{status="{status}"}}[$__rate_interval]))'


PERFORMANCE: list[Panel] = [
    (
        "Availability, 30 days (objective 99.95 %)",
        "percentunit",
        {"answered": "handwerk:availability:ratio_30d", "objective": "0.9995 + 0 * vector(1)"},
    ),
    (
        "Error budget left, 30 days",
        "percentunit",
        {"left": "handwerk:error_budget:left_30d"},
    ),
    (
        "Rate at which the error budget burns (1: it lasts for the month)",
        "none",
        {
            window: f"handwerk:errors:ratio_rate{window} / 0.0005"
            for window in ("5m", "1h", "6h", "1d", "3d")
        },
    ),
    (
        "Requests a second, by status",
        "reqps",
        {"{{status}}": f"sum by (status) (rate({_REQUESTS}[$__rate_interval]))"},
    ),
    (
        "Time to the answer",
        "s",
        {"p50": _quantile(0.5), "p95": _quantile(0.95), "p99": _quantile(0.99)},
    ),
    (
        "p95 of the slowest ten operations",
        "s",
        {"{{path}}": f"topk(10, {_quantile(0.95, 'path')})"},
    ),
    (
        "Requests a second, by operation",
        "reqps",
        {"{{path}}": f"topk(10, sum by (path) (rate({_REQUESTS}[$__rate_interval])))"},
    ),
    (
        "Query vectors remembered",
        "percentunit",
        {
            "remembered": 'sum(rate(handwerk_query_vectors_total{how="remembered"}'
            "[$__rate_interval])) / sum(rate(handwerk_query_vectors_total[$__rate_interval]))"
        },
    ),
    ("Servers that answer", "none", {"servers": 'sum(up{job="handwerk"})'}),
    (
        "Processor cores used, by server",
        "none",
        {"{{instance}}": "rate(handwerk_process_cpu_seconds_total[$__rate_interval])"},
    ),
    ("Memory, by server", "bytes", {"{{instance}}": "handwerk_process_resident_memory_bytes"}),
    (
        "Open files and connections, by server",
        "none",
        {"{{instance}}": "handwerk_process_open_fds", "most": "min(handwerk_process_max_fds)"},
    ),
]
JOBS: list[Panel] = [
    (
        "Jobs that are due, by queue",
        "none",
        {"{{queue}}": 'max by (queue) (handwerk_jobs{state="due"})'},
    ),
    (
        "The job due longest waits",
        "s",
        {"{{queue}}": "max by (queue) (handwerk_jobs_oldest_due_seconds)"},
    ),
    ("Jobs that run", "none", {"{{queue}}": 'max by (queue) (handwerk_jobs{state="running"})'}),
    ("Workers that live", "none", {"workers": "max(handwerk_job_workers)"}),
    (
        "Runs a minute, by end",
        "none",
        {
            "{{outcome}}": "sum by (outcome) "
            "(max by (kind, outcome) (rate(handwerk_job_runs_total[$__rate_interval]))) * 60"
        },
    ),
    (
        "Failures an hour, by kind",
        "none",
        {"{{kind}}": 'max by (kind) (increase(handwerk_job_runs_total{outcome="FAILURE"}[1h]))'},
    ),
    (
        "p95 of a run, by kind",
        "s",
        {
            "{{kind}}": "histogram_quantile(0.95, max by (le, kind) "
            "(rate(handwerk_job_run_seconds_bucket[1h])))"
        },
    ),
    ("Table readable", "none", {"{{instance}}": "handwerk_jobs_readable"}),
    (
        "Schedules that are late",
        "s",
        {"{{schedule}}": "max by (schedule) (handwerk_schedule_overdue_seconds) > 60"},
    ),
]
SECURITY: list[Panel] = [
    (
        "Sign-ins a second, by status",
        "reqps",
        {
            "{{status}}": "sum by (status) "
            f'(rate({_REQUESTS}{{path="/api/v1/auth/login"}}[$__rate_interval]))'
        },
    ),
    ("Without a sign-in (401)", "reqps", {"{{path}}": _refused("401")}),
    ("Without the permission (403)", "reqps", {"{{path}}": _refused("403")}),
    ("Too many (429)", "reqps", {"{{path}}": _refused("429")}),
    ("Refused for size (413)", "reqps", {"{{path}}": _refused("413")}),
    ("Malformed (400)", "reqps", {"{{path}}": _refused("400")}),
]
_RUNS = "handwerk_job_runs_total"
_PURGES = r'kind=~".+\\.purge|sessions\\.expire"'
COMPLIANCE: list[Panel] = [
    (
        "Entries of the history under seal",
        "none",
        {"sealed": "max(handwerk_history_sealed_entries)"},
    ),
    (
        "The oldest entry without a seal waits",
        "s",
        {"waits": "max(handwerk_history_unsealed_seconds)"},
    ),
    (
        "Sealed until (ago)",
        "s",
        {"newest seal": "time() - max(handwerk_history_sealed_timestamp_seconds)"},
    ),
    ("The last proof found it whole (1)", "none", {"whole": "min(handwerk_history_valid)"}),
    (
        "The last proof (ago)",
        "s",
        {"proved": "time() - max(handwerk_history_checked_timestamp_seconds)"},
    ),
    ("Entries proved last", "none", {"entries": "max(handwerk_history_checked_entries)"}),
    (
        "Requests for a copy of one's data",
        "none",
        {
            "open": "max(handwerk_privacy_requests_open)",
            "answered": f'max({_RUNS}{{kind="privacy.export",outcome="SUCCESS"}})',
            "failed": f'max({_RUNS}{{kind="privacy.export",outcome="FAILURE"}})',
        },
    ),
    (
        "The oldest open request waits",
        "s",
        {"waits": "max(handwerk_privacy_oldest_request_seconds)"},
    ),
    ("Persons erased", "none", {"erased": "max(handwerk_erasures)"}),
    (
        "Purges a day, by kind",
        "none",
        {"{{kind}}": f'max by (kind) (increase({_RUNS}{{{_PURGES},outcome="SUCCESS"}}[1d]))'},
    ),
    (
        "Purges that failed, a day",
        "none",
        {"{{kind}}": f'max by (kind) (increase({_RUNS}{{{_PURGES},outcome="FAILURE"}}[1d]))'},
    ),
    (
        "Projects",
        "none",
        {
            "finalised": "max(handwerk_projects_finalized)",
            "cancelled (Storno)": "max(handwerk_projects_cancelled)",
        },
    ),
    (
        "The last backup (ago)",
        "s",
        {
            "made": "time() - max(handwerk_backup_last_success_timestamp_seconds)",
            "changes beside it": "time() - max(handwerk_backup_log_shipped_timestamp_seconds > 0)",
            "proved by a trial restore": "time() - "
            "max(handwerk_backup_last_verified_timestamp_seconds)",
        },
    ),
]
DASHBOARDS = {
    "performance": ("handwerk: performance", PERFORMANCE),
    "jobs": ("handwerk: jobs", JOBS),
    "security": ("handwerk: security", SECURITY),
    "compliance": ("handwerk: compliance", COMPLIANCE),
}


def dashboard(name: str) -> str:
    """The dashboard as Grafana reads it."""
    title, panels = DASHBOARDS[name]
    told = {
        "uid": f"handwerk-{name}",
        "title": title,
        "tags": ["handwerk"],
        "timezone": "browser",
        "schemaVersion": 41,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "panels": list(_laid_out(panels)),
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _laid_out(panels: list[Panel]) -> Iterator[dict[str, Any]]:
    for place, (title, unit, queries) in enumerate(panels):
        row, column = divmod(place, 2)
        yield {
            "id": place + 1,
            "type": "timeseries",
            "title": title,
            "datasource": SOURCE,
            "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
            "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(ord("A") + at), "expr": query, "legendFormat": legend}
                for at, (legend, query) in enumerate(queries.items())
            ],
        }


def main() -> None:
    """Write them all."""
    for name in DASHBOARDS:
        (FOLDER / f"{name}.json").write_text(dashboard(name), encoding="utf-8")


if __name__ == "__main__":
    main()
