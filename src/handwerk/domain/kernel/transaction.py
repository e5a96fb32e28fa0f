"""One unit of work, and the three things that every change takes along."""

from typing import Any, Protocol, Self
from uuid import UUID

import msgspec

from handwerk.domain.kernel.errors import Conflict

Json = dict[str, Any]


class Change(msgspec.Struct, frozen=True):
    """One entry of the record history (GoBD): who changed which record, old and new."""

    table: str
    record_id: UUID
    action: str
    actor_id: UUID | None
    old: Json | None = None
    new: Json | None = None


class JobRequest(msgspec.Struct, frozen=True):
    """Work that a change causes. At most one waiting job holds the same `unique_key`.

    `traceparent` says which request caused it (see `kernel.trace`).
    """

    id: UUID
    kind: str
    queue: str
    payload: Json
    requested_by: UUID | None = None
    unique_key: str | None = None
    traceparent: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """The answer to a request that carried an Idempotency-Key, kept with what it created."""

    user_id: UUID
    path: str
    key: str
    fingerprint: bytes
    status: int
    body: bytes


class KeyTaken(Conflict):
    """Another request with the same Idempotency-Key was first."""

    def __init__(self) -> None:
        super().__init__("Another request with this Idempotency-Key was first.")


class Transaction(Protocol):
    """Nothing is saved until `commit`; leaving without it rolls back.

    The writes are noted in order and sent together by `commit`, which raises the domain's
    `Conflict` where a rule of the store is broken.
    """

    def record(self, change: Change) -> None:
        """Write `change` into the record history."""
        ...

    def enqueue(self, job: JobRequest) -> None:
        """Queue `job`, unless one with its unique key waits already."""
        ...

    def remember(self, receipt: Receipt) -> None:
        """Keep the answer of an idempotent request; `commit` raises `KeyTaken` if its key is."""
        ...

    async def commit(self) -> None:
        """Save everything, or nothing."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *error: object) -> None: ...
