"""Works jobs in this process: Dramatiq's threads wait for ids, one event loop does the work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from threading import Event, Thread
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
# So many outcomes may be on their way to the disk while threads go on with other jobs; if the
# process dies just then, these run again.
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
        self._brokers = [Queues(redis_url, lane.queues, namespace) for lane in lanes]
        self._workers = []
        for broker, lane in zip(self._brokers, lanes, strict=True):
            declare = dramatiq.actor(
                actor_name=layout.ACTOR, queue_name=lane.queues[0], broker=broker
            )
            declare(self._loop.run_job)
            worker = dramatiq.Worker(broker, worker_timeout=_IDLE, worker_threads=lane.threads)
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
        wait = int(grace.total_seconds() * 1000)
        with ThreadPoolExecutor(len(self._workers)) as pool:
            list(pool.map(lambda worker: worker.stop(timeout=wait), self._workers))
        for broker in self._brokers:
            broker.close()
        self._loop.close()


class _JobLoop:
    """A thread with the event loop on which all jobs of this process run."""

    def __init__(self, open_runner: OpenRunner) -> None:
        self.stopping = Event()
        self._open_runner = open_runner
        self._opened: Future[RunJob] = Future()
        self._thread = Thread(target=self._main, name="handwerk-jobs", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self._tasks: set[asyncio.Task[None]] = set()
        self._settling: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Start the loop and open what jobs need on it."""
        self._thread.start()
        self._opened.result()

    def run_job(self, job_id: str) -> None:
        """The actor: run the job on the loop, and wait until its work is done."""
        if self.stopping.is_set():
            return
        worked: Future[None] = Future()
        asyncio.run_coroutine_threadsafe(self._run(UUID(job_id), worked), self._loop)
        # The relay tells of a store that is away, and hands the job out again.
        with suppress(Unavailable, CancelledError):
            worked.result()

    def close(self) -> None:
        """Cancel what still runs, close what was opened, end the loop."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_SETTLE)

    def _main(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        try:
            async with self._open_runner(self.stopping.is_set) as run:
                self._opened.set_result(run)
                await self._over.wait()
                await self._cancel_rest()
        except BaseException as error:
            # Whatever it is: who waits in `open` must hear of it.
            if self._opened.done():
                raise
            self._opened.set_exception(error)

    async def _run(self, job_id: UUID, worked: Future[None]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)

        def settling() -> None:
            self._settling.add(task)
            if len(self._settling) <= _UNSETTLED:
                worked.set_result(None)

        try:
            await self._opened.result()(job_id, settling)
        except asyncio.CancelledError:
            worked.cancel()
            raise
        except Exception as error:
            if worked.done():
                raise
            worked.set_exception(error)
        finally:
            self._tasks.discard(task)
            self._settling.discard(task)
            if not worked.done():
                worked.set_result(None)

    async def _cancel_rest(self) -> None:
        # Again and again, since one cancellation can get lost in what a handler waits for; with
        # pauses in which a run that heard it can give its job back. What is done is being noted.
        while self._tasks:
            for task in self._tasks - self._settling:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=_HEARING)
