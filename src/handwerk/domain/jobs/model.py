"""Jobs: what is to be done, how often it is tried, and how a run ends."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import InvalidInput, TooLarge
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import JobRequest, Json

# A payload, and a result, is smaller than this; what is larger belongs into a file.
MAX_JSON_BYTES = 10_000_000
MAX_UNIQUE_KEY = 255
MAX_WORD = 200
# A dead worker's job is taken over when its lease ends; the heartbeat renews it three times before.
LEASE = timedelta(seconds=15)
# How many workers may die over a job before it is taken for the cause.
MAX_LOST = 5
# So many tries that did not succeed are remembered of a job, the latest ones.
MAX_HISTORY = 20


class Queue(StrEnum):
    """Lanes that do not wait for one another."""

    INTERACTIVE = "interactive"
    BULK = "bulk"
    DOCUMENTS = "documents"
    TRAINING = "training"


class Status(StrEnum):
    """Where a job stands, in the words of the contract."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    RETRY = "RETRY"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    REVOKED = "REVOKED"

    @property
    def waiting(self) -> bool:
        """Whether the job is yet to run, for the first time or again."""
        return self in {Status.PENDING, Status.RETRY}

    @property
    def finished(self) -> bool:
        """Whether the job will never run again."""
        return self in {Status.SUCCESS, Status.FAILURE, Status.REVOKED}


class JobKind(msgspec.Struct, frozen=True, kw_only=True):
    """One sort of work. `backoff` is the wait after the first failure; each further one doubles it.

    A run that takes longer than `time_limit` is cancelled and counts as failed.
    """

    name: str
    queue: Queue = Queue.INTERACTIVE
    max_attempts: int = 3
    backoff: timedelta = timedelta(seconds=60)
    time_limit: timedelta = timedelta(minutes=10)

    def request(
        self, payload: Json, *, requested_by: UUID | None = None, unique_key: str | None = None
    ) -> JobRequest:
        """Work of this kind; `TooLarge` where the payload is no fit for a table."""
        size = len(msgspec.json.encode(payload))
        if size >= MAX_JSON_BYTES:
            raise TooLarge(f"A job's payload must be smaller than {MAX_JSON_BYTES:,} bytes.")
        if unique_key is not None and not 0 < len(unique_key) <= MAX_UNIQUE_KEY:
            raise InvalidInput.of("unique_key", f"must have 1 to {MAX_UNIQUE_KEY} characters")
        return JobRequest(
            id=new_id(),
            kind=self.name,
            queue=self.queue,
            payload=payload,
            requested_by=requested_by,
            unique_key=unique_key,
            traceparent=trace.current(),
        )

    def wait(self, attempts: int, chance: float) -> timedelta:
        """The time from the failed try number `attempts` to the next.

        `chance` (0 to 1) adds up to a quarter, so that what failed together does not come back
        together.
        """
        doubled: timedelta = self.backoff * 2 ** (attempts - 1)
        return doubled * (1 + chance / 4)


def one_line(text: str, longest: int) -> str:
    """`text` cut to `longest` characters, on one line, free of what PostgreSQL can't keep."""
    clean = text[:longest].replace("\0", "").encode(errors="replace").decode()
    return " ".join(clean.split())


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One try at a job, held by one worker. `worker` and `started_at` tell it from any other."""

    id: UUID
    kind: str
    queue: str
    payload: Json
    attempts: int
    unique_key: str | None
    requested_by: UUID | None
    traceparent: str | None
    worker: str
    started_at: datetime


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """A try at a job that did not succeed. `attempt` counts from 1, anew after a retry by hand."""

    attempt: int
    worker: str | None
    status: Status
    started_at: datetime | None
    ended_at: datetime
    error: str | None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as people see it; its payload stays inside. `progress` runs from 0 to 1.

    `version` grows with all that is to be seen of it. `history` holds the tries that did not
    succeed, the latest last.
    """

    id: UUID
    kind: str
    queue: str
    status: Status
    attempts: int
    progress: float
    progress_word: str | None
    result: Json | None
    error: str | None
    requested_by: UUID | None
    worker: str | None
    created_at: datetime
    run_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    traceparent: str | None = None
    version: int = 0
    history: tuple[Try, ...] = ()

    @property
    def trace_id(self) -> str | None:
        """The trace that it belongs to, for who looks into logs."""
        return trace.trace_id(self.traceparent)

    @property
    def ready(self) -> bool:
        """Whether the job is over."""
        return self.status.finished

    @property
    def successful(self) -> bool:
        """Whether the job did its work."""
        return self.status is Status.SUCCESS


class Progress(msgspec.Struct, frozen=True):
    """How far a run has come: a share from 0 to 1, and a word for people."""

    share: float = 0.0
    word: str | None = None

    @classmethod
    def of(cls, share: float, word: str | None) -> "Progress":
        """`share` kept within 0 and 1, `word` as one storable line."""
        within = min(max(share, 0.0), 1.0) if share == share else 0.0  # noqa: PLR0124  # NaN
        return cls(within, None if word is None else one_line(word, MAX_WORD))


class Beat(StrEnum):
    """What a heartbeat learns."""

    GO_ON = "go on"
    REVOKED = "revoked"
    LOST = "lost"


CleanUp = Callable[[], Awaitable[None]]


class JobContext(Protocol):
    """What a handler is given beside its payload."""

    @property
    def run(self) -> Run:
        """The try that this is."""
        ...

    async def progress(self, share: float, word: str | None = None) -> None:
        """Tell people how far the work is (0 to 1); a checkpoint, too."""
        ...

    async def checkpoint(self) -> None:
        """Raise `Revoked`, `Stopping` or `LeaseLost` where the work has to end here."""
        ...

    def when_over(self, clean_up: CleanUp) -> None:
        """Have what a repeated run would need removed once the job has succeeded.

        Not done where the worker dies at that very moment, so it must be no more than tidying; nor
        after a failure, since the job may be retried by hand.
        """
        ...


# Does the work and answers the job's result. It may run twice and must do no harm by that.
Handler = Callable[[JobContext, Json], Awaitable[Json | None]]


class Lane(msgspec.Struct, frozen=True):
    """Room for jobs of some queues and no others: a job waits only for jobs of its lane.

    `threads` is how many of them are in hand at a time.
    """

    queues: tuple[str, ...]
    threads: int


def lanes(queues: Sequence[str], threads: int) -> list[Lane]:
    """`threads` shared out so that no queue ever waits for another.

    Each queue gets one at least, so there may be more than `threads` of them: most of what they
    serve is done in child processes, for which they only wait. The interactive queue gets half if
    there are enough.
    """
    others = [queue for queue in queues if queue != Queue.INTERACTIVE]
    quick = max(1, min(threads // 2, threads - len(others)) if others else threads)
    left = threads - quick * (len(others) < len(queues))
    shares = {
        queue: max(1, left // len(others) + (place < left % len(others)))
        for place, queue in enumerate(others)
    }
    return [Lane((queue,), shares.get(queue, quick)) for queue in queues]


class Worker(msgspec.Struct, frozen=True):
    """One process that runs jobs. No two that live at the same time share a name."""

    name: str
    queues: tuple[str, ...]
    threads: int


class WorkerSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that was alive a moment ago, and how many jobs it runs."""

    name: str
    queues: tuple[str, ...]
    threads: int
    started_at: datetime
    seen_at: datetime
    running: int


class QueueCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs of a queue wait (in all; for later; given to the broker) and run."""

    waiting: int = 0
    scheduled: int = 0
    reserved: int = 0
    active: int = 0
