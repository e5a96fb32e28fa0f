"""Running one job: claim it, keep its lease alive, call its handler, note how it ended."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from time import monotonic
from uuid import UUID

import msgspec

from handwerk.domain.jobs.errors import JobInterrupted, LeaseLost, Revoked, Stopping
from handwerk.domain.jobs.model import (
    LEASE,
    Beat,
    CleanUp,
    Handler,
    JobKind,
    Progress,
    Run,
    Status,
    Worker,
)
from handwerk.domain.jobs.outcome import GIVEN_BACK, REVOKED, Outcome, failure, success
from handwerk.domain.jobs.ports import JobStore
from handwerk.domain.jobs.tally import Tallies
from handwerk.domain.jobs.use_cases.cancellation import cancelled
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import HandwerkError, Unavailable
from handwerk.domain.kernel.transaction import Json

Handlers = Mapping[JobKind, Handler]
# In seconds. A checkpoint asks the store at most this often.
ASK_EVERY = 0.5
BEAT_EVERY = LEASE.total_seconds() / 3
SEEN_EVERY = 5.0
# Waits before a claim is tried again: enough for connections that died to be made anew.
_SHORT_PATIENCE = (0.01, 0.05, 0.2, 0.5)
# Waits before noting an outcome is tried again while the store is away; the lease is over then.
_PATIENCE = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)


class Ended(msgspec.Struct, frozen=True):
    """A run that is over. `noted` is false where the job had been taken from this run."""

    run: Run
    outcome: Outcome
    seconds: float
    noted: bool
    error: BaseException | None = None


class RunningJob:
    """The context that a handler is given."""

    def __init__(self, run: Run, store: JobStore, stopping: Callable[[], bool]) -> None:
        self.run = run
        self._store = store
        self._stopping = stopping
        self._progress = Progress()
        self._asked = monotonic()
        self._end: JobInterrupted | None = None
        self._clean_ups: list[CleanUp] = []

    async def progress(self, share: float, word: str | None = None) -> None:
        """Tell people how far the work is (0 to 1); a checkpoint, too."""
        self._progress = Progress.of(share, word)
        await self.checkpoint()

    async def checkpoint(self) -> None:
        """Raise `Revoked`, `Stopping` or `LeaseLost` where the work has to end here."""
        if self._end is None and monotonic() - self._asked >= ASK_EVERY:
            await self._beat()
        if self._end is not None:
            raise self._end
        if self._stopping():
            raise Stopping

    def when_over(self, clean_up: CleanUp) -> None:
        """Have what a repeated run would need removed once the job has succeeded."""
        self._clean_ups.append(clean_up)

    async def clean_up(self) -> None:
        """Do what was asked for by `when_over`. What can't be removed is left behind."""
        for clean_up in self._clean_ups:
            with suppress(HandwerkError, OSError):
                await clean_up()

    async def keep_alive(self) -> None:
        """Renew the lease until cancelled, whatever the handler does."""
        while self._end is None and not cancelled():
            await asyncio.sleep(BEAT_EVERY)
            # Whatever goes wrong with one beat, the next may save the lease.
            with suppress(Exception):
                await self._beat()

    async def _beat(self) -> None:
        self._asked = monotonic()
        # While the store is away the work goes on: what it comes to can be noted later.
        with suppress(Unavailable):
            match await self._store.beat(self.run, self._progress, LEASE):
                case Beat.REVOKED:
                    self._end = Revoked()
                case Beat.LOST:
                    self._end = LeaseLost()
                case Beat.GO_ON:
                    pass


async def run_job(
    job_id: UUID,
    *,
    store: JobStore,
    handlers: Handlers,
    worker: str,
    stopping: Callable[[], bool],
    worked: Callable[[], None] = lambda: None,
) -> Ended | None:
    """Run the job if it waits; `None` if it does not. May be called any number of times for one.

    `worked` is told when nothing is left to do but to note the outcome, so that meanwhile the next
    job can run. `Unavailable` where the store is away: the job is not lost, it will be handed out
    again.
    """
    run = await _claimed(job_id, worker, store)
    if run is None:
        return None
    begun = monotonic()
    context = RunningJob(run, store, stopping)
    with trace.work(f"job {run.kind}", run.traceparent, job=str(run.id), attempt=run.attempts):
        outcome, error = await _worked(context, handlers)
    worked()
    outcome, noted = await _noted(run, outcome, store)
    if noted and outcome.status is Status.SUCCESS:
        await context.clean_up()
    if isinstance(error, asyncio.CancelledError) and cancelled():
        raise error
    return Ended(run, outcome, monotonic() - begun, noted, error)


async def _claimed(job_id: UUID, worker: str, store: JobStore) -> Run | None:
    for wait in _SHORT_PATIENCE:
        try:
            return await store.claim(job_id, worker, LEASE)
        except Unavailable:
            await asyncio.sleep(wait)
    return await store.claim(job_id, worker, LEASE)


async def _worked(context: RunningJob, handlers: Handlers) -> tuple[Outcome, BaseException | None]:
    run = context.run
    kind = _kind_of(run, handlers)
    alive = asyncio.create_task(context.keep_alive())
    try:
        return success(await _within(kind, handlers, context)), None
    except Revoked as error:
        return REVOKED, error
    except (Stopping, LeaseLost) as error:
        return GIVEN_BACK, error
    except asyncio.CancelledError as error:
        if cancelled():
            return GIVEN_BACK, error
        # A handler can raise it of its own, from a future of its own; that is a failure.
        return _failed(error, run, kind)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a handler may raise anything
        return _failed(error, run, kind)
    finally:
        alive.cancel()
        await asyncio.wait({alive})


def _kind_of(run: Run, handlers: Handlers) -> JobKind:
    """The kind of that name, the one of the run's own queue first."""
    named = [kind for kind in handlers if kind.name == run.kind]
    own = [kind for kind in named if kind.queue == run.queue]
    return next(iter(own + named), JobKind(name=run.kind))


async def _within(kind: JobKind, handlers: Handlers, context: RunningJob) -> Json | None:
    handler = handlers.get(kind)
    if handler is None:
        message = f"this worker knows no jobs of the kind '{kind.name}'"
        raise LookupError(message)
    limit = asyncio.timeout(kind.time_limit.total_seconds())
    try:
        async with limit:
            return await handler(context, context.run.payload)
    except TimeoutError as error:
        if limit.expired():
            message = f"took longer than {kind.time_limit}"
            raise TimeoutError(message) from error
        raise


def _failed(error: BaseException, run: Run, kind: JobKind) -> tuple[Outcome, BaseException | None]:
    chance = random.random()  # noqa: S311  # spreads retries, guards nothing
    return failure(error, run, kind, chance), error


async def _noted(run: Run, outcome: Outcome, store: JobStore) -> tuple[Outcome, bool]:
    for wait in _PATIENCE:
        try:
            return outcome, await store.settle(run, outcome)
        except Unavailable:
            await asyncio.sleep(wait)
        except HandwerkError as error:
            # The store refuses the result itself, for example for a NUL in a text.
            outcome = Outcome(Status.FAILURE, error=f"Not kept: {error.detail}")
    return outcome, await store.settle(run, outcome)


async def reclaim(worker: str, store: JobStore) -> None:
    """Queue again at once what a worker left running that is dead for sure."""
    with suppress(Unavailable):  # else its leases end in a moment, and the relay does it
        await store.reclaim_from(worker)
        await store.gone(worker)


@asynccontextmanager
async def at_work(
    worker: Worker,
    *,
    store: JobStore,
    handlers: Handlers,
    stopping: Callable[[], bool],
    report: Callable[[Ended], None],
    seen_every: float = SEEN_EVERY,
) -> AsyncIterator[Callable[[UUID, Callable[[], None]], Awaitable[None]]]:
    """Be seen as `worker`, and answer what runs one job; every run that ends is reported.

    Its second argument is told when only the outcome is left to be noted.

    Jobs that an earlier process of the same name left running are queued again at once.
    """

    async def run(job_id: UUID, worked: Callable[[], None]) -> None:
        ended = await run_job(
            job_id,
            store=store,
            handlers=handlers,
            worker=worker.name,
            stopping=stopping,
            worked=worked,
        )
        if ended is not None:
            _count(ended, tallies)
            report(ended)

    tallies = Tallies()
    await store.reclaim_from(worker.name)
    await store.gone(worker.name)
    await store.seen(worker)
    seen = asyncio.create_task(_stay_seen(worker, store, tallies, seen_every))
    try:
        yield run
    finally:
        seen.cancel()
        # To its end, or a last word of it could make the worker seen once it is gone.
        await asyncio.wait({seen})
        with suppress(Unavailable):
            await _hand_over(tallies, store)
        with suppress(Unavailable):
            await store.gone(worker.name)


async def _stay_seen(worker: Worker, store: JobStore, tallies: Tallies, every: float) -> None:
    while not cancelled():
        await asyncio.sleep(every)
        # Whatever goes wrong, the worker works on and must not vanish from the lists for good.
        with suppress(Exception):
            await store.seen(worker)
            await _hand_over(tallies, store)


def _count(ended: Ended, tallies: Tallies) -> None:
    if ended.noted and ended.outcome.counts:
        tallies.add(ended.run.kind, ended.outcome.status, ended.seconds)


async def _hand_over(tallies: Tallies, store: JobStore) -> None:
    counted = tallies.taken()
    try:
        await store.tally(counted)
    except Exception:
        tallies.put_back(counted)
        raise
