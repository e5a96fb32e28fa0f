"""Users, sessions and limits in memory."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from handwerk.adapters.memory.note import Note
from handwerk.domain.identity.erasure import Erasure
from handwerk.domain.identity.errors import EmailTaken
from handwerk.domain.identity.keys import NOTED_EVERY, ApiKey, KeyHolder
from handwerk.domain.identity.limits import Allowance, Limit, SlidingWindow
from handwerk.domain.identity.model import Actor, Credentials, User
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.security import SecurityEvent
from handwerk.domain.identity.sessions import Session
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.pages import Cursor, Page, PageRequest

Known = dict[UUID, Credentials]


class MemoryUsers:
    """Reads users."""

    def __init__(self, known: Known) -> None:
        self._known = known

    async def get(self, user_id: UUID) -> User | None:
        """The user with that id, or `None`."""
        known = self._known.get(user_id)
        return None if known is None else known.user

    async def page(self, request: PageRequest) -> Page[User]:
        """The part of the list that `request` names."""
        newest_first = request.sort.startswith("-")
        users = sorted((known.user for known in self._known.values()), key=lambda user: user.id)
        users.sort(key=lambda user: user.created_at, reverse=newest_first)
        start = request.skip
        if request.cursor is not None:
            place, last_id = msgspec.convert(request.cursor.value, datetime), request.cursor.id
            start = sum(1 for u in users if not _is_behind(u, place, last_id, newest_first))
        items = users[start : start + request.limit]
        more = len(users) > start + request.limit
        following = Cursor(request.sort, str(items[-1].created_at), items[-1].id) if more else None
        return Page(items, len(users), next=following)

    async def credentials(self, email: str) -> Credentials | None:
        """The user whom that e-mail names, with the password's hash."""
        return next((known for known in self._known.values() if known.user.email == email), None)

    async def is_empty(self) -> bool:
        """Whether there is no user yet."""
        return not self._known


class MemorySessions:
    """Looks up sessions."""

    def __init__(self, sessions: dict[UUID, Session], known: Known) -> None:
        self._sessions = sessions
        self._known = known

    async def role_of(self, session_id: UUID, now: datetime) -> Role | None:
        """The role of the user whose open session this is."""
        session = self._sessions.get(session_id)
        if session is None or not session.is_open(now):
            return None
        user = self._known[session.user_id].user
        return user.role if user.is_active else None

    async def roles_of(self, session_ids: Collection[UUID], now: datetime) -> dict[UUID, Role]:
        """The roles of the users whose open sessions these are."""
        found = {known: await self.role_of(known, now) for known in session_ids}
        return {known: role for known, role in found.items() if role is not None}

    async def open_of(self, user_id: UUID, now: datetime) -> list[Session]:
        """The user's open sessions, newest first."""
        mine = [s for s in self._sessions.values() if s.user_id == user_id and s.is_open(now)]
        return sorted(mine, key=lambda each: (-each.created_at.timestamp(), each.id))

    async def purge(self) -> int:
        """Remove the sessions that have expired; answers how many."""
        now = datetime.now(UTC)
        expired = [key for key, each in self._sessions.items() if each.expires_at < now]
        for key in expired:
            del self._sessions[key]
        return len(expired)


class MemoryUserStore:
    """The users inside a transaction. Memory has one writer, so nothing need be locked."""

    def __init__(
        self, known: Known, sessions: dict[UUID, Session], erasures: list[Erasure], note: Note
    ) -> None:
        self._known = known
        self._sessions = sessions
        self._erasures = erasures
        self._note = note

    async def admins(self) -> frozenset[UUID]:
        """The ids of all active admins."""
        users = (known.user for known in self._known.values())
        return frozenset(user.id for user in users if user.is_active_admin)

    async def is_empty(self) -> bool:
        """Whether there is no user yet."""
        return not self._known

    async def locked(self, user_id: UUID) -> Credentials | None:
        """The user and the password's hash."""
        return self._known.get(user_id)

    def add(self, user: User, password_hash: str) -> None:
        """Note a new user."""
        self._put(Credentials(user, password_hash))

    def save(self, user: User, password_hash: str | None = None) -> None:
        """Note what changed in a user."""
        self._put(Credentials(user, password_hash or self._known[user.id].password_hash))

    def remove(self, user_id: UUID) -> None:
        """Note that a user is erased, and the sessions too."""

        def deed() -> None:
            del self._known[user_id]
            for session in [s for s in self._sessions.values() if s.user_id == user_id]:
                del self._sessions[session.id]

        self._note(deed)
        self.note_erased(Erasure(user_id, datetime.now(UTC)))

    async def erased(self) -> list[Erasure]:
        """Who was ever removed."""
        return list(self._erasures)

    def note_erased(self, erasure: Erasure) -> None:
        """Note an erasure."""

        def deed() -> None:
            if all(erasure.user_id != known.user_id for known in self._erasures):
                self._erasures.append(erasure)

        self._note(deed)

    def _put(self, credentials: Credentials) -> None:
        user = credentials.user

        def check() -> None:
            others = (known.user for known in self._known.values() if known.user.id != user.id)
            if any(other.email == user.email for other in others):
                raise EmailTaken

        self._note(lambda: self._known.__setitem__(user.id, credentials), check)


class MemorySessionStore:
    """The sessions inside a transaction."""

    def __init__(self, sessions: dict[UUID, Session], note: Note) -> None:
        self._sessions = sessions
        self._note = note

    async def locked(self, session_id: UUID) -> Session | None:
        """The session."""
        return self._sessions.get(session_id)

    def add(self, session: Session) -> None:
        """Note a new session."""
        self._note(lambda: self._sessions.__setitem__(session.id, session))

    def save(self, session: Session) -> None:
        """Note what changed in a session."""
        self.add(session)

    def end_all(self, user_id: UUID, now: datetime, keep: UUID | None = None) -> None:
        """Note that every open session of that user ends now, `keep` aside."""

        def deed() -> None:
            for session in self._of(user_id):
                if session.id != keep:
                    self._sessions[session.id] = session.ended(now)

        self._note(deed)

    def remove_expired(self, user_id: UUID, now: datetime) -> None:
        """Note that the user's sessions that expired before `now` are forgotten."""

        def deed() -> None:
            for session in self._of(user_id):
                if session.expires_at < now:
                    del self._sessions[session.id]

        self._note(deed)

    def _of(self, user_id: UUID) -> list[Session]:
        return [session for session in self._sessions.values() if session.user_id == user_id]


class KeptKey(msgspec.Struct, frozen=True):
    """A key, whose it is, and what it is found by."""

    user_id: UUID
    hash: bytes
    key: ApiKey


Keyring = dict[UUID, KeptKey]


class MemoryApiKeys:
    """Looks up API keys."""

    def __init__(self, keys: Keyring, known: Known) -> None:
        self._keys = keys
        self._known = known

    async def holder(self, key_hash: bytes, now: datetime) -> KeyHolder | None:
        """Who uses the key with that hash, if it is good."""
        kept = next((each for each in self._keys.values() if each.hash == key_hash), None)
        owner = None if kept is None else self._known.get(kept.user_id)
        if kept is None or owner is None or not owner.user.is_active or not kept.key.is_good(now):
            return None
        used = kept.key.last_used_at
        if used is None or used < now - NOTED_EVERY:
            noted = msgspec.structs.replace(kept.key, last_used_at=now)
            self._keys[kept.key.id] = msgspec.structs.replace(kept, key=noted)
        granted = frozenset(kept.key.permissions)
        actor = Actor(kept.user_id, owner.user.role, granted=granted)
        return KeyHolder(actor, kept.key.expires_at)

    async def of(self, user_id: UUID) -> list[ApiKey]:
        """The user's keys, newest first."""
        return keys_of(self._keys, user_id)


class MemoryApiKeyStore:
    """The API keys inside a transaction."""

    def __init__(self, keys: Keyring, note: Note) -> None:
        self._keys = keys
        self._note = note

    async def locked(self, user_id: UUID) -> list[ApiKey]:
        """The user's keys."""
        return keys_of(self._keys, user_id)

    def add(self, user_id: UUID, key: ApiKey, key_hash: bytes) -> None:
        """Note a new key of that user."""
        told = {field: getattr(key, field) for field in ApiKey.__struct_fields__}
        kept = KeptKey(user_id, key_hash, ApiKey(**told))
        self._note(lambda: self._keys.__setitem__(key.id, kept))

    def save(self, key: ApiKey) -> None:
        """Note what changed in a key."""
        changed = msgspec.structs.replace(self._keys[key.id], key=key)
        self._note(lambda: self._keys.__setitem__(key.id, changed))


def keys_of(keys: Keyring, user_id: UUID) -> list[ApiKey]:
    """A user's keys, newest first."""
    mine = [kept.key for kept in keys.values() if kept.user_id == user_id]
    return sorted(mine, key=lambda key: (-key.created_at.timestamp(), key.id))


class MemorySecurityRecorder:
    """Keeps events in a list."""

    def __init__(self, events: list[SecurityEvent]) -> None:
        self._events = events

    async def write(self, events: Sequence[SecurityEvent]) -> None:
        """Keep events."""
        self._events.extend(events)


class MemoryRateLimit:
    """One limit within one process."""

    def __init__(self, limit: Limit, clock: Clock) -> None:
        self._window = SlidingWindow(limit)
        self._clock = clock

    async def take(self, key: str) -> Allowance:
        """One permit of `key`, or the refusal with the time to wait."""
        return self._window.take(key, self._clock.now().timestamp())


def _is_behind(user: User, place: datetime, last_id: UUID, newest_first: bool) -> bool:
    if user.created_at == place:
        return user.id > last_id
    return user.created_at < place if newest_first else user.created_at > place
