"""`handwerk user`: who can sign in."""

import sys

import click

from handwerk.domain.identity.permissions import Role
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say

ROLES = [role.value for role in Role if role is not Role.ANONYMOUS]


def _password(_: click.Context, __: click.Parameter, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


@click.group(short_help="Manage who can sign in.")
def user() -> None:
    """Manage who can sign in."""


@user.command(
    epilog=examples(
        'handwerk user add --email anna@firma.de --name "Anna Schreiner" --role manager',
        "pass show handwerk | handwerk user add --email it@firma.de --name IT \\",
        "    --role viewer --password-stdin",
    )
)
@click.option("--email", required=True, help="The e-mail address to sign in with.")
@click.option("--name", required=True, help="First and last name.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person may do.")
@click.option(
    "--password-stdin",
    "password",
    is_flag=True,
    callback=_password,
    help="Read the password from the first line of stdin.",
)
@as_json_option
@talks_to_a_server
def add(
    connection: Connection, email: str, name: str, role: str, password: str, as_json: bool
) -> None:
    """Let somebody sign in; asks for a password of 12 to 256 characters."""
    sent = {"email": email, "name": name, "role": role, "password": password}
    answer = connection.client.add_user(sent)
    if as_json:
        print_json(answer.body)
    else:
        say(f"{answer.value.name} <{answer.value.email}> can sign in as {answer.value.role} now.")
