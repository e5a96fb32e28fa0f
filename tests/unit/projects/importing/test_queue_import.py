"""Handing a large table to a job."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from tests.unit.projects.importing.firm import ABORT, MANAGER

from handwerk.adapters.memory.files import MemoryFiles
from handwerk.adapters.memory.store import MemoryStore
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission, Role
from handwerk.domain.kernel.errors import Forbidden, NotFound
from handwerk.domain.kernel.files import StoredFile
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import KeyTaken, Receipt
from handwerk.domain.projects.jobs import IMPORT_PROJECTS
from handwerk.domain.tables.queueing import queue_import

TABLE = b"name;project_type\nRegal;Regalbau\n"


class NotedFiles(MemoryFiles):
    """Notes the key of every file that was put."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    async def put(self, chunks: AsyncIterator[bytes], *, max_bytes: int) -> StoredFile:
        """Keep the file, and its key."""
        stored = await super().put(chunks, max_bytes=max_bytes)
        self.keys.append(stored.key)
        return stored


class Counter:
    """Where a manager hands in tables, each with the same Idempotency-Key."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.files = NotedFiles()

    async def hand_in(self, actor: Actor = MANAGER) -> UUID:
        """The job that will import the table."""
        return await queue_import(
            IMPORT_PROJECTS,
            Permission.PROJECT_CREATE,
            self._chunks(),
            ABORT,
            max_bytes=1_000,
            actor=actor,
            files=self.files,
            transactions=self.store.transaction,
            receipt_of=lambda task: Receipt(UUID(int=1), "/", "key", b"", 202, task.bytes),
        )

    async def _chunks(self) -> AsyncIterator[bytes]:
        yield TABLE


async def test_the_job_names_the_file_and_who_asked() -> None:
    """What the job is told suffices to import the table on behalf of who handed it in."""
    counter = Counter()
    job_id = await counter.hand_in()
    (request,) = counter.store.requests
    assert (request.id, request.requested_by) == (job_id, MANAGER.user_id)
    assert request.payload == {
        "file": counter.files.keys[0],
        "size": len(TABLE),
        "role": "manager",
        "dry_run": False,
        "on_error": "abort",
        "language": "en",
    }
    with await counter.files.open(counter.files.keys[0]) as kept:
        assert kept.read() == TABLE


async def test_a_table_that_is_handed_in_twice_is_kept_once() -> None:
    """Where another request with the same Idempotency-Key was first, no file stays behind."""
    counter = Counter()
    await counter.hand_in()
    with pytest.raises(KeyTaken):
        await counter.hand_in()
    (await counter.files.open(counter.files.keys[0])).close()
    with pytest.raises(NotFound):
        await counter.files.open(counter.files.keys[1])
    assert len(counter.store.requests) == 1


async def test_nothing_is_kept_for_who_may_not_import() -> None:
    """The permission is asked before a byte is read."""
    counter = Counter()
    with pytest.raises(Forbidden):
        await counter.hand_in(Actor(new_id(), Role.VIEWER))
    assert counter.files.keys == []
