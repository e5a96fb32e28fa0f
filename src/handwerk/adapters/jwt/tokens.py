"""Signs and reads access tokens: HS256 and nothing else."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import jwt
import msgspec

from handwerk.adapters.jwt.keys import KeyRing
from handwerk.domain.identity.errors import TokenRefused
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import Claims
from handwerk.domain.kernel.ids import new_id

ALGORITHM = "HS256"
ISSUER = "handwerk"
AUDIENCE = "handwerk-api"
_NEEDED = ["sub", "sid", "role", "iss", "aud", "iat", "exp", "jti"]


# Whole seconds since 1970, up to the year 4147: what `datetime` can surely hold.
Seconds = Annotated[int, msgspec.Meta(ge=0, lt=2**36)]


class _Payload(msgspec.Struct, frozen=True):
    sub: UUID
    sid: UUID
    role: Role
    iat: Seconds
    exp: Seconds


class JwtAccessTokens:
    """Access tokens signed by the ring's current key and verified by the one they name."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def issue(self, claims: Claims) -> str:
        """The claims as a signed token."""
        payload = {
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "role": claims.role.value,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": int(claims.issued_at.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
            "jti": str(new_id()),
        }
        headers = {"kid": self._keys.current_id}
        return jwt.encode(payload, self._keys.current, algorithm=ALGORITHM, headers=headers)

    def read(self, token: str, now: datetime) -> Claims:
        """The claims of a token of ours that is valid at `now`; else `TokenRefused`."""
        try:
            claims = _claims(self._verified(token))
        except (
            jwt.InvalidTokenError,
            msgspec.ValidationError,
            ValueError,
            RecursionError,
        ) as error:
            raise TokenRefused from error
        if now >= claims.expires_at:
            raise TokenRefused
        return claims

    def _verified(self, token: str) -> dict[str, Any]:
        key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise TokenRefused
        payload: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            # The time is judged by the caller's clock, not by the library's.
            options={"require": _NEEDED, "verify_exp": False, "verify_iat": False},
        )
        return payload


def _claims(payload: dict[str, Any]) -> Claims:
    told = msgspec.convert(payload, _Payload)
    return Claims(
        user_id=told.sub,
        session_id=told.sid,
        role=told.role,
        issued_at=datetime.fromtimestamp(told.iat, UTC),
        expires_at=datetime.fromtimestamp(told.exp, UTC),
    )
