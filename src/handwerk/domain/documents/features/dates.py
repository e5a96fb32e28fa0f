"""The day that a document bears (Rechnungsdatum, Angebotsdatum), told from the others on it."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from handwerk.domain.documents.features.model import Feature, FeatureName, Line

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jan jänner january",
            "februar feb february",
            "märz mrz mär maerz mar march",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sep sept",
            "oktober okt oct october",
            "november nov",
            "dezember dez dec december",
        ),
        1,
    )
    for name in names.split()
}
_DATE = re.compile(
    r"(?<![\d.,/-])(?:"
    r"(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)"
    r"|(?P<dd>\d{1,2})\s?[./]\s?(?P<mm>\d{1,2})\s?[./]\s?(?P<yy>(?:19|20)?\d\d)"
    r"|(?P<dw>\d{1,2})\.?\s+(?P<mw>[A-Za-zä]{3,9})\.?\s+(?P<yw>(?:19|20)\d\d)"
    r"|(?P<me>[A-Za-z]{3,9})\.?\s+(?P<de>\d{1,2}),?\s+(?P<ye>(?:19|20)\d\d)"
    r")(?!\d|[.,/-]\d)"
)
# A two-digit year is of the years until this one, else of the century before.
_LATEST_SHORT_YEAR = 60

# What stands before a date, and how likely it then is the document's own.
_OWN = (
    r"(?:rechnungs|beleg|angebots|ausstellungs|dokument|gutschrift\w*)-?\s*datum"
    r"|datum\s+der\s+(?:rechnung|ausstellung)|(?:invoice|issue)\s+date|date\s+of\s+issue"
)
_OTHER = (
    r"liefer|leistung|bestell|auftrag|fällig|zahlbar|zahlung|skonto|gültig|geburt|überweis|abruf"
    r"|eingang|delivery|order|due|until|valid|remit|\bbis\b"
)
_HEADED = r"(?:rechnung|gutschrift|angebot|storno|invoice|kostenvoranschlag)\b.*\bvo[mn]\b"
_LABELS = [
    (re.compile(pattern, re.IGNORECASE), weight)
    for pattern, weight in (
        (_OWN, 0.98),
        (_OTHER, 0.15),
        (_HEADED, 0.95),
        (r"issued|ausgestellt|erstellt", 0.9),
        (r"\bdatum\b|\bdate\b|\bdated\b", 0.85),
        (r",\s*(?:den|am|im)?\s*$", 0.8),
    )
]
_ALONE = 0.6
_SOMEWHERE = 0.4
_LABEL_REACH = 60


class _Found(msgspec.Struct, frozen=True):
    weight: float
    day: date
    line: Line
    words: str


def read_date(lines: Sequence[Line]) -> Iterator[Feature]:
    """The most likely day of the document; of equals the first."""
    found = [candidate for line, above in _with_above(lines) for candidate in _dates(line, above)]
    if found:
        best = max(found, key=lambda candidate: (candidate.weight, -candidate.line.number))
        yield best.line.feature(
            FeatureName.DATE, best.day, best.weight, words=best.words, unit=None
        )


def _with_above(lines: Sequence[Line]) -> Iterator[tuple[Line, str]]:
    above = ""
    for line in lines:
        yield line, above
        above = line.text


def _dates(line: Line, above: str) -> Iterator[_Found]:
    start = 0
    for match in _DATE.finditer(line.text):
        day = _day(match)
        if day is not None:
            before = line.text[start : match.start()][-_LABEL_REACH:]
            words = line.text[max(0, match.start() - _LABEL_REACH) : match.end()]
            yield _Found(_weight(before, line, above, match), day, line, words)
        start = match.end()


def _weight(before: str, line: Line, above: str, match: re.Match[str]) -> float:
    weight = _label_weight(before)
    if weight is not None:
        return weight
    if match.group() != line.text:
        heading = _label_weight(above)
        return _SOMEWHERE if heading is None else heading * 0.7
    return _label_weight(above) or _ALONE


def _label_weight(text: str) -> float | None:
    weights = [(match.end(), weight) for label, weight in _LABELS for match in label.finditer(text)]
    # The label nearest to the date says what it is.
    return max(weights)[1] if weights else None


def _day(match: re.Match[str]) -> date | None:
    found = match.groupdict()
    try:
        if found["y"]:
            return date(int(found["y"]), int(found["m"]), int(found["d"]))
        if found["dd"]:
            return date(_year(found["yy"]), int(found["mm"]), int(found["dd"]))
        month = _MONTHS.get((found["mw"] or found["me"]).lower())
        if month is None:
            return None
        return date(int(found["yw"] or found["ye"]), month, int(found["dw"] or found["de"]))
    except ValueError:
        return None


def _year(text: str) -> int:
    year = int(text)
    if len(text) > len("24"):
        return year
    return 2000 + year if year <= _LATEST_SHORT_YEAR else 1900 + year
