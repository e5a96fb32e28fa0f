"""The broker in memory."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID


class MemoryBroker:
    """Keeps the ids that were handed, in order, until `fetch` takes them."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, list[UUID]] = defaultdict(list)
        self._emptied = True

    async def hand(self, queue: str, job_ids: Sequence[UUID]) -> None:
        """Give the ids to whoever fetches first."""
        self._queues[queue].extend(job_ids)

    async def holding(self, queue: str) -> set[UUID]:
        """The ids that nobody has fetched yet."""
        return set(self._queues[queue])

    async def emptied(self) -> bool:
        """Whether the memory was lost since this was last asked."""
        emptied, self._emptied = self._emptied, False
        return emptied

    async def connected(self) -> bool:
        """Always."""
        return True

    def fetch(self, queue: str) -> list[UUID]:
        """Take everything that was handed to the queue."""
        return self._queues.pop(queue, [])

    def forget(self) -> None:
        """Lose the memory."""
        self._queues.clear()
        self._emptied = True
