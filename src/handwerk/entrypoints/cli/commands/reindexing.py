"""`handwerk reindex`: bring the search index up to date with the saved projects."""

from typing import Literal

import click

from handwerk.client.answers.search import Reindexed
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say
from handwerk.entrypoints.cli.watching import result


@click.command(
    epilog=examples("handwerk reindex", "handwerk reindex --check", "handwerk reindex --all"),
    short_help="Bring the search index up to date.",
)
@click.option(
    "--changed",
    "mode",
    flag_value="changed",
    default="changed",
    help="What is missing or out of date (this is what happens where nothing is said).",
)
@click.option(
    "--check",
    "mode",
    flag_value="check",
    help="Compare the index with the saved projects, repair it, and tell what was wrong.",
)
@click.option("--all", "mode", flag_value="all", help="Every project anew; takes the longest.")
@as_json_option
@talks_to_a_server
def reindex(
    connection: Connection, mode: Literal["all", "changed", "check"], as_json: bool
) -> None:
    """Bring the search index up to date with the saved projects, while it goes on answering.

    It follows every change by itself, and is checked every night. During a migration to another
    model both of its collections are brought up to date.
    """
    task_id = connection.client.similarity.reindex(mode).task_id
    done = result(connection, task_id, "Bringing the search index up to date", Reindexed)
    if as_json:
        print_json(done)
    else:
        say(_told(done))


def _told(done: Reindexed) -> str:
    if done.projects is None:
        return f"{done.indexed or 0:,} projects were written, {done.removed or 0:,} taken out."
    found = (
        f"Of {done.projects:,} projects {done.missing:,} were missing and {done.changed:,} out of"
        f" date; {done.orphans:,} in the index were none any more."
    )
    if not done.sound:
        return f"{found} The counts still differ, as they do while projects come and go."
    return f"{found} Now the index is sound."
