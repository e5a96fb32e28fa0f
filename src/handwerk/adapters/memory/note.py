"""How an in-memory store joins a unit of work."""

from collections.abc import Callable
from typing import Protocol


class Note(Protocol):
    """Notes a deed of a transaction, with a check that must hold before any deed is done."""

    def __call__(self, deed: Callable[[], None], check: Callable[[], None] | None = None) -> None:
        """Do `deed` at commit, unless any noted `check` raises first."""
        ...
