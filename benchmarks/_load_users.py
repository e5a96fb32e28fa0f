"""The load generator: a process of its own that reads a plan from stdin and answers its figures.

Each user has a connection that is kept alive, and thinks between two requests. When a request is
due does not depend on when the one before is answered, and its time counts from when it was due:
a server that stalls is charged for everything that would have been asked meanwhile.
"""

import asyncio
import gc
import random
import resource
import sys
from collections import defaultdict, deque
from typing import cast

import msgspec
import uvloop
from benchmarks._load_mix import Asked, Mix, Targets

PATIENCE = 20.0


class Plan(msgspec.Struct, frozen=True):
    """Whom to ask, by how many, how often; times in seconds. Tokens are shared out in turn."""

    host: str
    port: int
    tokens: list[str]
    targets: Targets
    users: int
    think: float
    ramp: float
    seconds: float
    seed: int


class Operation(msgspec.Struct, frozen=True):
    """The times of one operation's answers in milliseconds, and which went wrong how often."""

    times: list[float]
    errors: dict[str, int]


class Measured(msgspec.Struct, frozen=True):
    """What came of it after the ramp; times in milliseconds.

    `late` is how much later than due the generator itself sent, where no earlier answer was in the
    way; `by_second` holds the answers' times by the second in which they were due.
    """

    operations: dict[str, Operation]
    seconds: float
    connecting: list[float]
    reconnected: int
    late: list[float]
    by_second: dict[int, list[float]]


class _Run:
    """What the users share."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.mix = Mix(plan.targets, plan.seed)
        self.random = random.Random(plan.seed)  # noqa: S311  # thinking times
        self.loop = asyncio.get_running_loop()
        self.times: dict[str, list[float]] = defaultdict(list)
        self.errors: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.connecting: list[float] = []
        self.late: list[float] = []
        self.by_second: dict[int, list[float]] = defaultdict(list)
        self.reconnected = 0
        self.begin = self.loop.time()
        self.counts_from = self.begin + plan.ramp
        self.end = self.counts_from + plan.seconds
        self.owed = 0

    def answered(self, asked: Asked, due: float, status: bytes) -> None:
        """Count one answer."""
        now = self.loop.time()
        if int(status) != asked.status:
            self.failed(asked, due, status.decode())
        elif due >= self.counts_from:
            took = (now - due) * 1000
            self.times[asked.operation].append(took)
            self.by_second[int(due - self.begin)].append(took)

    def failed(self, asked: Asked, due: float, why: str) -> None:
        """Count what went wrong, within the ramp too."""
        where = why if due >= self.counts_from else f"{why} in the ramp"
        self.errors[asked.operation][where] += 1


class _User(asyncio.Protocol):
    """One user with one connection."""

    def __init__(self, run: _Run, number: int) -> None:
        self._run = run
        plan = run.plan
        token = plan.tokens[number % len(plan.tokens)]
        self._head = (
            f" HTTP/1.1\r\nHost: {plan.host}:{plan.port}\r\nAccept: application/json\r\n"
            f"User-Agent: handwerk-load\r\nAuthorization: Bearer {token}\r\n"
        )
        self._transport: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._waiting: deque[tuple[Asked, float]] = deque()
        self._out: tuple[Asked, float] | None = None
        self._status = b""
        self._missing = -1
        self._received = b""

    def begin(self, due: float) -> None:
        """Ask for the first time at `due`."""
        self._connect()
        self._run.loop.call_at(due, self._ask, due)

    def _ask(self, due: float) -> None:
        run = self._run
        if due >= run.end:
            return
        following = due + run.plan.think * run.random.uniform(0.5, 1.5)
        run.loop.call_at(following, self._ask, following)
        run.owed += 1
        if self._out is None and self._transport is not None:
            run.late.append((run.loop.time() - due) * 1000)
        self._waiting.append((run.mix.draw(), due))
        self._send()

    def _send(self) -> None:
        if self._out is not None or not self._waiting:
            return
        if self._transport is None:
            self._connect()
            return
        self._out = self._waiting.popleft()
        asked = self._out[0]
        head = f"{asked.method} {asked.path}{self._head}"
        if asked.method != "GET":
            head += f"Content-Type: {asked.content_type}\r\nContent-Length: {len(asked.body)}\r\n"
        self._transport.write(f"{head}\r\n".encode() + asked.body)

    def data_received(self, data: bytes) -> None:
        """Take in as much of an answer as has come."""
        if self._missing < 0:
            self._received += data
            at = self._received.find(b"\r\n\r\n")
            if at < 0:
                return
            head = self._received[:at].lower()
            self._status = head[9:12]
            length = _length(head, self._status)
            self._missing = length - (len(self._received) - at - 4)
            self._received = b""
        else:
            self._missing -= len(data)
        if self._missing <= 0:
            self._done(self._status)

    def _done(self, status: bytes) -> None:
        out, self._out, self._missing = self._out, None, -1
        if out is not None:
            self._run.answered(*out, status)
            self._run.owed -= 1
        self._send()

    def _connect(self) -> None:
        if self._connecting is None:
            self._connecting = self._run.loop.create_task(self._connected())

    async def _connected(self) -> None:
        run, begun = self._run, self._run.loop.time()
        try:
            async with asyncio.timeout(PATIENCE):
                await run.loop.create_connection(lambda: self, run.plan.host, run.plan.port)
        except (OSError, TimeoutError) as error:
            while self._waiting:
                run.failed(*self._waiting.popleft(), f"not connected: {type(error).__name__}")
                run.owed -= 1
        else:
            run.connecting.append((run.loop.time() - begun) * 1000)
        finally:
            self._connecting = None
        self._send()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        """A connection on which nothing was asked may be closed; it is made anew when needed."""
        self._transport, self._missing, self._received = None, -1, b""
        out, self._out = self._out, None
        if out is not None:
            self._run.failed(*out, "connection lost")
            self._run.owed -= 1
        else:
            self._run.reconnected += 1
        self._send()


def _length(head: bytes, status: bytes) -> int:
    if status in {b"204", b"304"}:
        return 0
    at = head.find(b"\r\ncontent-length: ")
    if at < 0:
        raise ValueError(f"an answer without a length: {head!r}")
    return int(head[at + 18 :].split(b"\r\n", 1)[0])


def allow_connections(number: int) -> None:
    """Raise the limit of open files, which is 1,024 on many machines, as far as is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number + 100:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number + 100, hard), hard))


async def _measured(plan: Plan) -> Measured:
    run = _Run(plan)
    for number in range(plan.users):
        user = _User(run, number)
        due = run.begin + plan.ramp * number / plan.users + plan.think * run.random.random()
        run.loop.call_at(due - 0.05, user.begin, due)
    await asyncio.sleep(run.end - run.loop.time())
    given_up = run.loop.time() + PATIENCE
    while run.owed and run.loop.time() < given_up:  # noqa: ASYNC110  # a look now and then will do
        await asyncio.sleep(0.05)
    if run.owed:
        run.errors["all"]["no answer"] = run.owed
    operations = {
        name: Operation(run.times.get(name, []), dict(run.errors.get(name, {})))
        for name in run.times.keys() | run.errors.keys()
    }
    return Measured(
        operations, plan.seconds, run.connecting, run.reconnected, run.late, dict(run.by_second)
    )


if __name__ == "__main__":
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    allow_connections(plan.users)
    gc.disable()  # so that its own pauses are not taken for the server's
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_measured(plan))))
