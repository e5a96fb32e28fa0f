"""Projects of the original and their material lists."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import MAX_QUANTITY
from handwerk.domain.kernel.clock import FIRM_ZONE
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.money import MAX_EUROS, ZERO, cents, thousandths
from handwerk.domain.moving.legacy.model import (
    Fate,
    Findings,
    LegacyBatch,
    LegacyRow,
    Outcome,
    assumed_or,
)
from handwerk.domain.moving.legacy.ports import LegacyStore
from handwerk.domain.moving.legacy.reading import NO_ID, Reader, as_id
from handwerk.domain.moving.legacy.saying import (
    ANOTHER_TOTAL,
    CLOSED,
    COMPLEXITY,
    FUTURE,
    NAMELESS,
    NO_FINAL_DAY,
    NO_MATERIAL,
    NO_PROJECT_DAY,
    NO_QUANTITY,
    NO_UNIT_PRICE,
    TOO_MUCH,
    UNKNOWN_TYPE,
)
from handwerk.domain.moving.legacy.writing import Written
from handwerk.domain.projects.materials.model import ProjectMaterial
from handwerk.domain.projects.model import MAX_DESCRIPTION, MAX_NAME, MAX_WORD, Project, checked
from handwerk.domain.tables.rules import rule_said

PROJECT = "calculator_project"
LINE = "calculator_projectmaterial"
# The original's three steps on the scale of five.
COMPLEXITIES = {Decimal(1): 1, Decimal(2): 3, Decimal(3): 5}
_UNKNOWN = "unbekannt"
_ONE_DAY = "project_date"


async def projects_in(
    batch: LegacyBatch, store: LegacyStore, findings: Findings, now: datetime, today: date
) -> tuple[list[Fate], Written]:
    """The projects of a batch that are new and sound, with their lists."""
    wanted = [as_id(record.row.get("id")) for record in batch.records]
    ids = [project_id for project_id in wanted if project_id is not None]
    known = await store.known("project", ids) | await store.known("project_bin", ids)
    context = await _context(batch, store, ids)
    written, fates = Written(), []
    for record in batch.records:
        project = _project(record.row, findings, now, today)
        outcome = written.take("project", project, known, record.row, PROJECT, findings)
        home = None if outcome is Outcome.LEFT_OUT else project
        lines = [_placed(part, home, outcome, context, written, findings) for part in record.parts]
        fates.append(Fate(outcome, lines))
    return fates, written


class _Context(msgspec.Struct, frozen=True):
    """What the lines of a batch are held against."""

    materials: frozenset[UUID]
    names: dict[UUID, tuple[str, str]]
    lines: frozenset[UUID]
    closed: frozenset[UUID]
    now: datetime | None = None


async def _context(batch: LegacyBatch, store: LegacyStore, ids: Sequence[UUID]) -> _Context:
    parts = [part for record in batch.records for part in record.parts]
    materials = _ids(parts, "material_id")
    names = await store.names(materials)
    lines = _ids(parts, "id")
    return _Context(
        assumed_or(frozenset(names), batch),
        names,
        await store.known("project_material", lines)
        | await store.known("project_bin_material", lines),
        await store.closed(ids),
    )


def _ids(rows: Sequence[LegacyRow], column: str) -> list[UUID]:
    found = (as_id(row.get(column)) for row in rows)
    return [each for each in found if each is not None]


def _project(row: LegacyRow, findings: Findings, now: datetime, today: date) -> Project | None:
    read = Reader(PROJECT, row, findings)
    project_id = read.id()
    if project_id is None:
        read.tell(NO_ID, "id", left_out=True)
        return None
    name = read.text("name", MAX_NAME)
    if name is None:
        read.tell(NAMELESS, "name", left_out=True)
        return None
    created = read.moment("created_at") or now
    project_type = read.text("project_type", MAX_WORD)
    if project_type is None:
        read.tell(UNKNOWN_TYPE, "project_type")
    finalized_at = _finalized_at(read, created)
    project = Project(
        id=project_id,
        name=name,
        description=read.text("description", MAX_DESCRIPTION),
        project_type=project_type or _UNKNOWN,
        region=read.text("region", MAX_WORD),
        total_area_sqm=read.bounded("total_area_sqm", MAX_QUANTITY),
        wood_type=read.text("wood_type", MAX_WORD),
        complexity=complexity(read, "complexity"),
        labor_hours=None,
        material_cost=None,
        calculated_price=None,
        final_price=read.bounded("final_price", MAX_EUROS),
        project_date=_day(read, created),
        is_finalized=finalized_at is not None,
        finalized_at=finalized_at,
        created_at=created,
        updated_at=max(created, finalized_at or created),
        version=1,
    )
    return _sound(project, read, today)


def _sound(project: Project, read: Reader, today: date) -> Project | None:
    try:
        return checked(project, today)
    except InvalidInput as error:
        for each in error.errors:
            is_day = each.field == _ONE_DAY
            read.tell(FUTURE if is_day else rule_said(each.message), each.field, left_out=True)
        return None


def complexity(read: Reader, column: str) -> int | None:
    """The original's complexity, 1 to 3, on the scale of five."""
    number = read.number(column)
    if number is not None and number not in COMPLEXITIES:
        read.tell(COMPLEXITY, column)
    return None if number is None else COMPLEXITIES.get(number)


def _finalized_at(read: Reader, created: datetime) -> datetime | None:
    if not read.truth("is_finalized"):
        return None
    moment = read.moment("finalized_at")
    if moment is None:
        read.tell(NO_FINAL_DAY, "finalized_at")
    return moment or created


def _day(read: Reader, created: datetime) -> date:
    day = read.day(_ONE_DAY)
    if day is None:
        read.tell(NO_PROJECT_DAY, _ONE_DAY)
    return day or created.astimezone(FIRM_ZONE).date()


def _placed(
    row: LegacyRow,
    project: Project | None,
    outcome: Outcome,
    context: _Context,
    written: Written,
    findings: Findings,
) -> Outcome:
    read = Reader(LINE, row, findings)
    if project is None:
        read.tell(NAMELESS, "project_id", left_out=True)
        return Outcome.LEFT_OUT
    line = _line(read, project, context)
    if line is None or line.id in context.lines:
        return Outcome.LEFT_OUT if line is None else Outcome.UNCHANGED
    if outcome is Outcome.UNCHANGED and project.id in context.closed:
        read.tell(CLOSED, "project_id", left_out=True)
        return Outcome.LEFT_OUT
    return written.take("project_material", line, context.lines, row, LINE, findings)


def _line(read: Reader, project: Project, context: _Context) -> ProjectMaterial | None:
    line_id, material_id = read.id(), read.id("material_id")
    quantity = read.bounded("quantity", MAX_QUANTITY)
    price, said_total = _price(read, quantity), read.number("total_cost")
    wrong = (
        (line_id is None, NO_ID, "id"),
        (material_id not in context.materials, NO_MATERIAL, "material_id"),
        (not quantity or not thousandths(quantity), NO_QUANTITY, "quantity"),
        (price is None, NO_UNIT_PRICE, "unit_price"),
    )
    for is_wrong, said, column in wrong:
        if is_wrong:
            read.tell(said, column, left_out=True)
            return None
    assert line_id is not None
    assert material_id is not None
    assert quantity is not None
    assert price is not None
    total = cents(thousandths(quantity) * price)
    if total > MAX_EUROS:
        read.tell(TOO_MUCH, "quantity", left_out=True)
        return None
    if said_total is not None and cents(said_total) != total:
        read.tell(ANOTHER_TOTAL, "total_cost")
    name, unit = context.names.get(material_id, ("", ""))
    created = read.moment("created_at") or project.created_at
    return ProjectMaterial(
        line_id, project.id, material_id, name, unit, thousandths(quantity), price, total, created
    )


def _price(read: Reader, quantity: Decimal | None) -> Decimal | None:
    """The price of one unit; where only the total is told, what follows from it."""
    price = read.bounded("unit_price", MAX_EUROS)
    if price is None and quantity:
        total = read.bounded("total_cost", MAX_EUROS)
        price = None if total is None else total / quantity
    return None if price is None or price > MAX_EUROS else cents(max(price, ZERO).copy_abs())
