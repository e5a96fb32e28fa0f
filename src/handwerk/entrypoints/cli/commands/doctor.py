"""`handwerk doctor`: whether the installation is sound, and what to do where it is not."""

import sys

import click

from handwerk.domain.checkup.model import Finding, Level
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say

_MARKS = {Level.ERROR: "error", Level.WARNING: "warning", Level.OK: "ok"}
_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.OK: "green"}


@click.command(
    epilog=examples(
        "handwerk doctor",
        "handwerk doctor --strict",
        "handwerk doctor --json | jq '.findings[] | select(.level != \"ok\")'",
    ),
    short_help="Check the installation, and say what to do.",
)
@click.option("--strict", is_flag=True, help="End with 1 for a warning, too.")
@as_json_option
@talks_to_a_server
def doctor(connection: Connection, strict: bool, as_json: bool) -> None:
    """Check settings, secrets, folders, the database's rights, Redis, the clock and the search.

    The server is asked that runs on the data folder, since it knows its own settings; where none
    runs, it is opened for this command. Ends with 1 where something must not stay as it is.
    """
    answer = connection.client.checkup()
    if as_json:
        print_json(answer.body)
    else:
        for finding in answer.value.findings:
            _tell(finding)
        _sum_up(answer.value.findings)
    worst = {finding.level for finding in answer.value.findings}
    if Level.ERROR in worst or (strict and Level.WARNING in worst):
        sys.exit(1)


def _tell(finding: Finding) -> None:
    say(f"{_MARKS[finding.level]:8} {finding.check}: {finding.told}", _STYLES[finding.level])
    if finding.advice is not None:
        say(f"         → {finding.advice}")


def _sum_up(findings: list[Finding]) -> None:
    counts = [sum(each.level is level for each in findings) for level in _MARKS]
    say(f"{counts[0]} errors, {counts[1]} warnings, {counts[2]} in order.")
