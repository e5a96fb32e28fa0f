"""A whole firm that moves."""

import msgspec


class MovedIn(msgspec.Struct, frozen=True, kw_only=True):
    """What came in: the rows of each table, the files of documents, and which had lost theirs."""

    tables: dict[str, int] = {}
    files: int
    missing: list[str] = []


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a record, and of each of its parts."""

    record: str
    parts: list[str] = []


class LegacyFinding(msgspec.Struct, frozen=True, kw_only=True):
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


class LegacyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of every record, in the order in which they were sent."""

    fates: list[Fate] = []
    findings: list[LegacyFinding] = []


class MovedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a document; `same_as` is the one that holds the same bytes, if another."""

    outcome: str
    same_as: str | None = None
