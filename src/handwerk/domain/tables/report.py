"""What an import says of itself when it is done."""

from collections.abc import Iterable

import msgspec

from handwerk.domain.tables.language import Language, Said

MAX_ERRORS = 1_000
MAX_VALUE = 100


class RowError(msgspec.Struct, frozen=True):
    """One thing that is wrong in a table.

    `row` counts as a spreadsheet does, its first row being row 1. `column` is the heading as it
    stands in the file and `value` the cell, cut to 100 characters; both are empty where the row
    as a whole is wrong.
    """

    row: int
    column: str
    value: str
    message: str


class Wrong(msgspec.Struct, frozen=True):
    """A `RowError` that no language is chosen for yet."""

    row: int
    said: Said
    column: str = ""
    value: str = ""

    def told(self, language: Language) -> RowError:
        """The error, its texts cut to a length that a report can bear."""
        column, value = self.column[:MAX_VALUE], self.value[:MAX_VALUE]
        return RowError(self.row, column, value, self.said.told(language))


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """Rows read, and what became of them; only the first 1,000 errors are kept.

    `notes` are sentences: which columns, sheets and rows were passed over.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[RowError] = []
    errors_omitted: int = 0
    notes: list[str] = []


class Tally:
    """Counts an import while it runs, and tells of it in one language."""

    def __init__(self, language: Language) -> None:
        self.rows = self.created = self.updated = self.failed = 0
        self._language = language
        self._errors: list[RowError] = []
        self._omitted = 0
        self._notes: list[str] = []

    def count(self, *, rows: int, created: int = 0, updated: int = 0) -> None:
        """Count what became of `rows` more rows."""
        self.rows += rows
        self.created += created
        self.updated += updated

    def fail(self, rows: int, wrong: Iterable[Wrong]) -> None:
        """Count so many of the rows as failed; keep what is wrong as far as there is room."""
        self.failed += rows
        for each in wrong:
            if len(self._errors) < MAX_ERRORS:
                self._errors.append(each.told(self._language))
            else:
                self._omitted += 1

    def note(self, said: Said) -> None:
        """Tell of something that was passed over."""
        self._notes.append(said.told(self._language))

    def refusal(self) -> ImportReport:
        """The report of an import that created nothing because rows are bad."""
        return ImportReport(
            rows=self.rows,
            failed=self.failed,
            errors=self._errors,
            errors_omitted=self._omitted,
            notes=self._notes,
        )

    def report(self) -> ImportReport:
        """The report of a finished import: a sound row that changed nothing was there already."""
        changed = self.created + self.updated
        return msgspec.structs.replace(
            self.refusal(),
            created=self.created,
            updated=self.updated,
            unchanged=self.rows - self.failed - changed,
        )
