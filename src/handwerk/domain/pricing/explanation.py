"""From factors to euros: what each feature adds to a price, adding up to the cent.

A model multiplies: price = base * e^(a + b + …). Each part gets its share of the difference by
the logarithmic mean L of price and base, a * L(price, base) (the additive decomposition of B. W.
Ang, LMDI, 2004). L lies between base and price, so an effect has the sign of its part and is never
blown up where parts cancel out. What rounding leaves goes to the largest effect.
"""

import math
from collections.abc import Mapping
from decimal import Decimal

from handwerk.domain.kernel.money import ZERO, cents
from handwerk.domain.pricing.calculation import Calculation
from handwerk.domain.pricing.model import Effect


def shares_in_euros(
    parts: Mapping[str, float], base: Decimal, price: Decimal
) -> dict[str, Decimal]:
    """The euros of every part of log(price / base); they add up to `price` - `base`."""
    mean = _logarithmic_mean(float(price), float(base))
    shares = {name: cents(Decimal(part * mean)) for name, part in parts.items()}
    if shares:
        largest = max(shares, key=lambda name: abs(shares[name]))
        shares[largest] += price - base - sum(shares.values(), ZERO)
    return shares


def calculated(calculation: Calculation) -> list[Effect]:
    """The steps of a calculation; a value is hours, euros or percent."""
    return [
        Effect(
            feature=line.name,
            value=float(line.base if line.rate is None or line.name == "labor" else line.rate),
            effect_eur=line.amount,
        )
        for line in calculation.lines
    ]


def _logarithmic_mean(price: float, base: float) -> float:
    off = math.log(price / base)
    # Near equality the quotient loses its digits; the mean of both is exact enough there.
    return (price - base) / off if abs(off) > 1e-6 else (price + base) / 2  # noqa: PLR2004
