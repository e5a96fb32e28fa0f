"""What a document tells of a job, as the input of a price: what was read, what is missing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import mul
from typing import Any

import msgspec

from handwerk.domain.documents.features.model import Feature, FeatureName
from handwerk.domain.documents.model import Document
from handwerk.domain.kernel.checks import MAX_QUANTITY
from handwerk.domain.kernel.errors import FieldError, Unanswerable
from handwerk.domain.kernel.money import ZERO, thousandths
from handwerk.domain.pricing.model import Prediction, PredictionInput
from handwerk.domain.projects.model import EARLIEST, MAX_WORD, PLANNING_HORIZON, Project

PROJECT = "project"
# An area that was worked out from sides is believed half as much as one that was read.
DERIVED = 0.5
# The sum of several areas may count one of them twice.
SUMMED = 0.7
_METRES = {"mm": Decimal("0.001"), "cm": Decimal("0.01"), "dm": Decimal("0.1"), "m": Decimal(1)}
_WORDS = {
    "project_type": FeatureName.PROJECT_TYPE,
    "wood_type": FeatureName.WOOD_TYPE,
    "region": FeatureName.REGION,
}
# What a price is asked with, the most telling first.
_WANTED = (
    "project_type",
    "total_area_sqm",
    "labor_hours",
    "material_cost",
    "wood_type",
    "region",
    "project_date",
)
_NEEDED = ("project_type", "total_area_sqm")
_OF_PROJECT = (*_WANTED, "complexity", "calculated_price", "description")


class ReadFact(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the question: the words it was read from, where, and how surely.

    `source` is `text`, `ocr`, `e-invoice`, or `project` for what the linked project says. `note`
    tells what was done where the value does not stand there as it is.
    """

    field: str
    value: Any
    source: str
    confidence: float
    page: int | None = None
    words: str | None = None
    note: str | None = None


class Reading(msgspec.Struct, frozen=True):
    """All that a document and its project tell of a job."""

    facts: tuple[ReadFact, ...]

    @property
    def missing(self) -> list[str]:
        """What would make the price surer, the most telling first."""
        known = {fact.field for fact in self.facts}
        return [field for field in _WANTED if field not in known]

    def asked(self, document: Document) -> PredictionInput:
        """The question; `Unanswerable` names what it can't do without."""
        lacking = [field for field in _NEEDED if field in self.missing]
        if lacking:
            told = " and no ".join(lacking)
            raise Unanswerable(
                f"There is no honest price from this document: it tells no {told}.",
                [FieldError(field, "is not in the document") for field in lacking],
            )
        values = {fact.field: fact.value for fact in self.facts}
        said = {"description": document.preview, "project_id": document.project_id}
        return PredictionInput(**said | values)


class DocumentEstimate(msgspec.Struct, frozen=True):
    """A price from a document: what it was made from, and what would make it surer."""

    read: list[ReadFact]
    missing: list[str]
    prediction: Prediction


def read_job(features: Sequence[Feature], project: Project | None, today: date) -> Reading:
    """What `features` tell; what the project says itself counts more than what was read."""
    said = {fact.field: fact for fact in _read(features, today)}
    if project is not None:
        said |= {fact.field: fact for fact in _known(project)}
    return Reading(tuple(said.values()))


def _known(project: Project) -> Iterator[ReadFact]:
    for field in _OF_PROJECT:
        value = getattr(project, field)
        # An area or hours of 0 are the mark of a form that was left empty.
        if value is not None and value not in (ZERO, ""):
            yield ReadFact(field=field, value=value, source=PROJECT, confidence=1.0)


def _read(features: Sequence[Feature], today: date) -> Iterator[ReadFact]:
    named: dict[FeatureName, list[Feature]] = {name: [] for name in FeatureName}
    for feature in features:
        named[feature.name].append(feature)
    for field, name in _WORDS.items():
        best = max(named[name], key=lambda one: one.confidence, default=None)
        if best is not None and len(str(best.value)) <= MAX_WORD:
            yield _fact(field, best.value, [best])
    yield from _area(named)
    yield from _hours(named[FeatureName.LABOR_HOURS])
    day = max(named[FeatureName.DATE], key=lambda one: one.confidence, default=None)
    if day is not None and EARLIEST <= day.value <= today + PLANNING_HORIZON:
        yield _fact("project_date", day.value, [day])


def _area(named: Mapping[FeatureName, list[Feature]]) -> Iterator[ReadFact]:
    areas = sorted(named[FeatureName.AREA], key=lambda one: one.value)
    if len(areas) == 1:
        yield _fact("total_area_sqm", areas[0].value, areas)
        return
    total = sum((one.value for one in areas), ZERO)
    if areas and total == 2 * areas[-1].value:
        yield _fact("total_area_sqm", areas[-1].value, areas[-1:], note="the sum of the others")
    elif areas and total <= MAX_QUANTITY:
        note = f"the sum of {len(areas)} areas"
        yield _fact("total_area_sqm", total, areas, note=note, worth=SUMMED)
    if not areas:
        yield from _derived(named[FeatureName.DIMENSIONS])


def _derived(dimensions: Sequence[Feature]) -> Iterator[ReadFact]:
    """An area from sides alone: that of the two longest of each."""
    sides = [one for one in dimensions if one.unit in _METRES]
    total = sum((_square_metres(one) for one in sides), ZERO)
    if thousandths(total) and total <= MAX_QUANTITY:
        note = "no area is named: worked out from the two longest sides of each size, each once"
        yield _fact("total_area_sqm", thousandths(total), sides, note=note, worth=DERIVED)


def _square_metres(size: Feature) -> Decimal:
    metres = [Decimal(side) * _METRES[size.unit or "m"] for side in str(size.value).split(" x ")]
    return reduce(mul, sorted(metres)[-2:], Decimal(1)) if len(metres) > 1 else ZERO


def _hours(hours: Sequence[Feature]) -> Iterator[ReadFact]:
    total = sum((one.value for one in hours), ZERO)
    if hours and total <= MAX_QUANTITY:
        note = f"the sum of {len(hours)} entries" if len(hours) > 1 else None
        yield _fact("labor_hours", total, hours, note=note)


def _fact(
    field: str,
    value: str | Decimal | date,
    features: Sequence[Feature],
    *,
    note: str | None = None,
    worth: float = 1.0,
) -> ReadFact:
    first = features[0]
    return ReadFact(
        field=field,
        value=value,
        source=first.source,
        confidence=round(worth * min(one.confidence for one in features), 2),
        page=first.page,
        words="; ".join(one.words for one in features)[:500],
        note=note,
    )
