"""`handwerk models`: which price models there are, which one answers, and taking one back."""

import click

from handwerk.client.answers.pricing import Registered
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.text import day

SHOWN = 20


@click.group(
    epilog=examples("handwerk models list", "handwerk models activate 20261123-164000-5f0c2b"),
    short_help="List price models, and choose which one answers.",
)
def models() -> None:
    """List price models, and choose which one answers."""


@models.command("list", epilog=examples("handwerk models list", "handwerk models list --json"))
@as_json_option
@talks_to_a_server
def list_models(connection: Connection, as_json: bool) -> None:
    """List the newest models; the one that answers is marked."""
    found = connection.client.models.page(limit=SHOWN).items
    if as_json:
        print_json(found)
    elif found:
        say_table(("Version", "Trained", ">Jobs", ""), (_row(each) for each in found))
    else:
        say("Nothing was learned yet: `handwerk train` learns from finished projects.")


@models.command(epilog=examples("handwerk models activate 20261123-164000-5f0c2b"))
@click.argument("version")
@as_json_option
@talks_to_a_server
def activate(connection: Connection, version: str, as_json: bool) -> None:
    """Have the model of that VERSION answer from now on, such as the one before (roll back)."""
    activated = connection.client.models.activate(version)
    if as_json:
        print_json(activated)
    else:
        say(f"From now on {activated.version} answers.")


def _row(model: Registered) -> tuple[str, ...]:
    jobs = "" if model.report is None else str(model.report.jobs)
    state = "answers" if model.is_active else "" if model.is_readable else "can't be read any more"
    return model.version, day(model.trained_at.date()), jobs, state
