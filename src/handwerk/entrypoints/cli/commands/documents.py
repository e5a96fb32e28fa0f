"""`handwerk documents`: offers and invoices, kept, read and found again."""

import hashlib
import html
import re
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import click
import msgspec

from handwerk.client import Client, Refused
from handwerk.client.answers.documents import Feature
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.errors import CommandFailed
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.progress import Bar, progress
from handwerk.entrypoints.cli.text import printable

ENDINGS = frozenset({".pdf", ".docx", ".jpg", ".jpeg", ".png", ".txt", ".xml"})
MOST = 200
# Seconds between two looks at a document.
PAUSE = 0.5
_MARK = re.compile(r"</?mark>")

_document = click.argument("document", type=click.UUID)
_project = click.option("--project", type=click.UUID, help="The project that they belong to.")


class Brought(msgspec.Struct):
    """What became of the files that were to come in."""

    new: int = 0
    known: int = 0
    failed: int = 0
    errors: list[str] = msgspec.field(default_factory=list)


class _Way(NamedTuple):
    client: Client
    bar: Bar
    sleep: Callable[[float], None]
    project_id: str | None


@click.group(short_help="Keep, read and find offers and invoices.")
def documents() -> None:
    """Offers, invoices and letters: kept as files, read by text layer or OCR, found again."""


@documents.command(
    "import",
    epilog=examples(
        "handwerk documents import ~/Angebote",
        "handwerk documents import angebot.pdf rechnung.jpg --project 0199f1a2-7b1e-7c4e-9d7a-…",
        "handwerk documents import ~/Archiv --no-wait --json",
    ),
)
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH…"
)
@_project
@click.option("--wait/--no-wait", default=True, help="Wait until what came in is read.")
@as_json_option
@talks_to_a_server
def import_documents(
    connection: Connection, paths: Sequence[Path], project: UUID | None, wait: bool, as_json: bool
) -> None:
    """Bring in files, and all files of folders, that are PDF, DOCX, JPG, PNG, TXT or XML.

    It can be stopped at any time and run again: what the server has already, by its content, is
    not sent a second time. A file that is refused does not keep the others from coming in.
    """
    files = list(_files(paths))
    if not files:
        raise CommandFailed("There is no PDF, DOCX, JPG, PNG, TXT or XML file.")
    done = Brought()
    project_id = None if project is None else str(project)
    with progress("Bringing documents in") as bar:
        way = _Way(connection.client, bar, connection.sleep, project_id)
        made = list(_brought(files, way, done))
        # Where this process is the server, nobody would read them after it.
        if wait or connection.here:
            bar.now("Reading documents")
            _read(made, way, done)
    if as_json:
        print_json(done)
    else:
        say(f"{done.new:,} came in, {done.known:,} were there already, {done.failed:,} failed.")
    if done.failed:
        raise click.exceptions.Exit(1)


@documents.command(
    "list",
    epilog=examples(
        "handwerk documents list", "handwerk documents list --status failed --limit 20"
    ),
)
@click.option(
    "--status", type=click.Choice(["pending", "processing", "completed", "failed"]), help="Only so."
)
@_project
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True)
@as_json_option
@talks_to_a_server
def list_documents(
    connection: Connection, status: str | None, project: UUID | None, limit: int, as_json: bool
) -> None:
    """List documents, newest first."""
    given = {"status": status, "project_id": project, "limit": limit}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    found = connection.client.documents.page(**wanted).items
    if as_json:
        print_json(found)
        return
    rows = [
        (one.id, one.filename, one.status, str(one.page_count or ""), one.error or "")
        for one in found
    ]
    say_table(("Id", "File", "Status", ">Pages", "Why"), rows)


@documents.command(epilog=examples("handwerk documents show 0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a"))
@_document
@as_json_option
@talks_to_a_server
def show(connection: Connection, document: UUID, as_json: bool) -> None:
    """Show DOCUMENT and what was read in it: from which words, and how surely."""
    told = connection.client.documents.get(document)
    if as_json:
        print_json(told)
        return
    say(told.filename, style="bold")
    say(f"{told.status}, {told.page_count or 0} pages, {told.size_bytes:,} bytes")
    for line in [told.error or "", *told.notes]:
        if line:
            say(line, style="red")
    say_table(("Fact", "Value", ">Sure", ">Page", "Words"), map(_row, told.extracted_features))


@documents.command(
    epilog=examples(
        'handwerk documents search "Wangentreppe Eiche"',
        'handwerk documents search "Angebot Maier" --limit 3 --json',
    )
)
@click.argument("query")
@_project
@click.option("--limit", type=click.IntRange(1, MOST), default=10, show_default=True)
@as_json_option
@talks_to_a_server
def search(
    connection: Connection, query: str, project: UUID | None, limit: int, as_json: bool
) -> None:
    """Find documents that say something like QUERY, and the page where they do."""
    found = connection.client.documents.search(query, limit=limit, project_id=project)
    if as_json:
        print_json(found)
        return
    if not found.results:
        say("No document says that.")
        return
    rows = [
        (f"{one.score:.2f}", one.filename, str(one.page), _plain(one.snippet), one.id)
        for one in found.results
    ]
    say_table((">Score", "File", ">Page", "Words", "Id"), rows)
    say(f"{found.total_count:,} in all.")


@documents.command(
    epilog=examples("handwerk documents delete 0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a")
)
@_document
@talks_to_a_server
def delete(connection: Connection, document: UUID) -> None:
    """Put DOCUMENT into the bin, out of which it can be restored for 30 days."""
    connection.client.documents.delete(document)
    say(f"It lies in the bin; back with: handwerk documents restore {document}")


@documents.command(
    epilog=examples("handwerk documents restore 0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a")
)
@_document
@talks_to_a_server
def restore(connection: Connection, document: UUID) -> None:
    """Bring DOCUMENT back from the bin."""
    say(f"{connection.client.documents.restore(document).filename} is back.")


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files themselves, and those of folders that can be read and are not hidden."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.is_file() and not hidden and file.suffix.lower() in ENDINGS:
                yield file


def _brought(files: Sequence[Path], way: _Way, done: Brought) -> Iterator[str]:
    """Send what is not there yet; the ids of the new documents."""
    for place, file in enumerate(files):

        def told(share: float, place: int = place, file: Path = file) -> None:
            way.bar.tell((place + share) / len(files), file.name)

        told(0.0)
        try:
            if (made := _one(file, way, told, done)) is not None:
                yield made
        except (Refused, OSError) as error:
            done.failed += 1
            reason = error.detail if isinstance(error, Refused) else error.strerror
            done.errors.append(f"{file}: {reason}")
            way.bar.say(done.errors[-1])
            if isinstance(error, Refused) and error.status in _FOR_ALL:
                raise


# What is said to one file will be said to all.
_FOR_ALL = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.INSUFFICIENT_STORAGE}
)


def _one(file: Path, way: _Way, told: Callable[[float], None], done: Brought) -> str | None:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    documents = way.client.documents
    known = documents.page(sha256=digest).items
    if known:
        done.known += 1
        if way.project_id not in {None, known[0].project_id}:
            documents.link(known[0].id, way.project_id)
        return None
    document, is_new = documents.upload(
        file, project_id=way.project_id, name=printable(file.name), told=told
    )
    done.new += is_new
    done.known += not is_new
    return document.id if is_new else None


def _read(made: Sequence[str], way: _Way, done: Brought) -> None:
    """Wait until every one of `made` is read, and tell those of which nothing could be."""
    for place, document_id in enumerate(made):
        while not (one := way.client.documents.get(document_id)).is_read:
            way.bar.tell(place / len(made), one.filename)
            way.sleep(PAUSE)
        if one.status == "failed":
            done.failed += 1
            done.errors.append(f"{one.filename}: {one.error}")
            way.bar.say(done.errors[-1])


def _row(feature: Feature) -> tuple[str, ...]:
    value = " ".join(filter(None, (str(feature.value), feature.unit)))
    sure = f"{feature.confidence:.0%}"
    return feature.name, value, sure, str(feature.page), feature.words


def _plain(snippet: str) -> str:
    return html.unescape(_MARK.sub("", snippet))
