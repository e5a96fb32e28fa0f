import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.projects.importing.form import PROJECTS
from handwerk.domain.tables.cells import Cell
from handwerk.domain.tables.delimited import DELIMITERS, MAX_RECORD, CsvTable
from handwerk.domain.tables.opening import opened


def rows(content: str, delimiter: str = ";") -> list[tuple[int, list[Cell], str]]:
    table = CsvTable(io.BytesIO(content.encode()), "utf-8", delimiter)
    return [(row.number, row.cells, row.problem.en if row.problem else "") for row in table.rows()]


def found(content: str) -> list[str]:
    return opened(io.BytesIO(content.encode()), [PROJECTS], XlsxWorkbooks()).heading.texts


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_each_delimiter_is_found(delimiter: str) -> None:
    """The sign that gives the most known headings parts the columns."""
    heading = ["name", "project_type", "final_price"]
    assert found(delimiter.join(heading) + "\n") == heading


def test_other_signs_in_the_heading_do_not_mislead() -> None:
    """Commas inside quoted or odd headings lose against the sign that gives known names."""
    assert found("name;project_type;Endpreis, netto, in €\n") == [
        "name",
        "project_type",
        "Endpreis, netto, in €",
    ]
    assert found('"name","project_type","a;b;c;d"\n') == ["name", "project_type", "a;b;c;d"]


def test_the_first_line_may_name_the_sign() -> None:
    """Excel writes `sep=` for itself; the sign that it names is believed."""
    assert found("sep=~\nname~project_type;Art\n") == ["name", "project_type;Art"]


def test_a_quoted_cell_may_hold_everything() -> None:
    """Delimiters, quotation marks and line ends in a quoted cell belong to the cell."""
    assert rows('a;"b;""c""\nd";e\r\nf;g;h\n') == [
        (1, ["a", 'b;"c"\nd', "e"], ""),
        (2, ["f", "g", "h"], ""),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line_is_understood(end: str) -> None:
    """Unix, Windows and old Macintosh files have the same rows."""
    assert [cells for _, cells, _ in rows(f"a;b{end}c;d{end}")] == [["a", "b"], ["c", "d"]]


def test_blank_lines_count_as_rows() -> None:
    """The numbers are those that a spreadsheet shows beside its rows."""
    assert [number for number, cells, _ in rows("\n\na;b\n\nc;d\n") if cells] == [3, 5]
    assert found("\n;;\nname;project_type\n") == ["name", "project_type"]


def test_an_unclosed_quotation_mark_does_not_swallow_rows_silently() -> None:
    """What stands behind it up to the end is reported as broken, never read as one cell."""
    *sound, (number, cells, problem) = rows('a;b\n"c;d\ne;f\n')
    assert [row[1] for row in sound] == [["a", "b"]]
    assert (number, cells) == (2, [])
    assert "quotation marks" in problem


def test_reading_goes_on_behind_a_broken_row() -> None:
    """A stray quotation mark costs its own row only."""
    broken, sound = rows('"a"b;c\nd;e\n')
    assert "quotation marks" in broken[2]
    assert sound == (2, ["d", "e"], "")


def test_a_row_that_is_too_long_is_reported_and_left_behind() -> None:
    """Neither one endless line nor endless lines in quotation marks are kept in memory."""
    endless = "x;" * MAX_RECORD
    first, second = rows(f"{endless}\na;b\n")
    assert "500,000" in first[2]
    assert second[1] == ["a", "b"]
    lines = '"' + "\n".join(["x"] * MAX_RECORD)
    assert all(problem or len(cells) < 3 for _, cells, problem in rows(lines))


def test_the_same_table_can_be_read_again() -> None:
    """A reading left in the middle doesn't disturb the next, and leaves the file open."""
    source = io.BytesIO(b"a;b\nc;d\n")
    table = CsvTable(source, "utf-8", ";")
    assert next(table.rows()).cells == ["a", "b"]
    assert [row.cells for row in table.rows()] == [["a", "b"], ["c", "d"]]
    assert not source.closed


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=6), st.sampled_from(DELIMITERS))
def test_what_a_csv_writer_writes_is_read_back(table: list[list[str]], delimiter: str) -> None:
    """Any text in any cell survives, emoji and right-to-left text included."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(table)
    assert [cells for _, cells, _ in rows(written.getvalue(), delimiter)] == table
