"""Servers and workers are replaced one after the other while people work."""

import asyncio
from functools import partial

import pytest
from tests.topology.people import People, index_differs, lost
from tests.topology.running import Topology, until


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_rolling_restart_fails_no_request(world: Topology) -> None:
    """Not one of them; every acknowledged write is there, and the index holds just those."""
    people = People(world.url, world.token)
    async with people.at_work():
        tally = people.fresh_tally()
        for part, url in zip(world.servers, world.server_urls, strict=True):
            await asyncio.to_thread(world.replace, part)
            await asyncio.to_thread(until, partial(world.is_ready, url), part.said)
        for part in world.workers:
            await asyncio.to_thread(world.replace, part)
        await asyncio.sleep(2)
    assert tally.answers > 100
    assert (dict(tally.errors), tally.wrong) == ({}, [])
    assert await lost(people) == []
    assert await index_differs(people) == {"missing": 0, "changed": 0, "orphans": 0}
