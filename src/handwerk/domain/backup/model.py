"""What a backup is, and what is known of it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from handwerk.domain.identity.discreet import Discreet
from handwerk.domain.identity.erasure import Erasure
from handwerk.domain.kernel.errors import HandwerkError, Unavailable


class Method(StrEnum):
    """How the database was copied: its pages, to which later changes can be added, or its rows."""

    PHYSICAL = "physical"
    LOGICAL = "logical"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A finished backup. It holds everything that was committed before `begun_at`.

    `taken_at` is the moment it is consistent at; `cluster` names the database whose later changes
    fit on top of it, `None` where none do, and `segment` the piece of its log that they begin in.
    """

    id: str
    begun_at: datetime
    taken_at: datetime
    verified_at: datetime
    method: Method
    cluster: str | None
    segment: str | None
    program: str
    schema: str
    database_bytes: int
    stored_bytes: int
    files: int
    file_bytes: int
    tables: dict[str, int]


class KeptFile(msgspec.Struct, frozen=True, array_like=True):
    """A file that a backup holds: `path` below the folder `tree`, kept as `item`."""

    tree: str
    path: str
    size: int
    changed_ns: int
    item: str


class Secrets(Discreet, frozen=True):
    """What a firm can't be opened without; names of files in the folder of secrets."""

    files: dict[str, str]


class Names(msgspec.Struct, frozen=True):
    """What the database and its two roles are called."""

    owner: str
    application: str
    database: str


class Listing(msgspec.Struct, frozen=True):
    """Everything of a backup but the database itself."""

    files: list[KeptFile]
    secrets: Secrets
    names: Names


class Shipped(msgspec.Struct, frozen=True):
    """What was last put beside the backups: how far changes came, and who was erased by then.

    `last` is the newest piece of the log of `cluster`.
    """

    at: datetime | None
    erasures: list[Erasure]
    cluster: str | None = None
    last: str | None = None


class Loaded(msgspec.Struct, frozen=True):
    """What a restored database holds: rows of each table, its schema, and what is wrong with it."""

    tables: dict[str, int]
    schema: str
    faults: list[str]


class State(msgspec.Struct, frozen=True):
    """How the backups stand: times of the newest one, of the newest change; `None` before any."""

    enabled: bool = False
    success_at: datetime | None = None
    verified_at: datetime | None = None
    shipped_at: datetime | None = None


class WrongKey(HandwerkError):
    """The backups were made with another key."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The backups in {place} were made with another key: set HANDWERK_BACKUP_KEY to the "
            "key that was kept, or name its file with --key-file."
        )


class Damaged(HandwerkError):
    """Something in the archive is not as it was written."""


class NotProved(Unavailable):
    """What was restored is not sound: nothing of it was kept."""
