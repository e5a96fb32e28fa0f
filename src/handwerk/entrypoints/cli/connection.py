"""Which server a command talks to, and the options that say so."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import click

from handwerk.client import Client, ClientError, Refused
from handwerk.domain.kernel.errors import Unavailable
from handwerk.entrypoints.cli.errors import failed
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.surroundings import Address, Surroundings
from handwerk.entrypoints.cli.text import printable

# A server that owns the folder and has not told its address yet is waited for.
STARTING_SECONDS = 10
_LOOKS_PER_SECOND = 2
_API = "/api/v1"


class Connection(NamedTuple):
    """A server to talk to. `here` says that this very process is it, for as long as it lasts."""

    client: Client
    here: bool
    sleep: Callable[[float], None]


def talks_to_a_server(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` a connection as its first argument, and the options --url and --token."""

    @click.option(
        "--url",
        envvar="HANDWERK_URL",
        show_envvar=True,
        callback=checked_url,
        help="The server's address; without it, the server on the data folder.",
    )
    @click.option(
        "--token",
        envvar="HANDWERK_TOKEN",
        show_envvar=True,
        callback=checked_token,
        help="The access token of your sign-in.",
    )
    @click.pass_obj
    @wraps(command)
    def connected_command(
        surroundings: Surroundings, /, *, url: str | None, token: str | None, **given: Any
    ) -> None:
        try:
            with _connected(surroundings, url, token) as connection:
                command(connection, **given)
        except ClientError as error:
            raise failed(error) from error

    return connected_command


class _Place(NamedTuple):
    url: str
    token: str | None = None
    here: bool = False


@contextmanager
def _connected(
    surroundings: Surroundings, url: str | None, token: str | None
) -> Iterator[Connection]:
    with ExitStack() as stack:
        place = _Place(url) if url else _local(surroundings, stack)
        client = Client(
            place.url,
            token=token or place.token,
            direct=url is None,
            waits=_say_the_pause,
            sleep=surroundings.sleep,
        )
        yield Connection(stack.enter_context(client), place.here, surroundings.sleep)


def _say_the_pause(refused: Refused, pause: int) -> None:
    click.echo(f"{printable(refused.detail)} Asking again in {pause} seconds.", err=True)


def _local(surroundings: Surroundings, stack: ExitStack) -> _Place:
    found = surroundings.find_server()
    if found is not None:
        return _Place(*found)
    click.echo("No server runs on the data folder; it is opened for this command.", err=True)
    try:
        return _Place(*stack.enter_context(surroundings.open_here()), here=True)
    except Unavailable as error:
        starting = _starting(surroundings, error)
        if starting is None:
            raise
        return _Place(*starting)


def _starting(surroundings: Surroundings, why: Unavailable) -> Address | None:
    """The server that owns the folder, once it tells its address; `None` if it does not soon."""
    with progress("Waiting for a server that may be starting") as bar:
        bar.say(f"{why.detail} Waiting a moment, in case that is a server which is starting.")
        for _ in range(STARTING_SECONDS * _LOOKS_PER_SECOND):
            found = surroundings.find_server()
            if found is not None:
                return found
            surroundings.sleep(1 / _LOOKS_PER_SECOND)
    return None


def checked_url(_: click.Context, __: click.Parameter, url: str | None) -> str | None:
    """A server's address without its end; an error of use where it can't be one."""
    if url is None:
        return None
    if not _is_address(url):
        raise click.BadParameter("must be an address such as https://handwerk.example:8000")
    return url.rstrip("/").removesuffix(_API).rstrip("/")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return named and plain and not parts.query and not parts.fragment and not parts.username


def checked_token(_: click.Context, __: click.Parameter, token: str | None) -> str | None:
    """A token that a header can hold."""
    token = (token or "").strip()
    if not token.isascii() or not token.isprintable():
        raise click.BadParameter("holds characters that no token has")
    return token or None
