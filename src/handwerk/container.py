"""The one place where a port meets its adapter."""

from pathlib import Path

import msgspec
from dependency_injector import containers, providers

from handwerk.adapters.argon2.passwords import Argon2Passwords
from handwerk.adapters.filesystem.files import FilesystemFiles
from handwerk.adapters.jwt.keys import KeyRing
from handwerk.adapters.jwt.tokens import JwtAccessTokens
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.identity import PostgresSessions, PostgresUsers
from handwerk.adapters.postgres.projects import PostgresProjects
from handwerk.adapters.postgres.receipts import PostgresReceipts
from handwerk.adapters.postgres.settings import PostgresSettings
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.adapters.redis.client import connect
from handwerk.adapters.redis.rate_limit import RedisRateLimit
from handwerk.config import Config
from handwerk.domain.identity.authentication import Authenticator
from handwerk.domain.identity.limits import Limit
from handwerk.domain.identity.use_cases.sign_in import SIGN_IN_LIMIT
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
    local_token: str


def _request_limit(config: Config) -> Limit:
    return Limit("requests", most=max(1, config.rate_limit_per_minute), seconds=60)


class Container(containers.DeclarativeContainer):
    """Explicit providers. A test overrides one to swap its adapter.

    A container belongs to one event loop: what it makes is opened and used there.
    """

    config = providers.Dependency(instance_of=Config)
    places = providers.Dependency(instance_of=Places)

    clock = providers.Singleton(SystemClock)
    database = providers.Singleton(Database, places.provided.database_url)
    redis = providers.Singleton(connect, places.provided.redis_url)
    files = providers.Singleton(FilesystemFiles, places.provided.files)

    transactions = providers.Factory(PostgresTransaction, database)
    projects = providers.Singleton(PostgresProjects, database)
    receipts = providers.Singleton(PostgresReceipts, database)
    settings = providers.Singleton(PostgresSettings, database)

    passwords = providers.Singleton(Argon2Passwords)
    keys = providers.Singleton(KeyRing, providers.List(places.provided.secret_key))
    tokens = providers.Singleton(JwtAccessTokens, keys)
    users = providers.Singleton(PostgresUsers, database)
    sessions = providers.Singleton(PostgresSessions, database)
    authenticator = providers.Singleton(
        Authenticator,
        tokens,
        sessions,
        clock,
        local_token=places.provided.local_token,
        anonymous_role=config.provided.anonymous_role,
    )
    request_limit = providers.Singleton(
        RedisRateLimit, redis, providers.Callable(_request_limit, config), clock
    )
    sign_in_limit = providers.Singleton(RedisRateLimit, redis, SIGN_IN_LIMIT, clock, block=1)
