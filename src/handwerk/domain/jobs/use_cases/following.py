"""Watching jobs live: any number of watchers in this process, one listener and one look for all."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import chain
from time import monotonic
from uuid import UUID

from handwerk.domain.identity.model import Actor
from handwerk.domain.jobs.model import Job
from handwerk.domain.jobs.ports import Confirm, JobBoard, JobChanges
from handwerk.domain.jobs.use_cases.cancellation import cancelled
from handwerk.domain.jobs.use_cases.watching import refuse_unless_watchable
from handwerk.domain.kernel.errors import Forbidden, Unauthenticated, Unavailable

# In seconds. A watcher that hears nothing for so long is told that the line is alive.
HEARTBEAT = 15.0
# What was not told of, a ring lost in a crash, is found by a look after this.
LOOK_EVERY = 5.0
# Between two looks, so that a thousand changes in a second are not looked at one by one.
BREATH = 0.05
# So often it is looked who is still signed in and may watch.
CONFIRM_EVERY = 3.0
# After this long a line ends, and who wants more comes back with the last event's id.
LONGEST = 3600.0
# More watchers than this are sent away, to come again later or to ask from time to time.
MOST_WATCHERS = 5_000


class _Place:
    """One watcher's: the job as it is now. Who is slow misses what was in between, no more."""

    def __init__(self, actor: Actor, token: str | None) -> None:
        self.sign_in = (actor, token)
        self.job: Job | None = None
        self.news = asyncio.Event()
        self.gone = False

    def show(self, job: Job | None) -> None:
        self.job = job
        self.gone = self.gone or job is None
        self.news.set()

    def close(self) -> None:
        self.gone = True
        self.news.set()


class Following:
    """Everybody who watches in this process. Use it on one event loop.

    It listens only while somebody watches.
    """

    def __init__(
        self,
        board: JobBoard,
        changes: JobChanges,
        confirm: Confirm,
        *,
        look_every: float = LOOK_EVERY,
        confirm_every: float = CONFIRM_EVERY,
    ) -> None:
        self._confirm = confirm
        self._confirm_every = confirm_every
        self._look_every = look_every
        self._board = board
        self._changes = changes
        self._places: dict[UUID, set[_Place]] = {}
        self._stale: set[UUID] = set()
        self._news = asyncio.Event()
        self._watchers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False

    def refuse_if_full(self) -> None:
        """`Unavailable` where there is no room for one more watcher, or the end has come."""
        if self._over or self._watchers >= MOST_WATCHERS:
            raise Unavailable("Too many watch at the moment; ask for the task instead.", 30)

    @property
    def is_idle(self) -> bool:
        """Whether nobody watches, and nothing is done for anybody."""
        return not self._places and not self._tasks

    async def follow(
        self, job: Job, seen: int | None, *, actor: Actor, token: str | None = None
    ) -> AsyncIterator[Job | None]:
        """The job each time it has changed, to its end; `None` says that the line is alive.

        `seen` is the version that the watcher knows already. The line ends within seconds when
        `actor`, who showed `token`, is signed out or may watch the job no more.
        """
        with self._watching(job.id, _Place(actor, token)) as place:
            place.show(job)
            until = monotonic() + LONGEST
            while not (place.gone or self._over or monotonic() > until):
                place.news.clear()
                if place.job is not None and place.job.version != seen:
                    seen = place.job.version
                    yield place.job
                if place.job is not None and place.job.ready:
                    return
                if not await _within(HEARTBEAT, place.news):
                    yield None

    def end(self) -> None:
        """Let every watcher go: the server stops."""
        self._over = True
        for places in self._places.values():
            for place in places:
                place.close()

    @contextmanager
    def _watching(self, job_id: UUID, place: _Place) -> Iterator[_Place]:
        self._places.setdefault(job_id, set()).add(place)
        self._watchers += 1
        # It may have changed since it was read.
        self._look_at({job_id})
        if self._watchers == 1:
            self._begin()
        try:
            yield place
        finally:
            self._watchers -= 1
            self._places[job_id].discard(place)
            if not self._places[job_id]:
                del self._places[job_id]
            if self._watchers == 0:
                self._stop()

    def _begin(self) -> None:
        for work in (self._listen(), self._look(), self._let_go()):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _look_at(self, job_ids: set[UUID]) -> None:
        self._stale |= job_ids
        self._news.set()

    async def _listen(self) -> None:
        """Hear of changes; look at everything from time to time, and where nothing is heard."""
        # At first not at all: what changed before anybody listened is found by a look after it.
        longest = timedelta(0)
        try:
            while not cancelled():
                try:
                    changed = await self._changes.wait(longest)
                    longest = timedelta(seconds=self._look_every)
                except Unavailable:
                    await asyncio.sleep(1)
                    changed, longest = set(), timedelta(0)
                self._look_at(changed & self._places.keys() if changed else set(self._places))
        finally:
            if not self._watchers:
                await self._changes.close()

    async def _look(self) -> None:
        while not cancelled():
            await self._news.wait()
            self._news.clear()
            stale, self._stale = self._stale & self._places.keys(), set()
            try:
                await self._show(stale)
            except Exception:  # noqa: BLE001, S112  # else all would wait for ever; the next look finds it
                continue
            finally:
                await asyncio.sleep(BREATH)

    async def _let_go(self) -> None:
        """End the lines of those who may watch no more, each sign-in looked up once a round."""
        while not cancelled():
            await asyncio.sleep(self._confirm_every)
            held = defaultdict(list)
            for place in chain.from_iterable(self._places.values()):
                held[place.sign_in].append(place)
            for sign_in, places in held.items():
                # While the store is away nobody is told anything either.
                with suppress(Unavailable):
                    now = await self._confirmed(*sign_in)
                    for place in places:
                        if not _may_watch(place.job, now):
                            place.close()

    async def _confirmed(self, actor: Actor, token: str | None) -> Actor | None:
        try:
            return await self._confirm(actor, token)
        except Unauthenticated:
            return None

    async def _show(self, job_ids: set[UUID]) -> None:
        found = {job.id: job for job in await self._board.many(job_ids)} if job_ids else {}
        for job_id in job_ids:
            job = found.get(job_id)
            if job is not None and self._is_shown(job):
                continue
            # With its result, which lists leave out.
            whole = await self._board.get(job_id) if job is not None and job.ready else job
            for place in self._places.get(job_id, ()):
                place.show(whole)

    def _is_shown(self, job: Job) -> bool:
        places = self._places.get(job.id, set())
        return all(place.job is not None and place.job.version == job.version for place in places)


def _may_watch(job: Job | None, actor: Actor | None) -> bool:
    if actor is None:
        return False
    try:
        refuse_unless_watchable(job, actor)
    except Forbidden:
        return False
    return True


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether the event came in that time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await event.wait()
    return False
