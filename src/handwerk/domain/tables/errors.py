"""What an import refuses."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from handwerk.domain.kernel.errors import FieldError, InvalidInput, TooLarge, UnsupportedContent
from handwerk.domain.tables.language import Language, Said
from handwerk.domain.tables.report import ImportReport, Wrong


class Unreadable(UnsupportedContent):
    """The file is no table that is read here."""

    def __init__(self, en: str, de: str) -> None:
        super().__init__(en)
        self.said = Said(en, de)


class TableTooLarge(TooLarge):
    """The table holds more than can be taken in at once."""

    def __init__(self, en: str, de: str) -> None:
        super().__init__(en)
        self.said = Said(en, de)


class TableRefused(Exception):
    """The table as a whole can't be understood; `rows` of it were looked at."""

    def __init__(self, wrong: Iterable[Wrong], rows: int = 0) -> None:
        super().__init__()
        self.wrong = list(wrong)
        self.rows = rows


_NOTHING = Said("Nothing was imported.", "Es wurde nichts importiert.")
_ROW = Said("row", "Zeile")


class ImportRefused(InvalidInput):
    """Nothing was imported; `report` says why, in the shape of a finished import's report."""

    def __init__(self, report: ImportReport, language: Language) -> None:
        row = _ROW.told(language)
        super().__init__(
            FieldError(error.column or "file", f"{row} {error.row}: {error.message}")
            for error in report.errors
        )
        self.report = report
        first = self.errors[0]
        self.detail = f"{_NOTHING.told(language)} {first.field}, {first.message}."


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Raise what refuses a table in the words of `language`."""
    try:
        yield
    except (Unreadable, TableTooLarge) as error:
        error.detail = error.said.told(language)
        raise
    except TableRefused as refused:
        errors = [wrong.told(language) for wrong in refused.wrong]
        report = ImportReport(rows=refused.rows, failed=refused.rows, errors=errors)
        raise ImportRefused(report, language) from refused
