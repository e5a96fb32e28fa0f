"""Storno: a project is taken back by a second record, and stays what it was (GoBD).

Finalised or open, it can be cancelled once, and never changes afterwards. The reversing record
holds the same facts and amounts and counts against them; it is finalised from the start.
"""

from datetime import date, datetime

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.projects.model import MAX_NAME, Project

MAX_REASON = 1_000
PREFIX = "Storno: "


class AlreadyCancelled(Conflict):
    """The project has its reversing record."""

    def __init__(self) -> None:
        super().__init__("The project is cancelled already.")


class CancelInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a project is cancelled."""

    reason: str


def reversal(project: Project, given: CancelInput, *, now: datetime, today: date) -> Project:
    """The record that reverses `project`, dated today; `Conflict` where that can't be."""
    if project.cancels is not None:
        raise Conflict("This is a reversing record; it can't be cancelled.")
    if project.cancelled_by is not None:
        raise AlreadyCancelled
    checks = Checks()
    reason = checks.text("reason", given.reason, MAX_REASON, shortest=1)
    checks.refuse_if_any()
    return msgspec.structs.replace(
        project,
        id=new_id(),
        name=f"{PREFIX}{project.name}"[:MAX_NAME].rstrip(),
        project_date=today,
        is_finalized=True,
        finalized_at=now,
        created_at=now,
        updated_at=now,
        version=1,
        cancels=project.id,
        cancel_reason=reason,
    )
