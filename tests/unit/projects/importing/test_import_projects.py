from datetime import date
from decimal import Decimal

import pytest
from tests.unit.projects.importing.firm import ABORT, MANAGER, NOW, SKIP, Firm

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Forbidden, InvalidInput, UnsupportedContent
from handwerk.domain.tables.batches import BATCH
from handwerk.domain.tables.errors import ImportRefused
from handwerk.domain.tables.importing import ImportOrder, OnError
from handwerk.domain.tables.report import MAX_ERRORS, ImportReport, RowError

GERMAN = (
    "Bezeichnung;Beschreibung;Projektart;Region;Holzart;Fläche;Komplexität;Stunden"
    ";Materialkosten;Kalkulation;Endpreis;Datum;Abgeschlossen\n"
    'Einbauschrank Diele;"Eiche massiv; geölt";Möbel;Bayern;Eiche;12,5;3;48,25'
    ";1.234,56 €;4.900,00 €;5.120,99 €;31.12.2025;ja\n"
    "Treppe Villa;;Treppenbau;;;;;;;;;01.03.2026;nein\n"
)
DRY = ImportOrder(dry_run=True)


def table(*rows: str, heading: str = "name;project_type;final_price;project_date") -> str:
    return "\n".join((heading, *rows))


def many(count: int) -> str:
    return table(*(f"Tisch {number};Möbel;{number},50;01.02.2025" for number in range(count)))


async def refusal(content: str | bytes, order: ImportOrder = ABORT) -> ImportReport:
    """The report of a refused import, after which nothing is there."""
    firm = Firm()
    with pytest.raises(ImportRefused) as refused:
        await firm.imports(content, order)
    assert not firm.store.projects
    assert not firm.store.history
    assert not firm.store.requests
    return refused.value.report


async def row_error(row: str) -> RowError:
    """The one error of a table with a sound row and this one."""
    report = await refusal(table("Tisch;Möbel;1,50;01.02.2025", row))
    (error,) = report.errors
    assert (report.rows, report.failed, error.row) == (2, 1, 3)
    return error


async def test_a_german_table_becomes_projects() -> None:
    """Every column of a table as a German office writes it arrives in its field."""
    firm = Firm()
    report = await firm.imports(GERMAN.encode("cp1252"), ABORT)
    assert (report.rows, report.created, report.failed, report.errors) == (2, 2, 0, [])
    done, planned = firm.projects
    assert done.name == "Einbauschrank Diele"
    assert done.description == "Eiche massiv; geölt"
    assert (done.project_type, done.region, done.wood_type) == ("Möbel", "Bayern", "Eiche")
    assert (done.total_area_sqm, done.complexity) == (Decimal("12.500"), 3)
    assert (done.labor_hours, done.material_cost) == (Decimal("48.250"), Decimal("1234.56"))
    assert (done.calculated_price, done.final_price) == (Decimal("4900.00"), Decimal("5120.99"))
    assert (done.project_date, done.version) == (date(2025, 12, 31), 1)
    assert (planned.description, planned.complexity, planned.final_price) == (None, None, None)


async def test_a_finalised_row_is_closed_from_the_start() -> None:
    """`is_finalized` closes a job in its first version; without it a job stays open."""
    firm = Firm()
    await firm.imports(GERMAN)
    done, planned = firm.projects
    assert (done.is_finalized, done.finalized_at, done.version) == (True, NOW, 1)
    assert (planned.is_finalized, planned.finalized_at) == (False, None)


async def test_history_and_index_job_come_with_the_projects() -> None:
    """Each project's origin is on record, and one bulk job carries the ids of a batch."""
    firm = Firm()
    await firm.imports(many(BATCH + 1), ABORT)
    assert [(c.table, c.action, c.old) for c in firm.store.history] == [
        ("project", "import", None)
    ] * (BATCH + 1)
    assert {c.actor_id for c in firm.store.history} == {MANAGER.user_id}
    assert {c.record_id for c in firm.store.history} == set(firm.store.projects)
    jobs = firm.store.requests
    assert [(job.kind, job.queue) for job in jobs] == [("search.index_projects", "bulk")] * 2
    assert [len(job.payload["ids"]) for job in jobs] == [BATCH, 1]
    ids = {one for job in jobs for one in job.payload["ids"]}
    assert ids == {str(project_id) for project_id in firm.store.projects}


@pytest.mark.parametrize("order", [ABORT, SKIP])
async def test_the_same_file_again_changes_nothing(order: ImportOrder) -> None:
    """Rows that are there already are unchanged, so a cut-off import can simply be run again."""
    firm = Firm()
    await firm.imports(many(BATCH + 7), order)
    before = dict(firm.store.projects)
    report = await firm.imports(many(BATCH + 7), order)
    assert (report.created, report.unchanged) == (0, BATCH + 7)
    assert firm.store.projects == before
    assert len(firm.store.requests) == 2


@pytest.mark.parametrize("order", [ABORT, SKIP, DRY])
async def test_rows_that_stand_twice_in_a_file_count_once(order: ImportOrder) -> None:
    """Duplicates are unchanged, within a batch and across batches, a missing price included."""
    firm = Firm()
    rows = ["Tisch;Möbel;;01.02.2025", "Tisch;Möbel;;01.02.2025", "Tisch;Möbel;1,00;01.02.2025"]
    report = await firm.imports(table(*rows, *many(BATCH).splitlines()[1:], *rows), order)
    assert (report.rows, report.created, report.unchanged) == (BATCH + 6, BATCH + 2, 4)


async def test_abort_creates_nothing_if_one_row_is_bad() -> None:
    """All or nothing: the last of a thousand rows is bad, and nothing is there."""
    report = await refusal(many(1000) + "\n;Möbel;1,00;01.02.2025")
    assert (report.rows, report.created, report.unchanged, report.failed) == (1001, 0, 0, 1)
    (error,) = report.errors
    assert (error.row, error.column, error.value) == (1002, "name", "")


async def test_skip_keeps_the_good_rows() -> None:
    """Bad rows are named one by one and the others are there."""
    firm = Firm()
    report = await firm.imports(
        table("Tisch;Möbel;1,00;01.02.2025", ";Möbel;abc;01.02.2025", "Bett;Möbel;2,00;31.02.2025")
    )
    assert (report.rows, report.created, report.failed) == (3, 1, 2)
    assert [(e.row, e.column, e.value) for e in report.errors] == [
        (3, "final_price", "abc"),
        (3, "name", ""),
        (4, "project_date", "31.02.2025"),
    ]
    assert [project.name for project in firm.projects] == ["Tisch"]


@pytest.mark.parametrize("on_error", OnError)
async def test_a_dry_run_says_the_same_and_writes_nothing(on_error: OnError) -> None:
    """The dry run's report equals the real one's, against what is already there."""
    firm = Firm()
    await firm.imports(many(3), ABORT)
    projects, history = dict(firm.store.projects), list(firm.store.history)
    dry = await firm.imports(many(BATCH + 5), ImportOrder(dry_run=True, on_error=on_error))
    assert firm.store.projects == projects
    assert firm.store.history == history
    assert len(firm.store.requests) == 1
    assert (dry.created, dry.unchanged) == (BATCH + 2, 3)
    assert dry == await firm.imports(many(BATCH + 5), ImportOrder(on_error=on_error))


async def test_a_dry_run_with_abort_refuses_as_the_real_run_would() -> None:
    """A dry run is no milder: a bad row answers the same refusal."""
    assert (await refusal(table(";Möbel;;"), DRY)).failed == 1


async def test_an_import_that_is_stopped_keeps_whole_batches() -> None:
    """Progress may end an import; with skip what was committed stays, and a second run ends it."""

    class Stopped(Exception):
        pass

    class Impatient(Firm):
        async def progress(self, done: int, total: int | None) -> None:
            await super().progress(done, total)
            if done == 2 * BATCH:
                raise Stopped

    firm = Impatient()
    with pytest.raises(Stopped):
        await firm.imports(many(3 * BATCH))
    assert len(firm.store.projects) == len(firm.store.history) == 2 * BATCH
    with pytest.raises(Stopped):
        await firm.imports(many(3 * BATCH + 1), ABORT)
    assert len(firm.store.projects) == 2 * BATCH
    report = await Firm(firm.store).imports(many(3 * BATCH))
    assert (report.created, report.unchanged) == (BATCH, 2 * BATCH)


async def test_progress_counts_to_the_number_of_rows() -> None:
    """The total is known after the first reading, and the rows done reach it."""
    firm = Firm()
    await firm.imports(many(BATCH + 1), ABORT)
    assert firm.told[0] == (0, None)
    assert firm.told[-2:] == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)]
    assert [done for done, _ in firm.told] == sorted(done for done, _ in firm.told)


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.VIEWER, Role.ANONYMOUS])
async def test_only_who_may_create_projects_may_import(role: Role) -> None:
    """Permission comes first, even before the file is found to be no table."""
    with pytest.raises(Forbidden):
        await Firm().imports(b"\0", actor=Actor(None, role))


@pytest.mark.parametrize("order", [ABORT, SKIP, DRY])
@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
async def test_an_empty_file_is_refused(content: bytes, order: ImportOrder) -> None:
    """No heading, no import; said in so many words."""
    (error,) = (await refusal(content, order)).errors
    assert error.message == "the file is empty"


async def test_only_a_heading_is_a_table_of_no_rows() -> None:
    """An export of nothing imports as nothing."""
    report = await Firm().imports(table(), ABORT)
    assert report == ImportReport()


@pytest.mark.parametrize("order", [ABORT, SKIP, DRY])
async def test_a_missing_column_refuses_the_table_even_with_skip(order: ImportOrder) -> None:
    """Without a type no row can be sound; the column is named."""
    (error,) = (await refusal("name;region\nTisch;Bayern\n", order)).errors
    assert (error.row, error.column) == (1, "project_type")


async def test_a_wrong_delimiter_is_refused_in_clear_words() -> None:
    """Columns parted by a sign nobody knows look like one heading, and the error says so."""
    report = await refusal("name~project_type\nTisch~Möbel\n")
    assert {"name", "project_type"} <= {error.column for error in report.errors}
    assert "separated by" in report.errors[0].message


async def test_rows_with_another_delimiter_than_the_heading_fail_one_by_one() -> None:
    """The heading decides; a row that doesn't follow it lacks its type."""
    (error,) = (await refusal("name;project_type\nTisch,Möbel\n")).errors
    assert (error.row, error.column) == (2, "project_type")


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("Bett;Möbel;-1,00;01.02.2025", "final_price", "-1,00"),
        ("Bett;Möbel;99999999999,00;01.02.2025", "final_price", "99999999999,00"),
        ("Bett;Möbel;NaN;01.02.2025", "final_price", "NaN"),
        ("Bett;Möbel;Infinity;01.02.2025", "final_price", "Infinity"),
        ("Bett;Möbel;1e9;01.02.2025", "final_price", "1e9"),
        ("Bett;Möbel;5 $;01.02.2025", "final_price", "5 $"),
        ("Bett;Möbel;5,00;01.02.2099", "project_date", "01.02.2099"),
        ("Bett;Möbel;5,00;01.02.1825", "project_date", "01.02.1825"),
        ("Bett;Möbel;5,00;29.02.2025", "project_date", "29.02.2025"),
        (f"{'B' * 10_000};Möbel;5,00;01.02.2025", "name", "B" * 100),
        (f"Bett;{'M' * 101};5,00;01.02.2025", "project_type", "M" * 100),
        ("Be\x02tt;Möbel;5,00;01.02.2025", "name", "Be\x02tt"),
        (";Möbel;5,00;01.02.2025", "name", ""),
        ("Bett;;5,00;01.02.2025", "project_type", ""),
        ("Bett;Möbel;5,00;01.02.2025;zu viel", "", "zu viel"),
        ('"Bett"x;Möbel;5,00;01.02.2025', "", ""),
    ],
)
async def test_a_bad_cell_is_named_with_its_row_column_and_value(
    row: str, column: str, value: str
) -> None:
    """Whatever is absurd in a cell, its row says which cell it is, once."""
    error = await row_error(row)
    assert (error.column, error.value) == (column, value)


async def test_a_finished_job_in_the_future_is_refused() -> None:
    """A job may be planned for next year, but it can't be finalised yet."""
    heading = "name;project_type;project_date;is_finalized"
    (error,) = (
        await refusal(table("A;B;1.1.2027;nein", "A;B;1.1.2027;ja", heading=heading))
    ).errors
    assert (error.row, error.column, error.value) == (3, "project_date", "1.1.2027")


async def test_complexity_has_five_steps() -> None:
    """Nine is refused by the same rule and in the same words as over HTTP."""
    heading = "name;project_type;Komplexität"
    report = await refusal(table("A;B;9", "A;B;2,5", heading=heading))
    assert [(error.column, error.value) for error in report.errors] == [
        ("Komplexität", "9"),
        ("Komplexität", "2,5"),
    ]
    assert "from 1 to 5" in report.errors[0].message


async def test_emoji_and_right_to_left_text_are_text() -> None:
    """Any language's words arrive as they were written."""
    firm = Firm()
    names = ["🪑 Stuhl 👨‍👩‍👧", "خزانة من خشب البلوط", "ארון קיר", "e\u0301tabli"]
    await firm.imports(table(*(f"{name};Möbel;;" for name in names)))
    assert [project.name for project in firm.projects] == names


async def test_a_row_without_a_date_is_of_today() -> None:
    """As over HTTP, today stands where no date is given."""
    firm = Firm()
    await firm.imports("name,project_type\nTisch,Möbel\n")
    assert firm.projects[0].project_date == NOW.date()


async def test_short_rows_are_let_pass() -> None:
    """Spreadsheets leave out the empty cells at a row's end."""
    firm = Firm()
    report = await firm.imports(table("Tisch;Möbel", "Bett;Möbel;;;;"))
    assert (report.created, report.failed) == (2, 0)


async def test_an_xlsx_workbook_is_refused_as_such() -> None:
    """Content decides; whoever sends a workbook hears what to send instead."""
    with pytest.raises(UnsupportedContent, match=r"XLSX.*CSV"):
        await Firm().imports(b"PK\x03\x04" + bytes(100))


async def test_a_report_keeps_a_thousand_errors_and_counts_the_rest() -> None:
    """A file of nothing but errors has a report of bearable size, and it says that it is cut."""
    report = await refusal(table(*["X;;abc;heute"] * (MAX_ERRORS + 1)))
    assert report.failed == MAX_ERRORS + 1
    assert len(report.errors) == MAX_ERRORS
    assert report.errors_omitted == 2 * (MAX_ERRORS + 1) + 1


async def test_a_refused_import_is_invalid_input_that_names_columns() -> None:
    """Who knows only the kind of error still reads which column of which row is wrong."""
    with pytest.raises(InvalidInput) as refused:
        await Firm().imports(table(";Möbel;;"), ABORT)
    assert [(e.field, e.message) for e in refused.value.errors] == [
        ("name", "row 2: must not be empty")
    ]
    assert refused.value.detail == "Nothing was imported. name, row 2: must not be empty."
