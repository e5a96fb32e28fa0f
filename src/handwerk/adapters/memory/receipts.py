"""Receipts of idempotent requests in memory; they stay as long as the process."""

from uuid import UUID

from handwerk.domain.kernel.transaction import Receipt


class MemoryReceipts:
    """Reads the receipts."""

    def __init__(self, receipts: dict[tuple[UUID, str, str], Receipt]) -> None:
        self._receipts = receipts

    async def find(self, user_id: UUID, path: str, key: str) -> Receipt | None:
        """What was answered, or `None`."""
        return self._receipts.get((user_id, path, key))

    async def purge(self) -> int:
        """Remove none: none has an age."""
        return 0
