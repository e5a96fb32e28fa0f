"""Removing jobs that finished long ago, and the files that they left."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from handwerk.domain.jobs.ports import JobStore
from handwerk.domain.jobs.upkeep import KEEP_OTHERS, KEEP_SUCCESSFUL, PURGED_AT_ONCE
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.kernel.files import FileStore


async def purge_jobs(
    *,
    store: JobStore,
    files: FileStore,
    checkpoint: Callable[[], Awaitable[None]],
    successful: timedelta = KEEP_SUCCESSFUL,
    others: timedelta = KEEP_OTHERS,
) -> int:
    """Remove all jobs whose time is over; answers how many.

    A file goes with its job, not before: a job that failed reads it when it is retried by hand.
    """
    removed = 0
    while True:
        number, left = await store.purge(successful, others, PURGED_AT_ONCE)
        removed += number
        for key in left:
            with suppress(HandwerkError, OSError):  # removed by the job itself, most of the time
                await files.delete(key)
        if number < PURGED_AT_ONCE:
            return removed
        await checkpoint()
