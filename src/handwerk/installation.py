"""One installation on this machine: its data folder, its embedded parts, its schema."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from handwerk.adapters.embedded import DataFolder, EmbeddedServices, Endpoints
from handwerk.adapters.embedded.receiving import drop_slot
from handwerk.adapters.postgres.schema import migrate
from handwerk.archiving import DATA_KEY, SECRET_KEY, parted
from handwerk.config import Config
from handwerk.container import Places
from handwerk.domain.kernel.errors import Unavailable

Tell = Callable[[str], None]


class Installation:
    """Starts what no setting says is elsewhere, and brings the database to this release's schema.

    It blocks: enter it before the event loop runs, leave it after. Entering raises `Unavailable`
    with the reason where something can't start.
    """

    def __init__(self, config: Config, tell: Tell) -> None:
        self._config = config
        self._tell = tell

    def __enter__(self) -> Self:
        self._tell(f"Data folder: {self._config.data_path}")
        self._folder = DataFolder.open(self._config.data_path)
        self._services = EmbeddedServices(
            self._folder,
            postgres=self._config.database_url is None,
            redis=self._config.redis_url is None,
        )
        try:
            self.places = self._places(self._services.start())
            self._let_go_of_the_log()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._services.stop()
        self._folder.close()

    def announce(self, url: str) -> None:
        """Let other commands of this user find the server that listens at `url`."""
        self._folder.write_run_file(url, self.places.local_token)

    def revive(self) -> bool:
        """Start again what is embedded and has died; whether anything had. It blocks, too."""
        return self._services.revive()

    def _let_go_of_the_log(self) -> None:
        """Where no backups are wanted, the server must not keep its log for them."""
        if self._config.backup_dir is None and self._config.database_url is None:
            drop_slot(self.places.backup_url or "")

    def _places(self, started: Endpoints) -> Places:
        places = places_of(self._config, self._folder, started)
        assert places.owner_url is not None
        migrate(places.owner_url, places.database_url)
        return places


def places_of(config: Config, folder: DataFolder, started: Endpoints) -> Places:
    """Where everything is: by the settings, else in the data folder and what was started on it."""
    database = config.database_url or started.database_url
    owner = config.database_owner_url or started.database_owner_url
    redis = config.redis_url or started.redis_url
    if database is None or owner is None or redis is None:
        raise Unavailable("PostgreSQL or Redis has no address.")
    # What was restored may bring older secrets along, behind the newest.
    given = config.secret_key
    secret_key, *old = [given] if given else parted(folder.secret(SECRET_KEY))
    return Places(
        database_url=database,
        redis_url=redis,
        qdrant_url=config.qdrant_url,
        index=folder.index,
        files=Path(config.files_dir) if config.files_dir else folder.files,
        logs=folder.logs,
        secret_key=secret_key,
        local_token=folder.secret("local.token"),
        old_secrets=(*config.old_secret_keys, *old),
        data_keys=_data_keys(config, folder),
        erasures=folder.root / "erasures.jsonl",
        owner_url=owner,
        backup_url=config.database_backup_url or started.database_backup_url,
        backup_key=_backup_key(config, folder),
    )


def _data_keys(config: Config, folder: DataFolder) -> tuple[str, ...]:
    """What people's data are encrypted with: the settings', else made for an embedded database.

    A database elsewhere may be shared with other machines, which this folder knows nothing of.
    """
    if config.data_keys:
        return config.data_keys
    return () if config.database_url else parted(folder.secret(DATA_KEY))


def _backup_key(config: Config, folder: DataFolder) -> str | None:
    """What encrypts backups: the setting, else made for an embedded database."""
    if config.backup_key or config.database_url:
        return config.backup_key
    return folder.secret("backup.key")


def find_server(config: Config) -> tuple[str, str] | None:
    """Address and token of the server on the data folder; `None` where none runs."""
    run = DataFolder.read_run_file(config.data_path)
    return None if run is None else (run.url, run.token)
