from datetime import date
from decimal import Decimal

import pytest

from handwerk.domain.pricing.backtest import Contender
from handwerk.domain.pricing.calculation import Rates, calculate
from handwerk.domain.pricing.features import learn_columns
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.model import JobFacts
from handwerk.entrypoints.cli.commands.estimating import FEATURES
from handwerk.entrypoints.cli.commands.training import CONTENDERS, FOOTINGS

FACTS = JobFacts(project_type="Möbel", day=date(2026, 3, 2), wood_type="Eiche", region="Bayern")
RATES = Rates(**dict.fromkeys(Rates.__struct_fields__, Decimal(10)))


@pytest.mark.parametrize("footing", Footing)
def test_every_feature_of_a_model_has_words(footing: Footing) -> None:
    """Whatever a model may say moves a price is told by a name that people know."""
    columns = learn_columns(footing, [FACTS] * 20)
    assert {column.feature for column in columns} <= FEATURES.keys()


def test_every_step_of_a_calculation_has_words() -> None:
    """The lines of a calculation are told by name."""
    calculation = calculate("Möbel", Decimal(1), Decimal(1), RATES)
    assert {line.name for line in calculation.lines} <= FEATURES.keys()


def test_every_line_of_a_back_test_has_words() -> None:
    """Footings and ways of pricing are told by name."""
    assert FOOTINGS.keys() == set(Footing)
    assert CONTENDERS.keys() == set(Contender)
