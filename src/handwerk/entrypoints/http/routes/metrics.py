"""Metrics for Prometheus."""

from litestar import Response, get

from handwerk.domain.identity.permissions import Permission
from handwerk.entrypoints.http.backup_metrics import BackupMetrics
from handwerk.entrypoints.http.job_metrics import JobMetrics
from handwerk.entrypoints.http.metrics import RequestMetrics
from handwerk.entrypoints.http.needs import JobBoardNeed, Need
from handwerk.entrypoints.http.oversight_metrics import OversightMetrics
from handwerk.entrypoints.http.permissions import needs


@get(
    ["/metrics", "/api/v1/metrics"],
    opt=needs(Permission.ANALYTICS_VIEW),
    # Litestar adds the charset to every text.
    media_type=RequestMetrics.content_type.removesuffix("; charset=utf-8"),
    tags=["Metrics"],
)
async def metrics(
    metrics: Need[RequestMetrics],
    job_metrics: Need[JobMetrics],
    jobs: JobBoardNeed,
    oversight_metrics: Need[OversightMetrics],
    backup_metrics: Need[BackupMetrics],
) -> Response[bytes]:
    """Answer everything that is counted, in Prometheus' text format.

    What is told of jobs is at most five seconds old; `handwerk_jobs_readable` is 0 where their
    table can't be read. What is told of seals, requests, erasures and backups is at most 30 seconds
    old.
    """
    await job_metrics.refresh(jobs)
    await oversight_metrics.refresh()
    await backup_metrics.refresh()
    return Response(metrics.exposition())
