"""Checks of single fields that collect every error before they refuse."""

from collections.abc import Callable
from decimal import Decimal

from handwerk.domain.kernel.errors import FieldError, InvalidInput
from handwerk.domain.kernel.money import MAX_EUROS, ZERO, cents, thousandths

MAX_QUANTITY = Decimal(10_000_000)


class Checks:
    """Collects what is wrong with an input; `refuse_if_any` raises all of it at once."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def that(self, holds: bool, field: str, message: str) -> None:
        """Note `message` for `field` unless `holds`."""
        if not holds:
            self.errors.append(FieldError(field, message))

    def text(self, field: str, value: str | None, longest: int, shortest: int = 0) -> str | None:
        """`value` trimmed, its length (in characters) within bounds and free of NUL."""
        if value is None:
            return None
        value = value.strip()
        self.that("\0" not in value, field, "holds a NUL character")
        self.that(is_encodable(value), field, "holds a lone surrogate, which is not text")
        self.that(len(value) >= shortest, field, "must not be empty")
        self.that(len(value) <= longest, field, f"is longer than {longest:,} characters")
        return value

    def euros(self, field: str, value: Decimal | None) -> Decimal | None:
        """`value` in euros, 0 to `MAX_EUROS`, rounded to the cent."""
        return self._number(field, value, MAX_EUROS, cents)

    def quantity(self, field: str, value: Decimal | None) -> Decimal | None:
        """An area, a length or hours: 0 to ten million, rounded to three decimals."""
        return self._number(field, value, MAX_QUANTITY, thousandths)

    def whole(self, field: str, value: int | None, low: int, high: int) -> int | None:
        """`value` between `low` and `high`, both included."""
        if value is not None:
            self.that(low <= value <= high, field, f"must be from {low} to {high}")
        return value

    def refuse_if_any(self) -> None:
        """Raise `InvalidInput` with everything that was noted."""
        if self.errors:
            raise InvalidInput(self.errors)

    def _number(
        self,
        field: str,
        value: Decimal | None,
        high: Decimal,
        rounded: Callable[[Decimal], Decimal],
    ) -> Decimal | None:
        if value is None:
            return None
        if not value.is_finite():
            self.that(False, field, "is not a number")
        elif not ZERO <= value <= high:
            self.that(False, field, f"must be from 0 to {high:,}")
        else:
            # Zero has no sign here.
            return rounded(value.copy_abs())
        return None


def is_encodable(value: str) -> bool:
    """Whether `value` can be written in UTF-8: it holds no lone surrogate (half a character)."""
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)
