"""Signing in and out, and what belongs to oneself."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody

from handwerk.domain.identity.discreet import Discreet
from handwerk.domain.identity.model import Login, PasswordChange, User
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.sessions import SignedIn
from handwerk.domain.identity.use_cases import sign_in
from handwerk.domain.identity.use_cases import users as own
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    AddressLimitNeed,
    AuthenticatorNeed,
    ClockNeed,
    PasswordsNeed,
    SessionsNeed,
    SignInLimitNeed,
    TokensNeed,
    TransactionsNeed,
    UsersNeed,
)
from handwerk.entrypoints.http.permissions import needs, open_to_all
from handwerk.entrypoints.http.records import record_response

# RFC 6749, 5.1: tokens are not for any cache.
UNCACHED = {"Cache-Control": "no-store"}


class Refresh(Discreet, frozen=True, forbid_unknown_fields=True):
    """The refresh token of the last sign-in or refresh; it is spent by being sent."""

    refresh_token: Annotated[str, msgspec.Meta(max_length=1024)]


@post(
    "/login",
    opt=open_to_all(
        answers={
            401: "E-mail or password is wrong, or the user is disabled.",
            429: "Too many attempts for this account from this address.",
        }
    ),
    status_code=200,
)
async def login(
    request: StrictRequest,
    data: JSONBody[Login],
    users: UsersNeed,
    transactions: TransactionsNeed,
    passwords: PasswordsNeed,
    tokens: TokensNeed,
    sign_in_limit: SignInLimitNeed,
    address_limit: AddressLimitNeed,
    clock: ClockNeed,
) -> JSONResponse[SignedIn]:
    """Begin a session. Ten attempts in five minutes are let through per account and address.

    Of one address, whatever the account, 600.
    """
    signed_in = await sign_in.login(
        data,
        address=request.client.host if request.client else "unknown",
        users=users,
        transactions=transactions,
        passwords=passwords,
        tokens=tokens,
        limit=sign_in_limit,
        address_limit=address_limit,
        clock=clock,
    )
    return JSONResponse(signed_in, headers=UNCACHED)


@post(
    "/refresh",
    opt=open_to_all(answers={401: "The token is spent, unknown, or its session is over."}),
    status_code=200,
)
async def refresh(
    data: JSONBody[Refresh],
    sessions: SessionsNeed,
    transactions: TransactionsNeed,
    tokens: TokensNeed,
    clock: ClockNeed,
) -> JSONResponse[SignedIn]:
    """Spend a refresh token for a new pair. One that was spent before ends the session."""
    signed_in = await sign_in.refresh(
        data.refresh_token,
        sessions=sessions,
        transactions=transactions,
        tokens=tokens,
        clock=clock,
    )
    return JSONResponse(signed_in, headers=UNCACHED)


@post("/logout", opt=needs(Permission.OWN_DATA), status_code=204)
async def logout(
    request: StrictRequest,
    transactions: TransactionsNeed,
    authenticator: AuthenticatorNeed,
    clock: ClockNeed,
) -> None:
    """End this session; its tokens are worth nothing from now on."""
    await sign_in.logout(request.actor, transactions=transactions, clock=clock)
    forget(authenticator, request.actor.user_id)


@get("/me", opt=needs(Permission.OWN_DATA))
async def me(request: StrictRequest, users: UsersNeed) -> Response[User]:
    """Answer the user who asks."""
    return record_response(request, await own.me(request.actor, users))


@post("/password", opt=needs(Permission.OWN_DATA), status_code=204)
async def change_password(
    request: StrictRequest,
    data: JSONBody[PasswordChange],
    users: UsersNeed,
    transactions: TransactionsNeed,
    passwords: PasswordsNeed,
    sign_in_limit: SignInLimitNeed,
    authenticator: AuthenticatorNeed,
    clock: ClockNeed,
) -> None:
    """Take another password. All other sessions of the user end."""
    await own.change_password(
        data,
        actor=request.actor,
        users=users,
        transactions=transactions,
        passwords=passwords,
        limit=sign_in_limit,
        clock=clock,
    )
    forget(authenticator, request.actor.user_id)


def forget(authenticator: AuthenticatorNeed, user_id: UUID | None) -> None:
    """In this process the change counts at once, in others within five seconds."""
    if user_id is not None:
        authenticator.forget(user_id)


HANDLERS: list[Any] = [login, refresh, logout, me, change_password]
router = Router("/auth", route_handlers=HANDLERS, tags=["Sign-in"])
