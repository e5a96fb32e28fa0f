"""What an import refuses."""

from collections.abc import Iterable

from handwerk.domain.kernel.errors import FieldError, InvalidInput
from handwerk.domain.projects.importing.report import ImportReport, RowError, Tally


class ImportRefused(InvalidInput):
    """Nothing was imported; `report` says why, in the shape of a finished import's report."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(
            FieldError(error.column or "file", f"row {error.row}: {error.message}")
            for error in report.errors
        )
        self.report = report
        self.detail = f"Nothing was imported. {self.errors[0].field}, {self.errors[0].message}."

    @classmethod
    def of_table(cls, errors: Iterable[RowError], rows: int = 0) -> "ImportRefused":
        """The refusal of a table as a whole, of which `rows` rows were looked at."""
        tally = Tally()
        tally.add(rows=rows, failed=rows, errors=errors)
        return cls(tally.refusal())
