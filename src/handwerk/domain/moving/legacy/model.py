"""What is sent of the original's rows, and what is told of them."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.tables.language import Language, Said

# The rows of one request, those that belong to others counted too.
MAX_ROWS = 1_000
MAX_PARTS = 20_000
MAX_SHOWN = 100
LegacyRow = dict[str, Any]


class Kind(StrEnum):
    """What the rows tell of."""

    MATERIALS = "materials"
    PROJECTS = "projects"
    PREDICTIONS = "predictions"
    SETTINGS = "settings"
    AUDIT = "audit"


class Outcome(StrEnum):
    """What became of a row. What is here already, by its id, stays as it is here."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left_out"


class LegacyRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as it was found, and those that belong to it: prices of a material, a project's list.

    Values are numbers, texts or null, as SQLite gives them.
    """

    row: LegacyRow
    parts: list[LegacyRow] = []


class LegacyBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows of one kind. `assumed` are ids that a dry run may take for being there.

    `all_settings`: the original's settings replace those that were changed here, too.
    """

    kind: Kind
    records: list[LegacyRecord]
    dry_run: bool = False
    all_settings: bool = False
    assumed: list[UUID] = []

    def checked(self) -> "LegacyBatch":
        """This batch, or `InvalidInput` where it is too large."""
        if not 0 < len(self.records) <= MAX_ROWS:
            raise InvalidInput.of("records", f"must be from 1 to {MAX_ROWS:,}")
        if sum(len(record.parts) for record in self.records) > MAX_PARTS:
            raise InvalidInput.of("records", f"have more than {MAX_PARTS:,} parts")
        if len(self.assumed) > MAX_PARTS:
            raise InvalidInput.of("assumed", f"are more than {MAX_PARTS:,}")
        return self


class Finding(msgspec.Struct, frozen=True):
    """One thing that was not taken as it stood. `column` is empty where it is the whole row.

    `left_out` says that the row stayed behind; else it came along without that value, or with
    another one.
    """

    table: str
    id: str
    column: str
    value: str
    message: str
    left_out: bool


class Fate(msgspec.Struct, frozen=True):
    """What became of a record, and of each of its parts."""

    record: Outcome
    parts: list[Outcome] = []


class LegacyAnswer(msgspec.Struct, frozen=True):
    """What became of every record, in the order in which they were sent."""

    fates: list[Fate]
    findings: list[Finding]


class Findings:
    """Collects what is to be told of rows."""

    def __init__(self, language: Language) -> None:
        self.found: list[Finding] = []
        self._language = language

    def tell(
        self,
        table: str,
        row: LegacyRow,
        said: Said,
        *,
        column: str = "",
        left_out: bool = False,
    ) -> None:
        """Note one thing."""
        value = shown(row.get(column)) if column else ""
        name, message = shown(row.get("id")), said.told(self._language)
        self.found.append(Finding(table, name, column, value, message, left_out))


def shown(value: object) -> str:
    """A value as a report shows it."""
    text = "" if value is None else str(value)[: MAX_SHOWN + 1]
    return f"{text[:MAX_SHOWN]}…" if len(text) > MAX_SHOWN else text


def assumed_or(known: frozenset[UUID], batch: LegacyBatch) -> frozenset[UUID]:
    """What is there, and what a dry run may take for it."""
    return known | frozenset(batch.assumed) if batch.dry_run else known
