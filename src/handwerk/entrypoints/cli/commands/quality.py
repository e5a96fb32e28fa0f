"""`handwerk search-quality`: how well the search answers judged queries."""

from collections.abc import Iterator
from pathlib import Path

import click

from handwerk.client.answers.search import Figures, QualityByLeg, QualityReport
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.judged import judged_queries
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.watching import wait_for_search

COLUMNS = ("Queries", ">Number", "Leg", ">MRR@10", ">nDCG@10", ">hit@10")


@click.command(
    short_help="Measure the search on judged queries.",
    epilog=examples(
        "handwerk search-quality examples/judged_queries.csv",
        "handwerk search-quality examples/judged_queries.csv --use report",
        "handwerk search-quality our_queries.csv --json | jq .overall",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--use", help="Only the rows with this word in the column `use`, such as report.")
@as_json_option
@talks_to_a_server
def search_quality(connection: Connection, file: Path, use: str | None, as_json: bool) -> None:
    """Measure how well the search answers the judged queries in FILE.

    FILE is a table (CSV, UTF-8) with the columns `query`, `relevant` and, if you like, `kind`.
    `relevant` holds the names or ids of the right projects with | between them; a query may also
    have several rows. Printed are MRR, nDCG and the share of hits among the first ten, by words
    alone (lexical), by meaning alone (dense) and by both (hybrid).
    """
    queries = judged_queries(file, use)
    wait_for_search(connection)
    with progress(f"Asking {len(queries)} queries"):
        report = connection.client.similarity.quality(queries)
    if as_json:
        print_json(report)
    else:
        _tell(report)


def _tell(report: QualityReport) -> None:
    model = report.model or "none ready, so there is no dense leg"
    say(f"Embedding model: {model}.")
    rows = list(_rows("all", report.overall))
    for kind, told in report.by_kind.items():
        rows += _rows(kind, told)
    say_table(COLUMNS, rows)
    missed = [one.query for one in report.queries if one.hybrid is None]
    if missed:
        say(f"Not among the first ten: {'; '.join(missed)}.")


def _rows(name: str, told: QualityByLeg) -> Iterator[tuple[str, ...]]:
    legs = (("lexical", told.lexical), ("dense", told.dense), ("hybrid", told.hybrid))
    shown = [(leg, figures) for leg, figures in legs if figures is not None]
    for place, (leg, figures) in enumerate(shown):
        head = (name, str(told.queries)) if place == 0 else ("", "")
        yield (*head, leg, *_numbers(figures))


def _numbers(figures: Figures) -> tuple[str, ...]:
    values = (figures.mrr_at_10, figures.ndcg_at_10, figures.hit_at_10)
    return tuple(f"{value:.3f}" for value in values)
