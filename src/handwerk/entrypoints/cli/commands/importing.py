"""`handwerk import`: past work, materials and prices from tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from handwerk.client import ImportRefused, NoAnswer
from handwerk.client.answers.tables import ImportReport, RowError
from handwerk.client.groups.tables import OnError
from handwerk.domain.tables.language import Language
from handwerk.entrypoints.cli.commands.moving import ALL, WithAll, import_firm
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.errors import CommandFailed, no_answer
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.recognising import recognised
from handwerk.entrypoints.cli.surroundings import Surroundings
from handwerk.entrypoints.cli.text import german, printable
from handwerk.entrypoints.cli.watching import finish_here, result

SHOWN_ERRORS = 50
# Bytes whose way over any network is not worth a line.
SOON_SENT = 1_000_000
COLUMNS = """\b
Columns, in any order; the first two are needed:
  name               Bezeichnung
  project_type       Projektart
  description        Beschreibung
  region             Region
  wood_type          Holzart
  total_area_sqm     Fläche, m²
  complexity         Komplexität, 1 to 5
  labor_hours        Stunden, as planned
  material_cost      Materialkosten, € net, as planned
  calculated_price   Kalkulation, € net
  final_price        Endpreis, € net
  project_date       Datum
  is_finalized       Abgeschlossen: yes or no; only these teach prices
"""


MATERIAL_COLUMNS = """\b
Columns of materials, in any order; the first three are needed:
  name          Bezeichnung
  category      Kategorie, Warengruppe
  unit          Einheit
  datanorm_id   Artikelnummer
  price         Preis, € net for one unit
  region        Region; nationwide where it is missing
  valid_from    gültig ab; today where it is missing
  valid_to      gültig bis; until further notice where it is missing
A table with a price and material_id, datanorm_id or name is one of prices alone.
"""


class _FileFirst(WithAll):
    """A group whose first word may be a file: what is in it is found out then."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and ALL not in args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["table", *args]
        return super().parse_args(ctx, args)


@click.group(
    "import",
    cls=_FileFirst,
    short_help="Bring in past work, materials and prices from tables.",
    epilog=examples(
        "handwerk import jobs.xlsx --dry-run",
        "handwerk import prices.csv",
        "handwerk import projects jobs.csv --on-error skip",
        "handwerk import --all firma-2026-11-23",
    ),
)
def import_group() -> None:
    """Bring in past work, materials and prices from tables.

    FILE alone will do: its heading says what it is a table of. --all DIR takes in a whole firm
    that another handwerk has written out (see `handwerk import firm --help`).
    """


import_group.add_command(import_firm)


def _table_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing."),
    click.option(
        "--on-error",
        type=click.Choice(["abort", "skip"]),
        default="abort",
        show_default=True,
        help="Where a row is bad: create nothing at all, or leave out that row.",
    ),
    click.option(
        "--all-errors", is_flag=True, help=f"Name every bad row, not only the first {SHOWN_ERRORS}."
    ),
    click.option(
        "--language",
        type=click.Choice(["en", "de"]),
        default="en",
        show_default=True,
        help="In which language bad rows are told.",
    ),
)


@import_group.command(
    "table",
    epilog=examples(
        "handwerk import jobs.xlsx",
        "handwerk import table jobs.xlsx --kind projects",
    ),
)
@_table_options
@click.option(
    "--kind", type=click.Choice(["projects", "materials", "prices"]), help="What FILE tells of."
)
@as_json_option
@click.pass_context
def table(context: click.Context, /, file: Path, kind: str | None, **wishes: Any) -> None:
    """Bring in FILE, a table (CSV or XLSX) with a heading that says what it tells of."""
    found = kind or _recognised(context, file, wishes["language"])
    context.invoke(projects if found == "projects" else materials, file=file, **wishes)


@import_group.command(
    epilog=f"{COLUMNS}\n"
    + examples(
        "handwerk import projects jobs.csv --dry-run",
        "handwerk import projects jobs.xlsx",
        "handwerk import projects jobs.csv --on-error skip --json > report.json",
    )
)
@_table_options
@as_json_option
@talks_to_a_server
def projects(connection: Connection, as_json: bool, all_errors: bool, **wish: Any) -> None:
    """Bring in past projects from FILE, a table (CSV or XLSX) with a heading.

    Numbers and dates may be written as in German or in English. A row that is there already
    (same name, type, date and final price) is left unchanged, so that an import can be run again.
    """
    _bring_in(connection, _Wish("projects", **wish), as_json, all_errors)


@import_group.command(
    epilog=f"{MATERIAL_COLUMNS}\n"
    + examples(
        "handwerk import materials list.xlsx --dry-run",
        "handwerk import materials prices.csv --language de",
    )
)
@_table_options
@as_json_option
@talks_to_a_server
def materials(connection: Connection, as_json: bool, all_errors: bool, **wish: Any) -> None:
    """Bring in materials, or prices of materials, from FILE (CSV or XLSX) with a heading."""
    _bring_in(connection, _Wish("materials", **wish), as_json, all_errors)


class _Wish(NamedTuple):
    kind: str
    file: Path
    dry_run: bool
    on_error: OnError
    language: str


def _recognised(context: click.Context, file: Path, language: str) -> str:
    surroundings = context.find_object(Surroundings)
    if surroundings is None or surroundings.workbooks is None:
        raise click.UsageError("Say --kind projects or --kind materials.")
    return recognised(file, Language(language), surroundings.workbooks())


def _bring_in(connection: Connection, wish: _Wish, as_json: bool, all_errors: bool) -> None:
    if not wish.file.is_file():
        raise click.BadParameter("is not a regular file", param_hint="FILE")
    try:
        report = _imported(connection, wish)
    except NoAnswer as error:
        raise _Interrupted(error) from error
    if as_json:
        print_json(report)
    else:
        _tell(report, wish.dry_run, wish.on_error, all_errors)
    if report.created and not wish.dry_run:
        finish_here(connection)
    if wish.on_error == "abort" and not report.is_sound:
        raise click.exceptions.Exit(1)


class _Interrupted(CommandFailed):
    """The server went away while it had the table."""

    def __init__(self, error: NoAnswer) -> None:
        super().__init__(
            f"{no_answer(error)}\nWhat the server acknowledged is safe. Run the same import again:"
            " rows that are there already are unchanged."
        )


def _imported(connection: Connection, wish: _Wish) -> ImportReport:
    file = wish.file
    group = connection.client.projects if wish.kind == "projects" else connection.client.materials
    is_soon_sent = file.stat().st_size < SOON_SENT
    with progress(f"Sending {printable(file.name)}") as bar:

        def told(share: float) -> None:
            if share == 1:
                bar.now("The server reads the rows")
            elif not is_soon_sent:
                bar.tell(share)

        try:
            answer = group.import_table(
                file,
                dry_run=wish.dry_run,
                on_error=wish.on_error,
                language=wish.language,
                name=printable(file.name),
                told=told,
            )
        except ImportRefused as refused:
            return refused.report
    if isinstance(answer, ImportReport):
        return answer
    return result(connection, answer.task_id, "Importing", ImportReport)


def _tell(report: ImportReport, dry_run: bool, on_error: str, all_errors: bool) -> None:
    if dry_run:
        say("Dry run: nothing was written. The same import would do this:")
    if report.rows:
        say(_counts(report), style="bold")
    for note in report.notes:
        say(note)
    if report.is_sound:
        return
    shown = report.errors if all_errors else report.errors[:SHOWN_ERRORS]
    _tell_errors(shown)
    _tell_hidden(len(report.errors) - len(shown), report.errors_omitted)
    say(_advice(report, on_error))


def _counts(report: ImportReport) -> str:
    counts = {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": report.failed,
    }
    told = [
        f"{_whole(count)} {name}" for name, count in counts.items() if count or name != "updated"
    ]
    return f"{_whole(report.rows)} rows read: {', '.join(told)}."


def _tell_errors(errors: list[RowError]) -> None:
    say_table(
        (">Row", "Column", "Value", "What is wrong"),
        ((str(e.row), e.column or "", e.value or "", e.message) for e in errors),
    )


def _tell_hidden(cut: int, omitted: int) -> None:
    if cut:
        say(f"… and {_whole(cut)} more; --all-errors names them.")
    if omitted:
        say(f"… and {_whole(omitted)} more that the server counted, but did not keep.")


def _advice(report: ImportReport, on_error: str) -> str:
    if on_error == "skip" and report.created + report.unchanged + report.updated:
        return (
            "The rows above were left out. Correct them in the file and import it again: rows that"
            " are there already are unchanged."
        )
    if not report.failed or on_error == "skip":
        return "Nothing was imported. Correct the table and import it again."
    return (
        "Nothing was imported. Correct these rows and import again,"
        " or keep the good ones with --on-error skip."
    )


def _whole(count: int) -> str:
    return german(f"{count:,}")
