"""What a database would hold, in dictionaries, and a unit of work over it."""

from collections.abc import Callable
from typing import Self
from uuid import UUID

from handwerk.adapters.memory.bin import MemoryBinStore
from handwerk.adapters.memory.documents import Cabinet, MemoryDocumentStore
from handwerk.adapters.memory.identity import (
    Keyring,
    Known,
    MemoryApiKeyStore,
    MemorySessionStore,
    MemoryUserStore,
)
from handwerk.adapters.memory.imports import MemoryImportStore, MemoryUploadStore
from handwerk.adapters.memory.material_imports import MemoryMaterialImportStore
from handwerk.adapters.memory.materials import (
    MemoryMaterialStore,
    MemoryProjectMaterialStore,
    Shelf,
)
from handwerk.adapters.memory.pricing import (
    LoggedPrediction,
    MemoryPredictionStore,
    MemoryPriceModelStore,
    Registry,
)
from handwerk.adapters.memory.privacy import MemoryFreeTexts, MemoryPrivacyStore, Words
from handwerk.adapters.memory.projects import MemoryProjectStore
from handwerk.adapters.memory.search import MemoryMigrations, MemoryMigrationStore
from handwerk.adapters.memory.settings import MemorySettingsStore
from handwerk.adapters.memory.statistics import MemoryStatisticsStore
from handwerk.domain.identity.erasure import Erasure
from handwerk.domain.identity.security import SecurityEvent
from handwerk.domain.identity.sessions import Session
from handwerk.domain.kernel.transaction import Change, JobRequest, KeyTaken, Receipt
from handwerk.domain.projects.bin.model import DeletedProject
from handwerk.domain.projects.model import Project
from handwerk.domain.projects.statistics.model import KeptStatistics
from handwerk.domain.settings.model import FirmSettings


class MemoryStore:
    """The saved state of one firm."""

    def __init__(self) -> None:
        self.projects: dict[UUID, Project] = {}
        self.bin: dict[UUID, DeletedProject] = {}
        self.statistics: list[KeptStatistics] = []
        self.shelf = Shelf()
        self.cabinet = Cabinet()
        self.settings: list[FirmSettings] = []
        self.users: Known = {}
        self.sessions: dict[UUID, Session] = {}
        self.keys: Keyring = {}
        self.security: list[SecurityEvent] = []
        self.erasures: list[Erasure] = []
        self.words = Words()
        self.price_models = Registry()
        self.index_migrations = MemoryMigrations()
        self.predictions: list[LoggedPrediction] = []
        self.history: list[Change] = []
        self.requests: list[JobRequest] = []
        self.receipts: dict[tuple[UUID, str, str], Receipt] = {}

    def transaction(self) -> "MemoryTransaction":
        """A new unit of work."""
        return MemoryTransaction(self)


class MemoryTransaction:
    """Notes deeds and does them at `commit`, after every noted check has passed."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self._checks: list[Callable[[], None]] = []
        self._deeds: list[Callable[[], None]] = []
        self.projects = MemoryProjectStore(store.projects, self.note)
        self.bin = MemoryBinStore(store.bin, store.projects, store.shelf, self.note)
        self.statistics = MemoryStatisticsStore(store.statistics, self.note)
        self.imports = MemoryImportStore(store.projects, store.history, self.note)
        self.uploads = MemoryUploadStore(store.requests)
        self.materials = MemoryMaterialStore(store.shelf, store.projects, self.note)
        self.material_imports = MemoryMaterialImportStore(store.shelf, store.history, self.note)
        self.project_materials = MemoryProjectMaterialStore(store.shelf, self.note)
        self.documents = MemoryDocumentStore(store.cabinet, store.projects, self.note)
        self.settings = MemorySettingsStore(store.settings, self.note)
        self.users = MemoryUserStore(store.users, store.sessions, store.erasures, self.note)
        self.sessions = MemorySessionStore(store.sessions, self.note)
        self.keys = MemoryApiKeyStore(store.keys, self.note)
        self.index_migrations = MemoryMigrationStore(store.index_migrations, self.note)
        self.price_models = MemoryPriceModelStore(store.price_models, self.note)
        self.predictions = MemoryPredictionStore(store.predictions, self.note)
        self.privacy = MemoryPrivacyStore(store.words, self.note)
        self.free_texts = MemoryFreeTexts(store.projects, store.history, self.note)

    def note(self, deed: Callable[[], None], check: Callable[[], None] | None = None) -> None:
        """Do `deed` at commit, unless any noted `check` raises first."""
        self._deeds.append(deed)
        if check is not None:
            self._checks.append(check)

    def record(self, change: Change) -> None:
        """Write `change` into the record history."""
        self.note(lambda: self.store.history.append(change))

    def report(self, event: SecurityEvent) -> None:
        """Write `event` into the security log."""
        self.note(lambda: self.store.security.append(event))

    def enqueue(self, job: JobRequest) -> None:
        """Queue `job`, unless one with its unique key waits already."""
        waiting = self.store.requests

        def deed() -> None:
            if job.unique_key is None or all(job.unique_key != old.unique_key for old in waiting):
                waiting.append(job)

        self.note(deed)

    def remember(self, receipt: Receipt) -> None:
        """Keep the answer of an idempotent request."""
        name = (receipt.user_id, receipt.path, receipt.key)

        def check() -> None:
            if name in self.store.receipts:
                raise KeyTaken

        self.note(lambda: self.store.receipts.__setitem__(name, receipt), check)

    async def commit(self) -> None:
        """Save everything, or nothing."""
        for check in self._checks:
            check()
        for deed in self._deeds:
            deed()
        self._checks.clear()
        self._deeds.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self._checks.clear()
        self._deeds.clear()
