"""`handwerk export --all` and `handwerk import --all`: a whole firm moves."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.moving.archive import END, Archive, filling, heading
from handwerk.domain.moving.manifest import Manifest, understood
from handwerk.domain.moving.whole import MANIFEST
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.errors import CommandFailed
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.text import german, printable

ALL = "--all"
_PIECE = 1 << 20


class WithAll(click.Group):
    """A group of which `--all` is another word for its command `firm`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command where `--all` stands for it."""
        if ALL in args and not self.commands.keys() & set(args):
            args = ["firm", *(arg for arg in args if arg != ALL)]
        return super().parse_args(ctx, args)


@click.command(
    "firm",
    epilog=examples(
        "handwerk export --all firma-2026-11-23",
        "handwerk export firm /mnt/usb/firma --url https://handwerk.example --token …",
    ),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@talks_to_a_server
def export_firm(connection: Connection, folder: Path) -> None:
    """Write everything that the firm owns into DIR, a new folder, in open formats.

    Every table as JSON Lines, the files of documents as they came, the price models, and
    manifest.json with counts and the SHA-256 of every file. It holds names, e-mails and password
    hashes of the users: keep it safe. Needs the right to manage users.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandFailed(f"{folder} is there already: say a new folder.")
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    tar = part.with_suffix(".tar")
    try:
        manifest = _fetched(connection, tar, part)
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    except OSError as error:
        raise CommandFailed(f"{folder} can't be written: {error.strerror}.") from error
    except InvalidInput as error:
        raise CommandFailed(f"The export has come damaged: {error.detail}.") from error
    finally:
        tar.unlink(missing_ok=True)
        shutil.rmtree(part, ignore_errors=True)
    say(f"{folder} is written: {_count(len(manifest.files))} files, checksums in {MANIFEST}.")
    _tell_missing(manifest.missing)


@click.command(
    "firm",
    epilog=examples(
        "handwerk import --all firma-2026-11-23",
        "HANDWERK_DATA_DIR=~/neu handwerk import firm firma-2026-11-23",
    ),
)
@click.argument("source", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@as_json_option
@talks_to_a_server
def import_firm(connection: Connection, source: Path, as_json: bool) -> None:
    """Take in a whole firm from DIR (or the tar archive of one), where nobody has worked yet.

    Ids, versions, history, users and their passwords stay as they were; the first admin of the
    new installation is gone. All of it goes in or nothing, after every checksum was looked at.
    The search index is filled afterwards, by a task.
    """
    try:
        with progress("Sending the firm"):
            moved = connection.client.moving.import_firm(_packed(source))
    except OSError as error:
        raise CommandFailed(f"{source} can't be read: {error.strerror}.") from error
    except InvalidInput as error:
        raise CommandFailed(f"{source} is no whole export: {error.detail}.") from error
    if as_json:
        print_json(moved)
        return
    say("The firm has moved in. Its users sign in as before.", style="bold")
    say_table((">Rows", "Table"), ((_count(n), name) for name, n in moved.tables.items() if n))
    say(f"Files of documents: {_count(moved.files)}.")
    _tell_missing(moved.missing)


def _fetched(connection: Connection, tar: Path, part: Path) -> Manifest:
    part.mkdir(mode=0o700, parents=True)
    with progress("Writing the firm"), _private(tar) as file:
        connection.client.moving.export_firm(file)
        file.seek(0)
        archive = Archive(file)
        for name in archive.manifest.files:
            _unpack(part / name, archive.pieces(name))
        _unpack(part / MANIFEST, archive.pieces(MANIFEST))
    return archive.manifest


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def _unpack(path: Path, pieces: Iterator[bytes]) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with _private(path) as file:
        file.writelines(pieces)


def _packed(source: Path) -> Iterator[bytes]:
    """The archive of a folder, or what a file holds, piece by piece."""
    if source.is_file():
        yield from _bytes_of(source)
        return
    if not (source / MANIFEST).is_file():
        raise InvalidInput.of(MANIFEST, "is missing")
    names = [*understood((source / MANIFEST).read_bytes()).files, MANIFEST]
    now = datetime.now(UTC)
    for name in names:
        path = source / name
        if not path.is_file():
            raise InvalidInput.of(name, "is missing")
        size = path.stat().st_size
        yield heading(name, size, now)
        yield from _bytes_of(path)
        yield filling(size)
    yield END


def _bytes_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _tell_missing(missing: list[str]) -> None:
    if missing:
        say(f"The files of {_count(len(missing))} documents were gone already:")
        for name in missing[:20]:
            say(f"  {printable(name)}")


def _count(number: int) -> str:
    return german(f"{number:,}")
