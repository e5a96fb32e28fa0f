"""The application: routes, how errors are told, and the gate around it all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

from handwerk.container import Container
from handwerk.domain.identity.ports import RateLimit
from handwerk.domain.jobs.use_cases import watching
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.tables.errors import ImportRefused
from handwerk.entrypoints.http import docs_pages, problems
from handwerk.entrypoints.http.access_log import AccessLog
from handwerk.entrypoints.http.asking import note_what_is_known
from handwerk.entrypoints.http.backup_metrics import BackupMetrics
from handwerk.entrypoints.http.cors import Cors
from handwerk.entrypoints.http.doors import DoorLog
from handwerk.entrypoints.http.embedder_metrics import EmbedderMetrics
from handwerk.entrypoints.http.gate import Gate
from handwerk.entrypoints.http.job_metrics import JobMetrics
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.metrics import RequestMetrics
from handwerk.entrypoints.http.needs import provide, resolve_in_turn
from handwerk.entrypoints.http.options import AllMethods
from handwerk.entrypoints.http.oversight_metrics import OversightMetrics
from handwerk.entrypoints.http.permissions import PermissionCheck
from handwerk.entrypoints.http.proxies import Proxies
from handwerk.entrypoints.http.routes import (
    access,
    audit,
    auth,
    calculations,
    checkup,
    document_contents,
    document_finding,
    documents,
    exports,
    health,
    imports,
    materials,
    metrics,
    moving,
    predictions,
    privacy,
    project_bin,
    project_materials,
    project_overview,
    projects,
    reindexing,
    search_quality,
    settings,
    similarity,
    task_events,
    tasks,
    users,
)

LARGEST_JSON = 1024 * 1024
API = Router(
    "/api/v1",
    route_handlers=[
        auth.router,
        access.router,
        audit.router,
        documents.router,
        document_contents.router,
        document_finding.router,
        calculations.router,
        checkup.router,
        exports.router,
        exports.materials_router,
        imports.router,
        imports.materials_router,
        materials.router,
        materials.prices_router,
        moving.router,
        predictions.router,
        privacy.router,
        predictions.models_router,
        projects.router,
        project_bin.router,
        project_overview.router,
        project_materials.router,
        search_quality.router,
        settings.router,
        reindexing.router,
        similarity.router,
        tasks.router,
        task_events.router,
        users.router,
    ],
)


def create_app(container: Container) -> Gate:
    """The whole ASGI application over what `container` provides."""
    config = container.config()
    counted = RequestMetrics()
    jobs_counted = JobMetrics(counted.registry)
    EmbedderMetrics(container.embedder(), counted.registry)
    overseen = OversightMetrics(container.oversight(), container.clock(), counted.registry)
    backed_up = BackupMetrics(container.backups(), counted.registry)
    log = AccessLog(container.places().logs / "access.jsonl")
    doors = DoorLog(container.security_log())
    app = Litestar(
        [API, health.router, metrics.metrics, *docs_pages.HANDLERS],
        dependencies=_dependencies(container)
        | {"metrics": provide(lambda: counted), "job_metrics": provide(lambda: jobs_counted)}
        | {"oversight_metrics": provide(lambda: overseen)}
        | {"backup_metrics": provide(lambda: backed_up)},
        exception_handlers={
            ImportRefused: problems.answer_refused_import,
            HandwerkError: problems.answer_domain_error,
            HTTPException: problems.answer_http_error,
            Exception: problems.answer_bug,
        },
        middleware=[PermissionCheck(_limits(container))],
        request_class=StrictRequest,
        response_class=JSONResponse,
        request_max_body_size=LARGEST_JSON,
        lifespan=[_logging_requests(log, doors)],
        state=State({"find": _finders(container)}),
        logging_config=None,
        openapi_config=None,
    )
    resolve_in_turn(app)
    note_what_is_known(app)
    docs_pages.publish(app)
    limit = container.request_limit() if config.rate_limit_per_minute else None
    return Gate(
        AllMethods(app),
        authenticator=container.authenticator(),
        limit=limit,
        scrape_token=config.metrics_token,
        by_ticket=partial(
            watching.admitted,
            tickets=container.tickets(),
            clock=container.clock(),
            confirm=container.authenticator().confirm,
        ),
        cors=Cors(config.origins),
        metrics=counted,
        log=log,
        doors=doors,
        proxies=Proxies(config.proxies),
    )


def _limits(container: Container) -> dict[str, RateLimit]:
    """The limits of single operations, by the name that a route's `limit` option has."""
    if not container.config().rate_limit_per_minute:
        return {}
    return {"uploads": container.upload_limit(), "trainings": container.training_limit()}


def _finders(container: Container) -> dict[str, Callable[[UUID], Awaitable[object | None]]]:
    """How a record of each kind is looked up, to tell an unknown one before a wrong body."""

    async def material(material_id: UUID) -> object | None:
        return await container.materials().get(material_id, container.clock().today())

    return {
        "document": container.documents().get,
        "material": material,
        "prediction": container.predictions().get,
        "project": container.projects().get,
        "user": container.users().get,
    }


def _dependencies(container: Container) -> dict[str, Provide]:
    """What handlers ask for by name, made by the container's provider of that name."""
    made = {name: provide(getattr(container, name)) for name in _PROVIDED}
    return made | {
        "transactions": provide(lambda: container.transactions),
        "turn": provide(lambda: asyncio.Semaphore(1)),
    }


_PROVIDED = (
    "address_limit",
    "api_keys",
    "evidence",
    "heads",
    "history",
    "seal_keys",
    "security_log",
    "authenticator",
    "bin",
    "catalogue",
    "checks",
    "clock",
    "collections",
    "embedder",
    "erasures",
    "files",
    "content",
    "documents",
    "passage_search",
    "sniffer",
    "findable",
    "following",
    "index",
    "job_broker",
    "job_store",
    "jobs",
    "lexicons",
    "materials",
    "migrations",
    "models",
    "passwords",
    "personal_records",
    "predictions",
    "predictor",
    "price_lists",
    "prices",
    "probes",
    "project_materials",
    "project_statistics",
    "projects",
    "receipts",
    "registry",
    "retention",
    "schedule_book",
    "sessions",
    "settings",
    "sign_in_limit",
    "similar_jobs",
    "snapshots",
    "tickets",
    "tokens",
    "users",
    "vault",
    "workbooks",
)


def _logging_requests(log: AccessLog, doors: DoorLog) -> Any:
    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await log.start()
        await doors.start()
        try:
            yield
        finally:
            await doors.stop()
            await log.stop()

    return lifespan
