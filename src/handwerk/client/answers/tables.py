"""What became of the rows of a table."""

import msgspec


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong in a table.

    `row` counts as a spreadsheet does, its first row being row 1. `column` is the heading as it
    stands in the file and `value` the cell, cut to 100 characters; both are empty where the row
    as a whole is wrong.
    """

    row: int
    column: str | None = None
    value: str | None = None
    message: str = ""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """Rows read, and what became of them; only the first 1,000 errors are kept.

    `notes` are sentences: which columns, sheets and rows were passed over.
    """

    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[RowError] = []
    errors_omitted: int = 0
    notes: list[str] = []

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong with any row, nor with the table."""
        return not self.failed and not self.errors
