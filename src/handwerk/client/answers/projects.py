"""Projects, their material lists, and what they come to."""

from datetime import date, datetime
from decimal import Decimal

import msgspec


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """One job of the firm (Auftrag). Areas in m², hours worked, money in euros net.

    `calculated_price` is the firm's own calculation before the job, `final_price` what it came to.
    A finalised project never changes again, nor does a cancelled one. A reversing record (Storno)
    names the project that it `cancels`, and why; the cancelled one names it by `cancelled_by`.
    """

    id: str
    name: str
    description: str | None = None
    project_type: str
    region: str | None = None
    total_area_sqm: Decimal | None = None
    wood_type: str | None = None
    complexity: int | None = None
    labor_hours: Decimal | None = None
    material_cost: Decimal | None = None
    calculated_price: Decimal | None = None
    final_price: Decimal | None = None
    project_date: date
    is_finalized: bool
    finalized_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int
    cancels: str | None = None
    cancel_reason: str | None = None
    cancelled_by: str | None = None


class DeletedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project as it was when it was deleted, who did so, and until when it can be restored."""

    id: str
    deleted_at: datetime
    deleted_by: str | None = None
    restorable_until: datetime
    project: Project


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How many projects, what they come to in all, and on average."""

    projects: int
    finalized: int
    finalized_share: Decimal
    total_area_sqm: Decimal
    labor_hours: Decimal
    material_cost: Decimal
    calculated_price: Decimal
    final_price: Decimal
    average_area_sqm: Decimal | None = None
    average_labor_hours: Decimal | None = None
    average_calculated_price: Decimal | None = None
    average_final_price: Decimal | None = None
    price_per_sqm_median: Decimal | None = None


class StatisticsGroup(Figures, frozen=True, kw_only=True):
    """The projects of one type, region, wood or year; `None` for those that say none."""

    value: str | None = None


class Statistics(Figures, frozen=True, kw_only=True):
    """All projects, and by groups, those with most projects first; years by time.

    `as_of` is the moment of counting, `cancelled` how many were left out because of a Storno.
    """

    as_of: datetime
    cancelled: int
    by_project_type: list[StatisticsGroup] = []
    by_region: list[StatisticsGroup] = []
    by_wood_type: list[StatisticsGroup] = []
    by_year: list[StatisticsGroup] = []


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the firm's own or a familiar one, and how many projects use it."""

    value: str
    count: int


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What to suggest for open words, in a German dictionary's order, as of a moment."""

    project_type: list[Word] = []
    region: list[Word] = []
    wood_type: list[Word] = []
    as_of: datetime


class ProjectMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a material for a project, at its price then; `total` is to the cent.

    Name and unit are those at that time, so that a closed list stays what it was. Where
    `priced_at` is a day, price and total are that day's, `None` where nothing is known of it.
    """

    id: str
    project_id: str
    material_id: str
    name: str
    unit: str
    quantity: Decimal
    unit_price: Decimal | None = None
    total: Decimal | None = None
    created_at: datetime
    priced_at: date | None = None
