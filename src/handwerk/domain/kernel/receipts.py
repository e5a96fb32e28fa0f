"""Reading back the answers of idempotent requests."""

from typing import Protocol
from uuid import UUID

from handwerk.domain.kernel.transaction import Receipt


class Receipts(Protocol):
    """The receipts of the last 24 hours."""

    async def find(self, user_id: UUID, path: str, key: str) -> Receipt | None:
        """What was answered to that user's request with that key, or `None`."""
        ...
