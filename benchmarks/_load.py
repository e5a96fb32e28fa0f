"""The load generator: a process of its own that reads a plan from stdin and answers its figures.

Each connection is kept alive and has one request on its way (closed loop, no pipelining). Parsing
is no more than is needed to find an answer's end, so that the server is what is measured.
"""

import asyncio
import itertools
import resource
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import cast

import msgspec
import uvloop

# How long connecting may take, and how long the last answers may be waited for.
PATIENCE = 20.0


class Plan(msgspec.Struct, frozen=True):
    """What to send. `requests` are whole HTTP/1.1 requests, sent round and round."""

    port: int
    connections: int
    warm_seconds: float
    seconds: float
    requests: list[bytes]
    status: int


class Figures(msgspec.Struct, frozen=True):
    """What came back within the measured seconds; times in milliseconds.

    `all_answers` and `errors` (wrong statuses, lost connections, lost answers) count over the whole
    run, before and after the measured seconds too.
    """

    per_second: float
    p50: float
    p95: float
    p99: float
    answers: int
    all_answers: int
    errors: int


class _Run:
    """What the connections share."""

    def __init__(self, plan: Plan) -> None:
        self.requests: Iterator[bytes] = itertools.cycle(plan.requests)
        self.expected = str(plan.status).encode()
        self.times: list[float] = []
        self.is_measured = False
        self.is_over = False
        self.answers = 0
        self.wrong = 0
        self.waiting = 0
        self.all_answered = asyncio.Event()


class _Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._sent_at: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def call(self) -> None:
        """Send the next request."""
        if self._transport is not None and not self._transport.is_closing():
            self._run.waiting += 1
            self._sent_at = perf_counter()
            self._transport.write(next(self._run.requests))

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0 or len(self._received) < head_end + 4 + self._length(head_end):
            return
        self._answered(self._received[9:12])

    def _length(self, head_end: int) -> int:
        head = self._received[:head_end].lower() + b"\r\n"
        start = head.find(b"content-length: ")
        return int(head[start + 16 : head.index(b"\r\n", start)]) if start >= 0 else 0

    def _answered(self, status: bytes) -> None:
        run, sent_at = self._run, self._sent_at
        self._received = b""
        if status != run.expected or sent_at is None:
            run.wrong += 1
        elif run.is_measured:
            run.times.append(perf_counter() - sent_at)
        run.answers += 1
        self._settle()
        if not run.is_over:
            self.call()

    def _settle(self) -> None:
        if self._sent_at is not None:
            self._sent_at = None
            self._run.waiting -= 1
            if self._run.is_over and self._run.waiting == 0:
                self._run.all_answered.set()

    def connection_lost(self, _: Exception | None) -> None:
        """Count it, unless it is we who hung up with nothing to wait for."""
        if not self._run.is_over or self._sent_at is not None:
            self._run.wrong += 1
        self._settle()

    def hang_up(self) -> None:
        """Close the connection."""
        self._sent_at = None
        if self._transport is not None:
            self._transport.abort()


def allow_connections(number: int) -> None:
    """Raise the limit of open files, which is 1,024 on many machines, as far as is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + 100
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


async def _measured(plan: Plan) -> Figures:
    run = _Run(plan)
    callers, refused = await _connected(plan, run)
    for caller in callers:
        caller.call()
    await asyncio.sleep(plan.warm_seconds)
    run.is_measured = True
    started = perf_counter()
    await asyncio.sleep(plan.seconds)
    run.is_measured = False
    seconds = perf_counter() - started
    run.is_over = True
    unanswered = await _unanswered(run)
    errors = refused + run.wrong + unanswered
    for caller in callers:
        caller.hang_up()
    return _figures(run, seconds, errors)


async def _connected(plan: Plan, run: _Run) -> tuple[list[_Caller], int]:
    """The connections that came about, and how many did not."""
    loop = asyncio.get_running_loop()
    tries = [
        asyncio.wait_for(
            loop.create_connection(lambda: _Caller(run), "127.0.0.1", plan.port), PATIENCE
        )
        for _ in range(plan.connections)
    ]
    made = await asyncio.gather(*tries, return_exceptions=True)
    callers = [each[1] for each in made if not isinstance(each, BaseException)]
    return callers, plan.connections - len(callers)


async def _unanswered(run: _Run) -> int:
    if run.waiting:
        try:
            await asyncio.wait_for(run.all_answered.wait(), PATIENCE)
        except TimeoutError:
            return run.waiting
    return 0


def _figures(run: _Run, seconds: float, errors: int) -> Figures:
    times = sorted(run.times)
    p50, p95, p99 = (_quantile(times, part) * 1000 for part in (0.50, 0.95, 0.99))
    return Figures(len(times) / seconds, p50, p95, p99, len(times), run.answers, errors)


def _quantile(ordered: list[float], part: float) -> float:
    """The value that this part of all do not exceed (nearest rank); 0 of none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


if __name__ == "__main__":
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    allow_connections(plan.connections)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_measured(plan))))
