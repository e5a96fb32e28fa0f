"""Who was erased: ids and times, so that no backup brings anybody back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class Erasure(msgspec.Struct, frozen=True):
    """One person was erased. The id says nothing of the person any more."""

    user_id: UUID
    at: datetime


class ErasureList(Protocol):
    """The list of erasures that is kept outside the database: no restored backup shortens it."""

    async def all(self) -> list[Erasure]:
        """Every erasure on the list."""
        ...

    async def add(self, erasures: Sequence[Erasure]) -> None:
        """Put them on the list; once this returns they outlive a crash."""
        ...
