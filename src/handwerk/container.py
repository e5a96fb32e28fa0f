"""The one place where a port meets its adapter."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from dependency_injector import containers, providers

from handwerk.adapters.argon2.passwords import Argon2Passwords
from handwerk.adapters.cronsim.calendar import Calendar
from handwerk.adapters.cryptography import KeyedVault
from handwerk.adapters.dramatiq.handing import DramatiqBroker
from handwerk.adapters.embedding import ModelShelf
from handwerk.adapters.embedding.encoder import Disagrees, Engines
from handwerk.adapters.extraction.sandbox import SandboxedExtractor
from handwerk.adapters.extraction.sniffing import ContentSniffer
from handwerk.adapters.filesystem.access_lines import AccessFiles
from handwerk.adapters.filesystem.checkup import FolderCheckup
from handwerk.adapters.filesystem.content import FilesystemContent
from handwerk.adapters.filesystem.erasures import ErasureFiles
from handwerk.adapters.filesystem.files import FilesystemFiles
from handwerk.adapters.filesystem.heads import HeadsFile
from handwerk.adapters.filesystem.room import Room
from handwerk.adapters.jwt.keys import KeyRing
from handwerk.adapters.jwt.tokens import JwtAccessTokens
from handwerk.adapters.onnx import OnnxEncoder, give_back
from handwerk.adapters.postgres.api_keys import PostgresApiKeys
from handwerk.adapters.postgres.bell import PostgresBell, PostgresChanges
from handwerk.adapters.postgres.bin import PostgresBin
from handwerk.adapters.postgres.catalogue import PostgresCatalogue
from handwerk.adapters.postgres.checkup import DatabaseCheckup
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.documents import PostgresDocuments
from handwerk.adapters.postgres.exports import PostgresPriceLists
from handwerk.adapters.postgres.history import (
    PostgresEvidence,
    PostgresHistory,
    PostgresLedger,
)
from handwerk.adapters.postgres.identity import PostgresSessions, PostgresUsers
from handwerk.adapters.postgres.index_migrations import PostgresMigrations
from handwerk.adapters.postgres.job_board import PostgresJobBoard
from handwerk.adapters.postgres.jobs import PostgresJobStore
from handwerk.adapters.postgres.materials import PostgresMaterialPrices, PostgresMaterials
from handwerk.adapters.postgres.moving import PostgresSnapshots
from handwerk.adapters.postgres.oversight import PostgresOversight
from handwerk.adapters.postgres.passages import PostgresPassages
from handwerk.adapters.postgres.predictions import PostgresPredictions
from handwerk.adapters.postgres.pricing import (
    PostgresFinishedProjects,
    PostgresPriceModels,
    PostgresRegistry,
)
from handwerk.adapters.postgres.privacy import PostgresPersonalRecords
from handwerk.adapters.postgres.project_materials import PostgresProjectMaterials
from handwerk.adapters.postgres.projects import PostgresProjects
from handwerk.adapters.postgres.receipts import PostgresReceipts
from handwerk.adapters.postgres.scheduling import PostgresScheduleBook, PostgresTickets
from handwerk.adapters.postgres.search import (
    PostgresCollections,
    PostgresFindableProjects,
    PostgresFirmWords,
)
from handwerk.adapters.postgres.security_log import PostgresSecurityLog
from handwerk.adapters.postgres.settings import PostgresSettings
from handwerk.adapters.postgres.standing import Standing
from handwerk.adapters.postgres.statistics import PostgresProjectStatistics
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.adapters.qdrant import EdgeSearchIndex, server_index
from handwerk.adapters.redis.checkup import RedisCheckup
from handwerk.adapters.redis.client import connect
from handwerk.adapters.redis.rate_limit import RedisRateLimit
from handwerk.adapters.sentence_transformers import (
    ExportedModels,
    TorchEncoder,
    locate,
    objection,
)
from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.adapters.xgboost.predictor import XGBoostPredictor
from handwerk.archiving import DATA_KEY, SECRET_KEY, Backups, Firm
from handwerk.checkup import (
    backup_findings,
    search_findings,
    secret_file_findings,
    settings_findings,
)
from handwerk.config import Config, WrongSetting, secret_files
from handwerk.domain.backup.model import State
from handwerk.domain.backup.retention import Keep
from handwerk.domain.checkup.model import Check, Finding
from handwerk.domain.identity.authentication import Authenticator
from handwerk.domain.identity.limits import Limit
from handwerk.domain.identity.use_cases.sign_in import ADDRESS_LIMIT, SIGN_IN_LIMIT
from handwerk.domain.jobs.ports import JobBroker
from handwerk.domain.jobs.schedules import Schedule, chosen
from handwerk.domain.jobs.use_cases.following import Following
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import InvalidInput, Unavailable
from handwerk.domain.privacy.retention import Retention
from handwerk.domain.privacy.retention import chosen as chosen_retention
from handwerk.domain.records.chain import SealKeys
from handwerk.domain.search.model import Kind
from handwerk.domain.search.ports import Collections, Embedder, SearchIndex
from handwerk.domain.search.use_cases.evidence import FinishedJobsLike
from handwerk.domain.search.use_cases.knowing import FirmLexicon
from handwerk.domain.search.use_cases.passages import BestPassages
from handwerk.timetable import TIMETABLE

if TYPE_CHECKING:
    from handwerk.adapters.opentelemetry import Traces


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is, once the embedded parts have started. URLs hold passwords."""

    database_url: str
    redis_url: str
    qdrant_url: str | None
    index: Path
    files: Path
    logs: Path
    secret_key: str
    local_token: str
    # What `secret_key` was before; what those have signed stays good.
    old_secrets: tuple[str, ...] = ()
    # What personal data are encrypted with, the newest first; then comes `secret_key`.
    data_keys: tuple[str, ...] = ()
    # Where erasures are listed beside the database; beside `files` as well.
    erasures: Path | None = None
    # For backups: the owner's role and, where it may be given, one that replicates.
    owner_url: str | None = None
    backup_url: str | None = None
    backup_key: str | None = None

    def __repr__(self) -> str:
        return "Places(…)"


def calendar_of(config: Config) -> Calendar:
    """The firm's clock; `WrongSetting` for a time zone that nobody knows."""
    try:
        return Calendar(ZoneInfo(config.time_zone))
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise WrongSetting(
            f"HANDWERK_TIME_ZONE '{config.time_zone}' is no time zone such as Europe/Berlin."
        ) from error


def schedules_of(config: Config) -> list[Schedule]:
    """What comes by the clock in this firm; `WrongSetting` names the line that is none."""
    try:
        return chosen(TIMETABLE, config.schedules, calendar_of(config))
    except InvalidInput as error:
        raise WrongSetting(error.detail) from error


def retention_of(config: Config) -> Retention:
    """How long this firm keeps what; `WrongSetting` names what can't be chosen."""
    try:
        return chosen_retention(config.retention)
    except InvalidInput as error:
        raise WrongSetting(f"HANDWERK_RETENTION: {error.detail}") from error


def _request_limit(config: Config) -> Limit:
    return Limit("requests", most=max(1, config.rate_limit_per_minute), seconds=60)


def _upload_limit(config: Config) -> Limit:
    return Limit("uploads", most=config.uploads_per_minute, seconds=60)


def _training_limit(config: Config) -> Limit:
    return Limit("trainings", most=config.trainings_per_hour, seconds=3600)


def _embedder(config: Config) -> ModelShelf:
    exports = ExportedModels(config.data_path / "models")
    fast = partial(OnnxEncoder, disagrees=Disagrees)
    engines = Engines(locate, exports, fast, TorchEncoder, objection, give_back)
    return ModelShelf(engines, config.embedding_model)


def _documents_folder(places: Places) -> Path:
    return places.files / "documents"


def _vault(places: Places) -> KeyedVault:
    return KeyedVault([*places.data_keys, *_secrets(places)])


def _secrets(places: Places) -> list[str]:
    """The newest first."""
    return [places.secret_key, *places.old_secrets]


def _erasures(places: Places) -> ErasureFiles:
    listed = places.files / "erasures.jsonl"
    return ErasureFiles([listed] if places.erasures is None else [places.erasures, listed])


def backups_of(config: Config, places: Places, folder: Path) -> Backups:
    """The backups of this installation in `folder`."""
    if places.owner_url is None or places.backup_key is None:
        raise WrongSetting("HANDWERK_BACKUP_KEY is missing.")
    keys = {SECRET_KEY: "\n".join(_secrets(places))}
    if places.data_keys:
        keys[DATA_KEY] = "\n".join(places.data_keys)
    listed = places.files / "erasures.jsonl"
    firm = Firm(
        owner_url=places.owner_url,
        application_url=places.database_url,
        backup_url=places.backup_url,
        files=places.files,
        models=config.data_path / "models",
        logs=places.logs,
        secrets=config.data_path / "secrets",
        keys=keys,
        erased=(listed,) if places.erasures is None else (places.erasures, listed),
        work=Path(config.backup_work_dir) if config.backup_work_dir else config.data_path / "work",
    )
    return Backups(firm, folder, places.backup_key, keep_of(config))


def _backups(config: Config, places: Places) -> Backups | None:
    return backups_of(config, places, Path(config.backup_dir)) if config.backup_dir else None


def keep_of(config: Config) -> Keep:
    """Which backups stay; `WrongSetting` for what can't be chosen."""
    try:
        return Keep.spelt(config.backup_keep)
    except InvalidInput as error:
        raise WrongSetting(f"HANDWERK_BACKUP_KEEP: {error.detail}") from error


def _index(places: Places, config: Config) -> SearchIndex:
    if places.qdrant_url is None:
        return EdgeSearchIndex(places.index)
    return server_index(places.qdrant_url, config.qdrant_shards, config.qdrant_replicas)


def _probes(
    places: Places,
    database: Database,
    broker: JobBroker,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
) -> dict[str, Callable[[], Awaitable[str]]]:
    """How to ask each part whether it is there."""

    async def ask_database() -> str:
        await database.one("SELECT 1")
        return "ok"

    async def ask_redis() -> str:
        return "ok" if await broker.connected() else "away"

    async def ask_index() -> str:
        try:
            active = await collections.active(Kind.PROJECT)
        except Unavailable:
            return "unknown"  # It is the database that is away.
        if active is not None:
            await index.count(active)
        return "ok"

    async def ask_disk() -> str:
        await Room(places.files, places.logs).check()
        return "ok"

    async def ask_model() -> str:
        return str(embedder.state.phase)

    return {
        "database": ask_database,
        "redis": ask_redis,
        "index": ask_index,
        "disk": ask_disk,
        "model": ask_model,
    }


def _traces(config: Config) -> "Traces | None":
    """Whoever sends traces, where a collector is set."""
    if config.traces_url is None:
        return None
    # Loaded only where it is used: it brings a megabyte of messages, and takes its time.
    from handwerk.adapters.opentelemetry import Traces  # noqa: PLC0415

    return Traces.to(config.traces_url, "handwerk")


def _checks(
    config: Config,
    places: Places,
    database: DatabaseCheckup,
    redis: RedisCheckup,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    backups: Backups | None,
) -> dict[str, Check]:
    """Everything that `handwerk doctor` looks at."""

    async def settings() -> Sequence[Finding]:
        return [*settings_findings(config), *secret_file_findings(secret_files())]

    async def backed_up() -> Sequence[Finding]:
        state = State() if backups is None else await asyncio.to_thread(backups.state)
        return backup_findings(config, state, SystemClock().now())

    async def search() -> Sequence[Finding]:
        return await search_findings(collections, index, embedder, database.findable)

    folders = FolderCheckup(config.data_path, places.files)
    return {
        "settings": settings,
        "folders": folders.check,
        "database": database.check,
        "redis": redis.check,
        "search": search,
        "backups": backed_up,
    }


class Container(containers.DeclarativeContainer):
    """Explicit providers. A test overrides one to swap its adapter.

    A container belongs to one event loop: what it makes is opened and used there. What is shared
    between loops (model, index, predictor) is handed from one container to the other.
    """

    config = providers.Dependency(instance_of=Config)
    places = providers.Dependency(instance_of=Places)

    clock = providers.Singleton(SystemClock)
    traces = providers.Singleton(_traces, config)
    database = providers.Singleton(Database, places.provided.database_url)
    vault = providers.Singleton(_vault, places)
    erasures = providers.Singleton(_erasures, places)
    personal_records = providers.Singleton(PostgresPersonalRecords, database)
    access_lines = providers.Singleton(AccessFiles, places.provided.logs)
    retention = providers.Singleton(retention_of, config)
    backups = providers.Singleton(_backups, config, places)
    redis = providers.Singleton(connect, places.provided.redis_url)
    files = providers.Singleton(FilesystemFiles, places.provided.files)
    workbooks = providers.Singleton(XlsxWorkbooks)
    content = providers.Singleton(FilesystemContent, providers.Callable(_documents_folder, places))
    sniffer = providers.Singleton(ContentSniffer)
    extractor = providers.Singleton(SandboxedExtractor)
    documents = providers.Singleton(PostgresDocuments, database)

    transactions = providers.Factory(PostgresTransaction, database, vault)
    projects = providers.Singleton(PostgresProjects, database)
    bin = providers.Singleton(PostgresBin, database)
    project_statistics = providers.Singleton(PostgresProjectStatistics, database)
    materials = providers.Singleton(PostgresMaterials, database)
    prices = providers.Singleton(PostgresMaterialPrices, database)
    price_lists = providers.Singleton(PostgresPriceLists, database)
    project_materials = providers.Singleton(PostgresProjectMaterials, database)
    receipts = providers.Singleton(PostgresReceipts, database, vault)
    snapshots = providers.Singleton(PostgresSnapshots, database)
    standing = providers.Singleton(Standing, database)
    settings = providers.Singleton(PostgresSettings, database, standing)

    passwords = providers.Singleton(Argon2Passwords)
    keys = providers.Singleton(KeyRing, providers.Callable(_secrets, places))
    tokens = providers.Singleton(JwtAccessTokens, keys)
    users = providers.Singleton(PostgresUsers, database, vault)
    sessions = providers.Singleton(PostgresSessions, database)
    api_keys = providers.Singleton(PostgresApiKeys, database)
    authenticator = providers.Singleton(
        Authenticator,
        tokens,
        sessions,
        clock,
        keys=api_keys,
        local_token=places.provided.local_token,
        anonymous_role=config.provided.anonymous_role,
    )
    request_limit = providers.Singleton(
        RedisRateLimit, redis, providers.Callable(_request_limit, config), clock
    )
    sign_in_limit = providers.Singleton(RedisRateLimit, redis, SIGN_IN_LIMIT, clock, block=1)
    address_limit = providers.Singleton(RedisRateLimit, redis, ADDRESS_LIMIT, clock, block=1)
    upload_limit = providers.Singleton(
        RedisRateLimit, redis, providers.Callable(_upload_limit, config), clock, block=1
    )
    training_limit = providers.Singleton(
        RedisRateLimit, redis, providers.Callable(_training_limit, config), clock, block=1
    )

    jobs = providers.Singleton(PostgresJobBoard, database)
    # Of its own, so that no handler keeps a heartbeat waiting for a connection.
    job_database = providers.Singleton(Database, places.provided.database_url, least=1, most=4)
    job_store = providers.Singleton(PostgresJobStore, job_database)

    history = providers.Singleton(PostgresHistory, database)
    evidence = providers.Singleton(PostgresEvidence, database)
    oversight = providers.Singleton(PostgresOversight, database)
    # Beside the jobs' heartbeats, so that requests and seals do not wait for one another.
    ledger = providers.Singleton(PostgresLedger, job_database)
    heads = providers.Singleton(HeadsFile, places.provided.logs)
    seal_keys = providers.Singleton(SealKeys, providers.Callable(_secrets, places))
    security_log = providers.Singleton(PostgresSecurityLog, database)

    job_changes = providers.Singleton(PostgresChanges, places.provided.database_url)
    following = providers.Singleton(Following, jobs, job_changes, authenticator.provided.confirm)
    tickets = providers.Singleton(PostgresTickets, database)
    calendar = providers.Singleton(calendar_of, config)
    schedules = providers.Singleton(schedules_of, config)
    schedule_book = providers.Singleton(PostgresScheduleBook, database)
    job_bell = providers.Singleton(PostgresBell, places.provided.database_url)
    job_broker = providers.Singleton(DramatiqBroker, places.provided.redis_url)

    collections = providers.Singleton(PostgresCollections, database, standing)
    findable = providers.Singleton(PostgresFindableProjects, database)
    passages = providers.Singleton(PostgresPassages, database)
    index = providers.Singleton(_index, places, config)
    migrations = providers.Singleton(PostgresMigrations, database)
    firm_words = providers.Singleton(PostgresFirmWords, database, standing)
    lexicons = providers.Singleton(FirmLexicon, firm_words)
    embedder = providers.Singleton(_embedder, config)

    passage_search = providers.Singleton(
        BestPassages, collections, index, embedder, passages, lexicons
    )

    models = providers.Singleton(PostgresPriceModels, database, standing)
    finished = providers.Singleton(PostgresFinishedProjects, database)
    registry = providers.Singleton(PostgresRegistry, database)
    predictions = providers.Singleton(PostgresPredictions, database)
    catalogue = providers.Singleton(PostgresCatalogue, database)
    predictor = providers.Singleton(XGBoostPredictor)
    similar_jobs = providers.Singleton(
        FinishedJobsLike, collections, index, embedder, findable, lexicons
    )

    checks = providers.Singleton(
        _checks,
        config,
        places,
        providers.Singleton(DatabaseCheckup, database, vault),
        providers.Singleton(RedisCheckup, redis, places.provided.redis_url),
        collections,
        index,
        embedder,
        backups,
    )
    probes = providers.Singleton(
        _probes, places, database, job_broker, collections, index, embedder
    )
