import pytest

from handwerk.domain.tables.errors import ImportRefused
from handwerk.domain.tables.fields import MAX_COLUMNS, columns_of, known_headings
from handwerk.domain.tables.report import RowError
from handwerk.domain.tables.table import Row

NAMES = {
    "name": "Bezeichnung",
    "description": "Beschreibung",
    "project_type": "Projektart",
    "region": "Region",
    "wood_type": "Holzart",
    "total_area_sqm": "Fläche",
    "complexity": "Komplexität",
    "labor_hours": "Stunden",
    "material_cost": "Materialkosten",
    "calculated_price": "Kalkulation",
    "final_price": "Endpreis",
    "project_date": "Datum",
    "is_finalized": "Abgeschlossen",
}


def fields(*headings: str) -> list[str]:
    return [column.field for column in columns_of(Row(1, list(headings)))]


def errors(*headings: str) -> list[RowError]:
    with pytest.raises(ImportRefused) as refused:
        columns_of(Row(1, list(headings)))
    return refused.value.report.errors


def test_all_fixed_names_are_understood_in_both_languages() -> None:
    """The English and the German headings of the contract name the same thirteen fields."""
    assert fields(*NAMES) == fields(*NAMES.values()) == list(NAMES)
    assert known_headings(list(NAMES.values())) == len(NAMES)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("  Project Type ", "project_type"),
        ("PROJECT-TYPE", "project_type"),
        ("projectType", "project_type"),
        ("FLAECHE", "total_area_sqm"),
        ("Fla\u0308che", "total_area_sqm"),
        ("Fläche (m²)", "total_area_sqm"),
        ("Endpreis [€]", "final_price"),
        ("Endpreis netto", "final_price"),
        ("Materialkosten in EUR", "material_cost"),
        ("Komplexitaet", "complexity"),
    ],
)
def test_case_space_umlaut_and_unit_do_not_matter(heading: str, field: str) -> None:
    """A heading is recognised however a person or a program spells it."""
    assert field in fields("name", *({"project_type"} - {field}), heading)


def test_gross_is_not_taken_for_net() -> None:
    """Prices are net; a gross column is unknown rather than silently 19 % too high."""
    (error,) = errors("name", "project_type", "Endpreis brutto")
    assert error.column == "Endpreis brutto"


def test_each_missing_column_is_named() -> None:
    """Name and type are needed, and both are missed at once."""
    assert [error.column for error in errors("region", "Datum")] == ["name", "project_type"]
    assert "Projektart" in errors("name", "region")[0].message


def test_each_unknown_column_is_named_as_the_file_has_it() -> None:
    """An unknown heading is an error in row 1, with what is known."""
    found = errors("name", "project_type", "Kunde", "Ort ")
    assert [(error.row, error.column) for error in found] == [(1, "Kunde"), (1, "Ort")]
    assert "wood_type" in found[0].message


def test_a_field_in_two_columns_is_refused() -> None:
    """Nobody can know which of two columns counts; both are named."""
    found = errors("name", "project_type", "final_price", "Endpreis")
    assert [error.column for error in found] == ["final_price", "Endpreis"]


def test_a_wrong_delimiter_is_hinted_at() -> None:
    """One single heading looks like a table whose columns are parted by another sign."""
    assert "separated by" in errors("name^project_type")[0].message


def test_empty_headings_name_no_column() -> None:
    """A delimiter at the end of the heading is no column."""
    assert fields("name", "project_type", "", " ") == ["name", "project_type"]


def test_too_many_columns_are_refused_as_one_error() -> None:
    """A million headings give one error, not a million."""
    (error,) = errors(*["x"] * (MAX_COLUMNS + 1))
    assert "1,001" in error.message
