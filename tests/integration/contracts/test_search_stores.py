"""What every reader of findable projects and every keeper of collections promises."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.memory.search import MemoryFindableProjects
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.index_migrations import PostgresMigrations
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.search import PostgresCollections, PostgresFindableProjects
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.projects.bin.model import deleted
from handwerk.domain.projects.model import Project, ProjectInput, new_project
from handwerk.domain.search.migration import Judged, Migration, MigrationPhase
from handwerk.domain.search.model import Collection, Filters, Kind
from handwerk.domain.search.ports import Collections, FindableProjects, Migrations
from handwerk.domain.search.standby import Sought

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Stores(msgspec.Struct, frozen=True):
    """One implementation of the ports, and how projects come into it."""

    transactions: Any
    projects: FindableProjects
    collections: Collections
    migrations: Migrations

    async def add(self, *names: str) -> list[Project]:
        """Save new projects."""
        given = (ProjectInput(name=name, project_type="Möbel", region="Bayern") for name in names)
        projects = [new_project(each, now=NOW, today=NOW.date()) for each in given]
        async with self.transactions() as tx:
            for project in projects:
                tx.projects.add(project)
            await tx.commit()
        return projects


@pytest.fixture(params=["memory", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    """Empty stores, each implementation in turn."""
    if request.param == "memory":
        store = MemoryStore()
        findable = MemoryFindableProjects(store.projects)
        kept = store.index_migrations
        yield Stores(store.transaction, findable, kept.collections, kept)
        return
    urls: DatabaseUrls = request.getfixturevalue("database_urls")
    migrate(urls.owner, urls.app)
    database = Database(urls.app)
    await database.open()
    yield Stores(
        lambda: PostgresTransaction(database),
        PostgresFindableProjects(database),
        PostgresCollections(database),
        PostgresMigrations(database),
    )
    await database.close()


async def test_projects_are_read_by_ids(stores: Stores) -> None:
    """What exists is answered whole, what does not is left out, nothing is no error."""
    schrank, treppe, _ = await stores.add("Schrank", "Treppe", "Tür")
    found = await stores.projects.of([treppe.id, new_id(), schrank.id])
    assert sorted(found, key=lambda project: project.id) == [schrank, treppe]
    assert await stores.projects.of([]) == []


async def test_a_deleted_project_is_read_no_more(stores: Stores) -> None:
    """The reader sees what is saved now."""
    [schrank] = await stores.add("Schrank")
    async with stores.transactions() as tx:
        tx.bin.put(deleted(schrank, None, NOW))
        await tx.commit()
    assert await stores.projects.of([schrank.id]) == []
    assert await stores.projects.ids(None, 10) == []


async def test_a_changed_project_is_read_as_it_is_now(stores: Stores) -> None:
    """What was read before a change is not answered after it; what stayed is answered as it was."""
    treppe, schrank = await stores.add("Wangentreppe", "Schrank")
    before = await stores.projects.of([treppe.id, schrank.id])
    changed = schrank.changed(ProjectInput(name="Einbauschrank"), now=NOW, today=NOW.date())
    async with stores.transactions() as tx:
        tx.projects.save(changed)
        await tx.commit()
    found = await stores.projects.of([treppe.id, schrank.id])
    assert {project.id: project for project in before}[treppe.id] == treppe
    assert {project.id: project for project in found} == {treppe.id: treppe, schrank.id: changed}


async def test_ids_are_walked_in_order(stores: Stores) -> None:
    """The walk in parts meets every project once, and ends."""
    added = await stores.add(*(f"Auftrag {number}" for number in range(7)))
    walked: list[UUID] = []
    while page := await stores.projects.ids(walked[-1] if walked else None, 3):
        assert len(page) <= 3
        walked += page
    assert walked == sorted(project.id for project in added)


async def test_projects_are_found_by_their_letters(stores: Stores) -> None:
    """The weightiest first, umlauts folded, within words too; nothing sought finds nothing."""
    both, one, _ = await stores.add("Wandschränke, Eiche", "Tisch aus Eiche", "Tür")
    wanted = [Sought("schraenk", 0, 1.0), Sought("schrank", 0, 0.9), Sought("eich", 1, 0.5)]

    async def found(limit: int = 9, **given: Any) -> list[UUID]:
        return await stores.projects.worded(wanted, Filters(**given), limit)

    assert await found() == [both.id, one.id]
    assert await found(limit=1) == [both.id]
    assert await found(region="Bayern", from_date=NOW.date()) == [both.id, one.id]
    for given in ({"region": "Hessen"}, {"project_type": "Türen"}, {"is_finalized": True}):
        assert await found(**given) == []
    assert await found(to_date=NOW.date() - timedelta(days=1)) == []
    assert await stores.projects.worded([], Filters(), 9) == []


async def test_projects_are_found_by_their_kind(stores: Stores) -> None:
    """Also where their own text does not say it; a deleted one is not."""
    schrank, gone = await stores.add("Schrank", "Schrank")
    async with stores.transactions() as tx:
        tx.bin.put(deleted(gone, None, NOW))
        await tx.commit()
    assert await stores.projects.worded([Sought("moebel", 0, 1.0)], Filters(), 9) == [schrank.id]


async def test_at_first_no_collection_answers(stores: Stores) -> None:
    """Before the first is filled there is none."""
    assert await stores.collections.active(Kind.PROJECT) is None


async def test_the_last_activated_collection_answers(stores: Stores) -> None:
    """Activating replaces; doing it twice changes nothing."""
    small, large = (Collection.of(Kind.PROJECT, f"m{size}", size, 1) for size in (384, 768))
    await stores.collections.activate(small)
    assert await stores.collections.active(Kind.PROJECT) == small
    await stores.collections.activate(large)
    await stores.collections.activate(large)
    assert await stores.collections.active(Kind.PROJECT) == large


SMALL, LARGE = (Collection.of(Kind.PROJECT, f"m{size}", size, 1) for size in (384, 768))


def migration(age: int = 0) -> Migration:
    """A new one that began `age` hours ago."""
    begun = NOW - timedelta(hours=age)
    return Migration(
        id=new_id(),
        kind=Kind.PROJECT,
        phase=MigrationPhase.FILLING,
        old=SMALL,
        model=LARGE.model,
        new=None,
        task_id=new_id(),
        judged=(Judged("Tür", ("Haustür Huber",)),),
        report=None,
        requested_by=None,
        created_at=begun,
        changed_at=begun,
    )


async def added(stores: Stores, one: Migration) -> Migration:
    """`one`, saved."""
    async with stores.transactions() as tx:
        tx.index_migrations.add(one)
        await tx.commit()
    return one


async def saved(stores: Stores, one: Migration) -> Migration:
    """`one`, changed and saved."""
    async with stores.transactions() as tx:
        assert (await tx.index_migrations.get(one.id)) is not None
        tx.index_migrations.save(one)
        await tx.commit()
    return one


async def test_a_migration_is_kept_whole(stores: Stores) -> None:
    """What was saved last is read, by its id and as the one under way."""
    one = await added(stores, migration())
    assert await stores.migrations.get(one.id) == one
    changed = await saved(stores, one.towards(LARGE, now=NOW))
    assert await stores.migrations.get(one.id) == changed
    assert await stores.migrations.open(Kind.PROJECT) == changed
    assert await stores.migrations.get(new_id()) is None


async def test_at_most_one_migration_is_under_way(stores: Stores) -> None:
    """A second one is refused until the first has ended; the newest is told first."""
    first = await added(stores, migration(age=2))
    with pytest.raises(Conflict):
        await added(stores, migration())
    await saved(stores, first.abandoned(now=NOW))
    assert await stores.migrations.open(Kind.PROJECT) is None
    second = await added(stores, migration(age=1))
    assert [one.id for one in await stores.migrations.latest(5)] == [second.id, first.id]
    assert len(await stores.migrations.latest(1)) == 1


async def test_a_migration_chooses_what_answers(stores: Stores) -> None:
    """What a migration made answer is marked as chosen, until something else makes another."""
    assert not await stores.collections.chosen(Kind.PROJECT)
    await stores.collections.activate(SMALL)
    assert not await stores.collections.chosen(Kind.PROJECT)
    async with stores.transactions() as tx:
        tx.index_migrations.activate(LARGE)
        assert await stores.collections.active(Kind.PROJECT) == SMALL
        await tx.commit()
    assert await stores.collections.active(Kind.PROJECT) == LARGE
    assert await stores.collections.chosen(Kind.PROJECT)
    await stores.collections.activate(SMALL)
    assert not await stores.collections.chosen(Kind.PROJECT)
