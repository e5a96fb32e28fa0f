"""Restoring a firm from its backups, into an empty installation."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from handwerk.domain.backup.log import unbroken
from handwerk.domain.backup.model import Backup, KeptFile, Loaded, Method, NotProved
from handwerk.domain.backup.ports import Archive, Target, Tell
from handwerk.domain.kernel.errors import InvalidInput, NotFound


class Restored(msgspec.Struct, frozen=True):
    """What was restored, and the moment it is of: all that was committed by then is there."""

    backup: str
    until: datetime
    files: int
    tables: dict[str, int]


def chosen(archive: Archive, backup_id: str | None, at: datetime | None) -> Backup:
    """The backup of that name, else the newest that was taken by the moment `at`."""
    backups = archive.backups()
    if backup_id is not None:
        backups = [each for each in backups if each.id == backup_id]
    if not backups:
        raise NotFound("There is no such backup there.")
    early = [each for each in backups if at is None or each.taken_at <= at]
    if not early:
        first = f"{backups[0].taken_at:%Y-%m-%d %H:%M:%S}"
        raise InvalidInput.of("at", f"lies before the backup, which was taken at {first} UTC")
    return early[-1]


def restore(
    backup: Backup,
    *,
    archive: Archive,
    target: Target,
    at: datetime | None,
    changes: bool,
    tell: Tell,
) -> Restored:
    """Fill the target. With `changes` also with what came after the backup, up to `at`.

    Who was erased by now stays erased: the list goes along, and the first start reads it.
    """
    listing, shipped = archive.listing(backup.id), archive.shipped()
    log = _log(archive, backup) if changes else []
    _refuse_unreachable(backup, at, shipped.at if log else None)
    files = _files(listing.files, archive.kept_after(backup.begun_at) if log else [])
    target.begin(backup.database_bytes + sum(file.size for file in files))
    target.put_secrets(listing.secrets)
    target.put_erasures(shipped.erasures)
    tell(0.0, "files")
    every = max(1, len(files) // 100)
    for number, file in enumerate(files):
        target.put_file(file, archive.file(file.item))
        if number % every == 0:
            tell(0.4 * number / len(files), "files")
    tell(0.4, "database")
    pieces = archive.database(backup.id)
    loaded = target.put_database(backup.method, pieces, listing, _pieces(archive, backup, log), at)
    _refuse_faults(loaded)
    tell(0.95, "finishing")
    target.settle()
    until = at or (shipped.at if log and shipped.at else backup.taken_at)
    return Restored(backup.id, max(until, backup.taken_at), len(files), loaded.tables)


def _log(archive: Archive, backup: Backup) -> list[str]:
    if backup.method is not Method.PHYSICAL or backup.cluster is None or backup.segment is None:
        return []
    shipped = archive.shipped()
    last = shipped.last if shipped.cluster == backup.cluster else None
    return unbroken(archive.segments(backup.cluster), backup.segment, last)


def _pieces(
    archive: Archive, backup: Backup, log: list[str]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    for name in log:
        assert backup.cluster is not None
        yield name, archive.segment(backup.cluster, name)


def _refuse_unreachable(backup: Backup, at: datetime | None, shipped: datetime | None) -> None:
    if at is None or at == backup.taken_at:
        return
    reached = max(backup.taken_at, shipped) if shipped else backup.taken_at
    if at > reached:
        told = f"{reached:%Y-%m-%d %H:%M:%S}"
        raise InvalidInput.of("at", f"can't be reached: what is kept ends at {told} UTC")


def _files(listed: list[KeptFile], after: list[KeptFile]) -> list[KeptFile]:
    """The newest of each path last, since one that was restored may be listed twice."""
    return list({(file.tree, file.path): file for file in [*after, *listed]}.values())


def _refuse_faults(loaded: Loaded) -> None:
    if loaded.faults:
        raise NotProved(f"The restored database is not sound: {' '.join(loaded.faults)}")
