"""Idempotency-Key: the same request again is answered with what was answered before."""

import hashlib
from collections.abc import Awaitable, Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from handwerk.domain.kernel.errors import Conflict, InvalidInput
from handwerk.domain.kernel.receipts import Receipts
from handwerk.domain.kernel.transaction import KeyTaken, Receipt
from handwerk.entrypoints.http.json import ENCODER, JSONResponse, StrictRequest
from handwerk.entrypoints.http.records import headers_of_new

T = TypeVar("T")
LONGEST_KEY = 255
NOBODY = UUID(int=0)


class _Counted(msgspec.Struct, frozen=True):
    """A record, which counts its changes, or a part of one, which does not."""

    version: int = 0


class _Made(msgspec.Struct, frozen=True):
    """What has to be known of a record to say where it is."""

    id: UUID
    version: int
    unit_price: Decimal | None = None


async def once(
    request: StrictRequest,
    receipts: Receipts,
    create: Callable[..., Awaitable[T]],
    respond: Callable[[T], JSONResponse[Any]],
    said: bytes | None = None,
) -> JSONResponse[Any]:
    """What `create(receipt_of=…)` makes, told by `respond`; made once for every Idempotency-Key.

    The receipt is saved in the transaction of what it is for, so a crash leaves both or neither.
    A second request while the first runs waits on the key's uniqueness, then answers the same.
    A hash of the body is kept; where the body holds a secret, `said` is the body without it.
    """
    key = request.header(b"idempotency-key")
    if key is None:
        return respond(await create())
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidInput.of("Idempotency-Key", f"must have 1 to {LONGEST_KEY} characters")
    user_id, path = request.actor.user_id or NOBODY, request.path.rstrip("/")
    fingerprint = hashlib.sha256(await request.body() if said is None else said).digest()

    def receipt_of(made: T) -> Receipt:
        answer = respond(made)
        status = answer.status_code or 200
        return Receipt(user_id, path, key, fingerprint, status, ENCODER.encode(answer.content))

    stored = await receipts.find(user_id, path, key)
    if stored is None:
        try:
            return respond(await create(receipt_of=receipt_of))
        except KeyTaken:
            stored = await receipts.find(user_id, path, key)
    if stored is None or stored.fingerprint != fingerprint:
        raise Conflict("This Idempotency-Key was used with another body.")
    return _replayed(stored)


def _replayed(stored: Receipt) -> JSONResponse[Any]:
    headers = {"Idempotency-Replayed": "true"}
    if stored.status == HTTPStatus.CREATED and _is_record(stored):
        headers |= headers_of_new(stored.path, msgspec.json.decode(stored.body, type=_Made))
    return JSONResponse(stored.body, status_code=stored.status, headers=headers)


def _is_record(stored: Receipt) -> bool:
    """Whether it counts its changes; a part of a record (a price, a line of a list) does not."""
    return msgspec.json.decode(stored.body, type=_Counted).version > 0
