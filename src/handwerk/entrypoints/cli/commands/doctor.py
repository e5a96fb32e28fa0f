"""`handwerk doctor`: whether the installation is sound, and what to do where it is not."""

import sys

import click

from handwerk.client.answers.firm import CheckupFinding
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say

_STYLES = {"error": "bold red", "warning": "yellow", "ok": "green"}


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
    checkup = connection.client.installation.checkup()
    if as_json:
        print_json(checkup)
    else:
        for finding in checkup.findings:
            _tell(finding)
        _sum_up(checkup.findings)
    levels = {finding.level for finding in checkup.findings}
    if "error" in levels or (strict and "warning" in levels):
        sys.exit(1)


def _tell(finding: CheckupFinding) -> None:
    say(f"{finding.level:8} {finding.check}: {finding.told}", _STYLES.get(finding.level, ""))
    if finding.advice is not None:
        say(f"         → {finding.advice}")


def _sum_up(findings: list[CheckupFinding]) -> None:
    counts = [sum(each.level == level for each in findings) for level in _STYLES]
    say(f"{counts[0]} errors, {counts[1]} warnings, {counts[2]} in order.")
