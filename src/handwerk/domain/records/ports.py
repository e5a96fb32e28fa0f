"""What reading, sealing and proving the history need from the outside."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.identity.security import SecurityFilter, SecurityRecord
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.records.chain import Link, Mark, Seal, Unsealed
from handwerk.domain.records.model import HistoryEntry, HistoryFilter
from handwerk.domain.records.standing import Standing


class History(Protocol):
    """Reads the record history, newest first."""

    async def page(self, wanted: HistoryFilter, request: PageRequest) -> Page[HistoryEntry]:
        """The part of the list that `request` names; it is always sorted by `-id`."""
        ...


class Here(msgspec.Struct, frozen=True):
    """The database as it is now: its lineage, and the first transaction that may be unfinished.

    Every transaction below `unfinished` is over, and what it wrote can be seen from now on;
    `next` was not begun by then.
    """

    lineage: str
    unfinished: int
    next: int


class SealingTurn(Protocol):
    """The turn of one sealer, in one transaction; it counts once `commit` was called."""

    async def newest(self) -> Sequence[Seal]:
        """The newest seal, and the one before it, if there are any."""
        ...

    async def tail(self) -> Link | None:
        """The last link."""
        ...

    async def here(self) -> Here:
        """The database as it is now."""
        ...

    async def ripe(self, behind: Mark, here: Here, most: int) -> list[Unsealed]:
        """Entries of finished transactions behind a mark that are in no link, in order."""
        ...

    async def left_behind(self, here: Here, most: int) -> list[Unsealed]:
        """Entries in no link, wherever they stand: those of a copied database, too."""
        ...

    async def append(self, links: Sequence[Link], seal: Seal) -> None:
        """Write links and their seal."""
        ...

    async def commit(self) -> None:
        """Save it."""
        ...


class Ledger(Protocol):
    """The chain of the history, which only grows."""

    def turn(self) -> AbstractAsyncContextManager[SealingTurn | None]:
        """A sealer's turn; `None` where another sealer has it. Left without commit, it is void."""
        ...


class Proved(msgspec.Struct, frozen=True):
    """A link as it is kept, and the digest of its entry as it is today; `None` if it is gone."""

    link: Link
    digest: bytes | None
    table: str | None
    record_id: UUID | None


class Counted(msgspec.Struct, frozen=True):
    """How many of the entries up to the id `last` are in no link.

    `slipped` is the first of them whose transaction and id do not lie behind the newest seal's
    mark: it should have been sealed by then. `None` also where that seal is of another database.
    """

    last: int
    number: int
    slipped: int | None


class Evidence(Protocol):
    """What proves the chain, read in parts, so that it can be of any length."""

    async def lineage(self) -> str:
        """Which database this is."""
        ...

    async def newest(self) -> Seal | None:
        """The newest seal."""
        ...

    async def seals(self, behind: int, most: int) -> list[Seal]:
        """Seals in the order of their numbers, those above `behind`."""
        ...

    async def links(self, behind: int, most: int) -> list[Proved]:
        """Links in the order of their places, those above `behind`."""
        ...

    async def unsealed(self, behind: int, most: int) -> Counted | None:
        """What is in no link among the next `most` entries above an id; `None` behind the last."""
        ...


class Head(msgspec.Struct, frozen=True):
    """The end of the chain, as it is told outside of the database."""

    lineage: str
    place: int
    hash: bytes


class Heads(Protocol):
    """Keeps the ends of the chain where the database's owner has no hand in it."""

    async def keep(self, seal: Seal) -> None:
        """Keep where a seal has the chain end. What can't be kept is no reason to fail."""
        ...

    async def kept(self, lineage: str) -> list[Head]:
        """All that were kept of that database, oldest first."""
        ...


class SecurityLog(Protocol):
    """What happened to the firm's doors: sign-ins, refusals, changes of who may do what."""

    async def page(self, wanted: SecurityFilter, request: PageRequest) -> Page[SecurityRecord]:
        """The part of the list that `request` names; it is always sorted by `-at`."""
        ...


class Oversight(Protocol):
    """Knows how the firm stands with its books."""

    async def standing(self) -> Standing:
        """How it stands now, read in some milliseconds."""
        ...
