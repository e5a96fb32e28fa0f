"""Who changed what, and the proof of it."""

from datetime import datetime
from typing import Any

import msgspec


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed which record, when, from what to what.

    `actor_id` is `None` where the program itself did it; `old` is `None` for what was new, `new`
    for what went. Entries are numbered by `id`, which may leave gaps.
    """

    id: int
    at: datetime
    actor_id: str | None = None
    table: str
    record_id: str
    action: str
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None


class ChainHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chain ends: to be kept elsewhere, as a proof that can't be taken back."""

    head: str | None = None


class ChainError(msgspec.Struct, frozen=True, kw_only=True):
    """The first fault, in the order of the chain.

    `place` counts in the chain, `entry_id` names the entry of the history, `table` and `record_id`
    the record that it speaks of, where that is known.
    """

    kind: str
    detail: str
    place: int | None = None
    entry_id: int | None = None
    table: str | None = None
    record_id: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the history is whole: `checked` entries are as they were sealed.

    `sealed_until` is the moment of the newest seal; `unsealed` entries wait for theirs, which takes
    a second.
    """

    valid: bool
    checked: int
    sealed_until: datetime | None = None
    unsealed: int
    first_error: ChainError | None = None


class SecurityRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in, a refusal, an export, or a change of who may do what."""

    kind: str
    actor_id: str | None = None
    subject_id: str | None = None
    address: str | None = None
    detail: dict[str, Any] = {}
    id: str
    at: datetime
