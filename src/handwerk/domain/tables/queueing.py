"""Large tables wait for a job, in a file that the job's payload names."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import JobKind
from handwerk.domain.kernel.errors import RateLimited
from handwerk.domain.kernel.files import FileStore, StoredFile
from handwerk.domain.kernel.transaction import KeyTaken, Receipt
from handwerk.domain.tables.importing import ImportOrder
from handwerk.domain.tables.language import Language, Said
from handwerk.domain.tables.ports import UploadTransaction

# Every kind of job that reads an upload of a table.
KINDS = ("projects.import", "materials.import")
# Whoever sends tables faster than they are worked must not fill the disk.
MOST_WAITING = 100
MOST_WAITING_BYTES = 1_000_000_000
_RETRY_AFTER = 60


class TooManyWaiting(RateLimited):
    """So many uploads wait that no more are taken."""

    def __init__(self, language: Language) -> None:
        super().__init__(_TOO_MANY.told(language), _RETRY_AFTER)


_TOO_MANY = Said(
    "Too many tables wait to be imported; send this one when some are done.",
    "Es warten zu viele Tabellen auf ihren Import; bitte später erneut senden.",
)


async def queue_import(
    kind: JobKind,
    needed: Permission,
    chunks: AsyncIterator[bytes],
    order: ImportOrder,
    *,
    max_bytes: int,
    actor: Actor,
    files: FileStore,
    transactions: Callable[[], UploadTransaction],
    receipt_of: Callable[[UUID], Receipt] | None = None,
) -> UUID:
    """Keep the file that `chunks` yields until a job of `kind` has imported it; its id.

    `TooManyWaiting` where there is no room for one more.
    """
    actor.require(needed)
    file = await files.put(chunks, max_bytes=max_bytes)
    wish = {"role": actor.role, **msgspec.structs.asdict(order)}
    payload = {"file": file.key, "size": file.size, **wish}
    request = kind.request(payload, requested_by=actor.user_id)
    begun_to_save = False
    try:
        async with transactions() as tx:
            await _refuse_if_full(tx, file, order.language)
            tx.enqueue(request)
            if receipt_of is not None:
                tx.remember(receipt_of(request.id))
            begun_to_save = True
            await tx.commit()
    except BaseException as error:
        # After an error of the commit itself there may be a job, which needs its file.
        if not begun_to_save or isinstance(error, KeyTaken):
            await files.delete(file.key)
        raise
    return request.id


async def _refuse_if_full(tx: UploadTransaction, file: StoredFile, language: Language) -> None:
    count, size = await tx.uploads.waiting(KINDS)
    if count >= MOST_WAITING or size + file.size > MOST_WAITING_BYTES:
        raise TooManyWaiting(language)
