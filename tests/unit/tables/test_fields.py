import pytest

from handwerk.domain.projects.importing.form import PROJECTS
from handwerk.domain.tables.errors import TableRefused
from handwerk.domain.tables.fields import MAX_COLUMNS, Columns, columns_of, heading_of, rating
from handwerk.domain.tables.language import Language
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


def columns(*headings: str) -> Columns:
    return columns_of(Row(1, list(headings)), PROJECTS)


def fields(*headings: str) -> list[str]:
    return [column.field for column in columns(*headings).known]


def errors(*headings: str) -> list[RowError]:
    with pytest.raises(TableRefused) as refused:
        columns(*headings)
    return [wrong.told(Language.ENGLISH) for wrong in refused.value.wrong]


def test_all_fixed_names_are_understood_in_both_languages() -> None:
    """The English and the German headings of the contract name the same thirteen fields."""
    assert fields(*NAMES) == fields(*NAMES.values()) == list(NAMES)
    assert rating(Row(1, list(NAMES.values())), PROJECTS) == (True, len(NAMES), len(NAMES))


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
    """Prices are net; a gross column is passed over rather than silently 19 % too high."""
    found = columns("name", "project_type", "Endpreis brutto")
    assert found.ignored == ("Endpreis brutto",)


def test_each_missing_column_is_named() -> None:
    """Name and type are needed, and both are missed at once."""
    assert [error.column for error in errors("region", "Datum")] == ["name", "project_type"]
    assert "Projektart" in errors("name", "region")[0].message


def test_unknown_columns_are_passed_over_by_name() -> None:
    """What another program knows besides is no error, and is told as the file has it."""
    assert columns("name", "project_type", "Sachbearbeiter", "MwSt ").ignored == (
        "Sachbearbeiter",
        "MwSt",
    )


@pytest.mark.parametrize(
    ("headings", "chosen"),
    [
        (["Auftrag", "Kunde?", "Gewerk"], ["Auftrag", "Gewerk"]),
        (["Kunde", "Art"], ["Kunde", "Art"]),
        (
            ["Projekt-Nr.", "Projektbezeichnung", "Leistungsbeschreibung", "Projektart"],
            ["Projektbezeichnung", "Leistungsbeschreibung", "Projektart"],
        ),
        (["Bezeichnung", "Art", "Auftragssumme", "Rechnungsbetrag"], 2 * [None] + [None]),
        (["Objekt", "Gewerk", "Ort/Region", "Holz/Material", "qm", "Std."], 6 * [None]),
        (["Bezeichnung", "Gewerk", "Netto-Endpreis", "Auftragsdatum", "fertig"], 5 * [None]),
    ],
)
def test_headings_of_other_programs_are_known(
    headings: list[str], chosen: list[str | None]
) -> None:
    """Of several headings for one field the one that says it best counts; the others are told."""
    found = columns(*headings)
    assert len(found.known) == len(chosen)
    if None not in chosen:
        assert [column.heading for column in found.known] == chosen
    assert len(found.known) + len(found.ignored) == len(headings)


def test_the_invoice_counts_before_the_order() -> None:
    """What was paid is the final price, not what was ordered."""
    found = columns("Bezeichnung", "Art", "Auftragssumme", "Rechnungsbetrag")
    assert [(c.heading, c.field) for c in found.known][-1] == ("Rechnungsbetrag", "final_price")


def test_titles_stand_above_the_heading() -> None:
    """The heading is the first row that names all that is needed, however much stands above."""
    rows = [["Projektliste", ""], ["Stand: 31.12.2025"], ["Name", "Region"], ["Name", "Gewerk"]]
    found = heading_of((Row(n, list(c)) for n, c in enumerate(rows, 1)), [PROJECTS])
    assert found is not None
    assert found[0].number == 4


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
