"""Indexing for jobs that run at the same time: one look, one embedding, one write for all of them.

Each thing that is saved is a job of its own, with its own tries and its own answer; what a firm
saves in a fifth of a second, and a busy one in a second, is brought into the index at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from handwerk.domain.jobs.model import JobContext
from handwerk.domain.kernel.errors import Away
from handwerk.domain.kernel.gathering import Gathered
from handwerk.domain.search.model import Indexed
from handwerk.domain.search.use_cases.indexing import index_together

# In seconds: how long whoever comes right behind a few others, or very many, waits for company.
BREATH = 0.2
LONGEST = 1.0
# In seconds: how often it is looked whether a job still waits, and how often a job that waits asks
# whether it has to end. That is a write of each, so most have their answer before it.
LOOK_EVERY = 1.0
ASK_EVERY = 3.0

Index = Callable[[Sequence[UUID]], Awaitable[Indexed]]
Count = Callable[[UUID], Awaitable[int]]


class _Asked:
    """What one job asks for; it is over when the job has its answer, or had to end without."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self.ids = ids
        self.is_over = False


class Together:
    """`index` for many; where that fails, each for itself, so that only the one to blame fails.

    What every job that asked for it has given up, for example since its time was over, is broken
    off: else one thing that never ends would hold up all that are asked for afterwards.
    """

    def __init__(self, index: Index, count: Count) -> None:
        self._index = index
        self._count = count
        self._gathered: Gathered[_Asked, Indexed | Exception] = Gathered(
            self._together, breath=BREATH, longest=LONGEST
        )

    async def indexed(self, ids: Sequence[UUID], context: JobContext) -> Indexed:
        """What became of `ids`; ends early where the job has to."""
        asked = _Asked(ids)
        coming = asyncio.ensure_future(self._gathered.ask(asked))
        try:
            while not (await asyncio.wait({coming}, timeout=ASK_EVERY))[0]:
                await context.checkpoint()
        finally:
            asked.is_over = True
            coming.cancel()
        answer = coming.result()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _together(self, many: Sequence[_Asked]) -> list[Indexed | Exception]:
        work = asyncio.ensure_future(self._done([asked.ids for asked in many]))
        try:
            while not (await asyncio.wait({work}, timeout=LOOK_EVERY))[0]:
                if all(asked.is_over for asked in many):
                    return [TimeoutError("Nobody waits for it any more.")] * len(many)
        finally:
            work.cancel()
            await asyncio.wait({work})
        return work.result()

    async def _done(self, many: Sequence[Sequence[UUID]]) -> list[Indexed | Exception]:
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
