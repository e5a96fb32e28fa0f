"""One installation on this machine: its data folder, its embedded parts, its schema."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from handwerk.adapters.embedded import DataFolder, EmbeddedServices, Endpoints
from handwerk.adapters.postgres.schema import migrate
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

    def _places(self, started: Endpoints) -> Places:
        config, folder = self._config, self._folder
        database = config.database_url or started.database_url
        owner = config.database_owner_url or started.database_owner_url
        redis = config.redis_url or started.redis_url
        if database is None or owner is None or redis is None:
            raise Unavailable("PostgreSQL or Redis has no address.")
        migrate(owner, database)
        return Places(
            database_url=database,
            redis_url=redis,
            qdrant_url=config.qdrant_url,
            index=folder.index,
            files=Path(config.files_dir) if config.files_dir else folder.files,
            logs=folder.logs,
            secret_key=config.secret_key or folder.secret("secret.key"),
            local_token=folder.secret("local.token"),
            old_secrets=config.old_secret_keys,
            data_keys=self._data_keys(),
            erasures=folder.root / "erasures.jsonl",
        )

    def _data_keys(self) -> tuple[str, ...]:
        """What people's data are encrypted with: the settings', else made for an embedded database.

        A database elsewhere may be shared with other machines, which this folder knows nothing of.
        """
        config = self._config
        if config.data_keys:
            return config.data_keys
        return () if config.database_url else (self._folder.secret("data.key"),)


def find_server(config: Config) -> tuple[str, str] | None:
    """Address and token of the server on the data folder; `None` where none runs."""
    run = DataFolder.read_run_file(config.data_path)
    return None if run is None else (run.url, run.token)
