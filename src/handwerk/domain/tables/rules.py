"""The rules of records in German: their models say them in English."""

import re

from handwerk.domain.tables.language import Said

_GERMAN: tuple[tuple[str, str], ...] = (
    (r"must not be empty", "darf nicht leer sein"),
    (r"is missing", "fehlt"),
    (r"is not a number", "ist keine Zahl"),
    (r"is not a UUID", "ist keine UUID"),
    (r"is longer than ([0-9,]+) characters", "ist länger als {} Zeichen"),
    (r"must be from ([0-9,.]+) to ([0-9,.]+)", "muss zwischen {} und {} liegen"),
    (r"lies before ([0-9-]+)", "liegt vor dem {}"),
    (r"lies before valid_from", "liegt vor dem ersten Tag (valid_from)"),
    (r"lies in the future, after ([0-9-]+)", "liegt in der Zukunft, nach dem {}"),
    (r"holds a NUL character", "enthält ein NUL-Zeichen"),
    (r"holds a lone surrogate, which is not text", "enthält ein halbes Zeichen, keinen Text"),
)
_RULES = tuple((re.compile(english), german) for english, german in _GERMAN)
_MARKS = str.maketrans(",.", ".,")


def rule_said(message: str) -> Said:
    """What a model says of a broken rule, in both languages."""
    for pattern, german in _RULES:
        if found := pattern.fullmatch(message):
            return Said(message, german.format(*map(_german, found.groups())))
    return Said(message, message)


def _german(value: str) -> str:
    """A number in German form, a day with the day first."""
    if value.count("-") == 2:  # noqa: PLR2004  # the marks of an ISO day
        return ".".join(reversed(value.split("-")))
    return value.translate(_MARKS)
