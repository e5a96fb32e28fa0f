"""`handwerk smoke`: whether every operation of a running server answers as it should."""

import sys
import time

import click

from handwerk.entrypoints.cli.connection import checked_token, checked_url
from handwerk.entrypoints.cli.errors import CommandFailed
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.smoke.going import smoke as go
from handwerk.entrypoints.cli.smoke.walking import Report, Touch
from handwerk.entrypoints.cli.surroundings import Surroundings


@click.command(
    short_help="Touch every operation of a running server, and say what fails.",
    epilog=examples(
        "handwerk smoke",
        "handwerk smoke https://handwerk.example --email chefin@firma.de",
        "handwerk smoke https://handwerk.example --token … --json | jq .ok",
    ),
)
@click.argument("url", required=False, callback=checked_url)
@click.option(
    "--token",
    envvar="HANDWERK_TOKEN",
    show_envvar=True,
    callback=checked_token,
    help="An access token or an API key.",
)
@click.option("--email", help="Sign in as this user; asks for the password.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
)
@as_json_option
@click.pass_obj
def smoke(
    surroundings: Surroundings,
    /,
    url: str | None,
    token: str | None,
    email: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Touch every operation of the server at URL (else the one on the data folder).

    A project, a material and a document are made, used and removed again, with a mark in their
    names. What can't be undone, or concerns the whole firm or oneself, is asked for in a way that
    is refused, and so changes nothing. What stays behind is said. Any role will do: what is
    refused to it is held against what the server's own document says. Ends with 1 where an
    operation does not answer as that document says.
    """
    place, token = _place(surroundings, url, token, email)
    signing = None if email is None else {"email": email, "password": _password(password_stdin)}
    begun = time.perf_counter()
    with progress("Touching every operation"):
        report = go(place, token=token, password=signing)
    if as_json:
        print_json(report)
    else:
        _tell(report, time.perf_counter() - begun)
    if not report.ok:
        raise click.exceptions.Exit(1)


def _place(
    surroundings: Surroundings, url: str | None, token: str | None, email: str | None
) -> tuple[str, str | None]:
    if url is not None:
        if token is None and email is None:
            raise click.UsageError("Say who asks: --token, or --email.")
        return url, token
    found = surroundings.find_server()
    if found is None:
        raise CommandFailed("No server runs on the data folder: start it, or say its URL.")
    local, own = found
    return local, token or (own if email is None else None)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, err=True)
    return asked


def _tell(report: Report, seconds: float) -> None:
    for touch in report.touches:
        _tell_touch(touch)
    for name in report.untouched:
        say(f"?         {name}: this handwerk does not know it", "yellow")
    broken = sum(not touch.ok for touch in report.touches)
    refused = sum(touch.refused for touch in report.touches)
    well = len(report.touches) - broken
    less = f" ({refused} of them refused to the role, as documented)" if refused else ""
    say(
        f"{len(report.touches)} operations in {seconds:.1f} s as {report.role}: {well} in order"
        f"{less}, {broken} broken.",
        "bold green" if report.ok else "bold red",
    )
    for line in report.left:
        say(f"Left behind: {line}.")


def _tell_touch(touch: Touch) -> None:
    mark = "✓" if touch.ok else "✗"
    told = f": {touch.told}" if touch.told else ""
    say(f"{mark} {touch.ms:6.0f} ms {touch.operation}{told}", "" if touch.ok else "bold red")
