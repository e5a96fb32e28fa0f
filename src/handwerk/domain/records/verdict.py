"""What is found when the history is proved."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from handwerk.domain.kernel.errors import InvalidInput

_HASH_DIGITS = 64


class Fault(StrEnum):
    """What can be wrong with the sealed history."""

    EDITED = "edited"
    REMOVED = "removed"
    ADDED = "added"
    REORDERED = "reordered"
    FORGED = "forged"
    CUT = "cut"
    UNPROVABLE = "unprovable"


class ChainError(msgspec.Struct, frozen=True, kw_only=True):
    """The first fault, in the order of the chain.

    `place` counts in the chain, `entry_id` names the entry of the history, `table` and `record_id`
    the record that it speaks of, where that is known.
    """

    kind: Fault
    detail: str
    place: int | None = None
    entry_id: int | None = None
    table: str | None = None
    record_id: UUID | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the history is whole: `checked` entries are as they were sealed.

    `sealed_until` is the moment of the newest seal; `unsealed` entries wait for theirs, which takes
    a second.
    """

    valid: bool
    checked: int
    sealed_until: datetime | None
    unsealed: int
    first_error: ChainError | None = None


class KnownEnd(msgspec.Struct, frozen=True):
    """Where the chain once ended, as it was noted outside: `place:hash`."""

    place: int
    hash: bytes

    @classmethod
    def parse(cls, text: str) -> "KnownEnd":
        """The end that `text` tells; else `InvalidInput`."""
        place, _, digits = text.partition(":")
        try:
            if place.isdecimal() and len(place) < 19 and len(digits) == _HASH_DIGITS:  # noqa: PLR2004  # a bigint
                return cls(int(place), bytes.fromhex(digits))
        except ValueError:
            pass
        raise InvalidInput.of("head", "must be a place and a hash, as `GET /audit/head` tells them")

    def text(self) -> str:
        """The end as it is noted."""
        return f"{self.place}:{self.hash.hex()}"
