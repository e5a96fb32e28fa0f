"""The transaction that fills every domain module's port."""

from functools import cached_property
from typing import Self

import msgspec
from sqlalchemy import bindparam, insert
from sqlalchemy.dialects.postgresql import insert as insert_or

from handwerk.adapters.postgres.api_keys import ApiKeyStore
from handwerk.adapters.postgres.bin import BinStore
from handwerk.adapters.postgres.database import Database, UniqueTaken, compiled
from handwerk.adapters.postgres.document_store import DocumentStore
from handwerk.adapters.postgres.free_texts import FreeTexts
from handwerk.adapters.postgres.identity import EMAIL_KEY, SessionStore, UserStore
from handwerk.adapters.postgres.imports import ImportStore, UploadStore
from handwerk.adapters.postgres.index_migrations import IndexMigrationStore
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.legacy import LegacyStore
from handwerk.adapters.postgres.material_imports import MaterialImportStore
from handwerk.adapters.postgres.materials import NO_OVERLAP, MaterialStore
from handwerk.adapters.postgres.moving import EntryStore
from handwerk.adapters.postgres.predictions import PredictionStore
from handwerk.adapters.postgres.pricing import PriceModelStore
from handwerk.adapters.postgres.privacy import PrivacyStore
from handwerk.adapters.postgres.project_materials import ProjectMaterialStore
from handwerk.adapters.postgres.projects import CANCELLED_ONCE, ProjectStore
from handwerk.adapters.postgres.receipts import sealed
from handwerk.adapters.postgres.security_log import ADD_EVENT, event_values
from handwerk.adapters.postgres.settings import SettingsStore
from handwerk.adapters.postgres.statistics import StatisticsStore
from handwerk.adapters.postgres.tables.documents import SAME_CONTENT
from handwerk.adapters.postgres.tables.jobs import WAITS_WITH_KEY, job
from handwerk.adapters.postgres.tables.records import receipt, record_history
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.documents.errors import ContentTaken
from handwerk.domain.identity.errors import EmailTaken
from handwerk.domain.identity.security import SecurityEvent
from handwerk.domain.identity.vault import Vault
from handwerk.domain.kernel.transaction import Change, JobRequest, KeyTaken, Receipt
from handwerk.domain.materials.errors import OverlappingPrices
from handwerk.domain.projects.storno import AlreadyCancelled


class PostgresTransaction:
    """One unit of work over all tables; nothing is saved until `commit`."""

    def __init__(self, database: Database, vault: Vault | None = None) -> None:
        """Without a `vault`, users are out of reach."""
        self.unit = Unit(database)
        self._vault = vault
        self._queued: set[str] = set()

    @cached_property
    def projects(self) -> ProjectStore:
        """The projects as this transaction sees them."""
        return ProjectStore(self.unit)

    @cached_property
    def bin(self) -> BinStore:
        """The deleted projects as this transaction sees them."""
        return BinStore(self.unit)

    @cached_property
    def statistics(self) -> StatisticsStore:
        """The kept statistics of projects."""
        return StatisticsStore(self.unit)

    @cached_property
    def imports(self) -> ImportStore:
        """The projects as this transaction sees them, many at a time."""
        return ImportStore(self.unit)

    @cached_property
    def material_imports(self) -> MaterialImportStore:
        """Materials and prices as this transaction sees them, many at a time."""
        return MaterialImportStore(self.unit)

    @cached_property
    def uploads(self) -> UploadStore:
        """The tables that wait for jobs as this transaction sees them."""
        return UploadStore(self.unit)

    @cached_property
    def materials(self) -> MaterialStore:
        """The materials as this transaction sees them."""
        return MaterialStore(self.unit)

    @cached_property
    def project_materials(self) -> ProjectMaterialStore:
        """The material lists of projects as this transaction sees them."""
        return ProjectMaterialStore(self.unit)

    @cached_property
    def documents(self) -> DocumentStore:
        """The documents as this transaction sees them."""
        return DocumentStore(self.unit)

    @cached_property
    def settings(self) -> SettingsStore:
        """The firm's settings as this transaction sees them."""
        return SettingsStore(self.unit)

    @cached_property
    def users(self) -> UserStore:
        """The users as this transaction sees them."""
        if self._vault is None:
            raise ValueError("users need a vault")
        return UserStore(self.unit, self._vault)

    @cached_property
    def sessions(self) -> SessionStore:
        """The sessions as this transaction sees them."""
        return SessionStore(self.unit)

    @cached_property
    def keys(self) -> ApiKeyStore:
        """The API keys as this transaction sees them."""
        return ApiKeyStore(self.unit)

    @cached_property
    def index_migrations(self) -> IndexMigrationStore:
        """The moves of the search index as this transaction sees them."""
        return IndexMigrationStore(self.unit)

    @cached_property
    def price_models(self) -> PriceModelStore:
        """The registry of price models as this transaction sees it."""
        return PriceModelStore(self.unit)

    @cached_property
    def predictions(self) -> PredictionStore:
        """The log of predictions."""
        return PredictionStore(self.unit)

    @cached_property
    def legacy(self) -> LegacyStore:
        """Rows that bring their ids along."""
        return LegacyStore(self.unit)

    @cached_property
    def entry(self) -> EntryStore:
        """The way in for a whole firm."""
        return EntryStore(self.unit)

    @cached_property
    def privacy(self) -> PrivacyStore:
        """Consents and exports as this transaction sees them."""
        return PrivacyStore(self.unit)

    @cached_property
    def free_texts(self) -> FreeTexts:
        """The texts that people write, as this transaction sees them."""
        return FreeTexts(self.unit)

    def record(self, change: Change) -> None:
        """Write `change` into the record history."""
        self.unit.write(
            _RECORD,
            {
                "actor_id": change.actor_id,
                "table_name": change.table,
                "record_id": change.record_id,
                "action": change.action,
                "old": json_text(change.old),
                "new": json_text(change.new),
            },
        )

    def report(self, event: SecurityEvent) -> None:
        """Write `event` into the security log."""
        self.unit.write(ADD_EVENT, event_values(event))

    def enqueue(self, request: JobRequest) -> None:
        """Queue a job, unless one with its unique key waits already."""
        if request.unique_key in self._queued:
            return
        if request.unique_key is not None:
            self._queued.add(request.unique_key)
        values = msgspec.structs.asdict(request)
        self.unit.write(_ENQUEUE, values | {"payload": json_text(request.payload)})
        self.unit.notify(request.queue)

    def remember(self, receipt: Receipt) -> None:
        """Keep the answer of an idempotent request."""
        kept = {"body": sealed(receipt.body, self._vault)}
        self.unit.write(_REMEMBER, msgspec.structs.asdict(receipt) | kept)

    async def commit(self) -> None:
        """Save everything, or nothing; a conflict of its own kind where another was first."""
        try:
            await self.unit.commit()
        except UniqueTaken as error:
            if error.constraint == "receipt_pkey":
                raise KeyTaken from error
            if error.constraint == EMAIL_KEY:
                raise EmailTaken from error
            if error.constraint == SAME_CONTENT:
                raise ContentTaken from error
            if error.constraint == NO_OVERLAP:
                raise OverlappingPrices from error
            if error.constraint == CANCELLED_ONCE:
                raise AlreadyCancelled from error
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.unit.rollback()


_RECORD = compiled(
    insert(record_history).values(
        {c: bindparam(c) for c in ("actor_id", "table_name", "record_id", "action", "old", "new")}
    )
)
# Where a job with the key waits already, it is held until the commit (by a change that changes
# nothing). Else it could start now, read what was before this transaction, and end before it: then
# nobody would ever look at what this transaction has changed.
_ENQUEUE = compiled(
    insert_or(job)
    .values({field: bindparam(field) for field in JobRequest.__struct_fields__})
    .on_conflict_do_update(
        index_elements=[job.c.unique_key],
        index_where=WAITS_WITH_KEY,
        set_={"lost": job.c.lost},
    )
)
_REMEMBER = compiled(
    insert(receipt).values({field: bindparam(field) for field in Receipt.__struct_fields__})
)
