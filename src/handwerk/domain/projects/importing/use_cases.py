"""Bringing in past projects from a table."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, BinaryIO

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change, JobRequest, Receipt
from handwerk.domain.projects.importing.form import PROJECTS
from handwerk.domain.projects.importing.likeness import distinct
from handwerk.domain.projects.importing.ports import ImportTransaction, ImportTransactions
from handwerk.domain.projects.jobs import INDEX_MANY
from handwerk.domain.projects.model import Project, checked
from handwerk.domain.tables.batches import Numbered
from handwerk.domain.tables.importing import ImportOrder, Means, Subject, TakenIn, import_table
from handwerk.domain.tables.report import ImportReport

FORMS = (PROJECTS,)


async def import_projects(
    source: BinaryIO,
    order: ImportOrder,
    *,
    actor: Actor,
    transactions: ImportTransactions,
    clock: Clock,
    means: Means,
    receipt_of: Callable[[ImportReport], Receipt] | None = None,
) -> ImportReport:
    """Create a project of every row of `source` (CSV or XLSX) that is not there already.

    See `import_table` for what is kept and what is refused.
    """
    actor.require(Permission.PROJECT_CREATE)
    make = partial(_first_version, now=clock.now(), today=clock.today())
    subject = Subject(make, partial(_take_in, actor))
    return await import_table(
        source,
        order,
        FORMS,
        lambda _: subject,
        means=means,
        transactions=transactions,
        receipt_of=receipt_of,
    )


_BLANK: dict[str, Any] = dict.fromkeys(Project.__struct_fields__)


def _first_version(values: dict[str, Any], *, now: datetime, today: date) -> Project:
    """The project of these values, under the rules of any other project."""
    is_finalized = bool(values.get("is_finalized"))
    fields: dict[str, Any] = {
        **_BLANK,
        **values,
        "id": new_id(),
        "project_date": values.get("project_date") or today,
        "is_finalized": is_finalized,
        "finalized_at": now if is_finalized else None,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
    return checked(Project(**fields), today)


async def _take_in(
    actor: Actor, records: Sequence[Numbered[Project]], transaction: ImportTransaction
) -> TakenIn:
    """Add those of the projects that are new, with their history and a job."""
    projects = distinct(each.record for each in records)
    new = await transaction.imports.add_new(projects) if projects else frozenset()
    created = [project for project in projects if project.id in new]
    if created:
        await transaction.imports.record_all([_imported(project, actor) for project in created])
        transaction.enqueue(_indexing(created, actor))
    return TakenIn(created=len(created))


def _imported(project: Project, actor: Actor) -> Change:
    return Change(
        table="project",
        record_id=project.id,
        action="import",
        actor_id=actor.user_id,
        new=msgspec.structs.asdict(project),
    )


def _indexing(projects: list[Project], actor: Actor) -> JobRequest:
    ids = [str(project.id) for project in projects]
    return INDEX_MANY.request({"ids": ids}, requested_by=actor.user_id)
