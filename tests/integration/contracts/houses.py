"""The same ports filled by memory and by PostgreSQL, for tests that run over both."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.cryptography import KeyedVault
from handwerk.adapters.memory.bin import MemoryBin
from handwerk.adapters.memory.documents import MemoryDocuments, MemoryPassages
from handwerk.adapters.memory.identity import MemorySessions, MemoryUsers
from handwerk.adapters.memory.material_imports import MemoryPriceLists
from handwerk.adapters.memory.materials import (
    MemoryMaterialPrices,
    MemoryMaterials,
    MemoryProjectMaterials,
)
from handwerk.adapters.memory.privacy import MemoryPersonalRecords
from handwerk.adapters.memory.projects import MemoryProjects
from handwerk.adapters.memory.receipts import MemoryReceipts
from handwerk.adapters.memory.settings import MemorySettings
from handwerk.adapters.memory.statistics import MemoryProjectStatistics
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.postgres.bin import PostgresBin
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.documents import PostgresDocuments
from handwerk.adapters.postgres.exports import PostgresPriceLists
from handwerk.adapters.postgres.identity import PostgresSessions, PostgresUsers
from handwerk.adapters.postgres.materials import PostgresMaterialPrices, PostgresMaterials
from handwerk.adapters.postgres.passages import PostgresPassages
from handwerk.adapters.postgres.privacy import PostgresPersonalRecords
from handwerk.adapters.postgres.project_materials import PostgresProjectMaterials
from handwerk.adapters.postgres.projects import PostgresProjects
from handwerk.adapters.postgres.receipts import PostgresReceipts
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.settings import PostgresSettings
from handwerk.adapters.postgres.statistics import PostgresProjectStatistics
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.documents.ports import Documents
from handwerk.domain.identity.ports import Sessions, Users
from handwerk.domain.kernel.receipts import Receipts
from handwerk.domain.materials.exporting.ports import PriceLists
from handwerk.domain.materials.ports import MaterialPrices, Materials
from handwerk.domain.privacy.ports import PersonalRecords
from handwerk.domain.projects.bin.ports import Bin
from handwerk.domain.projects.materials.ports import ProjectMaterials
from handwerk.domain.projects.ports import Projects
from handwerk.domain.projects.statistics.ports import ProjectStatistics
from handwerk.domain.search.ports import FindablePassages
from handwerk.domain.settings.ports import Settings

VAULT = KeyedVault(["the data key of a test, 32 characters and more"])


class House(msgspec.Struct, frozen=True):
    """One implementation of every port of the records."""

    transactions: Callable[[], Any]
    projects: Projects
    bin: Bin
    statistics: ProjectStatistics
    materials: Materials
    prices: MaterialPrices
    project_materials: ProjectMaterials
    documents: Documents
    passages: FindablePassages
    settings: Settings
    receipts: Receipts
    users: Users
    sessions: Sessions
    personal: PersonalRecords
    price_lists: PriceLists
    # How many rows the history and the jobs hold.
    traces: Callable[[], Any]


def memory_house() -> House:
    """Everything in memory."""
    store = MemoryStore()

    async def traces() -> tuple[int, int]:
        return len(store.history), len(store.requests)

    return House(
        store.transaction,
        MemoryProjects(store.projects),
        MemoryBin(store.bin),
        MemoryProjectStatistics(store.projects, store.statistics),
        MemoryMaterials(store.shelf),
        MemoryMaterialPrices(store.shelf),
        MemoryProjectMaterials(store.shelf),
        MemoryDocuments(store.cabinet, store.projects, store.requests),
        MemoryPassages(store.cabinet),
        MemorySettings(store.settings),
        MemoryReceipts(store.receipts),
        MemoryUsers(store.users),
        MemorySessions(store.sessions, store.users),
        MemoryPersonalRecords(store.words, store.sessions, store.history),
        MemoryPriceLists(store.shelf),
        traces,
    )


@asynccontextmanager
async def postgres_house(urls: DatabaseUrls) -> AsyncIterator[House]:
    """Everything in a fresh database."""
    migrate(urls.owner, urls.app)
    database = Database(urls.app)
    await database.open()

    async def traces() -> tuple[int, int]:
        row = await database.one(
            "SELECT (SELECT count(*) FROM record_history), (SELECT count(*) FROM job)"
        )
        assert row
        return row[0], row[1]

    yield House(
        lambda: PostgresTransaction(database, VAULT),
        PostgresProjects(database),
        PostgresBin(database),
        PostgresProjectStatistics(database),
        PostgresMaterials(database),
        PostgresMaterialPrices(database),
        PostgresProjectMaterials(database),
        PostgresDocuments(database),
        PostgresPassages(database),
        PostgresSettings(database),
        PostgresReceipts(database, VAULT),
        PostgresUsers(database, VAULT),
        PostgresSessions(database),
        PostgresPersonalRecords(database),
        PostgresPriceLists(database),
        traces,
    )
    await database.close()
