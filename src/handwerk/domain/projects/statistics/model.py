"""Sums and averages of projects; cancelled ones and their reversing records are left out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

import msgspec

from handwerk.domain.kernel.collation import german_key
from handwerk.domain.kernel.money import cents, thousandths

# Up to so many projects the statistics are counted when they are asked for.
COUNTED_AT_ONCE = 5_000
# Beyond, they are counted behind the answer when they are older than this and something changed.
FRESH_FOR = timedelta(minutes=1)
# So many groups are told of each kind, those with most projects.
MOST_GROUPS = 200
_SHARE = Decimal("0.0001")

FAMILIAR_TYPES = (
    "Treppenbau",
    "Möbel",
    "Kücheneinrichtung",
    "Dachstuhl",
    "Türen",
    "Fenster",
    "Spezialbau",
    "Polsterei",
)
FAMILIAR_WOODS = ("Eiche", "Nussbaum", "Kiefer", "Esche", "Fichte", "Buche", "Ahorn", "Lärche")


class Kind(StrEnum):
    """By what projects are put together."""

    ALL = "all"
    PROJECT_TYPE = "project_type"
    REGION = "region"
    WOOD_TYPE = "wood_type"
    YEAR = "year"


class Total(msgspec.Struct, frozen=True):
    """A sum, and of how many projects: those that say the value."""

    sum: Decimal
    count: int


class Sums(msgspec.Struct, frozen=True):
    """What is counted of a group; `middle` holds its two middle prices per m², to the cent."""

    kind: Kind
    value: str | None
    projects: int
    finalized: int
    area: Total
    hours: Total
    material: Total
    calculated: Total
    final: Total
    middle: tuple[Decimal, ...]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What some projects come to. Areas in m², hours, money in euros net, exact to the last digit.

    Sums and averages are of those projects that say the value. `price_per_sqm_median` is of the
    finalised ones with a final price and an area above 0.
    """

    projects: int
    finalized: int
    finalized_share: Decimal
    total_area_sqm: Decimal
    labor_hours: Decimal
    material_cost: Decimal
    calculated_price: Decimal
    final_price: Decimal
    average_area_sqm: Decimal | None
    average_labor_hours: Decimal | None
    average_calculated_price: Decimal | None
    average_final_price: Decimal | None
    price_per_sqm_median: Decimal | None


class Group(Figures, frozen=True, kw_only=True):
    """The projects of one type, region, wood or year; `None` for those that say none."""

    value: str | None


class Statistics(Figures, frozen=True, kw_only=True):
    """All projects, and by groups, those with most projects first; years by time.

    `as_of` is the moment of counting, `cancelled` how many were left out because of a Storno.
    """

    as_of: datetime
    cancelled: int
    by_project_type: list[Group]
    by_region: list[Group]
    by_wood_type: list[Group]
    by_year: list[Group]


class Size(msgspec.Struct, frozen=True):
    """How many projects there are, and when one was changed last."""

    projects: int
    changed_at: datetime | None


class KeptStatistics(msgspec.Struct, frozen=True):
    """Statistics that were counted earlier, and what there was to count."""

    size: Size
    statistics: Statistics

    def is_stale(self, size: Size, now: datetime) -> bool:
        """Whether it is time to count again: some while ago, and something changed since."""
        return now - self.statistics.as_of > FRESH_FOR and size != self.size


class Word(msgspec.Struct, frozen=True):
    """A word of the firm's own or a familiar one, and how many projects use it."""

    value: str
    count: int


class Vocabulary(msgspec.Struct, frozen=True):
    """What to suggest for open words, in a German dictionary's order, as of a moment."""

    project_type: list[Word]
    region: list[Word]
    wood_type: list[Word]
    as_of: datetime


def statistics_of(counted: Iterable[Sums], as_of: datetime, cancelled: int) -> Statistics:
    """The statistics of what was counted: all projects and, best first, their groups."""
    groups: dict[Kind, list[Sums]] = {kind: [] for kind in Kind}
    for sums in counted:
        groups[sums.kind].append(sums)
    [whole] = groups[Kind.ALL]
    years = sorted(groups[Kind.YEAR], key=lambda sums: sums.value or "")
    return Statistics(
        **_figures(whole),
        as_of=as_of,
        cancelled=cancelled,
        by_project_type=_groups(groups[Kind.PROJECT_TYPE]),
        by_region=_groups(groups[Kind.REGION]),
        by_wood_type=_groups(groups[Kind.WOOD_TYPE]),
        by_year=_groups(years),
    )


def _groups(counted: Iterable[Sums]) -> list[Group]:
    return [Group(value=sums.value, **_figures(sums)) for sums in counted]


def _figures(sums: Sums) -> dict[str, Any]:
    share = (Decimal(sums.finalized) / max(sums.projects, 1)).quantize(_SHARE, ROUND_HALF_UP)
    return {
        "projects": sums.projects,
        "finalized": sums.finalized,
        "finalized_share": share,
        "total_area_sqm": thousandths(sums.area.sum),
        "labor_hours": thousandths(sums.hours.sum),
        "material_cost": cents(sums.material.sum),
        "calculated_price": cents(sums.calculated.sum),
        "final_price": cents(sums.final.sum),
        "average_area_sqm": None if not sums.area.count else thousandths(_average(sums.area)),
        "average_labor_hours": None if not sums.hours.count else thousandths(_average(sums.hours)),
        "average_calculated_price": _euros(sums.calculated),
        "average_final_price": _euros(sums.final),
        "price_per_sqm_median": _euros(Total(sum(sums.middle, Decimal(0)), len(sums.middle))),
    }


def _euros(total: Total) -> Decimal | None:
    return cents(_average(total)) if total.count else None


def _average(total: Total) -> Decimal:
    return total.sum / total.count


def vocabulary(statistics: Statistics) -> Vocabulary:
    """The words that the projects use, and the familiar ones."""
    return Vocabulary(
        _words(statistics.by_project_type, FAMILIAR_TYPES),
        _words(statistics.by_region, ()),
        _words(statistics.by_wood_type, FAMILIAR_WOODS),
        statistics.as_of,
    )


def _words(groups: Iterable[Group], familiar: Iterable[str]) -> list[Word]:
    counts = dict.fromkeys(familiar, 0)
    counts |= {group.value: group.projects for group in groups if group.value}
    words = (Word(value, count) for value, count in counts.items())
    return sorted(words, key=lambda word: (german_key(word.value), word.value))
