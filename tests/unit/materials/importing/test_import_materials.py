"""Tables of materials and prices, taken in by a firm in memory."""

import asyncio
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.unit.projects.importing.firm import ABORT, MANAGER, SKIP, FixedClock

from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Forbidden
from handwerk.domain.materials.importing.use_cases import import_materials
from handwerk.domain.materials.model import Material
from handwerk.domain.materials.prices import MaterialPrice
from handwerk.domain.tables.errors import ImportRefused
from handwerk.domain.tables.importing import ImportOrder, Means
from handwerk.domain.tables.language import Language
from handwerk.domain.tables.report import ImportReport

TODAY = FixedClock().today()
LIST = (
    "Artikelnummer;Bezeichnung;Warengruppe;ME;EK-Preis;gültig ab;gültig bis;Region\n"
    "0815;Eiche Bohle 50 mm;Holz;m³;1.890,00 €;01.01.2026;31.12.2026;\n"
    "0815;Eiche Bohle 50 mm;Holz;m³;1.950,00 €;01.01.2026;;Bayern\n"
    "4711;Topfband;Beschläge;Stk;3,45;01.01.2026;;\n"
    ";Leim;Chemie;kg;;;;\n"
)


class Firm:
    """Imports tables of materials."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    async def imports(
        self, table: str, order: ImportOrder = ABORT, actor: Actor = MANAGER
    ) -> ImportReport:
        return await self.imports_bytes(table.encode(), order, actor)

    async def imports_bytes(
        self, table: bytes, order: ImportOrder = ABORT, actor: Actor = MANAGER
    ) -> ImportReport:
        return await import_materials(
            io.BytesIO(table),
            order,
            actor=actor,
            transactions=self.store.transaction,
            clock=FixedClock(),
            means=Means(XlsxWorkbooks(), asyncio.to_thread, _silence),
        )

    def a_day_passes(self) -> None:
        """All that is there was made a day earlier: the clock stands still."""
        day, shelf = timedelta(days=1), self.store.shelf
        for material in self.materials:
            aged = material.created_at - day
            shelf.materials[material.id] = replace(material, created_at=aged, updated_at=aged)
        for price in list(shelf.prices.values()):
            shelf.prices[price.id] = replace(price, created_at=price.created_at - day)

    @property
    def materials(self) -> list[Material]:
        return sorted(self.store.shelf.materials.values(), key=lambda each: each.id)

    def prices(self, number: str) -> list[MaterialPrice]:
        ids = {each.id for each in self.materials if each.datanorm_id == number}
        return sorted(
            (price for price in self.store.shelf.prices.values() if price.material_id in ids),
            key=lambda price: (price.region or "", price.valid_from),
        )

    def periods(self, number: str) -> list[tuple[str, date, date | None]]:
        return [(str(p.price), p.valid_from, p.valid_to) for p in self.prices(number)]


async def _silence(_done: int, _total: int | None) -> None:
    return


async def refused(firm: Firm, table: str, order: ImportOrder = ABORT) -> ImportReport:
    before = (dict(firm.store.shelf.materials), dict(firm.store.shelf.prices))
    with pytest.raises(ImportRefused) as error:
        await firm.imports(table, order)
    assert (firm.store.shelf.materials, firm.store.shelf.prices) == before
    return error.value.report


async def test_a_suppliers_list_becomes_materials_with_prices() -> None:
    """One row for each price: the material is made once, and each price stands in its region."""
    firm = Firm()
    report = await firm.imports(LIST)
    assert (report.rows, report.created, report.updated, report.failed) == (4, 4, 0, 0)
    assert [(m.name, m.category, m.unit, m.datanorm_id) for m in firm.materials] == [
        ("Eiche Bohle 50 mm", "Holz", "m³", "0815"),
        ("Topfband", "Beschläge", "Stk", "4711"),
        ("Leim", "Chemie", "kg", None),
    ]
    assert [(p.region, p.price, p.valid_to) for p in firm.prices("0815")] == [
        (None, Decimal("1890.00"), date(2026, 12, 31)),
        ("Bayern", Decimal("1950.00"), None),
    ]
    assert len(firm.store.history) == 6


async def test_the_same_list_again_changes_nothing() -> None:
    """What is there is unchanged, material and price alike."""
    firm = Firm()
    await firm.imports(LIST)
    history = list(firm.store.history)
    report = await firm.imports(LIST)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 4)
    assert firm.store.history == history


async def test_a_known_number_brings_its_material_up_to_date() -> None:
    """A renamed article is the same article; nothing is made twice."""
    firm = Firm()
    await firm.imports(LIST)
    firm.a_day_passes()
    report = await firm.imports(
        "datanorm_id;name;category;unit\n4711;Topfband 110°;Beschläge;Stk\n"
    )
    assert (report.created, report.updated) == (0, 1)
    assert [m.name for m in firm.materials if m.datanorm_id == "4711"] == ["Topfband 110°"]
    assert [m.version for m in firm.materials if m.datanorm_id == "4711"] == [2]


async def test_prices_alone_name_their_material() -> None:
    """By number or by name; a price until further notice ends the day before the next."""
    firm = Firm()
    await firm.imports(LIST)
    firm.a_day_passes()
    report = await firm.imports("Artikelnummer;Preis;gültig ab;gültig bis\n4711;3,60;01.07.2026;\n")
    assert (report.created, report.failed) == (1, 0)
    assert firm.periods("4711") == [
        ("3.45", date(2026, 1, 1), date(2026, 6, 30)),
        ("3.60", date(2026, 7, 1), None),
    ]


@pytest.mark.parametrize("backwards", [False, True])
async def test_without_ends_each_price_holds_until_the_next(backwards: bool) -> None:
    """Where a table knows no ends, the order of its rows does not matter."""
    firm = Firm()
    rows = [f"Topfband;Beschläge;Stk;7;{price};1.1.{year}" for year, price in _YEARS]
    rows = rows[::-1] if backwards else rows
    await firm.imports("\n".join(["name;category;unit;datanorm_id;price;valid_from", *rows]))
    assert firm.periods("7") == [
        ("1.50", date(2023, 1, 1), date(2023, 12, 31)),
        ("2.50", date(2024, 1, 1), date(2024, 12, 31)),
        ("3.50", date(2025, 1, 1), None),
    ]


_YEARS = [(2023, "1,50"), (2024, "2,50"), (2025, "3,50")]


async def test_overlapping_periods_in_one_table_are_errors_of_their_rows() -> None:
    """The second of two prices for one day is refused, with the price that it meets."""
    head = "name;category;unit;price;valid_from;valid_to\n"
    one = "Leim;Chemie;kg;4,50;01.01.2026;31.12.2026\n"
    other = "Leim;Chemie;kg;4,90;01.06.2026;31.12.2027\n"
    report = await refused(Firm(), head + one + other)
    (error,) = report.errors
    assert (error.row, error.column, error.value) == (3, "valid_from", "2026-06-01")
    assert "4.50 € from 2026-01-01 to 2026-12-31" in error.message
    kept = await Firm().imports(head + one + other, SKIP)
    assert (kept.created, kept.failed) == (1, 1)


async def test_a_price_that_ends_before_it_begins_is_refused() -> None:
    """In the words of the language that was asked for."""
    table = (
        "name;category;unit;price;gültig ab;gültig bis\nLeim;Chemie;kg;4,50;01.06.2026;31.05.2026\n"
    )
    report = await refused(Firm(), table, ImportOrder(language=Language.GERMAN))
    (error,) = report.errors
    assert (error.row, error.column, error.value) == (2, "gültig bis", "31.05.2026")
    assert "liegt vor" in error.message


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("name;price\nGibt es nicht;1,50\n", "name"),
        ("datanorm_id;price\n999;1,50\n", "datanorm_id"),
        ("material_id;price\n00000000-0000-7000-8000-000000000000;1,50\n", "material_id"),
        ("material_id;price\nabc;1,50\n", "material_id"),
        ("name;price\n;1,50\n", "name"),
        ("name;price\nLeim;\n", "price"),
        ("name;price\nLeim;-1,50\n", "price"),
        ("name;category;unit;region\nLeim;Chemie;kg;Bayern\n", "price"),
        ("name;category;unit;price;PE\nLeim;Chemie;kg;1,50;7\n", "PE"),
        ("name;price;PE\nLeim;1,50;100\n", "PE"),
    ],
)
async def test_a_bad_row_names_its_column(table: str, column: str) -> None:
    """Whatever can't be taken in says which cell it is."""
    firm = Firm()
    await firm.imports(LIST)
    (error,) = (await refused(firm, table)).errors
    assert (error.row, error.column) == (2, column)


async def test_two_materials_of_one_name_are_not_guessed() -> None:
    """A price that names two materials is refused rather than given to either."""
    firm = Firm()
    await firm.imports("name;category;unit\nLeim;Chemie;kg\nLeim;Chemie;l\n")
    (error,) = (await refused(firm, "name;price\nLeim;1,50\n")).errors
    assert "several" in error.message


async def test_a_price_for_a_hundred_is_the_price_of_a_hundred() -> None:
    """Screws have no price to the cent for one; the unit says so."""
    firm = Firm()
    await firm.imports("name;category;unit;price;PE\nSchraube;Beschläge;Stk;4,35;100\n")
    assert [each.unit for each in firm.materials] == ["100 Stk"]


async def test_permission_comes_first() -> None:
    """Who may not create materials hears nothing of the file."""
    with pytest.raises(Forbidden):
        await Firm().imports("", actor=Actor(None, Role.TECHNICIAN))


async def test_a_table_without_what_is_needed_is_refused_by_column() -> None:
    """The missing columns are named."""
    report = await refused(Firm(), "Bezeichnung;Warengruppe\nLeim;Chemie\n")
    assert {error.column for error in report.errors} == {"unit"}
