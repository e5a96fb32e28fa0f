"""A project: one craft job, planned or done."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.kernel.ids import new_id

EARLIEST = date(1900, 1, 1)
# A job may be planned ahead, but not further than this; a finished one lies in the past.
PLANNING_HORIZON = timedelta(days=730)
MAX_NAME = 255
MAX_DESCRIPTION = 10_000
MAX_WORD = 100

SORTABLE = frozenset(
    {"created_at", "updated_at", "project_date", "name", "project_type", "region", "wood_type"}
    | {"total_area_sqm", "complexity", "labor_hours", "material_cost"}
    | {"calculated_price", "final_price"}
)


class Project(msgspec.Struct, frozen=True):
    """One job of the firm (Auftrag). Areas in m², hours worked, money in euros net.

    `calculated_price` is the firm's own calculation before the job, `final_price` what it came to.
    A finalised project never changes again, nor does a cancelled one. A reversing record (Storno)
    names the project that it `cancels`, and why; the cancelled one names it by `cancelled_by`.
    """

    id: UUID
    name: str
    description: str | None
    project_type: str
    region: str | None
    total_area_sqm: Decimal | None
    wood_type: str | None
    complexity: int | None
    labor_hours: Decimal | None
    material_cost: Decimal | None
    calculated_price: Decimal | None
    final_price: Decimal | None
    project_date: date
    is_finalized: bool
    finalized_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    cancels: UUID | None = None
    cancel_reason: str | None = None
    cancelled_by: UUID | None = None

    @property
    def counts(self) -> bool:
        """Whether it is a job that was or will be done: neither cancelled nor a reversing record.

        No other teaches prices, is offered as similar or is counted in the statistics.
        """
        return self.cancels is None and self.cancelled_by is None

    @property
    def searchable_text(self) -> str:
        """What a search looks at: name, kind, wood and description."""
        parts = (self.name, self.project_type, self.wood_type, self.description)
        return "\n".join(part for part in parts if part)

    @property
    def findable(self) -> tuple[object, ...]:
        """All that decides on its place in the search index: the text, the fields that filter."""
        filters = (self.project_type, self.region, self.wood_type, self.project_date)
        return (self.searchable_text, self.counts, self.is_finalized, *filters)

    def changed(self, change: "ProjectInput", *, now: datetime, today: date) -> "Project":
        """This project with what `change` sets; `Conflict` if it is closed.

        What changes nothing makes no new version.
        """
        self.refuse_if_closed()
        sent = change.sent()
        if sent.get("project_date", today) is None:
            sent["project_date"] = today
        changed = checked(msgspec.structs.replace(self, **sent), today)
        return self if changed == self else changed.touched(now)

    def finalized(self, *, now: datetime, today: date) -> "Project":
        """This project closed for good; `Conflict` if it already is."""
        self.refuse_if_closed()
        closed = msgspec.structs.replace(self.touched(now), is_finalized=True, finalized_at=now)
        return checked(closed, today)

    def touched(self, now: datetime) -> "Project":
        """This project in its next version."""
        return msgspec.structs.replace(self, updated_at=now, version=self.version + 1)

    def cancelled(self, by: UUID) -> "Project":
        """This project as it shows once the reversing record `by` is there: one change more."""
        return msgspec.structs.replace(self, cancelled_by=by, version=self.version + 1)

    def refuse_if_closed(self) -> None:
        """Raise `Conflict` if this project is finalised or cancelled."""
        if self.is_finalized:
            raise Conflict("The project is finalised; it can be neither changed nor deleted.")
        if self.cancelled_by is not None:
            raise Conflict("The project is cancelled; it can be neither changed nor deleted.")


class ProjectInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client may say of a project. An unset field is left alone, `None` clears it."""

    name: str | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    project_type: str | UnsetType = UNSET
    region: str | None | UnsetType = UNSET
    total_area_sqm: Decimal | None | UnsetType = UNSET
    wood_type: str | None | UnsetType = UNSET
    complexity: int | None | UnsetType = UNSET
    labor_hours: Decimal | None | UnsetType = UNSET
    material_cost: Decimal | None | UnsetType = UNSET
    calculated_price: Decimal | None | UnsetType = UNSET
    final_price: Decimal | None | UnsetType = UNSET
    project_date: date | None | UnsetType = UNSET

    def sent(self) -> dict[str, object]:
        """The fields that were set, by name."""
        values = ((name, getattr(self, name)) for name in ProjectInput.__struct_fields__)
        return {name: value for name, value in values if value is not UNSET}


def new_project(given: ProjectInput, *, now: datetime, today: date) -> Project:
    """A first version of a project; `InvalidInput` names every field that is wrong."""
    sent: dict[str, object] = {**dict.fromkeys(ProjectInput.__struct_fields__), **given.sent()}
    sent["project_date"] = sent["project_date"] or today
    blank = Project(
        **sent,  # type: ignore[arg-type]  # checked below, field by field
        id=new_id(),
        is_finalized=False,
        finalized_at=None,
        created_at=now,
        updated_at=now,
        version=1,
    )
    return checked(blank, today)


def checked(project: Project, today: date) -> Project:
    """`project` with texts trimmed and numbers rounded; `InvalidInput` names what is wrong."""
    checks = Checks()
    needed = {
        "name": checks.text("name", project.name or "", MAX_NAME, shortest=1),
        "project_type": checks.text("project_type", project.project_type or "", MAX_WORD, 1),
    }
    sound = msgspec.structs.replace(
        project,
        **needed,
        description=checks.text("description", project.description, MAX_DESCRIPTION),
        region=checks.text("region", project.region, MAX_WORD),
        wood_type=checks.text("wood_type", project.wood_type, MAX_WORD),
        total_area_sqm=checks.quantity("total_area_sqm", project.total_area_sqm),
        complexity=checks.whole("complexity", project.complexity, 1, 5),
        labor_hours=checks.quantity("labor_hours", project.labor_hours),
        material_cost=checks.euros("material_cost", project.material_cost),
        calculated_price=checks.euros("calculated_price", project.calculated_price),
        final_price=checks.euros("final_price", project.final_price),
    )
    _check_date(checks, project, today)
    checks.refuse_if_any()
    return sound


def _check_date(checks: Checks, project: Project, today: date) -> None:
    latest = today if project.is_finalized else today + PLANNING_HORIZON
    day = project.project_date
    checks.that(day >= EARLIEST, "project_date", f"lies before {EARLIEST}")
    checks.that(day <= latest, "project_date", f"lies in the future, after {latest}")
