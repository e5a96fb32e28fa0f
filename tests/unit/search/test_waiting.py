"""Keepers of the index wait for one that is away, and end when told to."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from tests.unit.search.test_indexing import House

from handwerk.adapters.memory.search_index import MemorySearchIndex
from handwerk.domain.jobs.errors import Stopping
from handwerk.domain.kernel.errors import Away
from handwerk.domain.search.model import Collection, Item, Kind
from handwerk.domain.search.use_cases.indexing import ensure_index, index_projects
from handwerk.domain.search.use_cases.waiting import PatientIndex


class Outage(MemorySearchIndex):
    """An index that does not answer its next so many questions."""

    def __init__(self) -> None:
        super().__init__()
        self.lasts = 0

    async def put(self, collection: Collection, items: Sequence[Item]) -> None:
        """Not while it is away."""
        self._answer()
        await super().put(collection, items)

    async def forget(self, kind: Kind, ids: Sequence[UUID]) -> None:
        """Likewise."""
        self._answer()
        await super().forget(kind, ids)

    def _answer(self) -> None:
        if self.lasts > 0:
            self.lasts -= 1
            raise Away("The search index does not answer.")


class Kept(House):
    """A house whose index can go away."""

    def __init__(self) -> None:
        super().__init__()
        self.outage = Outage()
        self.index = PatientIndex(self.outage, self.progress)  # type: ignore[assignment]  # a port


async def test_what_was_written_and_deleted_meanwhile_gets_there() -> None:
    """The same job puts and takes out, as soon as the index is back."""
    house = Kept()
    await ensure_index(**house.needs)
    gone, *_ = house.saved
    del house.saved[gone]
    house.outage.lasts = 2
    await index_projects([gone], **house.needs)
    assert house.outage.lasts == 0
    assert await house.indexed() == set(house.saved)


async def test_whoever_waits_can_be_told_to_end() -> None:
    """A stopping worker gives the job back instead of waiting on."""

    async def stop(_done: int, _total: int | None) -> None:
        raise Stopping

    index = Outage()
    index.lasts = 1
    with pytest.raises(Stopping):
        await PatientIndex(index, stop).put(Collection.of(Kind.PROJECT, "m", 3, 1), [])


async def test_patience_ends() -> None:
    """Then the job is to be tried again, since other work waits, too."""

    async def unwatched(_done: int, _total: int | None) -> None:
        return

    index = Outage()
    index.lasts = 1_000
    with pytest.raises(Away):
        await PatientIndex(index, unwatched, patience=0).put(
            Collection.of(Kind.PROJECT, "m", 3, 1), []
        )
