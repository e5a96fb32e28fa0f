"""`handwerk audit`: who changed what, and the proof that nothing of it was changed since."""

from datetime import UTC, datetime
from typing import Any

import click

from handwerk.client.answers.audit import HistoryEntry, Verdict
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table


@click.group(short_help="Show who changed what, and prove that nothing was changed since.")
def audit() -> None:
    """Show who changed what, and prove that nothing of it was changed since."""


@audit.command(
    "list",
    epilog=examples(
        "handwerk audit list",
        "handwerk audit list --table project --action delete --limit 100",
        "handwerk audit list --record 0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a --json",
        "handwerk audit list --from 2026-01-01 --to 2026-03-31",
    ),
)
@click.option("--table", help="Only this kind of record: project, material, user_account …")
@click.option("--record", type=click.UUID, help="Only this record.")
@click.option("--actor", type=click.UUID, help="Only what this user did.")
@click.option("--action", help="Only this: create, update, delete, finalize …")
@click.option("--from", "from_at", type=click.DateTime(), help="The earliest moment, in UTC.")
@click.option("--to", "to_at", type=click.DateTime(), help="The latest moment, in UTC.")
@click.option(
    "--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="How many."
)
@as_json_option
@talks_to_a_server
def list_events(connection: Connection, limit: int, as_json: bool, **wanted: Any) -> None:
    """List who changed what, newest first."""
    names = {"record": "record_id", "actor": "actor_id", "from_at": "from_date", "to_at": "to_date"}
    asked = {names.get(name, name): _in_utc(value) for name, value in wanted.items() if value}
    found = connection.client.audit.page(limit=limit, **asked).items
    if as_json:
        print_json(found)
        return
    columns = (">No.", "When (UTC)", "Who", "Did", "Record")
    say_table(columns, [_row(entry) for entry in found])


@audit.command(
    epilog=examples(
        "handwerk audit verify",
        "handwerk audit verify --head 1842:9f86d081…   # as `audit head` told it then",
        "handwerk audit verify --json",
    )
)
@click.option("--head", help="An end of the chain that was noted earlier; the chain must hold it.")
@as_json_option
@talks_to_a_server
def verify(connection: Connection, head: str | None, as_json: bool) -> None:
    """Prove the whole history; ends with 1 where something was changed, and names the first."""
    verdict = connection.client.audit.verify(head)
    if as_json:
        print_json(verdict)
    else:
        _tell(verdict)
    if not verdict.valid:
        raise click.exceptions.Exit(1)


@audit.command(epilog=examples("handwerk audit head >> /mnt/elsewhere/history-heads.txt"))
@as_json_option
@talks_to_a_server
def head(connection: Connection, as_json: bool) -> None:
    """Print where the chain ends. Kept elsewhere, it proves later all that was before it."""
    end = connection.client.audit.head()
    if as_json:
        print_json(end)
    else:
        click.echo(end.head or "nothing is sealed yet")


def _tell(verdict: Verdict) -> None:
    waiting = f", {verdict.unsealed:,} wait for their seal" if verdict.unsealed else ""
    error = verdict.first_error
    if error is None:
        say(f"The history is whole: {verdict.checked:,} entries proved{waiting}.", "green")
        return
    say(f"The history was changed. {verdict.checked:,} entries are whole, then:", "bold red")
    said = {
        "place": error.place,
        "entry": error.entry_id,
        "table": error.table,
        "record": error.record_id,
    }
    say(f"{error.kind}: {error.detail}")
    say_table(("", ""), [(name, str(value)) for name, value in said.items() if value is not None])


def _row(entry: HistoryEntry) -> tuple[str, ...]:
    who = entry.actor_id or "handwerk"
    at = entry.at.astimezone(UTC)
    return (
        f"{entry.id:,}",
        f"{at:%Y-%m-%d %H:%M:%S}",
        who,
        entry.action,
        f"{entry.table} {entry.record_id}",
    )


def _in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
