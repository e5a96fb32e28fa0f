"""A firm in memory that takes in tables, on a day that never changes."""

import asyncio
import io
from datetime import UTC, date, datetime
from uuid import UUID

from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.projects.importing.use_cases import import_projects
from handwerk.domain.projects.model import Project
from handwerk.domain.tables.importing import ImportOrder, Means, OnError
from handwerk.domain.tables.report import ImportReport

NOW = datetime(2026, 6, 1, 10, 30, tzinfo=UTC)
MANAGER = Actor(UUID("0197a0c8-0000-7000-8000-000000000001"), Role.MANAGER)
SKIP = ImportOrder(on_error=OnError.SKIP)
ABORT = ImportOrder()


class FixedClock:
    """It is always the same moment."""

    def now(self) -> datetime:
        return NOW

    def today(self) -> date:
        return NOW.date()


class Firm:
    """Imports tables, and remembers what it was told of their progress."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.told: list[tuple[int, int | None]] = []

    async def imports(
        self, table: bytes | str, order: ImportOrder = SKIP, actor: Actor = MANAGER
    ) -> ImportReport:
        """The report of importing `table`."""
        content = table if isinstance(table, bytes) else table.encode()
        return await import_projects(
            io.BytesIO(content),
            order,
            actor=actor,
            transactions=self.store.transaction,
            clock=FixedClock(),
            means=Means(XlsxWorkbooks(), asyncio.to_thread, self.progress),
        )

    async def progress(self, done: int, total: int | None) -> None:
        self.told.append((done, total))

    @property
    def projects(self) -> list[Project]:
        """What is saved, in the order in which it was made."""
        return sorted(self.store.projects.values(), key=lambda project: project.id)
