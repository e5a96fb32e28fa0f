"""What is exported comes back as it was, in both formats and both languages."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict
from tests.unit.materials.importing.test_import_materials import Firm as MaterialFirm
from tests.unit.projects.importing.firm import ABORT, MANAGER, NOW, Firm

from handwerk.adapters.memory.material_imports import MemoryPriceLists
from handwerk.adapters.memory.materials import MemoryMaterials
from handwerk.adapters.memory.projects import MemoryProjects
from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.materials.exporting.use_cases import export_materials
from handwerk.domain.materials.model import MaterialInput, new_material
from handwerk.domain.materials.ports import MaterialFilter
from handwerk.domain.materials.prices import PriceInput, new_price
from handwerk.domain.projects.exporting.use_cases import export_projects
from handwerk.domain.projects.importing.likeness import likeness
from handwerk.domain.projects.model import Project, ProjectInput, new_project
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.domain.tables.cells import guarded, restored
from handwerk.domain.tables.language import Language
from handwerk.domain.tables.ports import SheetWriter
from handwerk.domain.tables.writing import CsvWriter

TODAY = NOW.date()
WAYS = ["csv de", "csv en", "xlsx de", "xlsx en"]
RISKY = ["=1+1", "+49", "-5", "@x", "'=1", "''", "'", "\t=1", "_x0041_", "\x02a", "sep=;", "1.234"]
TEXTS = st.sampled_from(RISKY) | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
NAMES = TEXTS.map(lambda text: text.strip()[:100]).filter(bool)
EUROS = st.decimals(0, 999_999_999, places=2)
QUANTITIES = st.decimals(0, 10_000_000, places=3)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


PROJECTS = st.builds(
    ProjectInput,
    name=NAMES,
    project_type=NAMES,
    description=maybe(TEXTS),
    region=maybe(NAMES | st.just("")),
    wood_type=maybe(NAMES),
    total_area_sqm=maybe(QUANTITIES),
    labor_hours=maybe(QUANTITIES),
    complexity=maybe(st.integers(1, 5)),
    material_cost=maybe(EUROS),
    calculated_price=maybe(EUROS),
    final_price=maybe(EUROS),
    project_date=st.dates(date(1900, 1, 1), TODAY),
)


def _writer(way: str) -> tuple[SheetWriter, Language]:
    language = Language(way[-2:])
    return (XlsxWorkbooks().writer() if way.startswith("xlsx") else CsvWriter(language)), language


async def exported(firm: Firm, way: str) -> bytes:
    writer, language = _writer(way)
    pieces = export_projects(
        ProjectFilter(),
        "created_at",
        actor=MANAGER,
        projects=MemoryProjects(firm.store.projects),
        writer=writer,
        language=language,
        offload=asyncio.to_thread,
    )
    return await joined(pieces)


async def joined(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def told(projects: Sequence[Project]) -> list[dict[str, Any]]:
    own = {"id", "created_at", "updated_at", "finalized_at", "version"}
    plain = [{k: v for k, v in asdict(each).items() if k not in own} for each in projects]
    return sorted(plain, key=repr)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_projects=st.lists(PROJECTS, min_size=1, max_size=5), closed=st.booleans())
async def test_projects_come_back_as_they_were(
    way: str, given_projects: list[ProjectInput], closed: bool
) -> None:
    """Whatever the records hold: risky texts, control characters, empty texts, odd quantities."""
    firm, other = Firm(), Firm()
    made = {likeness(each): each for each in map(_made, given_projects)}
    for project in made.values():
        done = project.finalized(now=NOW, today=TODAY) if closed else project
        firm.store.projects[project.id] = done
    table = await exported(firm, way)
    report = await other.imports(table, ABORT)
    assert (report.created, report.failed) == (len(made), 0)
    assert told(other.projects) == told(firm.projects)
    again = await other.imports(table, ABORT)
    assert (again.created, again.unchanged) == (0, len(made))


def _made(given: ProjectInput) -> Project:
    return new_project(given, now=NOW, today=TODAY)


@pytest.mark.parametrize("way", WAYS)
async def test_an_export_of_nothing_imports_as_nothing(way: str) -> None:
    """The heading alone is a table."""
    assert (await Firm().imports(await exported(Firm(), way), ABORT)).rows == 0


PRICES = st.lists(
    st.tuples(st.integers(1, 400), EUROS, st.booleans()), max_size=3
)  # days, price, whether it ends


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    given_materials=st.lists(
        st.tuples(NAMES, NAMES, st.sampled_from(["m²", "Stk", "=x"]), maybe(NAMES), PRICES),
        min_size=1,
        max_size=4,
        unique_by=lambda each: each[0],
    )
)
async def test_materials_and_prices_come_back_as_they_were(
    way: str, given_materials: list[Any]
) -> None:
    """Materials without prices, with gaps between prices, with prices of regions."""
    firm, other = MaterialFirm(), MaterialFirm()
    for name, category, unit, number, prices in given_materials:
        material = new_material(
            MaterialInput(
                name=name,
                category=category,
                unit=unit,
                datanorm_id=None if number is None else number[:50],
            ),
            now=NOW,
        )
        firm.store.shelf.materials[material.id] = material
        for region in (None, "Bayern"):
            day = date(2020, 1, 1)
            for days, amount, ends in prices:
                last = day + timedelta(days=days)
                price = PriceInput(price=amount, valid_from=day, region=region, valid_to=last)
                made = new_price(price, material.id, now=NOW)
                firm.store.shelf.prices[made.id] = made
                day = last + timedelta(days=1 + ends)
    writer, language = _writer(way)
    pieces = export_materials(
        MaterialFilter(),
        "created_at",
        actor=MANAGER,
        materials=MemoryMaterials(firm.store.shelf),
        price_lists=MemoryPriceLists(firm.store.shelf),
        today=TODAY,
        writer=writer,
        language=language,
        offload=asyncio.to_thread,
    )
    table = await joined(pieces)
    report = await other.imports_bytes(table)
    assert report.failed == 0
    assert _shelf(other) == _shelf(firm)
    again = await other.imports_bytes(table)
    assert (again.created, again.updated, again.failed) == (0, 0, 0)


def _shelf(firm: MaterialFirm) -> list[Any]:
    shelf = firm.store.shelf
    names = {
        each.id: (each.name, each.category, each.unit, each.datanorm_id) for each in firm.materials
    }
    prices = [
        (names[p.material_id], p.price, p.region, p.valid_from, p.valid_to)
        for p in shelf.prices.values()
    ]
    return sorted([*names.values(), *prices], key=repr)


@given(TEXTS)
def test_a_guarded_text_is_restored_and_never_run(text: str) -> None:
    """No guarded text begins as a formula does, and each comes back."""
    cell = guarded(text)
    assert restored(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


async def test_programs_read_what_is_exported() -> None:
    """An English CSV is plain for csv and pandas; openpyxl finds no formula in a workbook."""
    firm = Firm()
    project = _made(
        ProjectInput(name="=cmd|' /C calc'!A0", project_type="M", total_area_sqm=Decimal("1.125"))
    )
    firm.store.projects[project.id] = project
    table = (await exported(firm, "csv en")).decode()
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["name"] == "'=cmd|' /C calc'!A0"
    assert float(row["total_area_sqm"]) == 1.125
    sheet = openpyxl.load_workbook(io.BytesIO(await exported(firm, "xlsx en"))).active
    assert sheet is not None
    _, cells = sheet.iter_rows()
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "d"}
    assert str(cells[11].value).startswith(TODAY.isoformat())


def test_a_negative_number_is_no_formula() -> None:
    """Numbers are written as they are; only texts are guarded."""
    writer = CsvWriter(Language.GERMAN)
    writer.begin(["a"], ["euros"])
    assert writer.rows([[Decimal("-1.50")]]) == b"-1,50\r\n"
