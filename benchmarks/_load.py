"""The load generator: a process of its own that reads a plan from stdin and answers its figures.

Each connection is kept alive and has one request on its way (closed loop, no pipelining). Parsing
is no more than is needed to find an answer's end, so that the server is what is measured.
"""

import asyncio
import itertools
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
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def call(self) -> None:
        """Send the next request."""
        assert self._transport is not None
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
        head = self._received[:head_end].lower()
        start = head.index(b"content-length: ") + 16
        end = head.find(b"\r\n", start)
        return int(head[start : end if end >= 0 else head_end])

    def _answered(self, status: bytes) -> None:
        run = self._run
        run.waiting -= 1
        run.answers += 1
        self._received = b""
        if status != run.expected:
            run.wrong += 1
        elif run.is_measured:
            run.times.append(perf_counter() - self._sent_at)
        if not run.is_over:
            self.call()
        elif run.waiting == 0:
            run.all_answered.set()

    def connection_lost(self, _: Exception | None) -> None:
        """Count it, unless it is we who hang up: what was asked there stays without an answer."""
        if not self._run.is_over:
            self._run.wrong += 1

    def hang_up(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.abort()


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
    for caller in callers:
        caller.hang_up()
    return _figures(run, seconds, refused + run.wrong + unanswered)


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
    """The smallest value that at least that part of all do not exceed (nearest rank)."""
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


if __name__ == "__main__":
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_measured(plan))))
