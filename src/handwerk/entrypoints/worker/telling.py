"""How far a job is, in things that are counted."""

from collections.abc import Awaitable, Callable

from handwerk.domain.jobs.model import JobContext


def counted(context: JobContext, thing: str) -> Callable[[int, int | None], Awaitable[None]]:
    """Tells of so many of the things, be it known of how many."""

    async def tell(done: int, total: int | None) -> None:
        share = done / total if total else 0.0
        of_all = "" if total is None else f" of {total:,}"
        await context.progress(share, f"{thing} {done:,}{of_all}")

    return tell
