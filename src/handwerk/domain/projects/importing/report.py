"""What an import says of itself when it is done."""

from collections.abc import Iterable

import msgspec

MAX_ERRORS = 1_000
MAX_VALUE = 100


class RowError(msgspec.Struct, frozen=True):
    """One thing that is wrong in a table.

    `row` counts as a spreadsheet does, the heading being row 1. `column` is the heading as it
    stands in the file and `value` the cell, cut to 100 characters; both are empty where the row
    as a whole is wrong.
    """

    row: int
    column: str
    value: str
    message: str

    @classmethod
    def of(cls, row: int, message: str, column: str = "", value: str = "") -> "RowError":
        """An error whose texts are cut to a length that a report can bear."""
        return cls(row, column[:MAX_VALUE], value[:MAX_VALUE], message)


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """Rows read, and what became of them; only the first 1,000 errors are kept.

    Nothing is updated by an import of projects: a row equals one that is there, or it is new.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[RowError] = []
    errors_omitted: int = 0


class Tally:
    """Counts an import while it runs."""

    def __init__(self) -> None:
        self.rows = 0
        self.created = 0
        self.failed = 0
        self._errors: list[RowError] = []
        self._omitted = 0

    def add(self, *, rows: int, failed: int, errors: Iterable[RowError], created: int = 0) -> None:
        """Count what became of `rows` more rows; keep their errors as far as there is room."""
        self.rows += rows
        self.failed += failed
        self.created += created
        for error in errors:
            if len(self._errors) < MAX_ERRORS:
                self._errors.append(error)
            else:
                self._omitted += 1

    def refusal(self) -> ImportReport:
        """The report of an import that created nothing because rows are bad."""
        return ImportReport(
            rows=self.rows,
            failed=self.failed,
            errors=self._errors,
            errors_omitted=self._omitted,
        )

    def report(self) -> ImportReport:
        """The report of a finished import: a sound row that was not new was there already."""
        return msgspec.structs.replace(
            self.refusal(),
            created=self.created,
            unchanged=self.rows - self.failed - self.created,
        )
