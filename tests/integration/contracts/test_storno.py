"""Cancelling a project: both records, over every store."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.integration.contracts.houses import House, postgres_house
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.memory.pricing import MemoryFinishedProjects
from handwerk.adapters.memory.search import MemoryFindableProjects
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.pricing import PostgresFinishedProjects
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.search import PostgresFindableProjects
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Conflict, Forbidden, HandwerkError, InvalidInput, NotFound
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.projects import use_cases
from handwerk.domain.projects.bin.use_cases import delete_project
from handwerk.domain.projects.materials.model import ProjectMaterialInput
from handwerk.domain.projects.materials.use_cases import add_material
from handwerk.domain.projects.model import Project, ProjectInput
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.domain.projects.storno import AlreadyCancelled, CancelInput

WHY = CancelInput(reason="  Doppelt erfasst  ")
BY: dict[str, Any] = {"actor": SYSTEM, "clock": SystemClock()}


async def make(transactions: Any, *, closed: bool = False, **fields: Any) -> Project:
    told = {"name": "Treppe", "project_type": "Treppenbau", "final_price": Decimal(900), **fields}
    made = await use_cases.create_project(ProjectInput(**told), transactions=transactions, **BY)
    if closed:
        return await use_cases.finalize_project(made.id, transactions=transactions, **BY)
    return made


async def cancel(transactions: Any, project: Project) -> Project:
    return await use_cases.cancel_project(project.id, WHY, transactions=transactions, **BY)


@pytest.mark.parametrize("closed", [True, False])
async def test_both_records_name_each_other(house: House, closed: bool) -> None:
    """The reversing record has the facts and the reason; the project stays, one change later."""
    made = await make(house.transactions, closed=closed, total_area_sqm=Decimal("7.5"))
    record = await cancel(house.transactions, made)
    assert (record.cancels, record.cancel_reason) == (made.id, "Doppelt erfasst")
    assert (record.is_finalized, record.version, record.name) == (True, 1, "Storno: Treppe")
    assert (record.final_price, record.total_area_sqm) == (made.final_price, made.total_area_sqm)
    assert record.project_date == SystemClock().today()
    assert await house.projects.get(made.id) == made.cancelled(record.id)
    assert await house.projects.get(record.id) == record
    page = await house.projects.page(ProjectFilter(), PageRequest())
    assert page.items == [record, made.cancelled(record.id)]


async def test_a_cancelled_project_can_be_nothing_else(house: House) -> None:
    """Neither it nor its reversing record is changed, closed, deleted or cancelled (again)."""
    transactions = house.transactions
    made = await make(transactions)
    record = await cancel(transactions, made)
    given = {"transactions": transactions, **BY}
    for project in (made, record):
        with pytest.raises(Conflict):
            await use_cases.cancel_project(project.id, WHY, **given)
        with pytest.raises(Conflict):
            await use_cases.change_project(project.id, ProjectInput(name="Neu"), **given)
        with pytest.raises(Conflict):
            await use_cases.finalize_project(project.id, **given)
        with pytest.raises(Conflict):
            await delete_project(project.id, **given)
        line = ProjectMaterialInput(material_id=uuid4(), quantity=Decimal(1))
        with pytest.raises(Conflict):
            await add_material(project.id, line, **given)


async def test_two_who_cancel_at_once_make_one_record(house: House) -> None:
    """The second is told that the project is cancelled already."""
    made = await make(house.transactions, closed=True)
    told = await asyncio.gather(
        *(cancel(house.transactions, made) for _ in range(4)), return_exceptions=True
    )
    refused = [each for each in told if isinstance(each, HandwerkError)]
    assert [type(each) for each in refused] == [AlreadyCancelled] * 3
    page = await house.projects.page(ProjectFilter(), PageRequest())
    assert page.total == 2


async def test_who_may_not_cancel_and_what_is_not_there(house: House) -> None:
    """The permission is asked first; a blank reason and an unknown project are refused."""
    made = await make(house.transactions)
    given: dict[str, Any] = {"transactions": house.transactions, "clock": SystemClock()}
    for role in (Role.MANAGER, Role.TECHNICIAN, Role.VIEWER, Role.ANONYMOUS):
        with pytest.raises(Forbidden):
            await use_cases.cancel_project(uuid4(), WHY, actor=Actor(None, role), **given)
    with pytest.raises(NotFound):
        await use_cases.cancel_project(uuid4(), WHY, actor=SYSTEM, **given)
    for reason in (" ", "x" * 1001, "\0"):
        with pytest.raises(InvalidInput, match="reason"):
            await use_cases.cancel_project(
                made.id, CancelInput(reason=reason), actor=SYSTEM, **given
            )
    assert await house.projects.get(made.id) == made


@pytest.fixture(params=["memory", "postgres"])
async def readers(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Any, Any, Any]]:
    """Transactions, and what search and pricing read of them."""
    if request.param == "memory":
        store = MemoryStore()
        finished = MemoryFinishedProjects(store.projects)
        yield store.transaction, MemoryFindableProjects(store.projects), finished
        return
    urls: DatabaseUrls = request.getfixturevalue("database_urls")
    migrate(urls.owner, urls.app)
    database = Database(urls.app)
    await database.open()
    yield (
        lambda: PostgresTransaction(database),
        PostgresFindableProjects(database),
        PostgresFinishedProjects(database),
    )
    await database.close()


async def test_neither_teaches_prices_nor_is_found(readers: tuple[Any, Any, Any]) -> None:
    """Search and pricing see the other projects only."""
    transactions, findable, finished = readers
    kept = await make(transactions, closed=True, project_date=date(2025, 1, 2))
    gone = await make(transactions, closed=True, project_date=date(2025, 1, 3))
    record = await cancel(transactions, gone)
    assert await findable.ids(None, 10) == [kept.id]
    found = await findable.of([kept.id, gone.id, record.id])
    assert [project.id for project in found] == [kept.id]
    taught = [job.id async for batch in finished.batches() for job in batch]
    assert taught == [kept.id]


_REVERSE = """
INSERT INTO project (id, name, project_type, project_date, is_finalized, finalized_at, created_at,
    updated_at, version, cancels, cancel_reason)
VALUES (uuidv7(), 'x', 'y', now(), {closed}, now(), now(), 1, %({whom})s, 'again')
"""
WRONG = [
    "UPDATE project SET name = 'x' WHERE id = %(open)s",
    "UPDATE project SET final_price = 1 WHERE id = %(closed)s",
    "UPDATE project SET cancels = NULL, cancel_reason = NULL WHERE id = %(record)s",
    "UPDATE project SET cancels = %(other)s WHERE id = %(record)s",
    """UPDATE project SET cancels = %(closed)s, cancel_reason = 'x', is_finalized = true,
    finalized_at = now() WHERE id = %(other)s""",
    "DELETE FROM project WHERE id = %(open)s",
    "DELETE FROM project WHERE id = %(closed)s",
    "DELETE FROM project WHERE id = %(record)s",
    "UPDATE project_material SET quantity = 2, total = 2 * unit_price",
    "DELETE FROM project_material",
    "TRUNCATE project CASCADE",
    _REVERSE.format(whom="record", closed="true, now()"),
    _REVERSE.format(whom="closed", closed="true, now()"),
    _REVERSE.format(whom="other", closed="false, NULL"),
]


async def test_the_database_refuses_what_would_undo_it(database_urls: DatabaseUrls) -> None:
    """By raw SQL, as the owner too, neither record and no line of a cancelled list changes."""
    async with postgres_house(database_urls) as house:
        transactions = house.transactions
        still_open, closed = await make(transactions), await make(transactions, closed=True)
        other = await make(transactions)
        with psycopg.connect(database_urls.owner, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO material (id, name, category, unit, created_at, updated_at, version) "
                "VALUES (%s, 'Eiche', 'Holz', 'm²', now(), now(), 1)",
                (material := uuid4(),),
            )
        line = ProjectMaterialInput(
            material_id=material, quantity=Decimal(1), unit_price=Decimal(5)
        )
        await add_material(still_open.id, line, transactions=transactions, **BY)
        await cancel(transactions, still_open)
        record = await cancel(transactions, closed)
        given = {"open": still_open.id, "closed": closed.id, "record": record.id, "other": other.id}
        with psycopg.connect(database_urls.owner, autocommit=True) as connection:
            before = connection.execute("SELECT * FROM project ORDER BY id").fetchall()
            for wrong in WRONG:
                with pytest.raises(psycopg.DatabaseError):
                    connection.execute(wrong, given)
            assert connection.execute("SELECT * FROM project ORDER BY id").fetchall() == before
