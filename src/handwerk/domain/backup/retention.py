"""Which backups stay: the newest of each of the last days, weeks and months that have one."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from handwerk.domain.backup.model import Backup
from handwerk.domain.kernel.errors import InvalidInput

MOST = 1_000
_PART = re.compile(r"(daily|weekly|monthly)=(\d{1,4})", re.ASCII)


class Keep(msgspec.Struct, frozen=True):
    """How many days, ISO weeks and months (in UTC) keep their newest backup."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12

    @classmethod
    def spelt(cls, text: str) -> "Keep":
        """`daily=7; weekly=4; monthly=12`; what is not named stays as it is by default."""
        values: dict[str, int] = {}
        for part in filter(None, (part.strip() for part in text.split(";"))):
            found = _PART.fullmatch(part.replace(" ", ""))
            if found is None or int(found[2]) > MOST or found[1] in values:
                raise InvalidInput.of("backup_keep", f"'{part}' is none of daily=7, weekly=4, …")
            values[found[1]] = int(found[2])
        keep = cls(**values)
        if keep.daily + keep.weekly + keep.monthly == 0:
            raise InvalidInput.of("backup_keep", "must keep one backup at least")
        return keep


def kept(backups: Sequence[Backup], keep: Keep) -> set[str]:
    """Ids of the backups that stay; the newest always does."""
    newest_first = sorted(backups, key=lambda each: (each.taken_at, each.id), reverse=True)
    ids = {each.id for each in newest_first[:1]}
    for most, span in ((keep.daily, _day), (keep.weekly, _week), (keep.monthly, _month)):
        ids |= _newest_of_each(newest_first, most, span)
    return ids


def _newest_of_each(
    newest_first: Sequence[Backup], most: int, span: Callable[[datetime], Any]
) -> set[str]:
    first: dict[Any, str] = {}
    for each in newest_first:
        first.setdefault(span(each.taken_at), each.id)
    return set(list(first.values())[:most])


def _day(at: datetime) -> Any:
    return at.date()


def _week(at: datetime) -> Any:
    return at.isocalendar()[:2]


def _month(at: datetime) -> Any:
    return at.year, at.month
