"""Works jobs in this process: Dramatiq's threads wait for ids, one event loop does the work.

One thread for each lane, however wide that is: it hands an id to the loop and goes on with the next
where the lane has room. A thread that waited for each job would wake five times a second for
nothing, and take the interpreter for each job that ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from functools import partial
from threading import Event, Semaphore, Thread
from time import monotonic
from uuid import UUID

import dramatiq

from handwerk.adapters.dramatiq import layout
from handwerk.adapters.dramatiq.queues import Queues
from handwerk.domain.jobs.model import Lane
from handwerk.domain.kernel.errors import Unavailable

# Its second argument is told when nothing is left of the job but to note its outcome.
RunJob = Callable[[UUID, Callable[[], None]], Awaitable[None]]
# Given whether the worker is stopping; opens what jobs need, on the loop that uses it.
OpenRunner = Callable[[Callable[[], bool]], AbstractAsyncContextManager[RunJob]]

# In milliseconds: how often an idle thread looks whether it shall end.
_IDLE = 200
# In seconds.
_HEARING = 2.0
_SETTLE = 10.0
# So many jobs of a lane are in hand at first, and one more with each that has ended: a job that
# kills its process, over and over, must not take all others with it each time.
_AT_FIRST = 4
# So many outcomes may be on their way to the disk while others take their room; if the process dies
# just then, these run again.
_UNSETTLED = 64


class DramatiqWorker:
    """Runs the jobs of its lanes from `start` to `stop`. One per process.

    `stop` asks running jobs to end at their next checkpoint, waits `grace` for them, then cancels
    what is left; either way they give their job back. A part of them that sits in C code can't be
    cancelled and is left behind.
    """

    def __init__(
        self,
        redis_url: str,
        lanes: Sequence[Lane],
        open_runner: OpenRunner,
        namespace: str = layout.NAMESPACE,
    ) -> None:
        self._loop = _JobLoop(open_runner)
        self._brokers = [
            Queues(redis_url, lane.queues, namespace, width=lane.threads) for lane in lanes
        ]
        self._workers = []
        for broker, lane in zip(self._brokers, lanes, strict=True):
            declare = dramatiq.actor(
                actor_name=layout.ACTOR, queue_name=lane.queues[0], broker=broker
            )
            declare(partial(self._loop.run_job, _Room(lane.threads)))
            worker = dramatiq.Worker(broker, worker_timeout=_IDLE, worker_threads=1)
            self._workers.append(worker)

    def start(self) -> None:
        """Open what jobs need, then begin to work; raises what opening raises."""
        self._loop.open()
        for broker, worker in zip(self._brokers, self._workers, strict=True):
            broker.start()
            worker.start()

    def stop(self, grace: timedelta = timedelta(seconds=10)) -> None:
        """Finish or give back what runs, then close everything. Call it from no event loop."""
        self._loop.stopping.set()
        until = monotonic() + grace.total_seconds()
        wait = int(grace.total_seconds() * 1000)
        with ThreadPoolExecutor(len(self._workers)) as pool:
            list(pool.map(lambda worker: worker.stop(timeout=wait), self._workers))
        for broker in self._brokers:
            broker.close()
        self._loop.close(max(0.0, until - monotonic()))


class _JobLoop:
    """A thread with the event loop on which all jobs of this process run."""

    def __init__(self, open_runner: OpenRunner) -> None:
        self.stopping = Event()
        self._open_runner = open_runner
        self._opened: Future[RunJob] = Future()
        self._thread = Thread(target=self._main, name="handwerk-jobs", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self._grace = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._settling: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Start the loop and open what jobs need on it."""
        self._thread.start()
        self._opened.result()

    def run_job(self, room: "_Room", job_id: str) -> None:
        """The actor: have the job run on the loop, once there is room for it."""
        while not self.stopping.is_set():
            if room.taken(_IDLE / 1000):
                self._loop.call_soon_threadsafe(self._begin, UUID(job_id), room)
                return

    def close(self, grace: float) -> None:
        """Let what runs end within `grace` seconds, cancel the rest, close all, end the loop."""
        self._grace = grace
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(grace + _SETTLE)

    def _main(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        try:
            async with self._open_runner(self.stopping.is_set) as run:
                self._opened.set_result(run)
                await self._over.wait()
                await self._finish()
        except BaseException as error:
            # Whatever it is: who waits in `open` must hear of it.
            if self._opened.done():
                raise
            self._opened.set_exception(error)

    def _begin(self, job_id: UUID, room: "_Room") -> None:
        task = asyncio.create_task(self._run(job_id, room))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, job_id: UUID, room: "_Room") -> None:
        task = asyncio.current_task()
        assert task is not None
        leave = _once(room.leave)

        def settling() -> None:
            self._settling.add(task)
            if len(self._settling) <= _UNSETTLED:
                leave()

        try:
            # The relay tells of a store that is away, and hands the job out again.
            with suppress(Unavailable):
                await self._opened.result()(job_id, settling)
        finally:
            self._settling.discard(task)
            leave()

    async def _finish(self) -> None:
        """Wait for what runs, as long as there is grace."""
        working = self._tasks - self._settling
        if working:
            await asyncio.wait(working, timeout=self._grace)
        await self._cancel_rest()

    async def _cancel_rest(self) -> None:
        # Again and again, since one cancellation can get lost in what a handler waits for; with
        # pauses in which a run that heard it can give its job back. What is done is being noted.
        while self._tasks:
            for task in self._tasks - self._settling:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=_HEARING)


class _Room:
    """How many jobs of a lane may be in hand: few after the start, later `most`."""

    def __init__(self, most: int) -> None:
        at_first = min(most, _AT_FIRST)
        self._free = Semaphore(at_first)
        self._more = most - at_first

    def taken(self, patience: float) -> bool:
        """Take room for one, waiting for it up to `patience` seconds; whether there was any."""
        return self._free.acquire(timeout=patience)

    def leave(self) -> None:
        """Give the room for one back, and room for another while there are few. On the loop."""
        grows = self._more > 0
        self._more -= grows
        self._free.release(1 + grows)


def _once(what: Callable[[], None]) -> Callable[[], None]:
    """`what`, done when it is called for the first time."""
    todo = [what]

    def do() -> None:
        if todo:
            todo.pop()()

    return do
