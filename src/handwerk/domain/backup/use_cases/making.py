"""Making backups: copy, prove by a trial restore, let be found; then tidy up.

These functions block for as long as gigabytes take: call them in a thread.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath

import msgspec

from handwerk.domain.backup.model import Backup, KeptFile, Listing, Loaded, NotProved
from handwerk.domain.backup.ports import Archive, Part, Rehearsal, Source, Tell, Trees
from handwerk.domain.backup.retention import Keep, kept
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.ids import new_id

# Trees whose files tell of the database as it was: one read after it would know too much.
EARLY = frozenset({"heads"})


def make_backup(
    *,
    archive: Archive,
    source: Source,
    trees: Trees,
    rehearsal: Rehearsal,
    keep: Keep,
    program: str,
    clock: Clock,
    tell: Tell,
) -> Backup:
    """A new backup that was proved; `NotProved` where it can't be restored, and none is kept.

    Files are never changed, and lie there before the database names them. So the files before and
    after the copy are, together, all that the database can name at any moment in between.
    """
    with archive.turn():
        begun = clock.now()
        backup_id = f"{begun:%Y%m%dT%H%M%SZ}-{new_id().hex[-6:]}"
        tell(0.0, "keeping files")
        files = archive.keep_files(trees.files())
        with archive.begin(backup_id) as part:
            tell(0.2, "copying the database")
            size, stored = part.put_database(source.copy())
            taken, segment = clock.now(), source.segment()
            tell(0.5, "keeping files")
            files = _united(files, archive.keep_files(_late(trees.files())))
            listing = Listing(files, trees.secrets(), source.names())
            archive.note_erasures(trees.erasures())
            tell(0.6, "trying to restore it")
            loaded = _proved(rehearsal, source, part, listing, size)
            backup = Backup(
                id=backup_id,
                begun_at=begun,
                taken_at=taken,
                verified_at=clock.now(),
                method=source.method,
                cluster=source.cluster(),
                segment=segment,
                program=program,
                schema=loaded.schema,
                database_bytes=size,
                stored_bytes=stored,
                files=len(files),
                file_bytes=sum(file.size for file in files),
                tables=loaded.tables,
            )
            tell(0.95, "finishing")
            part.finish(backup, listing)
        tidy(archive, keep)
    tell(1.0, "done")
    return backup


def verify(
    backup: Backup, *, archive: Archive, rehearsal: Rehearsal, clock: Clock, tell: Tell
) -> Backup:
    """Read all that a backup needs, and restore its database for a trial."""
    listing = archive.listing(backup.id)
    every = max(1, len(listing.files) // 100)
    for number, file in enumerate(listing.files):
        for _ in archive.file(file.item):
            pass
        if number % every == 0:
            tell(0.5 * number / len(listing.files), "reading files")
    tell(0.5, "trying to restore it")
    rehearsal.room_for(backup.database_bytes)
    with rehearsal.load(backup.method, archive.database(backup.id), listing) as loaded:
        _refuse_faults(loaded)
    proved = msgspec.structs.replace(backup, verified_at=clock.now())
    archive.replace(proved)
    return proved


def tidy(archive: Archive, keep: Keep) -> list[str]:
    """Remove backups that need not be kept, and what only they needed; which ones went."""
    backups = archive.backups()
    staying = kept(backups, keep)
    gone = [each.id for each in backups if each.id not in staying]
    archive.remove(gone)
    left = [each for each in backups if each.id in staying]
    needed = {file.item for each in left for file in archive.listing(each.id).files}
    archive.sweep(needed, min(each.begun_at for each in left))
    return gone


def ship(
    *,
    archive: Archive,
    trees: Trees,
    cluster: str,
    segments: list[PurePath],
    at: datetime,
) -> None:
    """Keep what has changed since the backup: first the log, then the files that it may name.

    `at` is the moment that all of the log up to it was in `segments`.
    """
    archive.ship(cluster, segments)
    archive.keep_files(_late(trees.files()))
    archive.note_erasures(trees.erasures())
    archive.note_shipped(cluster, at)


def _proved(
    rehearsal: Rehearsal, source: Source, part: Part, listing: Listing, size: int
) -> Loaded:
    rehearsal.room_for(size)
    with rehearsal.load(source.method, part.database(), listing) as loaded:
        _refuse_faults(loaded)
        return loaded


def _refuse_faults(loaded: Loaded) -> None:
    if loaded.faults:
        raise NotProved(f"The trial restore found: {' '.join(loaded.faults)}")


def _late(files: Iterator[tuple[KeptFile, PurePath]]) -> Iterator[tuple[KeptFile, PurePath]]:
    return ((file, path) for file, path in files if file.tree not in EARLY)


def _united(first: list[KeptFile], second: list[KeptFile]) -> list[KeptFile]:
    """Both, a path once: what was there first may be gone by now, yet the database names it."""
    return list({(file.tree, file.path): file for file in [*first, *second]}.values())
