"""What sign-in and user management need from the outside."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handwerk.domain.identity.erasure import Erasure
from handwerk.domain.identity.keys import ApiKey, KeyHolder
from handwerk.domain.identity.limits import Allowance
from handwerk.domain.identity.model import Credentials, User
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.security import SecurityEvent
from handwerk.domain.identity.sessions import Claims, Session
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.transaction import Transaction


class Users(Protocol):
    """Reads users that are saved."""

    async def get(self, user_id: UUID) -> User | None:
        """The user with that id, or `None`."""
        ...

    async def page(self, request: PageRequest) -> Page[User]:
        """The part of the list that `request` names, in its order, ties by ascending id."""
        ...

    async def credentials(self, email: str) -> Credentials | None:
        """The user whom that e-mail (normalised) names, with the password's hash."""
        ...

    async def is_empty(self) -> bool:
        """Whether there is no user yet."""
        ...


class Sessions(Protocol):
    """Looks up sessions on the way of every request."""

    async def role_of(self, session_id: UUID, now: datetime) -> Role | None:
        """The role, as it is today, of the user whose session this is.

        `None` where the session has ended or expired, or its user is disabled or gone.
        """
        ...

    async def roles_of(self, session_ids: Collection[UUID], now: datetime) -> dict[UUID, Role]:
        """The same for many; sessions without a role are missing."""
        ...


class OwnSessions(Protocol):
    """Lists the sessions of one user."""

    async def open_of(self, user_id: UUID, now: datetime) -> list[Session]:
        """The user's sessions that have neither ended nor expired, newest first."""
        ...


class ApiKeys(Protocol):
    """Looks up API keys."""

    async def holder(self, key_hash: bytes, now: datetime) -> KeyHolder | None:
        """Who uses the key with that hash; the use is noted, at most once a minute.

        `None` where it is unknown, revoked or expired, or its owner is disabled or gone.
        """
        ...

    async def of(self, user_id: UUID) -> list[ApiKey]:
        """The user's keys, the revoked too, newest first."""
        ...


class UserStore(Protocol):
    """The users inside a transaction. `commit` raises `EmailTaken` for an e-mail that is known."""

    async def admins(self) -> frozenset[UUID]:
        """The ids of all active admins.

        No other transaction that asked the same gets its answer before this one ends, so whoever
        asks before it changes users can trust the answer to the end.
        """
        ...

    async def is_empty(self) -> bool:
        """Whether there is no user yet."""
        ...

    async def locked(self, user_id: UUID) -> Credentials | None:
        """The user and the password's hash, held until the transaction ends."""
        ...

    def add(self, user: User, password_hash: str) -> None:
        """Note a new user."""
        ...

    def save(self, user: User, password_hash: str | None = None) -> None:
        """Note what changed in a locked user; without a hash the password stays."""
        ...

    def remove(self, user_id: UUID) -> None:
        """Note that a locked user is erased, with sessions, keys and all that names the person.

        Only the id remains, among the erased.
        """
        ...

    async def erased(self) -> list[Erasure]:
        """Who was ever removed."""
        ...

    def note_erased(self, erasure: Erasure) -> None:
        """Note an erasure of somebody whom this database does not hold (any more)."""
        ...


class SessionStore(Protocol):
    """The sessions inside a transaction."""

    async def locked(self, session_id: UUID) -> Session | None:
        """The session, held until the transaction ends."""
        ...

    def add(self, session: Session) -> None:
        """Note a new session."""
        ...

    def save(self, session: Session) -> None:
        """Note what changed in a locked session."""
        ...

    def end_all(self, user_id: UUID, now: datetime, keep: UUID | None = None) -> None:
        """Note that every open session of that user ends now, `keep` aside."""
        ...

    def remove_expired(self, user_id: UUID, now: datetime) -> None:
        """Note that the user's sessions that expired before `now` are forgotten."""
        ...


class ApiKeyStore(Protocol):
    """The API keys inside a transaction."""

    async def locked(self, user_id: UUID) -> list[ApiKey]:
        """The user's keys, the user held until the transaction ends."""
        ...

    def add(self, user_id: UUID, key: ApiKey, key_hash: bytes) -> None:
        """Note a new key of that user."""
        ...

    def save(self, key: ApiKey) -> None:
        """Note what changed in a key of a locked user."""
        ...


class IdentityTransaction(Transaction, Protocol):
    """A transaction that knows users, their sessions and their keys."""

    @property
    def users(self) -> UserStore:
        """The users as this transaction sees them."""
        ...

    @property
    def sessions(self) -> SessionStore:
        """The sessions as this transaction sees them."""
        ...

    @property
    def keys(self) -> ApiKeyStore:
        """The API keys as this transaction sees them."""
        ...

    def report(self, event: SecurityEvent) -> None:
        """Write an event into the security log."""
        ...


Transactions = Callable[[], IdentityTransaction]


class SecurityRecorder(Protocol):
    """Keeps events that no transaction of their own belongs to."""

    async def write(self, events: Sequence[SecurityEvent]) -> None:
        """Write them, all or none."""
        ...


class PasswordHasher(Protocol):
    """Makes and checks slow, salted hashes. Refuses with `Unavailable` when too many wait."""

    async def hash(self, password: str) -> str:
        """A hash of `password` with a salt of its own, by today's parameters."""
        ...

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the hash is one of `password`. `None` costs the same work and is never right."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made by other parameters than today's."""
        ...


class AccessTokens(Protocol):
    """Signs claims, and reads what it signed."""

    def issue(self, claims: Claims) -> str:
        """The claims as a signed token."""
        ...

    def read(self, token: str, now: datetime) -> Claims:
        """The claims of a token that this firm signed and that is valid at `now`.

        Anything else raises `TokenRefused`.
        """
        ...


class RateLimit(Protocol):
    """Counts what each key takes, over all processes of the firm.

    When the common store is away, each process counts by itself until it is back: nobody is
    refused, or waits longer than 200 ms, because of that.
    """

    async def take(self, key: str) -> Allowance:
        """One permit of `key`, or the refusal with the time to wait."""
        ...
