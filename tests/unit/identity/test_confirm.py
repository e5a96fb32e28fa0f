"""Whether somebody is still signed in, asked by what goes on for long."""

from datetime import datetime
from uuid import UUID

import pytest
from tests.unit.identity.support import StandingClock
from tests.unit.identity.test_authentication import TOKENS, WatchedSessions

from handwerk.domain.identity.authentication import Authenticator
from handwerk.domain.identity.keys import PREFIX, ApiKey, KeyHolder
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Permission, Role
from handwerk.domain.kernel.errors import Unauthenticated
from handwerk.domain.kernel.ids import new_id

ANNA = Actor(new_id(), Role.VIEWER, new_id())
SCRIPT = Actor(new_id(), Role.MANAGER, granted=frozenset({Permission.TASK_READ}))
KEY = f"{PREFIX}0123456789"


class Keys:
    """One key, which may be revoked."""

    def __init__(self) -> None:
        self.revoked = False

    async def holder(self, key_hash: bytes, now: datetime) -> KeyHolder | None:
        """Whoever uses any key."""
        assert key_hash
        assert now.tzinfo is not None
        return None if self.revoked else KeyHolder(SCRIPT, None)

    async def of(self, user_id: UUID) -> list[ApiKey]:
        """No list is asked for."""
        raise AssertionError(user_id)


async def test_a_session_is_looked_up_each_time_and_tells_todays_role() -> None:
    """No answer is kept: an end is heard of at the next look, and so is another role."""
    sessions = WatchedSessions()
    authenticator = Authenticator(TOKENS, sessions, StandingClock())
    assert await authenticator.confirm(ANNA) == ANNA
    sessions.role = Role.TECHNICIAN
    assert (await authenticator.confirm(ANNA)).role is Role.TECHNICIAN
    sessions.role = None
    with pytest.raises(Unauthenticated):
        await authenticator.confirm(ANNA)


async def test_an_api_key_is_looked_up_each_time() -> None:
    """A key has no session; it ends when it is revoked."""
    keys = Keys()
    authenticator = Authenticator(TOKENS, WatchedSessions(), StandingClock(), keys=keys)
    assert await authenticator.confirm(SCRIPT, KEY) == SCRIPT
    keys.revoked = True
    with pytest.raises(Unauthenticated):
        await authenticator.confirm(SCRIPT, KEY)


async def test_the_program_itself_needs_no_session() -> None:
    """Nor does a stranger where strangers are let in."""
    authenticator = Authenticator(TOKENS, WatchedSessions(role=None), StandingClock())
    assert await authenticator.confirm(SYSTEM, "the local token") is SYSTEM
