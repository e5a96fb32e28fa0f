"""`handwerk train`: learn prices, and say honestly how good that is."""

import click

from handwerk.client.answers.pricing import FootingReport, Score, Slice, TrainingReport
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.text import day, percent
from handwerk.entrypoints.cli.watching import result

FOOTINGS = {
    "calculated_price": "Jobs with the firm's own calculation",
    "hours_and_material": "Jobs with hours and material",
    "hours": "Jobs with hours",
    "area": "Jobs with an area alone",
}
CONTENDERS = {
    "calculation": "calculation alone",
    "firm_factor": "calculation, times firm factor",
    "model": "learned model",
    "median_price_per_sqm": "median price per m²",
}
ON_AREAS = {"firm_factor": "price per m² of the type"}
COLUMNS = (
    "Way of pricing",
    ">Jobs",
    ">Mean error",
    ">Median error",
    ">Within 20 %",
    "",
)


@click.command(
    epilog=examples("handwerk train", "handwerk train --json | jq .sentences"),
    short_help="Learn prices from finished projects.",
)
@as_json_option
@talks_to_a_server
def train(connection: Connection, as_json: bool) -> None:
    """Learn prices from finished projects, and print the back-test.

    Every past job is asked about as if it were new, knowing only the jobs before it. The way of
    pricing that was nearest to the truth answers from now on. Where there is too little to learn
    from, the report says so and nothing changes.
    """
    task_id = connection.client.models.train().task_id
    report = result(connection, task_id, "Learning from finished projects", TrainingReport)
    if as_json:
        print_json(report)
    else:
        _tell(report)


def _tell(report: TrainingReport) -> None:
    say(_headline(report), style="bold")
    for footing in report.footings:
        if footing.scores:
            _tell_footing(footing, report.nominal_coverage)
    say("")
    for suspicion in report.suspicions:
        say(f"Left out: project {suspicion.project_id}: {suspicion.reason}")
    for sentence in report.sentences:
        say(sentence)


def _headline(report: TrainingReport) -> str:
    if report.first_day is None or report.last_day is None:
        return "There are no finished jobs to learn from."
    span = f"{day(report.first_day)} to {day(report.last_day)}"
    version = f", model {report.version}" if report.version else ""
    return f"Back-test over {report.jobs} finished jobs, {span}{version}"


def _tell_footing(footing: FootingReport, nominal: float | None) -> None:
    say("")
    say(FOOTINGS.get(footing.footing, footing.footing))
    say_table(COLUMNS, (_row(footing, score) for score in footing.scores))
    coverage = footing.coverage
    if coverage is not None:
        built = f", built to hold {percent(nominal, 0)}" if nominal is not None else ""
        held = f"{percent(coverage.share)} of {coverage.jobs} prices"
        say(f"  The range held {held}{built}.")
    for told, parts in (
        ("by type", footing.by_type),
        ("by size", footing.by_size),
        ("by year", footing.by_year),
    ):
        if len(parts) > 1:
            say(f"  Mean error {told}: {', '.join(map(_slice, parts))}")


def _slice(part: Slice) -> str:
    return f"{part.name} {percent(part.mape)} ({part.jobs})"


def _row(footing: FootingReport, score: Score) -> tuple[str, ...]:
    names = CONTENDERS | (ON_AREAS if footing.footing == "area" else {})
    return (
        names.get(score.contender, score.contender),
        str(score.jobs),
        percent(score.mape),
        percent(score.median_ape),
        percent(score.within_20_percent),
        "answers from now on" if score.contender == footing.chosen else "",
    )
