"""Serves an ASGI application on a socket until told to stop."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from litestar.types import ASGIApp

from handwerk.domain.kernel.errors import Unavailable

Ready = Callable[[], Awaitable[None]]
# What is still running after this is cut off when the server stops.
GRACE_SECONDS = 10


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket on that address; `Unavailable` in clear words where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"Can't listen on {host}:{port} ({error.strerror}). "
            "Choose another port, for example: PORT=8001 make run"
        ) from error
    return listener


async def serve(app: ASGIApp, listener: socket.socket, ready: Ready) -> None:
    """Answer requests until SIGINT or SIGTERM; a second signal cuts off what still runs.

    `ready` is awaited once, when the first request can be answered.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, ready)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.told_to_stop)
    # What is loaded by now stays to the end: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    await server.serve([listener])


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn raises them again, and clean-up would not be reached."""

    def __init__(self, config: uvicorn.Config, ready: Ready) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started:
            await self._ready()

    def told_to_stop(self) -> None:
        """Stop gracefully; at the second call, at once."""
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do not touch any signal."""
        yield
