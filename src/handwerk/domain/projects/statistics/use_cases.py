"""Asking for statistics and words."""

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.projects.jobs import REFRESH_STATISTICS
from handwerk.domain.projects.statistics.model import (
    COUNTED_AT_ONCE,
    KeptStatistics,
    Statistics,
    Vocabulary,
    vocabulary,
)
from handwerk.domain.projects.statistics.ports import ProjectStatistics, Transactions


async def project_statistics(
    *, actor: Actor, statistics: ProjectStatistics, transactions: Transactions, clock: Clock
) -> Statistics:
    """The statistics: those of this moment where projects are few, else as kept.

    Kept ones that are stale are counted anew behind the answer.
    """
    actor.require(Permission.PROJECT_READ)
    size = await statistics.size()
    if size.projects <= COUNTED_AT_ONCE:
        return await statistics.counted(clock.now())
    kept = await statistics.kept()
    if kept is None:
        return await refresh_statistics(
            statistics=statistics, transactions=transactions, clock=clock
        )
    if kept.is_stale(size, clock.now()):
        async with transactions() as tx:
            tx.enqueue(REFRESH_STATISTICS.request({}, unique_key=REFRESH_STATISTICS.name))
            await tx.commit()
    return kept.statistics


async def project_vocabulary(
    *, actor: Actor, statistics: ProjectStatistics, transactions: Transactions, clock: Clock
) -> Vocabulary:
    """The words that are used for types, regions and woods, and the familiar ones."""
    return vocabulary(
        await project_statistics(
            actor=actor, statistics=statistics, transactions=transactions, clock=clock
        )
    )


async def keep_statistics_fresh(
    *, statistics: ProjectStatistics, transactions: Transactions, clock: Clock
) -> int:
    """Count anew what is kept where it is stale, so that nobody has to wait; the projects."""
    size, kept = await statistics.size(), await statistics.kept()
    is_fresh = kept is not None and not kept.is_stale(size, clock.now())
    if size.projects > COUNTED_AT_ONCE and not is_fresh:
        await refresh_statistics(statistics=statistics, transactions=transactions, clock=clock)
    return size.projects


async def refresh_statistics(
    *, statistics: ProjectStatistics, transactions: Transactions, clock: Clock
) -> Statistics:
    """Count everything anew, and keep it."""
    size = await statistics.size()
    counted = await statistics.counted(clock.now())
    async with transactions() as tx:
        tx.statistics.keep(KeptStatistics(size, counted))
        await tx.commit()
    return counted
