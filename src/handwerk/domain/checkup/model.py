"""What a check finds."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Finding(msgspec.Struct, frozen=True):
    """What was looked at, how it stands, and what to do; no secret is ever among the words."""

    check: str
    level: Level
    told: str
    advice: str | None = None


class Checkup(msgspec.Struct, frozen=True):
    """All findings, the worst first. `sound` says that none is an error."""

    sound: bool
    findings: list[Finding]


Check = Callable[[], Awaitable[Sequence[Finding]]]
_ORDER = [Level.ERROR, Level.WARNING, Level.OK]


def summed_up(findings: Sequence[Finding]) -> Checkup:
    """The findings in order."""
    ordered = sorted(findings, key=lambda finding: _ORDER.index(finding.level))
    return Checkup(all(finding.level is not Level.ERROR for finding in findings), ordered)


def ok(check: str, told: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, told)


def warning(check: str, told: str, advice: str) -> Finding:
    """It can stay so for now."""
    return Finding(check, Level.WARNING, told, advice)


def error(check: str, told: str, advice: str) -> Finding:
    """It must not stay so."""
    return Finding(check, Level.ERROR, told, advice)


def judged(holds: bool, check: str, good: str, bad: Finding) -> Finding:
    """`good` where it holds, else `bad`."""
    return ok(check, good) if holds else bad
