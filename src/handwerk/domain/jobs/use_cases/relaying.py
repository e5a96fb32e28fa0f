"""Handing due jobs to the broker, and catching what fell to the ground."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic

from handwerk.domain.jobs.outcome import told
from handwerk.domain.jobs.ports import JobBell, JobBroker, JobStore
from handwerk.domain.jobs.use_cases.cancellation import cancelled

# So many jobs of a queue are with the broker at a time; the rest wait in the table, in order.
WINDOW = 500
# A worker fetches within milliseconds; what still waits after this may have been forgotten.
OVERDUE = timedelta(seconds=10)
# In seconds.
SWEEP_EVERY = 2.0
# While a window is full nobody rings when it empties.
REFILL_EVERY = 0.05
# Between two rounds, so that what many commit is handed out, fetched and claimed together. Whoever
# comes alone does not wait.
BREATH = 0.1
LONGEST_PAUSE = 2.0

Notice = Callable[[str], None]


async def relay(
    queues: Sequence[str], *, store: JobStore, broker: JobBroker, bell: JobBell, notice: Notice
) -> None:
    """Hand out the jobs of `queues` until cancelled. Any number of relays may run at once.

    While the store or the broker is away it waits, longer each time up to two seconds; `notice` is
    told once when one is away, and once when all is well again.
    """
    rounds = Rounds(queues, store, broker)
    pause, wrong = 0.0, ""
    while not cancelled():
        try:
            await rounds.next(bell)
        except Exception as error:  # noqa: BLE001  # without a relay no job would ever run again
            rounds.distrust()
            if wrong != told(error):
                wrong = told(error)
                notice(f"Jobs are not handed out: {wrong}")
            pause = min(pause * 2 or 0.1, LONGEST_PAUSE)
            await asyncio.sleep(pause)
        else:
            if wrong:
                notice("Jobs are handed out again.")
            pause, wrong = 0.0, ""
            await asyncio.sleep(BREATH)


class Rounds:
    """One relay's memory: when to sweep next, which windows are full, whether to trust."""

    def __init__(self, queues: Sequence[str], store: JobStore, broker: JobBroker) -> None:
        self._queues = tuple(queues)
        self._store = store
        self._broker = broker
        self._sweep_at = 0.0
        self._refill_at = 0.0
        self._full: set[str] = set()
        self._trusted = False

    def distrust(self) -> None:
        """Look at everything again at the next round: something may have been lost."""
        self._trusted = False
        self._sweep_at = 0.0

    async def next(self, bell: JobBell) -> None:
        """Wait until a queue rings or it is time to look; hand out what is due."""
        until = min(self._sweep_at, self._refill_at) if self._full else self._sweep_at
        rung = await bell.wait(timedelta(seconds=max(0.0, until - monotonic())))
        now = monotonic()
        if now >= self._sweep_at:
            await self._sweep()
            await self._fill(self._queues)
        elif self._full and now >= self._refill_at:
            await self._fill([queue for queue in self._queues if queue in rung | self._full])
        else:
            await self._fill([queue for queue in self._queues if queue in rung - self._full])

    async def _fill(self, queues: Sequence[str]) -> None:
        for queue in queues:
            due, room = await self._store.take_due(queue, WINDOW)
            if due:
                await self._broker.hand(queue, due)
            if room:
                self._full.discard(queue)
            else:
                self._full.add(queue)
                self._refill_at = monotonic() + REFILL_EVERY

    async def _sweep(self) -> None:
        await self._store.reclaim_expired()
        emptied = await self._broker.emptied()
        after = OVERDUE if self._trusted and not emptied else timedelta(0)
        for queue in self._queues:
            await self._hand_again(queue, after)
        self._trusted = True
        self._sweep_at = monotonic() + SWEEP_EVERY

    async def _hand_again(self, queue: str, after: timedelta) -> None:
        overdue = await self._store.take_overdue(queue, after)
        if overdue:
            # What still lies with the broker is only late; handed over again it would pile up.
            held = await self._broker.holding(queue)
            await self._broker.hand(queue, [job_id for job_id in overdue if job_id not in held])
