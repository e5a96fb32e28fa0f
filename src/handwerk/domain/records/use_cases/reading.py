"""Reading the history and the security log, for those who may."""

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.security import SecurityFilter, SecurityRecord
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.records.model import HistoryEntry, HistoryFilter, check_moments
from handwerk.domain.records.ports import History, SecurityLog


async def entries(
    wanted: HistoryFilter, asked: PageRequest, *, actor: Actor, history: History
) -> Page[HistoryEntry]:
    """The part of the history that is asked for."""
    actor.require(Permission.AUDIT_READ)
    return await history.page(wanted.checked(), asked)


async def security_events(
    wanted: SecurityFilter, asked: PageRequest, *, actor: Actor, log: SecurityLog
) -> Page[SecurityRecord]:
    """The part of the security log that is asked for."""
    actor.require(Permission.AUDIT_READ)
    checks = Checks()
    check_moments(checks, wanted.from_at, wanted.to_at)
    checks.refuse_if_any()
    return await log.page(wanted, asked)
