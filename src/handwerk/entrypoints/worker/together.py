"""Indexing for jobs that run at the same time: one look, one embedding, one write for all of them.

Each thing that is saved is a job of its own, with its own tries and its own answer; what a busy
firm saves in a fifth of a second is brought into the index at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from handwerk.domain.jobs.model import JobContext
from handwerk.domain.kernel.errors import Away
from handwerk.domain.kernel.gathering import Gathered
from handwerk.domain.search.model import Indexed
from handwerk.domain.search.use_cases.indexing import index_together

# In seconds: how long whoever comes right behind others waits for company, and how often a job that
# waits looks whether it has to end.
BREATH = 0.2
LOOK_EVERY = 1.0

Index = Callable[[Sequence[UUID]], Awaitable[Indexed]]
Count = Callable[[UUID], Awaitable[int]]


class Together:
    """`index` for many; where that fails, each for itself, so that only the one to blame fails."""

    def __init__(self, index: Index, count: Count) -> None:
        self._index = index
        self._count = count
        self._gathered: Gathered[Sequence[UUID], Indexed | Exception] = Gathered(
            self._together, breath=BREATH
        )

    async def indexed(self, ids: Sequence[UUID], context: JobContext) -> Indexed:
        """What became of `ids`; ends early where the job has to."""
        asked = asyncio.ensure_future(self._gathered.ask(ids))
        try:
            while not (await asyncio.wait({asked}, timeout=LOOK_EVERY))[0]:
                await context.checkpoint()
        finally:
            asked.cancel()
        answer = asked.result()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _together(self, many: Sequence[Sequence[UUID]]) -> list[Indexed | Exception]:
        if len(many) > 1:
            try:
                return list(await index_together(many, self._index, self._count))
            except Away as away:
                # For each of them, and none need wait for that again, behind the others.
                return [away] * len(many)
            except Exception:  # noqa: BLE001, S110  # whatever it is, it is raised below by whom it concerns
                pass
        return [await self._alone(ids) for ids in many]

    async def _alone(self, ids: Sequence[UUID]) -> Indexed | Exception:
        try:
            return await self._index(ids)
        except Exception as error:  # noqa: BLE001  # raised where it was asked for
            return error
