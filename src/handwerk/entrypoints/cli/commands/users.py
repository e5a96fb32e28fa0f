"""`handwerk user`: who can sign in."""

import sys
from typing import cast

import click

from handwerk.client.inputs import Role as RoleName
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
    known = cast("RoleName", role)
    added = connection.client.users.create(email=email, name=name, role=known, password=password)
    if as_json:
        print_json(added)
    else:
        say(f"{added.name} <{added.email}> can sign in as {added.role} now.")
