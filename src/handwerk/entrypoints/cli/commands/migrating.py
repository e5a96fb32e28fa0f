"""`handwerk migrate-from`: over from the original, with ids and files."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from handwerk.client import Refused
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.moving.legacy.model import (
    Kind,
    LegacyRecord,
    LegacyRow,
    Outcome,
    shown,
)
from handwerk.domain.moving.legacy.ports import Original, Unread
from handwerk.domain.moving.legacy.reading import NO_ID, as_id, as_moment
from handwerk.domain.moving.legacy.walking import (
    DOCUMENT,
    DOCUMENT_COLUMNS,
    ROWS,
    SOURCES,
    Source,
    key_of,
    records_of,
)
from handwerk.domain.tables.language import Language, Said
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.errors import CommandFailed
from handwerk.entrypoints.cli.legacy_report import Report, Telling
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.surroundings import Surroundings
from handwerk.entrypoints.cli.text import german, printable
from handwerk.entrypoints.cli.watching import finish_here

SHOWN_FINDINGS = 50
# In bytes: what the server takes at once is a little more.
LARGEST_BATCH = 4_000_000
LARGEST_RECORD = 3_000_000
STORAGE = "documents_storage/"

_NOT_THERE = Said("{} is missing in this database.", "{} fehlt in dieser Datenbank.")
_NO_COLUMNS = Said("{} has no column {}.", "{} hat keine Spalte {}.")
_HOW = Said(
    "Complexity 1, 2, 3 became 1, 3, 5. Times were taken as UTC. Projects are made findable anew.",
    "Komplexität 1, 2, 3 wurde zu 1, 3, 5. Zeiten gelten als UTC. Die Suche wird neu aufgebaut.",
)
_ORPHAN = Said(
    "belongs to nothing that is in the file: left out", "gehört zu nichts in der Datei: weggelassen"
)
_SURPLUS = Said(
    "one record has too many of these: left out", "zu viele zu einem Datensatz: weggelassen"
)
_TOO_LARGE = Said("is too large: left out", "ist zu groß: weggelassen")
_NO_FILES = Said(
    "Documents stay behind: say --files and the folder where they lie.",
    "Dokumente bleiben zurück: --files und ihren Ordner angeben.",
)
_OUTSIDE = Said("leads out of the folder: left out", "führt aus dem Ordner hinaus: weggelassen")
_GONE = Said("the file is gone: left out", "die Datei ist weg: weggelassen")
_SAME = Said(
    "holds the same bytes as document {}: left out",
    "hat denselben Inhalt wie Dokument {}: weggelassen",
)
_REFUSED = Said("left out: {}", "weggelassen: {}")
_SHALL_REFUSE = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


@click.command(
    "migrate-from",
    short_help="Move over from the original: its database and its documents.",
    epilog=examples(
        "handwerk migrate-from db.sqlite3 --files documents_storage/ --dry-run",
        "handwerk migrate-from db.sqlite3 --files documents_storage/",
        "handwerk migrate-from db.sqlite3 --language de --json > report.json",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--files",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the documents' files.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option(
    "--settings", "all_settings", is_flag=True, help="Take settings that were changed here, too."
)
@click.option(
    "--all-findings", is_flag=True, help=f"Tell all, not only the first {SHOWN_FINDINGS}."
)
@click.option(
    "--language",
    type=click.Choice(["en", "de"]),
    default="en",
    show_default=True,
    help="In which language rows are told.",
)
@as_json_option
@talks_to_a_server
@click.pass_obj
def migrate_from(
    surroundings: Surroundings,
    /,
    connection: Connection,
    file: Path,
    folder: Path | None,
    as_json: bool,
    all_findings: bool,
    **wish: object,
) -> None:
    """Move over from the original: FILE is its db.sqlite3, which is only read.

    What is sound comes along under its old id, so that links go on working; what is not is told
    row by row. It can be run again: what is here already stays as it is. Settings replace
    defaults, not what was changed here. Needs the right to manage users.
    """
    if surroundings.original is None:
        raise CommandFailed("There is nothing here that reads the original's database.")
    telling = Telling(dry_run=bool(wish["dry_run"]), language=Language(str(wish["language"])))
    try:
        with surroundings.original(file) as original, progress("Moving over"):
            move = _Move(connection, original, telling, all_settings=bool(wish["all_settings"]))
            for source in SOURCES:
                move.table(source)
            move.documents(folder)
    except InvalidInput as error:
        raise CommandFailed(f"{printable(file.name)}: {error.detail}.") from error
    telling.note(_HOW)
    if as_json:
        print_json(telling.report)
    else:
        _tell(telling.report, all_findings=all_findings)
    if not telling.report.dry_run:
        finish_here(connection)


class _Move:
    """Sends the original's rows, and remembers which came along."""

    def __init__(
        self, connection: Connection, original: Original, telling: Telling, *, all_settings: bool
    ) -> None:
        self._client = connection.client
        self._original = original
        self._telling = telling
        self._all_settings = all_settings
        self._came: set[str] = set()

    def table(self, source: Source) -> None:
        """Send all rows of a table, with those that belong to them."""
        self._note_what_lacks(source)
        for batch in self._batches(source):
            self._send(source, batch)

    def documents(self, folder: Path | None) -> None:
        """Send all documents whose file is there."""
        self._note_columns(DOCUMENT, DOCUMENT_COLUMNS)
        try:
            rows = self._original.rows(DOCUMENT, DOCUMENT_COLUMNS, "id")
            if folder is None:
                if next(rows, None) is not None:
                    self._telling.note(_NO_FILES)
                return
            for row in rows:
                self._document(row, folder.resolve())
        except Unread as unread:
            self._told_unread(DOCUMENT, unread.said)

    def _batches(self, source: Source) -> Iterator[list[LegacyRecord]]:
        batch: list[LegacyRecord] = []
        rows = size = 0
        for met in records_of(source, self._original, self._told_unread):
            self._leave_out(source, met.orphans, _ORPHAN)
            self._leave_out(source, met.surplus, _SURPLUS)
            if met.record is None:
                continue
            bytes_of = len(msgspec.json.encode(met.record))
            if bytes_of > LARGEST_RECORD:
                self._telling.leave_out(source.table, shown(met.record.row.get("id")), _TOO_LARGE)
                self._leave_out(source, met.record.parts, _TOO_LARGE)
                continue
            batch.append(met.record)
            rows, size = rows + 1 + len(met.record.parts), size + bytes_of
            if rows >= ROWS or size + LARGEST_RECORD > LARGEST_BATCH:
                yield batch
                batch, rows, size = [], 0, 0
        if batch:
            yield batch

    def _send(self, source: Source, records: list[LegacyRecord]) -> None:
        dry_run = self._telling.report.dry_run
        batch: dict[str, Any] = {
            "kind": source.kind,
            "records": records,
            "dry_run": dry_run,
            "all_settings": self._all_settings,
            "assumed": self._assumed(records) if dry_run else [],
        }
        answer = self._client.moving.take_over(language=self._telling.language, **batch)
        parts = source.parts.table if source.parts else None
        self._telling.fates(source.table, parts, answer.fates)
        self._telling.find(*answer.findings)
        if source.kind is Kind.MATERIALS:
            self._came |= {
                key_of(record.row.get("id"))
                for record, fate in zip(records, answer.fates, strict=True)
                if fate.record != Outcome.LEFT_OUT
            }

    def _assumed(self, records: list[LegacyRecord]) -> list[UUID]:
        named = {key_of(part.get("material_id")) for each in records for part in each.parts}
        return [found for key in sorted(named & self._came) if (found := as_id(key))]

    def _leave_out(self, source: Source, rows: list[LegacyRow], said: Said) -> None:
        if source.parts is not None:
            for row in rows:
                value = shown(row.get(source.parts.by))
                name = shown(row.get("id"))
                self._telling.leave_out(source.parts.table, name, said, source.parts.by, value)

    def _document(self, row: LegacyRow, folder: Path) -> None:
        name, place = shown(row.get("id")), str(row.get("file_path") or "")
        document_id = as_id(row.get("id"))
        if document_id is None:
            self._telling.leave_out(DOCUMENT, name, NO_ID, "id", name)
            return
        found = _found(folder, place)
        if isinstance(found, Said):
            self._telling.leave_out(DOCUMENT, name, found, "file_path", shown(place))
            return
        if self._telling.report.dry_run:
            is_there = self._has(document_id)
            self._telling.count(DOCUMENT, Outcome.UNCHANGED if is_there else Outcome.CREATED)
            return
        self._upload(row, found, str(document_id))

    def _has(self, document_id: UUID) -> bool:
        try:
            self._client.documents.get(document_id)
        except Refused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise
            return False
        return True

    def _upload(self, row: LegacyRow, file: Path, document_id: str) -> None:
        project = as_id(row.get("project_id"))
        written = as_moment(row.get("created_at") or "")
        try:
            moved = self._client.moving.take_over_document(
                file,
                document_id=document_id,
                created_at=written,
                project_id=project,
                name=printable(str(row.get("filename") or file.name)),
            )
        except OSError:
            self._telling.leave_out(DOCUMENT, document_id, _GONE, "file_path", shown(file.name))
        except Refused as refused:
            if refused.status not in _SHALL_REFUSE:
                raise
            said = _filled(_REFUSED, refused.detail)
            self._telling.leave_out(DOCUMENT, document_id, said, "file_path", shown(file.name))
        else:
            if moved.same_as is not None:
                said = _filled(_SAME, str(moved.same_as))
                self._telling.leave_out(DOCUMENT, document_id, said)
            else:
                self._telling.count(DOCUMENT, moved.outcome)

    def _note_what_lacks(self, source: Source) -> None:
        self._note_columns(source.table, source.columns)
        if source.parts is not None:
            self._note_columns(source.parts.table, source.parts.columns)

    def _note_columns(self, table: str, wanted: Sequence[str]) -> None:
        try:
            there = self._original.columns(table)
        except Unread:
            return  # told where its rows are asked for
        if not there:
            self._telling.note(_filled(_NOT_THERE, table))
            return
        lacking = [name for name in wanted if name not in there]
        if lacking:
            self._telling.note(_filled(_NO_COLUMNS, table, ", ".join(lacking)))

    def _told_unread(self, table: str, said: Said) -> None:
        self._telling.note(Said(f"{table} {said.en}.", f"{table} {said.de}."))


def _filled(said: Said, *words: str) -> Said:
    return Said(said.en.format(*words), said.de.format(*words))


def _found(folder: Path, place: str) -> Path | Said:
    """The file that a row names, or why it is none."""
    named = place.replace("\\", "/").strip()
    if not named or "\0" in named:
        return _GONE
    try:
        for way in (named, named.removeprefix(STORAGE)):
            file = (folder / way).resolve()
            if not file.is_relative_to(folder):
                return _OUTSIDE
            if file.is_file():
                return file
    except (OSError, ValueError, RuntimeError):
        return _GONE
    return _GONE


def _tell(report: Report, *, all_findings: bool) -> None:
    if report.dry_run:
        say("Dry run: nothing was written. The same move would do this:")
    say_table(
        ("Table", ">Read", ">New", ">Unchanged", ">Left out"),
        (
            (table, *map(_count, (c.read, c.created, c.unchanged, c.left_out)))
            for table, c in report.tables.items()
        ),
    )
    for note in report.notes:
        say(note)
    findings = report.findings if all_findings else report.findings[:SHOWN_FINDINGS]
    if findings:
        say_table(
            ("Table", "Id", "Column", "Value", "What was done"),
            ((f.table, f.id, f.column, f.value, f.message) for f in findings),
        )
    hidden = len(report.findings) - len(findings)
    if hidden:
        say(f"… and {_count(hidden)} more; --all-findings tells them.")
    if report.findings_omitted:
        say(f"… and {_count(report.findings_omitted)} more that are only counted.")


def _count(number: int) -> str:
    return german(f"{number:,}")
