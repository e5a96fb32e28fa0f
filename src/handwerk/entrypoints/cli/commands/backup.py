"""`handwerk backup` and `handwerk restore`: everything that a firm owns, kept and brought back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from handwerk.domain.backup.model import Backup
from handwerk.domain.backup.ports import BackupOrder, Backups, RestoreOrder, Tell
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.entrypoints.cli.errors import CommandFailed
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.surroundings import Surroundings
from handwerk.entrypoints.cli.text import german

_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"]
_MIB = 1 << 20


@click.command(
    epilog=examples(
        "handwerk backup",
        "handwerk backup --to /mnt/usb/handwerk",
        "handwerk backup --list",
        "handwerk backup --verify",
        'handwerk backup --tidy --keep "daily=14; weekly=8; monthly=24"',
    )
)
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of backups; without it, HANDWERK_BACKUP_DIR.",
)
@click.option("--list", "wants_list", is_flag=True, help="List the backups, and make none.")
@click.option("--verify", "wants_proof", is_flag=True, help="Prove the newest again, all of it.")
@click.option("--tidy", is_flag=True, help="Only remove what need not be kept.")
@click.option("--keep", metavar="RULE", help="Which stay; without it, HANDWERK_BACKUP_KEEP.")
@as_json_option
@click.pass_obj
def backup(
    surroundings: Surroundings,
    to: Path | None,
    wants_list: bool,
    wants_proof: bool,
    tidy: bool,
    keep: str | None,
    as_json: bool,
) -> None:
    """Back up the database, files, models and keys as of one moment, encrypted.

    It counts as made once it was restored for a trial: every page read, the history proved, every
    document's file there. A running server goes on meanwhile. Files that did not change are kept
    once. Afterwards, what need not be kept is removed.
    """
    if sum((wants_list, wants_proof, tidy)) > 1:
        raise click.UsageError("--list, --verify and --tidy exclude one another.")
    with _told(), _opened(surroundings, to, keep) as backups:
        if wants_list:
            _show(backups.list(), as_json=as_json)
        elif tidy:
            _tell_gone(list(backups.tidy()), as_json=as_json)
        elif wants_proof:
            with _bar("Proving the backup") as tell:
                proved = backups.verify(None, tell)
            _tell(proved, "proved again", as_json=as_json)
        else:
            with _bar("Backing up") as tell:
                made = backups.make(tell)
            _tell(made, "made and proved", as_json=as_json)


@click.command(
    epilog=examples(
        "handwerk restore /mnt/usb/handwerk --key-file backup.key",
        'handwerk restore /mnt/usb/handwerk --at "2026-11-23 14:05:00"',
        "handwerk restore /mnt/usb/handwerk/bases/20261123T010000Z-1a2b3c --without-log",
        "handwerk restore /mnt/usb/handwerk --data-dir ~/neu",
    )
)
@click.argument("archive", metavar="ARCHIVE", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--at",
    type=click.DateTime(_FORMATS),
    help="As of this moment, in UTC; without it, the latest there is.",
)
@click.option("--without-log", is_flag=True, help="As of the backup, without later changes.")
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Where the key is; without it, HANDWERK_BACKUP_KEY.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The empty data folder; without it, HANDWERK_DATA_DIR.",
)
@as_json_option
@click.pass_obj
def restore(
    surroundings: Surroundings,
    archive: Path,
    at: datetime | None,
    without_log: bool,
    key_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Restore a firm from ARCHIVE, a folder of backups or one backup in it.

    The data folder must be empty; where the settings name a database elsewhere, it is filled, and
    must be empty, too. Who was erased since stays erased. The search index is made anew at the
    first start, `handwerk serve`.
    """
    assert surroundings.restore is not None
    if at is not None and without_log:
        raise click.UsageError("--at and --without-log exclude one another.")
    key = key_file.read_text().strip() if key_file else None
    moment = at.replace(tzinfo=UTC) if at else None
    order = RestoreOrder(archive, moment, key, not without_log, data_dir)
    with _told(), _bar("Restoring") as tell:
        done = surroundings.restore(order, tell)
    if as_json:
        print_json(done)
        return
    say(f"Restored as of {_moment(done.until)} UTC, from the backup {done.backup}.", "green")
    say(f"{_count(sum(done.tables.values()))} rows, {_count(done.files)} files; proved.")
    say("Start it with `handwerk serve`; the search index is made anew by itself.")


@contextmanager
def _opened(surroundings: Surroundings, to: Path | None, keep: str | None) -> Iterator[Backups]:
    assert surroundings.backups is not None
    with surroundings.backups(BackupOrder(to, keep)) as backups:
        yield backups


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except HandwerkError as error:
        raise CommandFailed(error.detail) from error


@contextmanager
def _bar(word: str) -> Iterator[Tell]:
    with progress(word) as bar:
        yield bar.tell


def _tell(made: Backup, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    say(f"The backup {made.id} is {done}: as of {_moment(made.taken_at)} UTC.", "green")
    say(
        f"{_count(sum(made.tables.values()))} rows ({_size(made.database_bytes)}, kept in"
        f" {_size(made.stored_bytes)}), {_count(made.files)} files ({_size(made.file_bytes)})."
    )
    if made.cluster is None:
        say(
            "It holds rows, on which later changes do not fit: what is newer than the newest "
            "backup can be lost. HANDWERK_DATABASE_BACKUP_URL names a role that may replicate.",
            "yellow",
        )


def _show(backups: list[Backup], *, as_json: bool) -> None:
    if as_json:
        print_json(backups)
        return
    columns = ("Backup", "As of (UTC)", "Proved (UTC)", ">Database", ">Files")
    say_table(columns, [_row(each) for each in backups])


def _row(each: Backup) -> tuple[str, ...]:
    files = f"{_count(each.files)} ({_size(each.file_bytes)})"
    times = (_moment(each.taken_at), _moment(each.verified_at))
    return each.id, *times, _size(each.database_bytes), files


def _tell_gone(gone: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"removed": gone})
        return
    say(f"{_count(len(gone))} backups were removed.")


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _size(size: int) -> str:
    return f"{german(f'{size / _MIB:,.1f}')} MiB"


def _count(number: int) -> str:
    return german(f"{number:,}")
