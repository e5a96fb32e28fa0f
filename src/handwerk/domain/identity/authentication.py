"""Who sends this request: asked for every single one, so the answer is kept for five seconds.

Who asks again and again is looked up anew before those are over, together with others and behind
the answers: so a thousand people cost some questions a second, and none of them waits for one.
"""

import asyncio
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

import msgspec

from handwerk.domain.identity.errors import NotSignedIn, TokenRefused
from handwerk.domain.identity.keys import PREFIX, key_hash
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.ports import AccessTokens, ApiKeys, Sessions
from handwerk.domain.identity.sessions import Claims
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Unavailable

# An ended session and a disabled user are refused this soon, in every process.
TRUSTED_FOR = timedelta(seconds=5)
# What is this old when it is needed is looked up again so much later, with what comes meanwhile.
RENEWED_FROM = timedelta(seconds=3)
RENEWED_AFTER = 0.25
# Beyond this many the token that was checked longest ago is checked again when it returns.
MOST_TOKENS = 10_000
# Ours have some 400 characters.
LONGEST_TOKEN = 2_048


class _Checked(msgspec.Struct, frozen=True):
    actor: Actor
    # `None` for an API key, which says nothing by itself.
    claims: Claims | None
    checked_at: datetime
    good_until: datetime
    # From when on it is looked up again.
    renewed_from: datetime


class Authenticator:
    """Turns the bearer token of a request into its actor.

    `local_token` is the secret that a command on the same machine reads from the data folder; it
    acts as the program itself. `keys` are looked up for tokens that begin as API keys do; without
    them there are none. `anonymous_role` lets requests without a token act in that role.
    Use it on one event loop.
    """

    def __init__(
        self,
        tokens: AccessTokens,
        sessions: Sessions,
        clock: Clock,
        *,
        keys: ApiKeys | None = None,
        local_token: str | None = None,
        anonymous_role: Role | None = None,
    ) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._clock = clock
        self._keys = keys
        self._local_token = local_token.encode() if local_token else None
        # The setting may spell the role as text.
        self._stranger = None if anonymous_role is None else Actor(None, Role(anonymous_role))
        self._checked: dict[str, _Checked] = {}
        self._checks: dict[str, asyncio.Task[Actor]] = {}
        self._stale: dict[str, _Checked] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def authenticate(self, token: str | None) -> Actor:
        """The actor whom `token` names; else `Unauthenticated`. A known token costs a look-up."""
        if token is None:
            return self._anonymous()
        known = self._checked.get(token)
        # A clock that was set back must not make an old answer good again.
        now = self._clock.now()
        if known is not None and known.checked_at <= now < known.good_until:
            if now >= known.renewed_from:
                self._renew_soon(token, known)
            return known.actor
        if len(token) > LONGEST_TOKEN:
            raise TokenRefused
        if self._is_local(token):
            return SYSTEM
        return await self._check_once(token)

    async def confirm(self, actor: Actor, token: str | None = None) -> Actor:
        """Whom `actor` is by now, for what goes on for long: the role may be another.

        `token` is what was shown at the beginning. `Unauthenticated` where the session or the API
        key has ended; nothing older than this call is trusted.
        """
        now = self._clock.now()
        if token is not None and token.startswith(PREFIX):
            return await self._check_key(token, now)
        if actor.session_id is None:
            return actor
        role = await self._sessions.role_of(actor.session_id, now)
        if role is None:
            raise TokenRefused
        return Actor(actor.user_id, role, actor.session_id)

    def forget(self, user_id: UUID) -> None:
        """Check the tokens of that user anew, since something about the user changed."""
        self._checked = {
            token: known for token, known in self._checked.items() if known.actor.user_id != user_id
        }

    def _anonymous(self) -> Actor:
        if self._stranger is None:
            raise NotSignedIn
        return self._stranger

    def _is_local(self, token: str) -> bool:
        expected = self._local_token
        return expected is not None and compare_digest(expected, token.encode("utf-8", "replace"))

    async def _check_once(self, token: str) -> Actor:
        """Check `token`; requests that bring the same one meanwhile wait for the same answer."""
        check = self._checks.get(token)
        if check is None:
            check = asyncio.create_task(self._check(token))
            self._checks[token] = check
            check.add_done_callback(lambda done: self._settle(token, done))
        # Shielded: a client that hangs up must not take the answer from the others.
        return await asyncio.shield(check)

    def _settle(self, token: str, done: asyncio.Task[Actor]) -> None:
        del self._checks[token]
        if not done.cancelled():
            # Looked at, so that a refusal is no stray error where every waiting client hung up.
            done.exception()

    def _renew_soon(self, token: str, known: _Checked) -> None:
        self._stale[token] = known
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        """Look up at once whoever is due. What fails here is looked up again when it is needed."""
        try:
            await asyncio.sleep(RENEWED_AFTER)
            stale, self._stale = self._stale, {}
            now = self._clock.now()
            sessions = {c.claims.session_id for c in stale.values() if c.claims is not None}
            roles = await self._sessions.roles_of(sessions, now)
            for token, known in stale.items():
                # Where it was forgotten or checked meanwhile, this answer may be the older one.
                claims = known.claims if self._checked.get(token) is known else None
                if claims is not None and claims.session_id in roles:
                    self._keep_session(token, claims, roles[claims.session_id], now)
        except Unavailable:
            pass
        finally:
            self._renewing = None

    async def _check(self, token: str) -> Actor:
        now = self._clock.now()
        if token.startswith(PREFIX):
            return await self._check_key(token, now)
        claims = self._claims(token, now)
        role = await self._sessions.role_of(claims.session_id, now)
        if role is None:
            self._checked.pop(token, None)
            raise TokenRefused
        return self._keep_session(token, claims, role, now)

    def _keep_session(self, token: str, claims: Claims, role: Role, now: datetime) -> Actor:
        actor = Actor(claims.user_id, role, claims.session_id)
        until = min(now + TRUSTED_FOR, claims.expires_at)
        self._keep(token, _Checked(actor, claims, now, until, now + RENEWED_FROM))
        return actor

    async def _check_key(self, token: str, now: datetime) -> Actor:
        holder = await self._keys.holder(key_hash(token), now) if self._keys else None
        if holder is None:
            self._checked.pop(token, None)
            raise TokenRefused
        end = min(now + TRUSTED_FOR, holder.expires_at or now + TRUSTED_FOR)
        self._keep(token, _Checked(holder.actor, None, now, end, end))
        return holder.actor

    def _claims(self, token: str, now: datetime) -> Claims:
        known = self._checked.get(token)
        if known is None or known.claims is None:
            return self._tokens.read(token, now)
        if now >= known.claims.expires_at:
            del self._checked[token]
            raise TokenRefused
        return known.claims

    def _keep(self, token: str, checked: _Checked) -> None:
        self._checked.pop(token, None)
        self._checked[token] = checked
        if len(self._checked) > MOST_TOKENS:
            del self._checked[next(iter(self._checked))]
