"""What can be said of the settings, and of the search. No secret is among the words."""

import stat
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from handwerk.config import SHORTEST_SECRET, Config
from handwerk.domain.backup.model import State
from handwerk.domain.checkup.model import Finding, error, judged, ok, warning
from handwerk.domain.search.model import Kind, Phase
from handwerk.domain.search.ports import Collections, Embedder, SearchIndex

# A daily backup that failed once is made the next day.
OLDEST_BACKUP = timedelta(days=2)
OLDEST_LOG = timedelta(minutes=15)
_MOUNTED = Path("/run/secrets")
_LOCAL = {"127.0.0.1", "localhost", "::1"}


def settings_findings(config: Config) -> list[Finding]:
    """How this installation is set up."""
    return [
        *_mode(config),
        *_secrets(config),
        *_doors(config),
        *_transport(config),
    ]


def _mode(config: Config) -> list[Finding]:
    production = config.env == "production"
    return [
        judged(
            production,
            "environment",
            "HANDWERK_ENV is production: weak settings are refused at the start",
            warning(
                "environment",
                "HANDWERK_ENV is development: weak settings are let pass",
                "Set HANDWERK_ENV=production where others than you use it.",
            ),
        )
    ]


def _secrets(config: Config) -> list[Finding]:
    found = [
        judged(
            config.secret_key is None or len(config.secret_key) >= SHORTEST_SECRET,
            "secret key",
            "set" if config.secret_key else "made once, in the data folder",
            error(
                "secret key",
                f"HANDWERK_SECRET_KEY is shorter than {SHORTEST_SECRET} characters",
                "Make one: openssl rand -hex 32. Give it by HANDWERK_SECRET_KEY_FILE.",
            ),
        )
    ]
    if config.data_key or not config.database_url:
        found.append(ok("data key", "set" if config.data_key else "made once, in the data folder"))
    else:
        found.append(
            warning(
                "data key",
                "HANDWERK_DATA_KEY is not set: names and e-mails hang on HANDWERK_SECRET_KEY",
                "Set HANDWERK_DATA_KEY_FILE; the next start seals everybody anew. Keep the secret "
                "where the backups are not: without it nobody's name can be read.",
            )
        )
    if config.admin_password:
        found.append(
            warning(
                "first admin",
                "HANDWERK_ADMIN_PASSWORD is set, though only the first start needs it",
                "Take it away, and change that password: POST /api/v1/auth/password.",
            )
        )
    return found


def _doors(config: Config) -> list[Finding]:
    role = config.anonymous_role
    return [
        judged(
            role is None,
            "anonymous use",
            "off: everybody signs in",
            error(
                "anonymous use",
                f"whoever asks without a sign-in is a {role}",
                "Unset HANDWERK_ANONYMOUS_ROLE.",
            ),
        ),
        judged(
            config.rate_limit_per_minute > 0,
            "request limit",
            f"{config.rate_limit_per_minute:,} a minute for each user",
            error(
                "request limit",
                "off: one client can take the server for itself",
                "Set HANDWERK_RATE_LIMIT_PER_MINUTE=1000.",
            ),
        ),
        _cors(config),
        judged(
            config.metrics_token is None or len(config.metrics_token) >= SHORTEST_SECRET,
            "metrics",
            "need a scrape token or a sign-in",
            warning(
                "metrics",
                f"HANDWERK_METRICS_TOKEN is shorter than {SHORTEST_SECRET} characters",
                "Make one: openssl rand -hex 32.",
            ),
        ),
    ]


def _cors(config: Config) -> Finding:
    origins = config.origins
    if "*" in origins:
        return error(
            "CORS", "every website may call this server", "Name the origins, without a star."
        )
    plain = sorted(o for o in origins if urlsplit(o).hostname not in _LOCAL and "https:" not in o)
    if plain:
        return warning(
            "CORS", f"{plain[0]} is not encrypted: what it shows can be changed", "Use https://…"
        )
    return ok("CORS", f"{len(origins)} origins" if origins else "no website may call this server")


def _transport(config: Config) -> list[Finding]:
    found = [
        judged(
            config.host in _LOCAL,
            "HTTP",
            f"listens on {config.host} alone; TLS is the proxy's in front",
            warning(
                "HTTP",
                f"listens on {config.host} without TLS: passwords pass in the clear",
                "Let only a proxy with TLS reach it (compose.yaml has one: --profile tls), and "
                "listen on 127.0.0.1.",
            ),
        )
    ]
    found += [_reach("PostgreSQL", config.database_url, "sslmode=verify-full")]
    found += [_reach("Redis", config.redis_url, "rediss://")]
    found += [_reach("Qdrant", config.qdrant_url, "https://")]
    return found


def _reach(name: str, url: str | None, safe: str) -> Finding:
    check = f"way to {name}"
    if url is None:
        return ok(check, "embedded, on loopback or in this process")
    parts = urlsplit(url)
    private = parts.hostname in _LOCAL or safe in url or "." not in (parts.hostname or "")
    return judged(
        private,
        check,
        "on this machine, its private network, or encrypted",
        warning(check, "goes over a network unencrypted", f"Use {safe} in its URL."),
    )


def backup_findings(config: Config, state: State, now: datetime) -> list[Finding]:
    """Whether there is a backup that can be relied on, and a key to read it with."""
    if not config.backup_dir:
        told = "none are made by the clock"
        return [
            warning("backups", told, "Set HANDWERK_BACKUP_DIR to a folder on another disk."),
        ]
    return [_backup_age(state, now), _log_age(config, state, now), _backup_key(config)]


def _backup_age(state: State, now: datetime) -> Finding:
    if state.success_at is None:
        return warning("backups", "there is none yet", "Make one: handwerk backup.")
    told = f"the newest, proved by a trial restore, is of {state.success_at:%Y-%m-%d %H:%M} UTC"
    return judged(
        now - state.success_at < OLDEST_BACKUP,
        "backups",
        told,
        warning("backups", told, "See why: handwerk jobs list --status FAILURE."),
    )


def _log_age(config: Config, state: State, now: datetime) -> Finding:
    check = "loss"
    if config.database_url and not config.database_backup_url:
        return warning(
            check,
            "what is newer than the newest backup would be lost",
            "Name a role that may replicate: HANDWERK_DATABASE_BACKUP_URL (docs/backup.md).",
        )
    shipped = state.shipped_at
    told = f"changes until {shipped:%Y-%m-%d %H:%M:%S} UTC are kept" if shipped else "no log yet"
    return judged(
        shipped is not None and now - shipped < OLDEST_LOG,
        check,
        told,
        warning(check, told, "The server's log says what is in the way of the database's log."),
    )


def _backup_key(config: Config) -> Finding:
    return judged(
        config.backup_key is not None,
        "backup key",
        "set; keep a copy of it elsewhere",
        warning(
            "backup key",
            "lies beside the data alone, so both are lost together",
            "Copy secrets/backup.key elsewhere, and name it: HANDWERK_BACKUP_KEY_FILE.",
        ),
    )


def secret_file_findings(files: Mapping[str, Path]) -> list[Finding]:
    """Whether others can read the files that settings name for secrets.

    A container's runtime mounts them for all of its users, of whom there is one.
    """
    return [_secret_file(name, path) for name, path in files.items()]


def _secret_file(name: str, path: Path) -> Finding:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as failure:
        return error(name, f"can't be read: {failure.strerror}", f"Look at {path}.")
    return judged(
        mode & 0o077 == 0 or path.is_relative_to(_MOUNTED),
        name,
        f"mode {mode:03o}",
        error(name, f"mode {mode:03o}: others can read {path}", f"chmod 600 {path}"),
    )


async def search_findings(
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    findable: Callable[[], Awaitable[int]],
) -> list[Finding]:
    """Whether the model is the wanted one, and the index holds what the database does."""
    state = embedder.state
    if state.phase is Phase.FAILED:
        model = error("model", f"none could be loaded: {state.detail}", "See the server's log.")
    elif state.detail:
        model = warning(
            "model",
            f"{state.model or 'none yet'}: {state.detail}",
            "Let the server reach the hub once, or name a model: HANDWERK_EMBEDDING_MODEL.",
        )
    else:
        model = ok("model", f"{state.model or 'on its way'} ({state.phase})")
    return [model, await _index(collections, index, findable)]


async def _index(
    collections: Collections, index: SearchIndex, findable: Callable[[], Awaitable[int]]
) -> Finding:
    active = await collections.active(Kind.PROJECT)
    held = 0 if active is None else await index.count(active)
    wanted = await findable()
    return judged(
        held == wanted,
        "search index",
        f"holds all {wanted:,} projects",
        warning(
            "search index",
            f"holds {held:,} of {wanted:,} projects",
            "It follows within seconds; if not: handwerk reindex --check.",
        ),
    )
