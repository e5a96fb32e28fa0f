import itertools
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handwerk.domain.kernel.errors import TooLarge
from handwerk.domain.projects.importing.form import PROJECTS
from handwerk.domain.tables.cells import Cell
from handwerk.domain.tables.errors import TableRefused
from handwerk.domain.tables.language import Language
from handwerk.domain.tables.opening import Opened
from handwerk.domain.tables.readings import english_number, german_number
from handwerk.domain.tables.report import RowError
from handwerk.domain.tables.survey import MAX_ROWS, Layout, Survey
from handwerk.domain.tables.table import Row


class ColumnTable:
    """A table of sound jobs, of which one column is given."""

    is_text = True
    counts_from_1904 = False

    def __init__(self, heading: str, cells: Sequence[Cell]) -> None:
        self.lines: list[list[Cell]] = [
            ["name", "project_type", heading],
            *(["Tisch", "Möbel", cell] for cell in cells),
        ]

    def rows(self) -> Iterator[Row]:
        for number, cells in enumerate(self.lines, 1):
            yield Row(number, cells)

    def close(self) -> None:
        pass


def opened(table: ColumnTable) -> Opened:
    return Opened(table, Row(1, table.lines[0]), PROJECTS)


def decided(heading: str, *cells: Cell) -> Layout:
    survey = Survey(opened(ColumnTable(heading, cells)))
    while survey.advance(3):
        pass
    return survey.decided()


def values(heading: str, *cells: Cell) -> list[str]:
    """The cells as the decided reading understands them."""
    read = decided(heading, *cells).columns[-1].read
    return [str(read(cell)) for cell in cells]


def refusal(heading: str, *cells: str) -> tuple[list[RowError], int]:
    with pytest.raises(TableRefused) as refused:
        decided(heading, *cells)
    wrong = [each.told(Language.ENGLISH) for each in refused.value.wrong]
    return wrong, refused.value.rows


@pytest.mark.parametrize(
    ("heading", "cells", "read"),
    [
        ("final_price", ["1.234", "1.234,5"], ["1234", "1234.5"]),
        ("final_price", ["1.234", "12.5"], ["1.234", "12.5"]),
        ("final_price", ["1,234", "1,234.50"], ["1234", "1234.50"]),
        ("final_price", ["1,234", "7,5"], ["1.234", "7.5"]),
        ("final_price", ["1.234.567", "1.234"], ["1234567", "1234"]),
        ("final_price", ["0.123", "1.234"], ["0.123", "1.234"]),
        ("final_price", ["12", "1234", "12.50"], ["12", "1234", "12.50"]),
        ("complexity", ["3,0", "2"], ["3", "2"]),
        ("project_date", ["03/04/2025", "31/12/2025"], ["2025-04-03", "2025-12-31"]),
        ("project_date", ["03/04/2025", "12/31/2025"], ["2025-03-04", "2025-12-31"]),
        ("project_date", ["03/04/2025", "01.02.2025"], ["2025-04-03", "2025-02-01"]),
        ("project_date", ["2025-04-03", "05/05/2025"], ["2025-04-03", "2025-05-05"]),
        ("is_finalized", ["ja", "0", "x"], ["True", "False", "True"]),
        ("is_finalized", ["1", "false"], ["True", "False"]),
    ],
)
def test_one_telling_cell_decides_the_whole_column(
    heading: str, cells: list[str], read: list[str]
) -> None:
    """A value that fits one form only settles how its ambiguous neighbours are read."""
    assert values(heading, *cells) == read


@pytest.mark.parametrize(
    ("heading", "cells", "row", "readings"),
    [
        ("final_price", ["7", "1.234", "5.678"], 3, ("1234", "1.234")),
        ("Fläche", ["12,500"], 2, ("12.500", "12500")),
        ("project_date", ["2025-01-01", "05/05/2025", "03/04/2025"], 4, ("-04-03", "-03-04")),
    ],
)
def test_an_ambiguous_column_is_refused_with_both_readings(
    heading: str, cells: list[str], row: int, readings: tuple[str, str]
) -> None:
    """Where no cell tells, the first doubtful one is shown in both readings."""
    (error,), rows = refusal(heading, *cells)
    assert (error.row, error.column, error.value) == (row, heading, cells[row - 2])
    assert all(reading in error.message for reading in readings)
    assert rows == len(cells)


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("final_price", ["1.234,56", "7", "1,234.56"]),
        ("final_price", ["12.50", "7,5"]),
        ("project_date", ["31.12.2025", "12/31/2025"]),
        ("is_finalized", ["ja", "no"]),
    ],
)
def test_a_column_half_german_half_english_is_refused_naming_a_row_of_each(
    heading: str, cells: list[str]
) -> None:
    """Mixed forms point to two files pasted together; both witnesses are named."""
    (error,), _ = refusal(heading, *cells)
    assert error.row == len(cells) + 1
    assert f"'{cells[0]}' in row 2" in error.message
    assert f"'{cells[-1]}' in row {len(cells) + 1}" in error.message


def test_every_doubtful_column_is_named_at_once() -> None:
    """Nobody has to send a file twice to hear of its second doubtful column."""
    table = ColumnTable("final_price", ["1.234"])
    table.lines = [[*table.lines[0], "Stunden"], [*table.lines[1], "1,500"]]
    survey = Survey(opened(table))
    while survey.advance(10):
        pass
    with pytest.raises(TableRefused) as refused:
        survey.decided()
    assert [wrong.column for wrong in refused.value.wrong] == ["final_price", "Stunden"]


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["45658", "45659"], ["2025-01-01", "2025-01-02"]),
        ([Decimal(45658), "31.12.2024"], ["2025-01-01", "2024-12-31"]),
        ([Decimal("45658.75"), date(2024, 5, 1)], ["2025-01-01", "2024-05-01"]),
        ([Decimal(45658), Decimal(2025)], ["None", "None"]),
        (["2025", "45658"], ["None", "None"]),
        ([Decimal(20251231), "20251230"], ["2025-12-31", "2025-12-30"]),
    ],
)
def test_bare_numbers_are_days_only_where_each_can_be_one(
    cells: list[Cell], read: list[str]
) -> None:
    """A column of counted days is read as days; a year among them leaves none of them one."""
    assert values("project_date", *cells) == read


@pytest.mark.parametrize(
    ("heading", "cell", "read"),
    [
        ("final_price", Decimal("1.234"), "1.234"),
        ("final_price", date(2025, 1, 1), "None"),
        ("final_price", True, "None"),
        ("complexity", Decimal("3.0"), "3"),
        ("complexity", Decimal("3.5"), "None"),
        ("is_finalized", True, "True"),
        ("is_finalized", Decimal(0), "False"),
        ("is_finalized", Decimal(2), "None"),
        ("region", Decimal(70173), "70173"),
        ("region", date(2025, 1, 2), "2025-01-02"),
    ],
)
def test_typed_cells_are_taken_for_what_they_are(heading: str, cell: Cell, read: str) -> None:
    """A workbook's numbers, days and truths need no form, and prove none."""
    assert values(heading, cell) == [read]


def test_unreadable_cells_decide_nothing() -> None:
    """NaN and words are errors of their rows; they don't make a column German or English."""
    assert values("final_price", "NaN", "abc", "1.234,5") == ["None", "None", "1234.5"]


NUMERALS = st.from_regex(r"[0-9]{1,4}([.,][0-9]{1,3}){0,2}", fullmatch=True)


@given(st.lists(NUMERALS, min_size=1, max_size=8))
@example(["1.234", "1,234"])
def test_german_and_english_are_never_mixed_silently(cells: list[str]) -> None:
    """A column that is not refused has one form that reads all of it, and a cell that proves it."""
    try:
        read = decided("final_price", *cells).columns[-1].read
    except TableRefused:
        return
    both = [(german_number(cell), english_number(cell)) for cell in cells]
    got = [read(cell) for cell in cells]
    assert got in ([german for german, _ in both], [english for _, english in both])
    assert all(value is not None for value, seen in zip(got, both, strict=True) if any(seen))
    doubtful = any(g is not None and e is not None and g != e for g, e in both)
    assert not doubtful or any((g is None) != (e is None) for g, e in both)


@given(st.lists(st.decimals(0, 10**6, places=2), min_size=1), st.booleans())
def test_a_column_of_cents_is_read_back_in_either_form(prices: list[Decimal], comma: bool) -> None:
    """Prices with two decimals are never ambiguous: written in one form they come back exactly."""
    cells = [f"{price:.2f}".replace(".", ",") if comma else f"{price:.2f}" for price in prices]
    assert list(map(Decimal, values("final_price", *cells))) == prices


def test_more_rows_than_a_million_are_too_large() -> None:
    """The limit is met while reading, not after."""

    class Endless(ColumnTable):
        def rows(self) -> Iterator[Row]:
            yield Row(1, self.lines[0])
            for number in itertools.count(2):
                yield Row(number, ["a", "b", ""])

    survey = Survey(opened(Endless("region", [])))
    assert survey.advance(MAX_ROWS)
    with pytest.raises(TooLarge, match="1,000,000"):
        survey.advance(1)
