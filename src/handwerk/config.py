"""Settings of the installation, from the environment (`HANDWERK_*`). Read nowhere else."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

import msgspec

SHORTEST_SECRET = 32
# Settings that are secrets, or hold one: never shown.
SECRETS = frozenset(
    {
        "database_url",
        "database_owner_url",
        "redis_url",
        "qdrant_url",
        "secret_key",
        "secret_keys_old",
        "data_key",
        "admin_password",
        "metrics_token",
        "backup_key",
        "database_backup_url",
    }
)


class WrongSetting(Exception):
    """A setting can't be used; the sentence names it and says what to do."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One installation. Where a URL is `None`, the embedded part is used."""

    env: Literal["development", "production"] = "development"
    data_dir: str = ".handwerk"
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8000
    files_dir: str | None = None
    database_url: str | None = None
    database_owner_url: str | None = None
    redis_url: str | None = None
    qdrant_url: str | None = None
    # How new collections lie in a cluster of Qdrant servers; else as the server does it.
    qdrant_shards: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    qdrant_replicas: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    secret_key: str | None = None
    # What `secret_key` was before, separated by commas: what those have signed stays good.
    secret_keys_old: str = ""
    # Encrypts personal data: secrets, the newest first, separated by commas.
    data_key: str | None = None
    admin_email: str | None = None
    admin_password: str | None = None
    metrics_token: str | None = None
    rate_limit_per_minute: int = 1000
    # Of these a user may do fewer; they are off where the limit of requests is.
    uploads_per_minute: Annotated[int, msgspec.Meta(ge=1)] = 300
    trainings_per_hour: Annotated[int, msgspec.Meta(ge=1)] = 60
    # Addresses or networks of proxies that say truly in X-Forwarded-For who asks.
    trusted_proxies: str = ""
    cors_origins: str = ""
    # So long a server that is told to stop still answers, until balancers have noticed.
    drain_seconds: Annotated[float, msgspec.Meta(ge=0, le=300)] = 0.0
    anonymous_role: Literal["viewer", "technician", "manager", "admin"] | None = None
    embedding_model: str | None = None
    # What comes by the clock, where it is not as in `timetable.py`: `name=cron line; name=off`.
    schedules: str = ""
    time_zone: str = "Europe/Berlin"
    # How long what can be chosen is kept, in days: `access_log=14; jobs=3`.
    retention: str = ""
    # Where backups go: a folder on another disk. Without it none is made by the clock.
    backup_dir: str | None = None
    # Encrypts backups. Kept elsewhere, too: without it no backup can be read.
    backup_key: str | None = None
    backup_keep: str = "daily=7; weekly=4; monthly=12"
    # Where a backup is restored for a trial, and the database's log arrives.
    backup_work_dir: str | None = None
    # In seconds: so often what has changed since the last backup is put beside it.
    backup_log_seconds: Annotated[int, msgspec.Meta(ge=1, le=900)] = 300
    # Of a role that may replicate. Without it, a server elsewhere is copied row by row.
    database_backup_url: str | None = None
    # Where a collector takes traces (OTLP over HTTP), e.g. http://collector:4318/v1/traces.
    traces_url: str | None = None
    # How server and worker write their log: JSON in production, text else, unless this says it.
    log_format: Literal["json", "text"] | None = None

    def __repr__(self) -> str:
        """Without its secrets: what is shown ends up in logs."""
        values = ((field, getattr(self, field)) for field in self.__struct_fields__)
        shown = (f"{f}={'…' if f in SECRETS and value else value!r}" for f, value in values)
        return f"Config({', '.join(shown)})"

    @property
    def data_path(self) -> Path:
        """The data folder, absolute."""
        return Path(self.data_dir).expanduser().resolve()

    @property
    def old_secret_keys(self) -> tuple[str, ...]:
        """What `secret_key` was before."""
        return tuple(part.strip() for part in self.secret_keys_old.split(",") if part.strip())

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks whose word on the client's address counts; `ValueError` for what is none."""
        named = (part.strip() for part in self.trusted_proxies.split(","))
        return tuple(ip_network(part, strict=False) for part in named if part)

    @property
    def data_keys(self) -> tuple[str, ...]:
        """The secrets that personal data are encrypted with, the newest first."""
        return tuple(part.strip() for part in (self.data_key or "").split(",") if part.strip())

    @property
    def origins(self) -> frozenset[str]:
        """The web origins that may call the API from a browser."""
        return frozenset(part.strip() for part in self.cors_origins.split(",") if part.strip())

    @property
    def log_lines(self) -> str:
        """The format of the log: `json` or `text`."""
        return self.log_format or ("json" if self.env == "production" else "text")

    @property
    def works_jobs(self) -> bool:
        """Whether the serving process works the jobs itself.

        It must where the index is embedded, since that belongs to one process, or Redis is, since
        that ends with it.
        """
        return self.redis_url is None or self.qdrant_url is None


def from_environment(environ: Mapping[str, str] | None = None) -> Config:
    """The settings that `environ` (the process's own by default) spells; else `WrongSetting`."""
    given = os.environ if environ is None else environ
    spelt = ((field, _spelt(field, given)) for field in Config.__struct_fields__)
    values = {field: value for field, value in spelt if value}
    if "port" not in values and given.get("PORT"):
        values["port"] = given["PORT"]
    try:
        config = msgspec.convert(values, Config, strict=False)
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `$.")
        name = f"HANDWERK_{field.rstrip('`').upper()}"
        if name == "HANDWERK_PORT" and name not in given:
            name = "PORT"
        raise WrongSetting(f"{name} can't be used: {reason}.") from error
    _check(config)
    return config


def secret_files(environ: Mapping[str, str] | None = None) -> dict[str, Path]:
    """The files that `HANDWERK_…_FILE` names for secrets, by setting."""
    given = os.environ if environ is None else environ
    names = (f"HANDWERK_{field.upper()}_FILE" for field in sorted(SECRETS))
    return {name: Path(given[name]) for name in names if given.get(name)}


def _spelt(field: str, given: Mapping[str, str]) -> str:
    """The setting, or what the file holds that `…_FILE` names: so come a container's secrets."""
    name = f"HANDWERK_{field.upper()}"
    value, file = given.get(name, ""), given.get(f"{name}_FILE", "")
    if not file:
        return value
    if value:
        raise WrongSetting(f"{name} and {name}_FILE are both set: which one holds?")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(f"{name}_FILE can't be read: {error}") from error


def _check(config: Config) -> None:
    if config.rate_limit_per_minute < 0:
        raise WrongSetting("HANDWERK_RATE_LIMIT_PER_MINUTE must be 0 (off) or more.")
    if config.database_url and not config.database_owner_url:
        raise WrongSetting(
            "HANDWERK_DATABASE_OWNER_URL is missing: beside the application's role "
            "(HANDWERK_DATABASE_URL) a second one migrates the schema."
        )
    if config.backup_dir and config.database_url and not config.backup_key:
        raise WrongSetting(
            "HANDWERK_BACKUP_KEY is missing: backups of a database elsewhere need a key of yours."
        )
    _check_secrets(config)
    try:
        tuple(config.proxies)
    except ValueError as error:
        raise WrongSetting(
            f"HANDWERK_TRUSTED_PROXIES must name addresses or networks, such as 10.0.0.0/8: {error}"
        ) from error
    if config.traces_url and not config.traces_url.startswith(("http://", "https://")):
        raise WrongSetting(
            "HANDWERK_TRACES_URL must begin with http:// or https://, such as "
            "http://collector:4318/v1/traces."
        )
    if config.env == "production":
        _check_production(config)


def _check_secrets(config: Config) -> None:
    backup_keys = () if config.backup_key is None else (config.backup_key,)
    secret_keys = () if config.secret_key is None else (config.secret_key,)
    for name, keys in (
        ("HANDWERK_SECRET_KEY", secret_keys),
        ("HANDWERK_BACKUP_KEY", backup_keys),
        ("HANDWERK_SECRET_KEYS_OLD", config.old_secret_keys),
        ("HANDWERK_DATA_KEY", config.data_keys),
    ):
        if any(len(key) < SHORTEST_SECRET for key in keys):
            raise WrongSetting(
                f"Each secret in {name} must hold at least {SHORTEST_SECRET} characters."
            )


def _check_production(config: Config) -> None:
    if config.secret_key is None:
        raise WrongSetting(
            f"In production HANDWERK_SECRET_KEY must hold at least {SHORTEST_SECRET} characters."
        )
    if config.anonymous_role is not None:
        raise WrongSetting("In production HANDWERK_ANONYMOUS_ROLE must not be set.")
    if config.rate_limit_per_minute == 0:
        raise WrongSetting("In production HANDWERK_RATE_LIMIT_PER_MINUTE must not be 0.")
