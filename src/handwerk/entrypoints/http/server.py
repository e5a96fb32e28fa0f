"""Serves an ASGI application on a socket until told to stop."""

import contextlib
import gc
import resource
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from time import monotonic

import uvicorn
from litestar.types import ASGIApp

from handwerk.domain.kernel.errors import Unavailable
from handwerk.entrypoints.http.connection import Connection

# What is still running after this is cut off when the server stops.
GRACE_SECONDS = 10

# Of a thousand requests at a time nearly all objects still live: looked at after each 700 new ones,
# as by default, they cost an eighth of the processor and pauses of 60 ms.
COLLECT_AFTER = (20_000, 20, 10)
# Threads of jobs and of prices share the interpreter with the answers. In seconds, how long one of
# them keeps it that has something to work out: by default 0.005, and so long waits every request.
SWITCH_EVERY = 0.0005
# In seconds. People pause between two requests, and who has a connection need not make a new one.
IDLE = 75
# Each connection is an open file, and many machines allow 1,024 unless asked for more.
MOST_FILES = 65_536


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


class HttpServer(uvicorn.Server):
    """Answers requests until `stop`.

    `ready` is awaited once, when the first can be answered; `ending` is called when it begins to
    stop, to end answers that would go on for long.

    Where `drain` is not 0, `leaving` is called at `stop`, to tell that no more is wanted here; for
    so many seconds whatever comes all the same is answered, until balancers have noticed.

    It leaves signals to its owner: uvicorn raises them again, and clean-up would not be reached.
    """

    def __init__(
        self,
        app: ASGIApp,
        ready: Callable[[], Awaitable[None]],
        ending: Callable[[], None] = lambda: None,
        *,
        leaving: Callable[[], None] = lambda: None,
        drain: float = 0.0,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=IDLE,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._ready = ready
        self._ending = ending
        self._leaving = leaving
        self._drain = drain
        self._ends_at: float | None = None

    async def run_on(self, listener: socket.socket) -> None:
        """Serve to the end."""
        # What is loaded by now stays to the end: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        sys.setswitchinterval(SWITCH_EVERY)
        _allow_many_connections()
        await self.serve([listener])

    def stop(self) -> None:
        """Take leave, finish what runs, then stop; each further call skips what goes on then."""
        if self._drain and self._ends_at is None:
            self._ends_at = monotonic() + self._drain
            self._leaving()
            return
        self.force_exit = self.should_exit
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to stop."""
        is_over = self._ends_at is not None and monotonic() >= self._ends_at
        return await super().on_tick(counter) or is_over

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started:
            await self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Have what runs end, and wait for it."""
        self._ending()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do not touch any signal."""
        yield


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
