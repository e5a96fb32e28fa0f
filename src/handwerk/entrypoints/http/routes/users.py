"""Managing users, for admins."""

from functools import partial
from typing import Any

from litestar import Response, Router, delete, get, post, put
from litestar.params import JSONBody

from handwerk.domain.identity.model import SORTABLE, User
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.use_cases import users as use_cases
from handwerk.domain.identity.use_cases.erasing import keep_erasures
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.ids import parse_id
from handwerk.entrypoints.http.bodies import UserBody
from handwerk.entrypoints.http.conditions import expected_versions
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.json import ENCODER, JSONResponse, StrictRequest
from handwerk.entrypoints.http.lists import (
    CursorText,
    Limit,
    Skip,
    Sort,
    page_request,
    page_response,
)
from handwerk.entrypoints.http.needs import (
    AuthenticatorNeed,
    ClockNeed,
    ErasuresNeed,
    PasswordsNeed,
    ReceiptsNeed,
    TransactionsNeed,
    UsersNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId, created, record_response


@get("/", opt=needs(Permission.USER_MANAGE, sortable=SORTABLE))
async def list_users(
    request: StrictRequest,
    users: UsersNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-created_at",
    cursor: CursorText = None,
) -> JSONResponse[list[User]]:
    """Answer users, newest first."""
    asked = page_request(skip, limit, sort, cursor, SORTABLE)
    return page_response(request, await users.page(asked))


@post("/", opt=needs(Permission.USER_MANAGE))
async def create_user(
    request: StrictRequest,
    data: JSONBody[UserBody],
    transactions: TransactionsNeed,
    passwords: PasswordsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[User]:
    """Save a new user, who can sign in at once."""
    create = partial(
        use_cases.create_user,
        data,
        actor=request.actor,
        transactions=transactions,
        passwords=passwords,
        clock=clock,
    )
    without_password = ENCODER.encode(data.sent())
    return await once(request, receipts, create, partial(created, request), without_password)


@get("/{id:str}", opt=needs(Permission.USER_MANAGE))
async def read_user(request: StrictRequest, user_id: RecordId, users: UsersNeed) -> Response[User]:
    """Answer one user."""
    user = await users.get(parse_id(user_id))
    if user is None:
        raise NotFound("There is no such user.")
    return record_response(request, user)


@put("/{id:str}", opt=needs(Permission.USER_MANAGE, record="user"))
async def change_user(
    request: StrictRequest,
    user_id: RecordId,
    data: JSONBody[UserBody],
    users: UsersNeed,
    transactions: TransactionsNeed,
    passwords: PasswordsNeed,
    authenticator: AuthenticatorNeed,
    clock: ClockNeed,
) -> Response[User]:
    """Save what is sent. A new password, or being disabled, ends the user's sessions."""
    user = await use_cases.change_user(
        parse_id(user_id),
        data,
        actor=request.actor,
        users=users,
        transactions=transactions,
        passwords=passwords,
        clock=clock,
        expected=expected_versions(request),
    )
    authenticator.forget(user.id)
    return record_response(request, user)


@delete("/{id:str}", opt=needs(Permission.USER_MANAGE))
async def delete_user(
    request: StrictRequest,
    user_id: RecordId,
    transactions: TransactionsNeed,
    authenticator: AuthenticatorNeed,
    erasures: ErasuresNeed,
) -> None:
    """Erase a user for good, with sessions and API keys. The last active admin stays.

    What the user did remains in the history, by an id that names nobody any more.
    """
    known_id = parse_id(user_id)
    await use_cases.delete_user(
        known_id,
        actor=request.actor,
        transactions=transactions,
        expected=expected_versions(request),
    )
    authenticator.forget(known_id)
    await keep_erasures(transactions=transactions, listed=erasures)


HANDLERS: list[Any] = [list_users, create_user, read_user, change_user, delete_user]
router = Router("/users", route_handlers=HANDLERS, tags=["Users"])
