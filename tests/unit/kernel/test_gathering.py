"""What is asked for one by one and done together."""

import asyncio
from collections.abc import Sequence

import pytest

from handwerk.domain.kernel.gathering import FEW, MOST, Gathered, pause_after


async def test_what_comes_meanwhile_goes_together() -> None:
    """The first goes at once, those that come while it is on its way share the next statement."""
    batches: list[list[int]] = []
    go = asyncio.Event()

    async def doubled(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        await go.wait()
        return [2 * item for item in items]

    gathered = Gathered(doubled)
    first = asyncio.create_task(gathered.ask(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(gathered.ask(item)) for item in (2, 3, 4)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert batches == [[1], [2, 3, 4]]


async def test_everybody_hears_of_an_error_and_the_next_ask_anew() -> None:
    """An error breaks nobody who comes later."""
    broken = True

    async def answered(items: Sequence[int]) -> list[int]:
        if broken:
            raise ConnectionError
        return list(items)

    gathered = Gathered(answered)
    errors = await asyncio.gather(gathered.ask(1), gathered.ask(2), return_exceptions=True)
    assert [type(error) for error in errors] == [ConnectionError, ConnectionError]
    broken = False
    assert await gathered.ask(3) == 3


async def test_who_is_cancelled_takes_nobody_along() -> None:
    """The others of the same statement get their answers."""

    async def answered(items: Sequence[int]) -> list[int]:
        await asyncio.sleep(0)
        return list(items)

    gathered = Gathered(answered)
    tasks = [asyncio.create_task(gathered.ask(item)) for item in (1, 2)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    assert await tasks[1] == 2
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]


async def test_no_statement_grows_beyond_its_bound() -> None:
    """Very many go in several statements."""
    sizes: list[int] = []

    async def answered(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        return list(items)

    gathered = Gathered(answered)
    many = range(2 * MOST + 1)
    assert await asyncio.gather(*(gathered.ask(item) for item in many)) == list(many)
    assert sizes == [MOST, MOST, 1]


async def test_who_comes_on_the_heels_of_the_last_waits_for_company() -> None:
    """With a breath, single callers one after another are answered together; the first at once."""
    batches: list[list[int]] = []

    async def answered(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        return list(items)

    gathered = Gathered(answered, breath=0.2)
    assert await gathered.ask(0) == 0
    asked = [asyncio.create_task(gathered.ask(1))]
    while len(asked) < 4:
        await asyncio.sleep(0)
        asked.append(asyncio.create_task(gathered.ask(len(asked) + 1)))
    assert await asyncio.gather(*asked) == [1, 2, 3, 4]
    assert batches == [[0], [1, 2, 3, 4]]


def test_the_more_came_the_longer_the_next_wait_for_company() -> None:
    """From the breath up to the longest; without one never longer than the breath."""
    waits = [pause_after(many, 0.2, 1.0) for many in (1, FEW, 2 * FEW, MOST)]
    assert waits == [0.2, 0.2, 0.4, 1.0]
    assert pause_after(MOST, 0.2, 0.0) == 0.2
