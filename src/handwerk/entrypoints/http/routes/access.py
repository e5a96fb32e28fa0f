"""One's own ways in: sessions that are open, and API keys for scripts."""

from typing import Any

from litestar import Router, delete, get, post
from litestar.params import JSONBody

from handwerk.domain.identity.keys import ApiKey, ApiKeyInput, NewApiKey
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.use_cases import access
from handwerk.domain.identity.use_cases.access import OpenSession
from handwerk.domain.kernel.ids import parse_id
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    ApiKeysNeed,
    AuthenticatorNeed,
    ClockNeed,
    OwnSessionsNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId
from handwerk.entrypoints.http.routes.auth import UNCACHED, forget


@get("/sessions", opt=needs(Permission.OWN_DATA))
async def list_sessions(
    request: StrictRequest, sessions: OwnSessionsNeed, clock: ClockNeed
) -> JSONResponse[list[OpenSession]]:
    """Answer your sign-ins that still last, newest first."""
    return JSONResponse(await access.own_sessions(request.actor, sessions=sessions, clock=clock))


@delete("/sessions", opt=needs(Permission.OWN_DATA))
async def end_other_sessions(
    request: StrictRequest,
    transactions: TransactionsNeed,
    authenticator: AuthenticatorNeed,
    clock: ClockNeed,
) -> None:
    """End all of your sessions but this one."""
    await access.end_other_sessions(request.actor, transactions=transactions, clock=clock)
    forget(authenticator, request.actor.user_id)


@delete("/sessions/{id:str}", opt=needs(Permission.OWN_DATA))
async def end_session(
    request: StrictRequest,
    session_id: RecordId,
    transactions: TransactionsNeed,
    authenticator: AuthenticatorNeed,
    clock: ClockNeed,
) -> None:
    """End one of your sessions; its tokens are worth nothing anywhere within five seconds."""
    await access.end_session(
        parse_id(session_id), actor=request.actor, transactions=transactions, clock=clock
    )
    forget(authenticator, request.actor.user_id)


@get("/keys", opt=needs(Permission.OWN_DATA))
async def list_keys(request: StrictRequest, api_keys: ApiKeysNeed) -> JSONResponse[list[ApiKey]]:
    """Answer your API keys, newest first, the revoked too. The keys themselves are not kept."""
    return JSONResponse(await access.own_keys(request.actor, keys=api_keys))


@post("/keys", opt=needs(Permission.OWN_DATA), status_code=201)
async def make_key(
    request: StrictRequest,
    data: JSONBody[ApiKeyInput],
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> JSONResponse[NewApiKey]:
    """Make an API key, which is answered this once. Send it as `Authorization: Bearer hw_…`.

    It may what `permissions` names, all of which you must hold, and at each use no more than your
    role holds then. Keys are made by a sign-in, not by another key.
    """
    made = await access.make_key(data, actor=request.actor, transactions=transactions, clock=clock)
    return JSONResponse(made, status_code=201, headers=UNCACHED)


@delete("/keys/{id:str}", opt=needs(Permission.OWN_DATA))
async def revoke_key(
    request: StrictRequest,
    key_id: RecordId,
    transactions: TransactionsNeed,
    authenticator: AuthenticatorNeed,
    clock: ClockNeed,
) -> None:
    """Revoke one of your API keys; it is worth nothing anywhere within five seconds."""
    await access.revoke_key(
        parse_id(key_id), actor=request.actor, transactions=transactions, clock=clock
    )
    forget(authenticator, request.actor.user_id)


HANDLERS: list[Any] = [
    list_sessions,
    end_other_sessions,
    end_session,
    list_keys,
    make_key,
    revoke_key,
]
router = Router("/auth", route_handlers=HANDLERS, tags=["Sign-in"])
