"""How long each kind of data is kept, and why."""

import re

import msgspec

from handwerk.domain.kernel.errors import InvalidInput

_FORM = re.compile(r"([a-z_]+)=(\d{1,5})")


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data: for how many days it is kept, `None` for as long as it is needed; why.

    A firm may choose from `least` to `most` days, where they differ.
    """

    kind: str
    days: int | None
    why: str
    least: int | None = None
    most: int | None = None


def _chosen(kind: str, days: int, why: str, least: int = 1, most: int = 365) -> Period:
    return Period(kind=kind, days=days, why=why, least=least, most=most)


def _fixed(kind: str, days: int | None, why: str) -> Period:
    return Period(kind=kind, days=days, why=why, least=days, most=days)


PERIODS = (
    _fixed("account", None, "As long as the person works with the program; then it is erased."),
    _fixed("sessions", 1, "A session lasts a day at most; expired ones go every hour."),
    _chosen(
        "access_log", 30, "To find faults and attacks: ids, no names, no query (Art. 6 (1) f)."
    ),
    _fixed("security_log", 90, "To find attacks (Art. 6 (1) f, Art. 32)."),
    _chosen("jobs", 7, "Finished work that succeeded, so that its result can be fetched."),
    _chosen("failed_jobs", 30, "Finished work that did not, so that it can be retried."),
    _fixed("receipts", 1, "So that a repeated request is answered as the first (sealed)."),
    _fixed("bin", 30, "Deleted projects and documents, so that a mistake can be undone."),
    _chosen("privacy_exports", 7, "A person's own export (Art. 15, 20).", most=30),
    _fixed("predictions", None, "Business papers: at least six years (§ 147 AO, § 257 HGB)."),
    _fixed("consents", None, "To prove them (Art. 7 (1)); by id alone once the person is erased."),
    _fixed("erasures", None, "Ids and times, so that no backup brings anybody back."),
    _fixed("history", None, "At least ten years, sealed, by id (GoBD, § 147 AO); never purged."),
)


class Retention:
    """The periods of one firm."""

    def __init__(self, periods: tuple[Period, ...]) -> None:
        self.periods = periods
        self._days = {period.kind: period.days for period in periods}

    def days(self, kind: str) -> int:
        """How many days that kind is kept; for kinds that have an end."""
        days = self._days[kind]
        assert days is not None
        return days


def chosen(text: str) -> Retention:
    """The periods where a firm says `access_log=14; jobs=3`; `InvalidInput` names what is wrong."""
    wanted = dict(_said(part.strip()) for part in text.split(";") if part.strip())
    known = {period.kind: period for period in PERIODS}
    for kind, days in wanted.items():
        _check(kind, days, known.get(kind))
    return Retention(
        tuple(
            msgspec.structs.replace(period, days=wanted.get(period.kind, period.days))
            for period in PERIODS
        )
    )


def _said(part: str) -> tuple[str, int]:
    found = _FORM.fullmatch(part.replace(" ", ""))
    if found is None:
        raise InvalidInput.of("retention", f"'{part}' is not of the form kind=days")
    return found[1], int(found[2])


def _check(kind: str, days: int, period: Period | None) -> None:
    if period is None or period.least == period.most or period.least is None:
        free = ", ".join(each.kind for each in PERIODS if each.least != each.most)
        raise InvalidInput.of("retention", f"'{kind}' can't be chosen; what can: {free}")
    assert period.most is not None
    if not period.least <= days <= period.most:
        raise InvalidInput.of("retention", f"{kind} must be {period.least} to {period.most} days")
