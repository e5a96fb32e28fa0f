"""What privacy needs from the outside."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handwerk.domain.identity.model import User
from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.privacy.model import Consent, Export, KeptExport, SignIn
from handwerk.domain.privacy.redaction import Occurrence, Redactor


class People(Protocol):
    """Knows who has an account."""

    async def get(self, user_id: UUID) -> User | None:
        """The user with that id, or `None`."""
        ...


class PersonalRecords(Protocol):
    """Reads what is kept of a person, by the person's id."""

    async def consents(self, user_id: UUID, skip: int, limit: int) -> tuple[list[Consent], int]:
        """The person's words on consent, newest first, and how many there are."""
        ...

    async def sessions(self, user_id: UUID) -> list[SignIn]:
        """The person's sessions, newest first."""
        ...

    async def exports(self, user_id: UUID, now: datetime) -> list[Export]:
        """The person's exports that can still be fetched, newest first."""
        ...

    async def export(self, export_id: UUID) -> KeptExport | None:
        """The export with that id."""
        ...

    async def counts(self, user_id: UUID) -> dict[str, int]:
        """How many records of each kind name the person."""
        ...

    def everything(self, user_id: UUID) -> AsyncIterator[tuple[str, Sequence[bytes]]]:
        """All of them: the kind, and some records as JSON. Of secrets there are none."""
        ...


class PrivacyStore(Protocol):
    """Consents and exports inside a transaction."""

    def add_consent(self, user_id: UUID, consent: Consent) -> None:
        """Note a person's word."""
        ...

    def add_export(self, kept: KeptExport) -> None:
        """Note an export."""
        ...

    async def expired(self, before: datetime) -> list[str]:
        """Remove the exports that ended before then; answers their files."""
        ...


class FreeTexts(Protocol):
    """The texts that people write, inside a transaction."""

    async def holding(self, text: str, most: int) -> list[Occurrence]:
        """Which records hold `text`, whatever its case, at most so many of each kind."""
        ...

    async def redact(self, found: Occurrence, redactor: Redactor) -> None:
        """Take the text out of that record."""
        ...

    async def in_history(self, text: str, most: int) -> int:
        """How many entries of the history hold `text`; counting ends at `most`."""
        ...


class PrivacyTransaction(Transaction, Protocol):
    """A transaction that knows consents, exports and free texts."""

    @property
    def privacy(self) -> PrivacyStore:
        """Consents and exports as this transaction sees them."""
        ...

    @property
    def free_texts(self) -> FreeTexts:
        """Free texts as this transaction sees them."""
        ...


Transactions = Callable[[], PrivacyTransaction]


class AccessLines(Protocol):
    """The access log's files."""

    def of(self, user_id: UUID) -> AsyncIterator[Sequence[bytes]]:
        """The lines of that user's requests, some at a time."""
        ...

    async def purge(self, days: int) -> int:
        """Remove the files of days before the last `days`; answers how many."""
        ...


class SealedFiles(Protocol):
    """Encrypts what a file is to hold; each has a key of its own."""

    def lock_away(self, content: bytes, purpose: bytes) -> tuple[bytes, bytes]:
        """The key (sealed), and `content` under it."""
        ...

    def take_out(self, key: bytes, locked: bytes, purpose: bytes) -> bytes:
        """What `lock_away` was given."""
        ...
