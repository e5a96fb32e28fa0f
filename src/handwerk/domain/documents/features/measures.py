"""Areas, dimensions and hours of work, in the many ways in which they are written."""

import re
from collections.abc import Iterator
from decimal import Decimal

from handwerk.domain.documents.features.model import Feature, FeatureName, Line
from handwerk.domain.documents.features.numbers import quantity

_NUMBER = r"(?<![\d.,/])\d{1,3}(?:\.\d{3})+(?:,\d+)?|(?<![\d.,/])\d+(?:[.,]\d+)?"
_AREA = re.compile(
    rf"(?P<value>{_NUMBER})\s*(?:m²|m2|qm|m\^2|quadratmeter)(?![\w²])", re.IGNORECASE
)
_LENGTH = r"(?:mm|cm|dm|m)(?![\w²³])"
_SIDE = rf"(?:{_NUMBER})\s*(?:{_LENGTH})?"
_TIMES = r"\s*(?:x|\u00d7|\*|mal)\s*"
_DIMENSIONS = re.compile(rf"{_SIDE}(?:{_TIMES}{_SIDE}){{1,2}}", re.IGNORECASE)
_SIDES = re.compile(rf"(?P<value>{_NUMBER})\s*(?P<unit>{_LENGTH})?", re.IGNORECASE)
_LABELLED_SIDE = re.compile(
    r"\b(?:L|B|H|T|D|Länge|Breite|Höhe|Tiefe|Dicke|Stärke)\s*[:=.]?\s*"
    rf"(?P<value>{_NUMBER})\s*(?P<unit>{_LENGTH})"
)
# Letters, strokes, numbers: B/H/T 120/200/60 cm.
_SLASHED = re.compile(
    rf"\b[LBHTD](?:\s?[/x]\s?[LBHTD]){{1,2}}\s*[:=]?\s*(?P<sides>{_NUMBER}(?:\s?/\s?\d+(?:[.,]\d+)?){{1,2}})"
    rf"\s*(?P<unit>{_LENGTH})"
)
_HOURS_WORD = (
    r"(?:(?:arbeits|lohn|mann|monteur|facharbeiter|meister|gesellen|montage|regie|werkstatt)?"
    r"(?:stunden?|std)|arbeitsst)"
)
_HOURS = re.compile(
    rf"(?P<value>{_NUMBER})\s*(?P<unit>{_HOURS_WORD}\b\.?|h(?![\w/]))(?!\s*/)", re.IGNORECASE
)
_LABELLED_HOURS = re.compile(
    rf"\b(?:{_HOURS_WORD}|arbeitszeit|zeitaufwand)\b\.?\s*[:=]\s*(?P<value>{_NUMBER})(?!\s*(?:€|EUR))",
    re.IGNORECASE,
)
# "1.200 mm" is a metre and twenty; "1.200 m²" twelve hundred.
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
MAX_HOURS = Decimal(100_000)
MAX_AREA = Decimal(1_000_000)


def read_measures(line: Line) -> Iterator[Feature]:
    """Areas in m², dimensions in their unit, hours."""
    yield from _areas(line)
    yield from _dimensions(line)
    yield from _hours(line)


def _areas(line: Line) -> Iterator[Feature]:
    for match in _AREA.finditer(line.text):
        value = _number(match["value"])
        if 0 < value <= MAX_AREA:
            yield line.feature(FeatureName.AREA, value, 0.9, words=_around(line, match), unit="m²")


def _dimensions(line: Line) -> Iterator[Feature]:
    for match in _DIMENSIONS.finditer(line.text):
        sides = list(_SIDES.finditer(match.group()))
        yield from _sizes(line, sides, match.group())
    for match in _SLASHED.finditer(line.text):
        sides = list(_SIDES.finditer(match["sides"].replace("/", " ") + match["unit"]))
        yield from _sizes(line, sides, match.group())
    labelled = list(_LABELLED_SIDE.finditer(line.text))
    if len(labelled) > 1:
        words = line.text[labelled[0].start() : labelled[-1].end()]
        yield from _sizes(line, labelled[:3], words)


def _sizes(line: Line, sides: list[re.Match[str]], words: str) -> Iterator[Feature]:
    unit = sides[-1]["unit"]
    if unit is None:
        return
    each = [_in_unit(_number(side["value"]), side["unit"] or unit, unit) for side in sides]
    if all(each):
        text = " x ".join(format(value.normalize(), "f") for value in each)
        yield line.feature(FeatureName.DIMENSIONS, text, 0.9, words=words, unit=unit.lower())


_METRES = {"mm": Decimal("0.001"), "cm": Decimal("0.01"), "dm": Decimal("0.1"), "m": Decimal(1)}


def _in_unit(value: Decimal, unit: str, other: str) -> Decimal:
    return value * _METRES[unit.lower()] / _METRES[other.lower()]


def _hours(line: Line) -> Iterator[Feature]:
    for match in (*_HOURS.finditer(line.text), *_LABELLED_HOURS.finditer(line.text)):
        value = _number(match["value"])
        bare = match.groupdict().get("unit", "").lower() == "h"
        if 0 < value <= MAX_HOURS:
            yield line.feature(
                FeatureName.LABOR_HOURS,
                value,
                0.6 if bare else 0.85,
                words=_around(line, match),
                unit="h",
            )


def _number(text: str) -> Decimal:
    return quantity(text.replace(".", "") if _THOUSANDS.fullmatch(text) else text)


def _around(line: Line, match: re.Match[str]) -> str:
    return line.text[max(0, match.start() - 40) : match.end() + 20]
