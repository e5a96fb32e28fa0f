"""Each part of the topology is killed while people work."""

from functools import partial

import pytest
from tests.topology.chaos import struck
from tests.topology.people import People, index_differs
from tests.topology.running import Topology


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_whatever_is_killed_comes_back_and_nothing_is_lost(world: Topology) -> None:
    """No wrong answer, no error but 503 with Retry-After; in the end the index is exact."""
    people = People(world.url, world.token)
    for part in ("postgres", "redis", "index", "worker", "api"):
        outcome = await struck(people, part, "kill -9", partial(world.kill, part))
        assert outcome.is_clean, outcome
    assert await index_differs(people) == {"missing": 0, "changed": 0, "orphans": 0}
