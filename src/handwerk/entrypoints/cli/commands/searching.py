"""`handwerk search`: past projects that are like a text."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import click

from handwerk.client.answers.search import SimilarProject
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.text import euros
from handwerk.entrypoints.cli.values import DAY
from handwerk.entrypoints.cli.watching import wait_for_search

READY = "ready"


@click.command(
    short_help="Find past projects that are like a text.",
    epilog=examples(
        'handwerk search "Wandschrank aus massiver Eiche"',
        'handwerk search "Treppe mit Edelstahlgeländer" --top-k 10 --type Treppenbau',
        'handwerk search "Sofa neu bezogen" --from 01.01.2024 --finalized',
        'handwerk search "Haustür" --threshold 0 --json',
    ),
)
@click.argument("query")
@click.option("--top-k", type=int, default=5, show_default=True, help="How many, 1 to 100.")
@click.option(
    "--threshold",
    type=float,
    default=0.3,
    show_default=True,
    help="The least similarity, 0 to 1; 0 shows the nearest whatever their similarity.",
)
@click.option("--type", "project_type", help="Only this type, such as Treppenbau.")
@click.option("--region", help="Only this region.")
@click.option("--wood", "wood_type", help="Only this wood, such as Eiche.")
@click.option(
    "--finalized/--not-finalized", "is_finalized", default=None, help="Only (not) closed."
)
@click.option("--from", "from_date", type=DAY, help="Earliest project date: 31.12.2026.")
@click.option("--to", "to_date", type=DAY, help="Latest project date, included.")
@as_json_option
@talks_to_a_server
def search(
    connection: Connection,
    query: str,
    top_k: int,
    threshold: float,
    from_date: date | None,
    to_date: date | None,
    as_json: bool,
    **filters: Any,
) -> None:
    """Find past projects that are like QUERY, by their words and by their meaning."""
    given = filters | {"from_date": from_date, "to_date": to_date}
    asked = {name: value for name, value in given.items() if value is not None}
    wait_for_search(connection)
    with progress("Searching"):
        similarity = connection.client.similarity
        found = similarity.find(query, top_k=top_k, threshold=threshold, **asked)
    if as_json:
        print_json(found)
    elif found.results:
        _tell(found.results)
        if found.degraded:
            click.echo(found.degraded, err=True)
    else:
        _tell_nothing(connection, threshold)


def _tell_nothing(connection: Connection, threshold: float) -> None:
    status = connection.client.similarity.stats().status
    say(f"No project is that similar (at least {threshold:g}). --threshold 0 shows the nearest.")
    if status != READY:
        say(
            f"The search index now: {status}. What was brought in a moment ago is still on its way"
            " into it; search again soon."
        )


def _tell(results: Iterable[SimilarProject]) -> None:
    say_table(
        (
            ">Score",
            "Name",
            "Type",
            ">Price",
            "Why",
        ),
        (_row(project) for project in results),
    )


def _row(project: SimilarProject) -> tuple[str, ...]:
    price = "" if project.final_price is None else euros(project.final_price)
    score = f"{project.similarity_score:.2f}"
    return (score, project.name, project.project_type, price, project.reason)
