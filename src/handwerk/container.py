"""The one place where a port meets its adapter."""

from pathlib import Path

import msgspec
from dependency_injector import containers, providers

from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.projects import PostgresProjects
from handwerk.adapters.postgres.receipts import PostgresReceipts
from handwerk.adapters.postgres.settings import PostgresSettings
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.config import Config
from handwerk.domain.kernel.clock import SystemClock


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is, once the embedded parts have started. URLs hold passwords."""

    database_url: str
    redis_url: str
    qdrant_url: str | None
    index: Path
    files: Path
    logs: Path
    secret_key: str
    local_token: str | None


class Container(containers.DeclarativeContainer):
    """Explicit providers. A test overrides one to swap its adapter.

    A container belongs to one event loop: what it makes is opened and used there.
    """

    config = providers.Dependency(instance_of=Config)
    places = providers.Dependency(instance_of=Places)

    clock = providers.Singleton(SystemClock)
    database = providers.Singleton(Database, places.provided.database_url)
    transactions = providers.Factory(PostgresTransaction, database)
    projects = providers.Singleton(PostgresProjects, database)
    receipts = providers.Singleton(PostgresReceipts, database)
    settings = providers.Singleton(PostgresSettings, database)
