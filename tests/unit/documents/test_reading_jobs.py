"""A job read from a document: what feeds the price, what was derived, what is missing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from handwerk.domain.documents.features.model import Feature, FeatureName
from handwerk.domain.documents.model import Document, FileType
from handwerk.domain.documents.pages import Page, Source
from handwerk.domain.documents.passages import LONGEST, passages_of
from handwerk.domain.kernel.errors import Unanswerable
from handwerk.domain.pricing.reading import PROJECT, Reading, read_job
from handwerk.domain.projects.model import Project

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DOCUMENT = Document(
    id=uuid4(),
    filename="a.pdf",
    file_type=FileType.PDF,
    size_bytes=1,
    sha256="0" * 64,
    preview="Angebot über eine Treppe",
    task_id=uuid4(),
    created_at=NOW,
    updated_at=NOW,
)


def _feature(name: FeatureName, value: Any, unit: str | None = None, sure: float = 0.9) -> Feature:
    return Feature(
        name=name,
        value=value,
        unit=unit,
        page=1,
        words=str(value),
        confidence=sure,
        source=Source.TEXT,
    )


def _area(*values: str) -> list[Feature]:
    return [_feature(FeatureName.AREA, Decimal(value), "m²") for value in values]


def _fact(reading: Reading, field: str) -> Any:
    return next((fact for fact in reading.facts if fact.field == field), None)


@pytest.mark.parametrize(
    ("areas", "total", "noted"),
    [
        (["5.76"], "5.76", False),
        (["5", "2.5"], "7.5", True),
        (["5", "2.5", "7.5"], "7.5", True),
    ],
    ids=["one", "sum", "total-among-them"],
)
def test_areas_add_up_once(areas: list[str], total: str, noted: bool) -> None:
    """One area counts as it is; several are summed and told so; a printed total is not doubled."""
    fact = _fact(read_job(_area(*areas), None, TODAY), "total_area_sqm")
    assert fact.value == Decimal(total)
    assert (fact.note is not None) is noted


def test_an_area_from_sides_is_said_to_be_one() -> None:
    """The two longest sides in metres, with half the confidence and a note."""
    sizes = [
        _feature(FeatureName.DIMENSIONS, "2400 x 600 x 27", "mm"),
        _feature(FeatureName.DIMENSIONS, "1.5 x 0.5", "m"),
    ]
    fact = _fact(read_job(sizes, None, TODAY), "total_area_sqm")
    assert fact.value == Decimal("2.19")
    assert fact.confidence == 0.45
    assert "worked out" in fact.note


def test_an_area_that_is_named_counts_alone() -> None:
    """Sizes of parts add nothing to it."""
    sizes = [_feature(FeatureName.DIMENSIONS, "2 x 3", "m"), *_area("4")]
    assert _fact(read_job(sizes, None, TODAY), "total_area_sqm").value == 4


def test_hours_add_up_and_the_day_counts() -> None:
    """All entries of work together; the document's date is the day whose prices count."""
    features = [
        _feature(FeatureName.LABOR_HOURS, Decimal("12.5"), "h"),
        _feature(FeatureName.LABOR_HOURS, Decimal(4), "h"),
        _feature(FeatureName.DATE, date(2025, 3, 14)),
    ]
    reading = read_job(features, None, TODAY)
    assert _fact(reading, "labor_hours").value == Decimal("16.5")
    assert _fact(reading, "project_date").value == date(2025, 3, 14)
    assert reading.missing == [
        "project_type",
        "total_area_sqm",
        "material_cost",
        "wood_type",
        "region",
    ]


@pytest.mark.parametrize("day", [date(1850, 1, 1), date(2031, 1, 1)])
def test_a_day_that_can_not_be_is_left_out(day: date) -> None:
    """A misread year does not spoil the price."""
    reading = read_job([_feature(FeatureName.DATE, day)], None, TODAY)
    assert "project_date" in reading.missing


def test_the_project_knows_better() -> None:
    """What the linked project says counts more than what was read, what it leaves open does not."""
    project = Project(
        id=uuid4(),
        name="Treppe",
        description=None,
        project_type="Treppenbau",
        region=None,
        wood_type=None,
        complexity=None,
        calculated_price=None,
        final_price=None,
        is_finalized=False,
        finalized_at=None,
        total_area_sqm=Decimal(9),
        material_cost=Decimal(1200),
        labor_hours=Decimal(0),
        project_date=TODAY,
        created_at=NOW,
        updated_at=NOW,
        version=1,
    )
    features = [*_area("4"), _feature(FeatureName.LABOR_HOURS, Decimal(8), "h")]
    reading = read_job(features, project, TODAY)
    assert (_fact(reading, "total_area_sqm").value, _fact(reading, "total_area_sqm").source) == (
        9,
        PROJECT,
    )
    assert _fact(reading, "labor_hours").value == 8
    given = reading.asked(DOCUMENT)
    assert (given.material_cost, given.project_type) == (Decimal(1200), "Treppenbau")
    assert given.description == "Angebot über eine Treppe"


def test_a_printed_price_feeds_no_estimate() -> None:
    """It would be its own evidence; what is needed and missing is named."""
    features = [_feature(FeatureName.PRICE_NET, Decimal(4585), "EUR"), *_area("4")]
    reading = read_job(features, None, TODAY)
    assert [fact.field for fact in reading.facts] == ["total_area_sqm"]
    with pytest.raises(Unanswerable) as refused:
        reading.asked(DOCUMENT)
    assert [error.field for error in refused.value.errors] == ["project_type"]


def test_passages_keep_to_their_page() -> None:
    """Each is short, has its page, and together they hold every word, numbered without a gap."""
    pages = [
        Page(
            number, " ".join(f"Satz {number} {word} endet hier." for word in range(80)), Source.OCR
        )
        for number in (1, 2)
    ]
    found = passages_of([*pages, Page(3, "  ", Source.TEXT)])
    assert [each.number for each in found] == list(range(len(found)))
    assert {each.page for each in found} == {1, 2}
    assert all(len(each.text) <= 3 * LONGEST + 3 for each in found)
    for page in pages:
        told = " ".join(each.text for each in found if each.page == page.number)
        assert set(page.text.split()) == set(told.split())
    assert all(f"Satz {3 - each.page} " not in each.text for each in found)
