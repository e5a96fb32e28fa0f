"""The `handwerk` command: the command line, and what runs together in one process."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from socket import socket
from types import FrameType

import click
import uvloop

from handwerk.config import Config, WrongSetting, from_environment
from handwerk.container import Container
from handwerk.domain.identity.use_cases.users import ensure_first_admin
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.settings.use_cases import ensure_settings
from handwerk.entrypoints.cli.main import cli
from handwerk.entrypoints.http.app import create_app
from handwerk.entrypoints.http.server import bound_socket, serve
from handwerk.installation import Installation
from handwerk.running import check_index, connected, load_models, thinking, working


@cli.command("serve")
def serve_command() -> None:
    """Serve HTTP, and work the jobs too unless HANDWERK_REDIS_URL is set."""
    config = from_environment()
    listener = bound_socket(config.host, config.port)
    with _signals_end_the_program(), Installation(config, _tell) as installation:
        uvloop.run(_serve(config, installation, listener))


async def _serve(config: Config, installation: Installation, listener: socket) -> None:
    url = f"http://{config.host}:{listener.getsockname()[1]}"

    async def ready() -> None:
        installation.announce(url)
        _tell(f"Serving on {url} (API documentation: {url}/docs). Ctrl-C stops.")
        # Takes the interpreter for seconds: only now, when the first requests are answered.
        await load_models(container)

    async with AsyncExitStack() as stack:
        container = Container(config=config, places=installation.places)
        await stack.enter_async_context(connected(container))
        await _begin(container)
        await stack.enter_async_context(thinking(container))
        if config.is_embedded:
            await stack.enter_async_context(working(container))
        await serve(create_app(container), listener, ready)


async def _begin(container: Container) -> None:
    """Make the first rows of a new firm, and say who may sign in first."""
    transactions, clock = container.transactions, container.clock()
    await ensure_settings(container.settings(), transactions, clock)
    await check_index(container)
    config = container.config()
    first = await ensure_first_admin(
        config.admin_email,
        config.admin_password,
        users=container.users(),
        transactions=transactions,
        passwords=container.passwords(),
        clock=clock,
    )
    if first is not None and first.password is not None:
        _tell(f"First sign-in, shown this once: {first.email} / {first.password}")


@contextmanager
def _signals_end_the_program() -> Iterator[None]:
    """Let SIGTERM run every clean-up, and no further signal interrupt it."""

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _tell(word: str) -> None:
    click.echo(word, err=True)


def main() -> None:
    """Run the command; what handwerk refuses is told in a sentence, not in a traceback."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("handwerk").setLevel(logging.INFO)
    try:
        cli()
    except (HandwerkError, WrongSetting) as error:
        sys.exit(f"handwerk: {error}")


if __name__ == "__main__":
    main()
