"""Jobs that index at the same time: done at a stroke, answered each for itself."""

import asyncio
from collections.abc import Sequence
from typing import cast
from uuid import UUID

import pytest

from handwerk.domain.jobs.errors import Stopping
from handwerk.domain.jobs.model import JobContext
from handwerk.domain.kernel.errors import Away, Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.search.model import Indexed
from handwerk.entrypoints.worker.together import Together


class House:
    """Counts what is indexed in one go; knows which things are gone and which can't be indexed."""

    def __init__(self) -> None:
        self.gone: set[UUID] = set()
        self.broken: set[UUID] = set()
        self.is_away = False
        self.goes: list[int] = []
        self.may_go = asyncio.Event()
        self.together = Together(self.index, self.count)

    async def index(self, ids: Sequence[UUID]) -> Indexed:
        self.goes.append(len(ids))
        await self.may_go.wait()
        if self.is_away:
            raise Away("It does not answer.")
        if self.broken & set(ids):
            raise Unavailable("It can't be read.")
        removed = len(self.gone & set(ids))
        return Indexed(2 * (len(ids) - removed), removed)

    async def count(self, _: UUID) -> int:
        return 2

    async def asked(self, ids: Sequence[UUID]) -> list[asyncio.Task[Indexed]]:
        """One job for each of `ids`; the first is at work when the others come."""
        tasks = []
        for known in ids:
            tasks.append(asyncio.create_task(self.together.indexed([known], context())))
            while not self.goes:  # noqa: ASYNC110  # one turn of the loop or two
                await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.may_go.set()
        return tasks


def context(stopping: bool = False) -> JobContext:
    class Context:
        async def checkpoint(self) -> None:
            if stopping:
                raise Stopping

    return cast("JobContext", Context())


async def test_what_comes_while_others_are_indexed_goes_together() -> None:
    """Four jobs are two goes, and each is answered with its own passages."""
    house = House()
    jobs = await house.asked([new_id() for _ in range(4)])
    assert await asyncio.gather(*jobs) == [Indexed(2, 0)] * 4
    assert house.goes == [1, 3]


async def test_who_can_t_be_indexed_fails_alone() -> None:
    """An error of one go is the error of the job that it is about."""
    house, ids = House(), [new_id() for _ in range(4)]
    house.broken = {ids[2]}
    jobs = await house.asked(ids)
    done = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(one) for one in done] == [Indexed, Indexed, Unavailable, Indexed]


async def test_an_index_that_is_away_is_waited_for_once() -> None:
    """All who came along are told at once, and not one behind the other."""
    house = House()
    house.is_away = True
    jobs = await house.asked([new_id() for _ in range(4)])
    done = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(one) for one in done] == [Away] * 4
    assert house.goes == [1, 3]


async def test_what_is_gone_is_told_to_whom_it_belongs() -> None:
    """A removal is not spread over those who came along."""
    house, ids = House(), [new_id() for _ in range(3)]
    house.gone = {ids[1]}
    jobs = await house.asked(ids)
    assert await asyncio.gather(*jobs) == [Indexed(2, 0), Indexed(0, 1), Indexed(2, 0)]


async def test_a_job_that_has_to_end_does_not_wait_for_the_others() -> None:
    """At its next checkpoint it ends; those who came along are answered."""
    house = House()
    [first] = await house.asked([new_id()])
    house.may_go.clear()
    second = asyncio.create_task(house.together.indexed([new_id()], context()))
    with pytest.raises(Stopping):
        await house.together.indexed([new_id()], context(stopping=True))
    house.may_go.set()
    assert await first == await second == Indexed(2, 0)


async def test_what_nobody_waits_for_is_broken_off() -> None:
    """One thing that never ends holds nobody up once its own job has ended."""
    house = House()
    with pytest.raises(Stopping):
        await house.together.indexed([new_id()], context(stopping=True))
    second = asyncio.create_task(house.together.indexed([new_id()], context()))
    async with asyncio.timeout(20):
        while len(house.goes) < 2:  # noqa: ASYNC110  # a look at the first go raises no event
            await asyncio.sleep(0.01)
    house.may_go.set()
    assert await second == Indexed(2, 0)
