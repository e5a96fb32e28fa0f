"""What a model looks at."""

import math
from datetime import date
from decimal import Decimal

from tests.unit.pricing.firm import job

from handwerk.domain.pricing.features import Question, learn_columns, learn_seen, row_of
from handwerk.domain.pricing.footing import Footing

FACTS = [job(n, 1000, wood_type="Eiche", region="Ulm").facts for n in range(6)]
FACTS += [job(n, 1000, wood_type="Esche").facts for n in range(1)]


def test_a_frequent_word_is_a_column_and_a_rare_one_is_not() -> None:
    """Six jobs in oak make a column, a single one in ash none."""
    words = {column.word for column in learn_columns(Footing.CALCULATED, FACTS) if column.word}
    assert words == {"möbel", "eiche", "ulm"}


def test_what_is_unknown_is_nan_and_never_zero() -> None:
    """Missing hours and material are unknown, not nothing."""
    columns = learn_columns(Footing.CALCULATED, FACTS)
    row = row_of(columns, Question(FACTS[0], Decimal(1000)))
    by_measure = {
        column.measure: value for column, value in zip(columns, row, strict=True) if not column.word
    }
    assert math.isnan(by_measure["hours"])
    assert math.isnan(by_measure["material_share"])
    assert by_measure["base_per_sqm"] == math.log(1000) - math.log(10)


def test_spelling_makes_no_new_word() -> None:
    """Letter case and blanks around a word do not matter."""
    seen = learn_seen(FACTS)
    assert seen.novelty(job(1, 1, wood_type=" EICHE ").facts).features == []


def test_novelties_are_named() -> None:
    """A type, a wood, a region never seen and an area beyond all jobs are said by name."""
    odd = job(
        1, 1, project_type="Bootsbau", wood_type="Teak", region="Kiel", total_area_sqm=Decimal(99)
    )
    assert learn_seen(FACTS).novelty(odd.facts).features == [
        "project_type", "wood_type", "region", "total_area_sqm",
    ]  # fmt: skip


def test_what_is_not_said_is_no_novelty() -> None:
    """A missing wood is unknown, not new."""
    assert learn_seen(FACTS).novelty(job(1, 1, day=date(2030, 1, 1)).facts).features == []
