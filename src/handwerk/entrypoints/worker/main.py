"""`handwerk worker`: a supervisor that hands jobs out, and processes that run them.

A process that dies is noticed at once, its jobs are queued again, and another takes its place.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from secrets import token_hex
from time import monotonic
from typing import Protocol

from handwerk.domain.jobs.model import Lane, Queue, Worker, lanes
from handwerk.domain.jobs.ports import JobStore
from handwerk.domain.jobs.use_cases.running import Ended, reclaim
from handwerk.entrypoints.worker.reporting import log_ended, log_notice, logger

# In seconds. A process that dies sooner than this after its start is started again ever later.
_YOUNG = 60.0
_LONGEST_PAUSE = 30.0
# What a process may take, beyond its grace, to close what it has opened.
_CLOSING = 15.0

# Jobs in hand side by side where things are indexed together: alone, each would wait in vain.
COMPANY = 64


class JobWorker(Protocol):
    """Runs jobs in this process, on threads of its own."""

    def start(self) -> None:
        """Begin to work."""
        ...

    def stop(self, grace: timedelta) -> None:
        """Finish within `grace` or give back what runs."""
        ...


class JobParts(Protocol):
    """What the container provides for jobs."""

    def worker(
        self, worker: Worker, lanes: Sequence[Lane], report: Callable[[Ended], None]
    ) -> JobWorker:
        """A worker of that name that has not been started."""
        ...

    def store(self) -> AbstractAsyncContextManager[JobStore]:
        """The jobs, opened on the running loop."""
        ...

    async def relay(self, queues: Sequence[str], notice: Callable[[str], None]) -> None:
        """Hand out the jobs of `queues` until cancelled."""
        ...


# Called in every process, which it must be able to reach by its name: it is sent there by pickle.
BuildParts = Callable[[], JobParts]


def work(
    build: BuildParts,
    *,
    queues: Sequence[str],
    processes: int,
    threads: int,
    grace: timedelta = timedelta(seconds=30),
    begin: Callable[[], None] = logging.basicConfig,
) -> None:
    """Run jobs of `queues` in `processes` of `threads` threads each, until SIGTERM or SIGINT.

    `begin` is called first in each process that is started: it knows nothing of how this one logs.
    """
    asyncio.run(_Supervisor(build, tuple(queues), processes, threads, grace, begin).run())


class _Supervisor:
    def __init__(
        self,
        build: BuildParts,
        queues: tuple[str, ...],
        processes: int,
        threads: int,
        grace: timedelta,
        begin: Callable[[], None],
    ) -> None:
        self._build = build
        self._begin = begin
        self._parts = build()
        self._queues = queues
        self._processes = processes
        self._threads = threads
        self._grace = grace
        self._over = asyncio.Event()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._over.set)
        relay = asyncio.create_task(self._parts.relay(self._queues, log_notice))
        # Without it workers would wait for ever: rather end, and let whoever started us see it.
        relay.add_done_callback(lambda _: self._over.set())
        async with self._parts.store() as store:
            await asyncio.gather(*(self._keep(place, store) for place in range(self._processes)))
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay

    async def _keep(self, place: int, store: JobStore) -> None:
        """Have one process at work until the end."""
        pause = 0.0
        while not self._over.is_set():
            begun = monotonic()
            name = f"{socket.gethostname()}-{place}-{token_hex(3)}"
            process = self._started(name)
            await self._ended(process)
            await reclaim(name, store)
            if not self._over.is_set():
                logger.error("worker %s ended with %s", name, process.exitcode)
                young = monotonic() - begun < _YOUNG
                pause = min(pause * 2 or 0.1, _LONGEST_PAUSE) if young else 0.0
                await _first(self._over, pause)

    def _started(self, name: str) -> SpawnProcess:
        shared = [_wide(lane) for lane in lanes(self._queues, self._threads)]
        worker = Worker(name, self._queues, sum(lane.threads for lane in shared))
        process = multiprocessing.get_context("spawn").Process(
            target=_serve,
            args=(self._begin, self._build, worker, shared, self._grace),
            name=name,
        )
        process.start()
        return process

    async def _ended(self, process: SpawnProcess) -> None:
        """Wait for the process; at the end, tell it to stop, and kill it if it does not."""
        gone = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(process.sentinel, gone.set)
        await _any(gone, self._over)
        if not gone.is_set():
            process.terminate()
            if not await _first(gone, self._grace.total_seconds() + _CLOSING):
                logger.error("worker %s does not stop and is killed", process.name)
                process.kill()
                await gone.wait()
        loop.remove_reader(process.sentinel)
        process.join()


def _wide(lane: Lane) -> Lane:
    return (
        Lane(lane.queues, max(lane.threads, COMPANY)) if Queue.INTERACTIVE in lane.queues else lane
    )


async def _any(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()


async def _first(event: asyncio.Event, seconds: float) -> bool:
    """Wait for `event`, at most `seconds`; whether it came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _serve(
    begin: Callable[[], None],
    build: BuildParts,
    worker: Worker,
    shared: Sequence[Lane],
    grace: timedelta,
) -> None:
    """One worker process: work until told to stop or until the supervisor is gone."""
    begin()
    told, tell = os.pipe()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us all; the supervisor decides
    signal.signal(signal.SIGTERM, lambda *_: os.write(tell, b"."))
    running = build().worker(worker, shared, log_ended)
    running.start()
    supervisor = multiprocessing.parent_process()
    wait([told, *([supervisor.sentinel] if supervisor else [])])
    running.stop(grace)
    # All is closed. What a job left behind in C code (torch, say) can't be ended otherwise: an
    # interpreter that cleans up below a running thread aborts.
    logging.shutdown()
    os._exit(0)
