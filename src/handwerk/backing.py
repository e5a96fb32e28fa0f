"""Backups and restores as commands make them: beside a running server, or on a folder alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from handwerk.adapters.embedded import DataFolder, Endpoints
from handwerk.adapters.embedded.services import running_endpoints
from handwerk.adapters.embedded.target import EmptyInstallation
from handwerk.adapters.filesystem.erasures import ErasureFiles
from handwerk.archiving import Backups, archive_in, proved
from handwerk.config import Config, WrongSetting
from handwerk.container import backups_of, keep_of
from handwerk.domain.backup.ports import RestoreOrder, Tell
from handwerk.domain.backup.use_cases.restoring import Restored, chosen, restore
from handwerk.domain.identity.erasure import Erasure
from handwerk.installation import Installation, places_of

Say = Callable[[str], None]


@contextmanager
def backups_here(config: Config, to: Path | None, keep: str | None, say: Say) -> Iterator[Backups]:
    """The backups of this installation in `to`, else where the settings have them.

    A server that runs on the data folder goes on; where none does, the folder is opened.
    """
    if keep is not None:
        config = msgspec.structs.replace(config, backup_keep=keep)
    keep_of(config)  # told before anything starts
    folder = to or (Path(config.backup_dir) if config.backup_dir else None)
    if folder is None:
        folder = config.data_path / "backups"
        say(
            f"Backups go to {folder}, beside the data: a lost disk takes both. "
            "Set HANDWERK_BACKUP_DIR, or say --to."
        )
    if config.database_url is not None and not config.backup_key:
        raise WrongSetting("HANDWERK_BACKUP_KEY is missing: make one with openssl rand -hex 32.")
    if not config.backup_key:
        say(
            f"The key is in {config.data_path / 'secrets' / 'backup.key'}. Keep a copy elsewhere: "
            "without it no backup can be read."
        )
    if config.database_url is not None or DataFolder.read_run_file(config.data_path):
        yield _beside(config, folder.expanduser().resolve())
        return
    with Installation(_without_redis(config), say) as installation:
        yield backups_of(config, installation.places, folder.expanduser().resolve())


def _beside(config: Config, folder: Path) -> Backups:
    data = DataFolder.beside(config.data_path)
    if config.database_url is not None:
        places = places_of(_without_redis(config), data, Endpoints())
    else:
        places = places_of(_without_redis(config), data, running_endpoints(data))
    return backups_of(config, places, folder)


def _without_redis(config: Config) -> Config:
    """Nothing is asked of Redis here, so none is started."""
    return msgspec.structs.replace(config, redis_url=config.redis_url or "redis://127.0.0.1:1/0")


def restore_here(config: Config, order: RestoreOrder, *, tell: Tell) -> Restored:
    """Restore into the empty data folder of the settings, or into the database they name."""
    if order.data_dir is not None:
        config = msgspec.structs.replace(config, data_dir=str(order.data_dir))
    given = order.key or config.backup_key
    if given is None:
        raise WrongSetting("The key is missing: set HANDWERK_BACKUP_KEY, or name --key-file.")
    folder, backup_id = _named(order.archive.expanduser().resolve())
    kept = archive_in(folder, given)
    kept.check()
    target = EmptyInstallation(
        config.data_path,
        files=Path(config.files_dir) if config.files_dir else None,
        owner_url=config.database_owner_url if config.database_url else None,
        prove=proved,
        note_erasures=_note,
        own_secrets={} if config.backup_key else {"backup.key": given},
    )
    try:
        backup = chosen(kept, backup_id, order.at)
        return restore(
            backup,
            archive=kept,
            target=target,
            at=order.at,
            changes=order.with_log,
            tell=tell,
        )
    finally:
        target.close()


def _named(archive: Path) -> tuple[Path, str | None]:
    if archive.parent.name == "bases":
        return archive.parent.parent, archive.name
    return archive, None


def _note(files: list[Path], erasures: Sequence[Erasure]) -> None:
    ErasureFiles(files).write(erasures)
