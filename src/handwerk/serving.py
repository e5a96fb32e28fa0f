"""What runs together: the server with or without its jobs, and the workers."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from socket import socket

import click
import msgspec
import uvloop

from handwerk.config import Config, from_environment
from handwerk.container import Container, retention_of, schedules_of
from handwerk.domain.identity.use_cases.erasing import replay_erasures
from handwerk.domain.identity.use_cases.users import ensure_first_admin
from handwerk.domain.pricing.use_cases.warming import warm_up
from handwerk.domain.settings.use_cases import ensure_settings
from handwerk.entrypoints import logs
from handwerk.entrypoints.http.app import create_app
from handwerk.entrypoints.http.server import HttpServer, bound_socket
from handwerk.entrypoints.worker.main import work
from handwerk.installation import Installation
from handwerk.running import (
    QUEUES,
    JobParts,
    beside,
    connected,
    keep_alive,
    sealing,
    shipping,
    think,
    thinking,
    working,
)

_logger = logging.getLogger("handwerk")


@click.command()
def serve() -> None:
    r"""Serve HTTP, and work the jobs too where Redis or the index is embedded.

    \b
    Examples:
      handwerk serve
      PORT=8001 HANDWERK_DATA_DIR=~/firma handwerk serve
    """
    config = from_environment()
    logs.begin(config.log_lines)
    _refuse_wrong(config)
    tell = _teller(config)
    listener = bound_socket(config.host, config.port)
    url = f"http://{config.host}:{listener.getsockname()[1]}"
    with Installation(config, tell) as installation:

        def ready(server: HttpServer) -> None:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, server.stop)
            installation.announce(url)
            tell(f"Serving on {url} (API documentation: {url}/docs). Ctrl-C stops.")

        try:
            uvloop.run(_serve(config, installation, listener, ready))
        finally:
            # The children are stopped now; a further signal must not leave them behind.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)


@click.command()
@click.option("--queues", default=",".join(QUEUES), show_default=True, help="Which jobs to work.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--threads",
    default=4,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Of each process; every queue gets one at least.",
)
def worker(queues: str, processes: int, threads: int) -> None:
    r"""Work jobs in processes of their own, beside servers that share PostgreSQL and Redis.

    \b
    Examples:
      handwerk worker
      handwerk worker --queues bulk,training --processes 2 --threads 1
    """
    config = from_environment()
    logs.begin(config.log_lines)
    chosen = [queue for queue in QUEUES if queue in queues.split(",")]
    if not chosen:
        raise click.BadParameter(f"must be among: {', '.join(QUEUES)}", param_hint="--queues")
    _refuse_wrong(config)
    if config.works_jobs:
        raise click.UsageError(
            "Without HANDWERK_REDIS_URL and HANDWERK_QDRANT_URL the serving process works the "
            "jobs itself: `handwerk serve` is enough."
        )
    with Installation(config, _teller(config)) as installation:
        build = partial(JobParts, config, installation.places)
        begin = partial(logs.begin, config.log_lines)
        work(build, queues=chosen, processes=processes, threads=threads, begin=begin)


def _refuse_wrong(config: Config) -> None:
    """`WrongSetting` for a wrong schedule, time zone or period, before anything starts."""
    schedules_of(config)
    retention_of(config)


@contextmanager
def open_here(config: Config) -> Iterator[tuple[str, str]]:
    """Serve the data folder in this process until left; answers the address and a token."""
    _refuse_wrong(config)
    config = msgspec.structs.replace(config, drain_seconds=0.0)
    listener = bound_socket("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with Installation(config, _tell) as installation, ThreadPoolExecutor(1) as thread:
        ready: Future[HttpServer] = Future()
        serving = thread.submit(
            uvloop.run, _serve(config, installation, listener, ready.set_result)
        )
        serving.add_done_callback(partial(_tell_failure, ready))
        server = ready.result()
        try:
            yield url, installation.places.local_token
        finally:
            server.stop()
            serving.result()


def _tell_failure(ready: Future[HttpServer], serving: Future[None]) -> None:
    if not ready.done():
        ready.set_exception(serving.exception() or RuntimeError("the server did not start"))


async def _serve(
    config: Config,
    installation: Installation,
    listener: socket,
    ready: Callable[[HttpServer], None],
) -> None:
    async with AsyncExitStack() as stack:
        container = Container(config=config, places=installation.places)
        await stack.enter_async_context(beside(keep_alive(installation.revive)))
        await stack.enter_async_context(connected(container))
        await _begin(container)
        await stack.enter_async_context(sealing(container))
        await stack.enter_async_context(thinking(container))
        if config.works_jobs:
            await stack.enter_async_context(working(container))
            await stack.enter_async_context(shipping(container))

        async def answering() -> None:
            ready(server)
            # Takes the interpreter for seconds: only now, when first requests are answered.
            await stack.enter_async_context(beside(think(container)))
            models, predictor = container.models(), container.predictor()
            await stack.enter_async_context(beside(warm_up(models=models, predictor=predictor)))

        app = create_app(container)
        end, drain = container.following().end, config.drain_seconds
        server = HttpServer(app, answering, end, leaving=app.leave, drain=drain)
        await server.run_on(listener)


async def _begin(container: Container) -> None:
    """Make the first rows of a new firm, and say who may sign in first."""
    transactions, clock = container.transactions, container.clock()
    await container.users().seal_all()
    again = await replay_erasures(transactions=transactions, listed=container.erasures())
    if again:
        _teller(container.config())(
            f"Erased again, since an older backup had brought them back: {again} persons."
        )
    await ensure_settings(container.settings(), transactions, clock)
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
        # Never in a log: it is for whoever sits before the first start.
        _tell(f"First sign-in, shown this once: {first.email} / {first.password}")


def _teller(config: Config) -> Callable[[str], None]:
    """How a start tells what it does: in the log where that is JSON, for all lines to be alike."""
    return _logger.info if config.log_lines == "json" else _tell


def _tell(word: str) -> None:
    click.echo(word, err=True)
