"""Both services of one data folder, started and stopped together."""

import secrets
from pathlib import Path

import msgspec

from handwerk.adapters.embedded import roles
from handwerk.adapters.embedded.account import Account
from handwerk.adapters.embedded.folder import DataFolder, refused_as_unavailable
from handwerk.adapters.embedded.home import ServiceHome
from handwerk.adapters.embedded.listening import LOOPBACK
from handwerk.adapters.embedded.postgres import PostgresServer
from handwerk.adapters.embedded.redis import RedisServer
from handwerk.domain.kernel.errors import Unavailable

# Where services go whose user can't enter the data folder.
ELSEWHERE = Path("/var/lib/handwerk")
# The line of postmaster.pid that holds the port.
_PORT_LINE = 3


class Endpoints(msgspec.Struct, frozen=True):
    """URLs with passwords of what was started; None for what was not asked for."""

    database_url: str | None = None
    database_owner_url: str | None = None
    redis_url: str | None = None
    database_backup_url: str | None = None


class EmbeddedServices:
    """PostgreSQL and Redis on a data folder, as far as asked for. Its calls block."""

    def __init__(
        self,
        folder: DataFolder,
        *,
        postgres: bool = True,
        redis: bool = True,
        elsewhere: Path = ELSEWHERE,
    ) -> None:
        self._folder = folder
        self._wants_postgres = postgres
        self._wants_redis = redis
        self._elsewhere = elsewhere
        self._redis_password = secrets.token_urlsafe(32)
        self._home: ServiceHome | None = None
        self._postgres: PostgresServer | None = None
        self._redis: RedisServer | None = None

    @property
    def data_path(self) -> Path | None:
        """Where the services' data lies, once started: not always inside the data folder."""
        return self._home.path if self._home else None

    def start(self) -> Endpoints:
        """Start what is asked for and does not run; a service that died keeps its port if free.

        Raises `Unavailable` with the reason; everything is stopped then.
        """
        try:
            with refused_as_unavailable(f"PostgreSQL or Redis can't start in {self._folder.root}"):
                return self._started()
        except BaseException:
            self.stop()
            raise

    def revive(self) -> bool:
        """Start again what has died since `start`, on its old port; whether anything had."""
        servers = [server for server in (self._postgres, self._redis) if server is not None]
        if all(server.lives() for server in servers):
            return False
        self.start()
        return True

    def stop(self) -> None:
        """Stop what runs: Redis, then PostgreSQL."""
        if self._redis:
            self._redis.stop()
        if self._postgres:
            self._postgres.stop()
        if self._home:
            self._home.close()
        self._home = self._postgres = self._redis = None

    def _started(self) -> Endpoints:
        if not (self._wants_postgres or self._wants_redis):
            return Endpoints()
        account = Account.for_services()
        self._home = self._home or ServiceHome.of(self._folder.root, account, self._elsewhere)
        endpoints = Endpoints()
        if self._wants_postgres:
            endpoints = self._with_postgres(account, self._home.path)
        if self._wants_redis:
            url = self._redis_url(account, self._home.path)
            endpoints = msgspec.structs.replace(endpoints, redis_url=url)
        return endpoints

    def _with_postgres(self, account: Account, home: Path) -> Endpoints:
        superuser = self._folder.secret("postgres.superuser")
        owner = self._folder.secret("postgres.owner")
        application = self._folder.secret("postgres.application")
        backup = self._folder.secret("postgres.backup")
        log = self._folder.logs / "postgres.log"
        self._postgres = self._postgres or PostgresServer(home, log, account, superuser)
        port = self._postgres.start()
        roles.ensure_roles(port, superuser, owner, application, backup)
        return endpoints_at(port, owner, application, backup)

    def _redis_url(self, account: Account, home: Path) -> str:
        log = self._folder.logs / "redis.log"
        self._redis = self._redis or RedisServer(home, log, account, self._redis_password)
        return f"redis://:{self._redis_password}@{LOOPBACK}:{self._redis.start()}/0"


def running_endpoints(folder: DataFolder) -> Endpoints:
    """Where the PostgreSQL is reached that another process runs on the folder; none if it is not.

    Its Redis is not told: what it is for can wait.
    """
    link = folder.root / "services"
    home = link.resolve() if link.is_symlink() else folder.root
    try:
        lines = (home / "pg" / "postmaster.pid").read_text().splitlines()
        port = int(lines[_PORT_LINE])
    except (FileNotFoundError, IndexError, ValueError) as error:
        raise Unavailable(f"PostgreSQL does not run on {home}.") from error
    return endpoints_at(
        port,
        folder.secret("postgres.owner"),
        folder.secret("postgres.application"),
        folder.secret("postgres.backup"),
    )


def endpoints_at(port: int, owner: str, application: str, backup: str) -> Endpoints:
    """The URLs of the database's three roles."""
    place = f"{LOOPBACK}:{port}/{roles.DATABASE}"
    return Endpoints(
        database_url=f"postgresql://{roles.APPLICATION}:{application}@{place}",
        database_owner_url=f"postgresql://{roles.OWNER}:{owner}@{place}",
        database_backup_url=f"postgresql://{roles.BACKUP}:{backup}@{place}",
    )
