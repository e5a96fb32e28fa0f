"""What the index must say of a thing, and what was found when both were compared."""

import hashlib
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

# Counts up with every change of how a text becomes a vector of its meaning: what was made by
# another way is out of date.
WAY = 1


class Mode(StrEnum):
    """How thoroughly the index is brought up to date."""

    ALL = "all"
    CHANGED = "changed"
    CHECK = "check"


class Checked(msgspec.Struct, frozen=True):
    """What a comparison of the index with what is saved found, and repaired.

    `projects` and `passages` of documents were looked at; `sound` tells whether the index held
    just what is saved when it was counted afterwards.
    """

    projects: int
    missing: int
    changed: int
    orphans: int
    sound: bool
    passages: int = 0

    def __add__(self, other: "Checked") -> "Checked":
        return Checked(
            self.projects + other.projects,
            self.missing + other.missing,
            self.changed + other.changed,
            self.orphans + other.orphans,
            self.sound and other.sound,
            self.passages + other.passages,
        )


class Findable(Protocol):
    """What can be found: a project, a passage of a document."""

    @property
    def id(self) -> UUID:
        """What it is known by in the index."""
        ...

    @property
    def searchable_text(self) -> str:
        """What a search looks at."""
        ...

    @property
    def findable(self) -> tuple[object, ...]:
        """All that decides on its place in the index."""
        ...


def digest_of(thing: Findable) -> str:
    """What tells two states of a thing apart, as far as the index is concerned."""
    told = f"{WAY} {thing.findable!r}".encode()
    return hashlib.blake2b(told, digest_size=16).hexdigest()
