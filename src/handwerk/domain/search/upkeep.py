"""What the index must say of a project, and what was found when both were compared."""

import hashlib
from enum import StrEnum

import msgspec

from handwerk.domain.projects.model import Project

# Counts up with every change of how a text becomes a vector of its meaning: what was made by
# another way is out of date.
WAY = 1


class Mode(StrEnum):
    """How thoroughly the index is brought up to date."""

    ALL = "all"
    CHANGED = "changed"
    CHECK = "check"


class Checked(msgspec.Struct, frozen=True):
    """What a comparison of the index with the saved projects found, and repaired.

    `sound` tells whether the index held just the saved projects when it was counted afterwards.
    """

    projects: int
    missing: int
    changed: int
    orphans: int
    sound: bool


def digest_of(project: Project) -> str:
    """What tells two states of a project apart, as far as the index is concerned."""
    told = f"{WAY} {project.findable!r}".encode()
    return hashlib.blake2b(told, digest_size=16).hexdigest()
