"""`handwerk export`: projects, materials and prices as a table."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from handwerk.entrypoints.cli.commands.moving import WithAll, export_firm
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.errors import CommandFailed
from handwerk.entrypoints.cli.output import examples, say
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.text import german, printable


@click.group(
    "export",
    cls=WithAll,
    short_help="Take projects or materials out as a table, or all that the firm owns.",
    epilog=examples(
        "handwerk export projects projects.xlsx", "handwerk export --all firma-2026-11-23"
    ),
)
def export_group() -> None:
    """Take projects or materials out as a table that can be imported again.

    --all DIR writes everything that the firm owns (see `handwerk export firm --help`).
    """


export_group.add_command(export_firm)


def _file_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.argument("file", type=click.Path(dir_okay=False, path_type=Path)),
    click.option(
        "--format",
        "kind",
        type=click.Choice(["csv", "xlsx"]),
        help="CSV or XLSX; without it, as the name of FILE ends.",
    ),
    click.option(
        "--language",
        type=click.Choice(["en", "de"]),
        default="de",
        show_default=True,
        help="Headings and, in CSV, numbers and days in German or in English.",
    ),
    click.option("--force", is_flag=True, help="Write over FILE if there is one."),
    click.option("-q", help="Only what holds these words."),
)


@export_group.command(
    epilog=examples(
        "handwerk export projects projects.xlsx",
        "handwerk export projects 2025.csv --from 2025-01-01 --to 2025-12-31 --language en",
    )
)
@_file_options
@click.option("--type", "project_type", help="Only this kind of job.")
@click.option("--region", help="Only of this region.")
@click.option("--wood", "wood_type", help="Only of this wood.")
@click.option("--from", "from_date", metavar="DAY", help="Earliest day of the job.")
@click.option("--to", "to_date", metavar="DAY", help="Latest day of the job.")
@talks_to_a_server
def projects(connection: Connection, file: Path, force: bool, **wish: Any) -> None:
    """Write all projects into FILE, as CSV or XLSX."""
    _take_out(connection.client.projects.export_table, file, force, wish)


@export_group.command(
    epilog=examples(
        "handwerk export materials materials.xlsx",
        "handwerk export materials wood.csv --category Holz",
    )
)
@_file_options
@click.option("--category", help="Only this category.")
@talks_to_a_server
def materials(connection: Connection, file: Path, force: bool, **wish: Any) -> None:
    """Write all materials and their prices into FILE, as CSV or XLSX."""
    _take_out(connection.client.materials.export_table, file, force, wish)


_BY_SUFFIX = {".csv": "csv", ".xlsx": "xlsx", ".txt": "csv", "": "csv"}


def _take_out(export: Callable[..., None], file: Path, force: bool, wish: dict[str, Any]) -> None:
    if file.exists() and not force:
        raise CommandFailed(f"{file} is there already; --force writes over it.")
    kind = wish.pop("kind") or _BY_SUFFIX.get(file.suffix.lower())
    if kind is None:
        raise CommandFailed(f"{file} is to be what? Let it end in .csv or .xlsx, or say --format.")
    wanted = {name: value for name, value in wish.items() if value is not None}
    # Under another name until it is whole: half a table looks like a whole one.
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with progress(f"Writing {printable(file.name)}"), part.open("xb") as out:
            export(out, format=kind, **wanted)
        part.replace(file)
    except OSError as error:
        raise CommandFailed(f"{file} can't be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    size = german(f"{file.stat().st_size:,}")
    say(f"{file} is written: {size} bytes.")
