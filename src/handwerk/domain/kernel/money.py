"""Euros and quantities, exact in `Decimal`, at the scale in which they are kept."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
THOUSANDTH = Decimal("0.001")
# One craft job above a thousand million euros is a typing error, and every column can hold it.
MAX_EUROS = Decimal("999999999.99")
ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """`amount` in euros rounded half up to the cent (kaufmännisch gerundet)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def thousandths(quantity: Decimal) -> Decimal:
    """An area or quantity rounded half up to three decimals."""
    return quantity.quantize(THOUSANDTH, ROUND_HALF_UP)
