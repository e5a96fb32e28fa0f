"""What is sent. A field that is not said is not sent; `None` clears one that may be empty."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Required, TypedDict
from uuid import UUID

Id = str | UUID
# Money, areas, hours and quantities: a `Decimal` is sent to the last digit.
Number = Decimal | int | float
Day = date | str
Role = Literal["admin", "manager", "technician", "viewer"]


class Paged(TypedDict, total=False):
    """Which part of a list: at most `limit` (1 to 200) records, by `sort` (`-` in front: down)."""

    skip: int
    limit: int
    sort: str
    cursor: str


class Part(TypedDict, total=False):
    """Which part of a list that is walked by `skip` alone."""

    skip: int
    limit: int


class _ProjectFields(TypedDict, total=False):
    description: str | None
    region: str | None
    wood_type: str | None
    total_area_sqm: Number | None
    complexity: int | None
    labor_hours: Number | None
    material_cost: Number | None
    calculated_price: Number | None
    final_price: Number | None
    project_date: Day | None


class NewProject(_ProjectFields):
    """A project to be created. Areas in m², hours worked, money in euros net."""

    name: str
    project_type: str


class ProjectChange(_ProjectFields, total=False):
    """What is to be otherwise."""

    name: str
    project_type: str


class ProjectFilter(TypedDict, total=False):
    """Which projects; `from_date` and `to_date` include their days, `q` is looked for in texts."""

    project_type: str
    region: str
    wood_type: str
    is_finalized: bool
    from_date: Day
    to_date: Day
    q: str


class Projects(Paged, ProjectFilter, total=False):
    """Which projects, and which part of their list."""


class SortedProjects(ProjectFilter, total=False):
    """Which projects, in which order."""

    sort: str


class ProjectLines(Paged, total=False):
    """Which part of a material list; `priced_at` brings it to the prices of a day."""

    priced_at: Day


class NewLine(TypedDict, total=False):
    """So much of a material; without a price, at that of the project's day."""

    material_id: Required[Id]
    quantity: Required[Number]
    unit_price: Number | None


class _MaterialFields(TypedDict, total=False):
    unit_price: Number | None
    datanorm_id: str | None


class NewMaterial(_MaterialFields):
    """A material to be created; its price is valid from today, nationwide."""

    name: str
    category: str
    unit: str


class MaterialChange(_MaterialFields, total=False):
    """What is to be otherwise."""

    name: str
    category: str
    unit: str


class MaterialFilter(TypedDict, total=False):
    """Which materials."""

    category: str
    q: str


class Materials(Paged, MaterialFilter, total=False):
    """Which materials, and which part of their list."""


class SortedMaterials(MaterialFilter, total=False):
    """Which materials, in which order."""

    sort: str


class NewPrice(TypedDict, total=False):
    """A price of one unit in a region (`None`: nationwide), until further notice or a last day."""

    price: Required[Number]
    valid_from: Required[Day]
    valid_to: Day | None
    region: str | None


class CurrentPrices(Paged, total=False):
    """The prices of which day, in which region."""

    on_date: Day
    region: str


class SettingsChange(TypedDict, total=False):
    """The firm's rates (€ per hour), surcharges (percent) and price lists."""

    default_complexity: int
    default_region: str | None
    tax_rate: Number
    labor_rate_per_hour: Number
    material_markup_percentage: Number
    overhead_percentage: Number
    profit_margin_percentage: Number
    polster_labor_rate: Number
    polster_fabric_base_price: Number
    foam_types: Mapping[str, Number]
    seam_extras: Mapping[str, Number]
    antirutsch_price: Number
    zipper_price: Number
    material_waste_percentage: Number
    machine_rate_per_hour: Number
    machine_surcharge_percentage: Number
    third_party_surcharge_percentage: Number
    risk_percentage: Number
    discount_percentage: Number
    cash_discount_percentage: Number
    price_spread_percentage: Number
    interval_coverage: Number
    polster_base_hours: Number
    polster_hours_per_sqcm: Number
    polster_hours_per_cm: Number
    polster_fabric_rule: str
    polster_seam_allowance_cm: Number
    polster_zipper_rule: str
    polster_antirutsch_rule: str
    polster_foam_only_has_cover: bool
    seam_hours: Mapping[str, Number]
    search_words: Sequence[str]


class MaterialAmount(TypedDict):
    """So much of a material, in its unit."""

    material_id: Id
    quantity: Number


class Job(TypedDict, total=False):
    """A job to be priced, at the prices of `project_date`. `final_price` never feeds the answer."""

    total_area_sqm: Required[Number]
    project_type: Required[str]
    complexity: int | None
    wood_type: str | None
    region: str | None
    description: str | None
    labor_hours: Number | None
    material_cost: Number | None
    materials: Sequence[MaterialAmount] | None
    calculated_price: Number | None
    project_id: Id | None
    project_date: Day | None
    final_price: Number | None


class Predictions(Paged, total=False):
    """Which prices that were told, and which part of their list."""

    project_id: Id
    project_type: str
    basis: str


class Outcome(TypedDict, total=False):
    """What became of a price. What is not said stays as it was said before."""

    actual_price: Number | None
    was_accepted: bool | None
    was_profitable: bool | None
    user_modified_price: Number | None


class MaterialPosition(TypedDict, total=False):
    """So much of a known material, or of any other; without a unit price, its `cost`."""

    material_id: Id | None
    name: str | None
    quantity: Number | None
    unit: str | None
    unit_price: Number | None
    cost: Number | None


class HoursPosition(TypedDict, total=False):
    """Hours of work or of a machine, at a rate of its own or the firm's."""

    hours: Required[Number]
    name: str | None
    rate_per_hour: Number | None


class CostPosition(TypedDict, total=False):
    """Work that others do, for a sum."""

    cost: Required[Number]
    name: str | None


class Calculation(TypedDict, total=False):
    """A job to be calculated. Rates that are not said are those of the settings."""

    project_type: str | None
    region: str | None
    project_date: Day | None
    material_cost: Number | None
    materials: Sequence[MaterialPosition]
    labor_hours: Number | None
    labor: Sequence[HoursPosition]
    machine_hours: Number | None
    machines: Sequence[HoursPosition]
    third_party_cost: Number | None
    third_party: Sequence[CostPosition]
    labor_rate_per_hour: Number | None
    machine_rate_per_hour: Number | None
    material_waste_percentage: Number | None
    material_markup_percentage: Number | None
    machine_surcharge_percentage: Number | None
    third_party_surcharge_percentage: Number | None
    overhead_percentage: Number | None
    risk_percentage: Number | None
    profit_margin_percentage: Number | None
    discount_percentage: Number | None
    cash_discount_percentage: Number | None
    tax_rate: Number | None


class Cushion(TypedDict, total=False):
    """A cushion, or several that are alike. Sizes in cm, the fabric's price in € per m²."""

    width: Required[Number]
    depth: Required[Number]
    thickness: Required[Number]
    foam_type: str
    seam: str
    fabric_price: Number | None
    antirutsch: bool
    zipper: bool
    quantity: int
    labor_rate: Number | None
    tax_rate: Number | None


class DocumentFilter(Paged, total=False):
    """Which documents, and which part of their list."""

    status: str
    project_id: Id
    q: str
    sha256: str


class DocumentQuestion(TypedDict, total=False):
    """Which part of the documents that say something, of one project or of all."""

    skip: int
    limit: int
    project_id: Id | None


class Likeness(TypedDict, total=False):
    """At most `top_k` (1 to 100) answers that score at least `threshold` (0 to 1)."""

    top_k: int
    threshold: float


class Similar(Likeness, total=False):
    """Which projects are looked through, and how many answers are wanted."""

    project_type: str | None
    region: str | None
    wood_type: str | None
    is_finalized: bool | None
    from_date: Day | None
    to_date: Day | None


class JudgedQuery(TypedDict, total=False):
    """A query, and the names or ids of the projects that it should find."""

    query: Required[str]
    relevant: Required[Sequence[str]]
    kind: str


class NewUser(TypedDict):
    """Somebody who shall sign in, by a password of 12 to 256 characters."""

    email: str
    name: str
    password: str
    role: Role


class UserChange(TypedDict, total=False):
    """What is to be otherwise. A new password, or being disabled, ends the user's sessions."""

    email: str
    name: str
    password: str
    role: Role
    is_active: bool


class History(TypedDict, total=False):
    """Which entries of the history; days are included."""

    skip: int
    limit: int
    cursor: str
    table: str
    record_id: Id
    actor_id: Id
    action: str
    from_date: Day | datetime
    to_date: Day | datetime


class Security(TypedDict, total=False):
    """Which sign-ins, refusals, exports and changes of who may do what."""

    skip: int
    limit: int
    cursor: str
    kind: str
    actor_id: Id
    subject_id: Id
    from_date: Day | datetime
    to_date: Day | datetime


class LegacyRecord(TypedDict, total=False):
    """A row of the original as it was found, and those that belong to it."""

    row: Required[Mapping[str, Any]]
    parts: Sequence[Mapping[str, Any]]


class LegacyBatch(TypedDict, total=False):
    """Rows of one kind. `assumed` are ids that a dry run may take for being there."""

    kind: Required[str]
    records: Required[Sequence[LegacyRecord]]
    dry_run: bool
    all_settings: bool
    assumed: Sequence[Id]
