import asyncio
from functools import partial
from typing import Any

from litestar import Litestar, get
from litestar.di import NamedDependency
from litestar.testing import AsyncTestClient

from handwerk.entrypoints.http.needs import provide, resolve_in_turn


async def test_needs_are_handed_over_without_tasks() -> None:
    """A handler's needs are made in its request's own task, and all of them reach it."""
    made_in: list[asyncio.Task[Any] | None] = []

    def make(word: str) -> str:
        made_in.append(asyncio.current_task())
        return word

    @get("/")
    async def handler(
        first: NamedDependency[str], second: NamedDependency[str], third: NamedDependency[str]
    ) -> dict[str, object]:
        own = asyncio.current_task()
        return {"words": [first, second, third], "own": [task is own for task in made_in]}

    words = {word: provide(partial(make, word)) for word in ("first", "second", "third")}
    app = Litestar([handler], dependencies=words, openapi_config=None)
    resolve_in_turn(app)
    async with AsyncTestClient(app) as client:
        told = (await client.get("/")).json()
    assert told == {"words": ["first", "second", "third"], "own": [True, True, True]}
