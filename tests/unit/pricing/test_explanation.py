"""Effects in euros."""

import math
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.kernel.money import CENT, cents
from handwerk.domain.pricing.explanation import shares_in_euros

parts = st.dictionaries(
    st.text(min_size=1, max_size=5), st.floats(-1.5, 1.5), min_size=1, max_size=8
)


@given(parts, st.decimals(1, 1_000_000, places=2))
def test_effects_add_up_to_the_price(logs: dict[str, float], base: Decimal) -> None:
    """Whatever the parts, base and effects make the price, to the cent."""
    price = cents(base * Decimal(math.exp(sum(logs.values()))))
    if price == 0:
        return
    euros = shares_in_euros(logs, base, price)
    assert base + sum(euros.values()) == price
    assert all(effect == effect.quantize(CENT) for effect in euros.values())


def test_an_effect_points_where_its_part_points() -> None:
    """What raises the price has a plus, what lowers it a minus, though both cancel out."""
    euros = shares_in_euros({"dearer": 0.4, "cheaper": -0.4}, Decimal(1000), Decimal(1000))
    assert euros == {"dearer": Decimal("400.00"), "cheaper": Decimal("-400.00")}
