"""Imports a file in a process of its own and prints what came of it, and what memory it took.

The projects are counted and let go, so that only the import itself is measured.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from uuid import UUID

import msgspec

from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.kernel.transaction import Change, JobRequest, Receipt
from handwerk.domain.projects.importing.use_cases import import_projects
from handwerk.domain.projects.model import Project
from handwerk.domain.tables.importing import ImportOrder, Means, OnError


class Measured(msgspec.Struct, frozen=True):
    """The outcome (`report` or the name of the error), and the growth of the peak in megabytes."""

    outcome: str
    detail: str
    created: int
    failed: int
    grown_mb: float
    seconds: float


class ForgetfulTransaction:
    """Takes everything for new, and keeps nothing."""

    @property
    def imports(self) -> Self:
        return self

    async def add_new(self, projects: Sequence[Project]) -> frozenset[UUID]:
        return frozenset(project.id for project in projects)

    async def record_all(self, changes: Sequence[Change]) -> None:
        pass

    def record(self, change: Change) -> None:
        pass

    def enqueue(self, job: JobRequest) -> None:
        pass

    def remember(self, receipt: Receipt) -> None:
        pass

    async def commit(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass


async def measured(path: Path, order: ImportOrder) -> Measured:
    """The import of the file at `path`."""
    before, begun = _peak_mb(), time.perf_counter()
    outcome, detail, created, failed = "report", "", 0, 0
    with path.open("rb") as source:  # nothing else runs in this process
        try:
            report = await import_projects(
                source,
                order,
                actor=SYSTEM,
                transactions=ForgetfulTransaction,
                clock=SystemClock(),
                means=Means(XlsxWorkbooks(), asyncio.to_thread, _silence),
            )
            created, failed = report.created, report.failed
        except HandwerkError as error:
            outcome, detail = type(error).__name__, error.detail[:200]
    seconds = time.perf_counter() - begun
    return Measured(outcome, detail, created, failed, _peak_mb() - before, seconds)


async def _silence(done: int, total: int | None) -> None:
    pass


def _peak_mb() -> float:
    # getrusage would count the parent's memory at the fork as well.
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    given = ImportOrder(on_error=OnError(sys.argv[2]))
    result = asyncio.run(measured(Path(sys.argv[1]), given))
    sys.stdout.write(msgspec.json.encode(result).decode())
