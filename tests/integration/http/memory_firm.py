"""The application as it is served, over a firm in memory: quick to open, whole in its answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from dependency_injector import providers
from tests.unit.http.served import LOCAL_TOKEN, places

from handwerk.adapters.memory.bin import MemoryBin
from handwerk.adapters.memory.files import MemoryFiles
from handwerk.adapters.memory.identity import MemoryRateLimit, MemorySessions, MemoryUsers
from handwerk.adapters.memory.job_broker import MemoryBroker
from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.adapters.memory.material_imports import MemoryPriceLists
from handwerk.adapters.memory.materials import (
    MemoryMaterialPrices,
    MemoryMaterials,
    MemoryProjectMaterials,
)
from handwerk.adapters.memory.pricing import (
    MemoryCatalogue,
    MemoryPredictions,
    MemoryPriceModels,
    MemoryRegistry,
    NoSimilarJobs,
)
from handwerk.adapters.memory.projects import MemoryProjects
from handwerk.adapters.memory.receipts import MemoryReceipts
from handwerk.adapters.memory.search import (
    MemoryFindableProjects,
    MemoryFirmWords,
    WordEmbedder,
)
from handwerk.adapters.memory.search_index import MemorySearchIndex
from handwerk.adapters.memory.settings import MemorySettings
from handwerk.adapters.memory.statistics import MemoryProjectStatistics
from handwerk.adapters.memory.store import MemoryStore
from handwerk.config import Config
from handwerk.container import Container
from handwerk.domain.identity.use_cases.sign_in import SIGN_IN_LIMIT
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.settings.use_cases import ensure_settings
from handwerk.entrypoints.http.app import create_app


class Served(NamedTuple):
    """A client that is signed in as an admin, and the jobs that it asks about."""

    client: httpx.AsyncClient
    jobs: MemoryJobs


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    """A new firm, served."""
    store, clock = MemoryStore(), SystemClock()
    jobs = MemoryJobs(clock)
    await ensure_settings(MemorySettings(store.settings), store.transaction, clock)
    app = create_app(_container(folder, store, jobs))
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # the same protocol by another name
    headers = {"Authorization": f"Bearer {LOCAL_TOKEN}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://firm", headers=headers
    ) as client:
        yield Served(client, jobs)


def _container(folder: Path, store: MemoryStore, jobs: MemoryJobs) -> Container:
    container = Container(config=Config(rate_limit_per_minute=0), places=places(folder))
    container.transactions.override(providers.Factory(store.transaction))
    filled = {
        "bin": MemoryBin(store.bin),
        "project_statistics": MemoryProjectStatistics(store.projects, store.statistics),
        "catalogue": MemoryCatalogue(store.projects, store.shelf),
        "collections": store.index_migrations.collections,
        "migrations": store.index_migrations,
        "embedder": WordEmbedder(),
        "files": MemoryFiles(),
        "findable": MemoryFindableProjects(store.projects),
        "firm_words": MemoryFirmWords(store.projects, store.settings),
        "index": MemorySearchIndex(),
        "job_broker": MemoryBroker(),
        "job_store": jobs,
        "jobs": jobs,
        "materials": MemoryMaterials(store.shelf),
        "models": MemoryPriceModels(store.price_models),
        "predictions": MemoryPredictions(store.predictions, store.projects),
        "price_lists": MemoryPriceLists(store.shelf),
        "prices": MemoryMaterialPrices(store.shelf),
        "probes": {},
        "project_materials": MemoryProjectMaterials(store.shelf),
        "projects": MemoryProjects(store.projects),
        "receipts": MemoryReceipts(store.receipts),
        "registry": MemoryRegistry(store.price_models),
        "sessions": MemorySessions(store.sessions, store.users),
        "settings": MemorySettings(store.settings),
        "sign_in_limit": MemoryRateLimit(SIGN_IN_LIMIT, SystemClock()),
        "similar_jobs": NoSimilarJobs(),
        "users": MemoryUsers(store.users),
    }
    for name, adapter in filled.items():
        getattr(container, name).override(providers.Object(adapter))
    return container
