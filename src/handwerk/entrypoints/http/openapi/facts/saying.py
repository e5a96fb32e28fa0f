"""How bounds are said."""

from decimal import Decimal
from typing import Any

from handwerk.domain.kernel.money import MAX_EUROS, THOUSANDTH
from handwerk.domain.settings.model import MAX_ENTRIES, MAX_PERCENT, NUMBERS

Schema = dict[str, Any]
Facts = dict[str, Schema]
SHARE: Schema = {"minimum": 0, "maximum": 1}


def text(about: str, longest: int, shortest: int = 0) -> Schema:
    """A text of at most `longest` characters; it may be empty where `shortest` is 0."""
    needed = {"minLength": shortest, "pattern": r"\S"} if shortest else {}
    return {"description": about, "maxLength": longest, **needed}


def number(about: str, high: Decimal | int, low: int = 0) -> Schema:
    """A number from `low` to `high`."""
    exact = int(high) if high == int(high) else float(high)
    return {"description": about, "minimum": low, "maximum": exact}


def euros(about: str) -> Schema:
    """An amount."""
    return number(about, MAX_EUROS)


def percent(about: str) -> Schema:
    """A surcharge."""
    return number(f"{about}, in percent.", MAX_PERCENT)


def within(setting: str, about: str) -> Schema:
    """A number within the bounds of a setting."""
    bounds = NUMBERS[setting]
    return {"description": about, "minimum": float(bounds.low), "maximum": float(bounds.high)}


def prices(about: str) -> Schema:
    """Prices by name."""
    names = {"propertyNames": {"minLength": 1, "maxLength": 50}}
    prices = {"additionalProperties": {"minimum": 0, "maximum": float(MAX_EUROS)}}
    return {"description": about, "maxProperties": MAX_ENTRIES, **names, **prices}


def size(about: str, high: Decimal) -> Schema:
    """A length above nothing."""
    return {"description": about, "minimum": float(THOUSANDTH), "maximum": float(high)}


def id_of(about: str) -> Schema:
    """The id of another record, if there is one."""
    return {"description": about, "type": ["string", "null"], "format": "uuid"}
