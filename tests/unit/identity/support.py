"""A firm in memory with a clock that stands still, for tests of sign-in."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher

from handwerk.adapters.argon2 import Argon2Passwords
from handwerk.adapters.jwt import JwtAccessTokens, KeyRing
from handwerk.adapters.memory.identity import (
    MemoryApiKeys,
    MemoryRateLimit,
    MemorySessions,
    MemoryUsers,
)
from handwerk.adapters.memory.store import MemoryStore
from handwerk.domain.identity.authentication import Authenticator
from handwerk.domain.identity.model import SYSTEM, Actor, Login, User, UserInput
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import SignedIn
from handwerk.domain.identity.use_cases import sign_in, users

NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
SECRET = "a secret of more than thirty-two characters"
PASSWORD = "Kiefer im Regen 7"


class StandingClock:
    """Moves only when told."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def today(self) -> date:
        return self._now.date()

    def move(self, by: timedelta) -> None:
        self._now += by


class CountedPasswords(Argon2Passwords):
    """Argon2 with the cheapest parameters; counts what it was asked."""

    def __init__(self, *, time_cost: int = 1) -> None:
        super().__init__(PasswordHasher(time_cost=time_cost, memory_cost=8, parallelism=1))
        self.verified = 0
        self.hashed = 0

    async def hash(self, password: str) -> str:
        self.hashed += 1
        return await super().hash(password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.verified += 1
        return await super().verify(password_hash, password)


class Firm:
    """Everything that sign-in needs, in memory."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = StandingClock()
        self.users = MemoryUsers(self.store.users)
        self.sessions = MemorySessions(self.store.sessions, self.store.users)
        self.passwords = CountedPasswords()
        self.tokens = JwtAccessTokens(KeyRing([SECRET]))
        self.limit = MemoryRateLimit(sign_in.SIGN_IN_LIMIT, self.clock)
        self.address_limit = MemoryRateLimit(sign_in.ADDRESS_LIMIT, self.clock)
        self.keys = MemoryApiKeys(self.store.keys, self.store.users)
        self.authenticator = Authenticator(self.tokens, self.sessions, self.clock, keys=self.keys)

    async def hire(
        self, email: str = "anna@firma.de", role: Role = Role.VIEWER, name: str = "Jo"
    ) -> User:
        given = UserInput(email=email, name=name, password=PASSWORD, role=role)
        return await users.create_user(
            given,
            actor=SYSTEM,
            transactions=self.store.transaction,
            passwords=self.passwords,
            clock=self.clock,
        )

    async def change(self, user_id: UUID, change: UserInput, actor: Actor = SYSTEM) -> User:
        return await users.change_user(
            user_id,
            change,
            actor=actor,
            users=self.users,
            transactions=self.store.transaction,
            passwords=self.passwords,
            clock=self.clock,
        )

    async def login(
        self, email: str = "anna@firma.de", password: str = PASSWORD, address: str = "10.0.0.1"
    ) -> SignedIn:
        return await sign_in.login(
            Login(email, password),
            address=address,
            users=self.users,
            transactions=self.store.transaction,
            passwords=self.passwords,
            tokens=self.tokens,
            limit=self.limit,
            address_limit=self.address_limit,
            clock=self.clock,
        )

    async def refresh(self, refresh_token: str) -> SignedIn:
        return await sign_in.refresh(
            refresh_token,
            sessions=self.sessions,
            transactions=self.store.transaction,
            tokens=self.tokens,
            clock=self.clock,
        )
