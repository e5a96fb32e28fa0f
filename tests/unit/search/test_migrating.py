"""Moving the index to another model while it answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.unit.search.craft_jobs import JOBS

from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.adapters.memory.search import MemoryFindableProjects, WordEmbedder
from handwerk.adapters.memory.search_index import MemorySearchIndex
from handwerk.adapters.memory.store import MemoryStore
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.search.migration import Judged, Migration, MigrationPhase, Order
from handwerk.domain.search.model import (
    Answer,
    Collection,
    Indexed,
    Kind,
    ModelState,
    Phase,
    Query,
    Vector,
)
from handwerk.domain.search.ports import Collections, Progress
from handwerk.domain.search.upkeep import Checked, Mode, digest_of
from handwerk.domain.search.use_cases import deciding
from handwerk.domain.search.use_cases.filling import fill_migration
from handwerk.domain.search.use_cases.finding import find_similar
from handwerk.domain.search.use_cases.holding import follow_models
from handwerk.domain.search.use_cases.indexing import (
    Keeping,
    ensure_index,
    index_projects,
    reindex,
    start_search,
)
from handwerk.domain.search.use_cases.migrating import begin_migration

CLOCK = SystemClock()
MANAGER = Actor(new_id(), Role.MANAGER)
LARGER = Order("words-768")


async def unwatched(_done: int, _total: int | None) -> None:
    """Progress that nobody looks at."""


class Strict(MemorySearchIndex):
    """An index that, as an engine does, takes vectors of a collection's dimensions alone."""

    async def search(self, collection: Collection, *args: Any) -> Any:
        """Refuse a vector of another model."""
        assert args[1] is None or len(args[1]) == collection.dimensions
        return await super().search(collection, *args)

    async def put(self, collection: Collection, items: Sequence[Any]) -> None:
        """Refuse a vector of another model."""
        assert all(len(item.meaning) == collection.dimensions for item in items)
        await super().put(collection, items)


class House:
    """Projects with an index of 256 dimensions, in memory."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.saved = self.store.projects
        self.saved |= {project.id: project for project in (job.project() for job in JOBS[:30])}
        self.projects = MemoryFindableProjects(self.saved)
        self.migrations = self.store.index_migrations
        self.collections = self.migrations.collections
        self.jobs = MemoryJobs(CLOCK)
        self.index = Strict()
        self.embedder = WordEmbedder()

    def keeping(self, progress: Progress = unwatched) -> Keeping:
        return Keeping(
            projects=self.projects,
            collections=self.collections,
            migrations=self.migrations,
            index=self.index,
            embedder=self.embedder,
            progress=progress,
        )

    @property
    def deeds(self) -> dict[str, Any]:
        needs = (self.store.transaction, self.collections, self.index, self.embedder, CLOCK)
        return {"actor": MANAGER, "deciding": deciding.Deciding(*needs)}

    async def begin(self, order: Order = LARGER, actor: Actor = MANAGER) -> Migration:
        return await begin_migration(
            order,
            actor=actor,
            collections=self.collections,
            migrations=self.migrations,
            jobs=self.jobs,
            transactions=self.store.transaction,
            embedder=self.embedder,
            clock=CLOCK,
        )

    async def fill(self, migration: Migration, progress: Progress = unwatched) -> Migration:
        return await fill_migration(
            migration.id,
            keeping=self.keeping(progress),
            search=self.search,
            transactions=self.store.transaction,
            clock=CLOCK,
        )

    async def search(self, query: Query, collections: Collections) -> Answer:
        return await find_similar(
            query,
            actor=SYSTEM,
            collections=collections,
            index=self.index,
            embedder=self.embedder,
            projects=self.projects,
        )

    async def first(self, text: str) -> str:
        found = await self.search(Query(text, 1, 0.0), self.collections)
        return found.results[0].name

    async def held(self, collection: Collection | None) -> set[UUID]:
        assert collection is not None
        return set(await self.index.ids(collection, None, 1000))

    async def active(self) -> Collection | None:
        return await self.collections.active(Kind.PROJECT)


@pytest.fixture
async def house() -> House:
    """Thirty projects, indexed."""
    house = House()
    await reindex(keeping=house.keeping())
    return house


async def test_a_migration_from_beginning_to_end(house: House) -> None:
    """Filled, compared, cut over, rolled back, cut over, finished: each step does what it says."""
    old = await house.active()
    assert old is not None
    begun = await house.begin()
    assert [request.id for request in house.store.requests] == [begun.task_id]
    filled = await house.fill(begun)
    assert (filled.phase, await house.active()) == (MigrationPhase.READY, old)
    assert filled.new is not None
    assert filled.new.dimensions == 768
    assert await house.held(filled.new) == set(house.saved)
    for step, answering in (
        (deciding.cut_over, filled.new),
        (deciding.roll_back, old),
        (deciding.cut_over, filled.new),
    ):
        await step(begun.id, **house.deeds)
        assert await house.active() == answering
    done = await deciding.finish_migration(begun.id, **house.deeds)
    assert done.phase is MigrationPhase.FINISHED
    assert await house.held(old) == set()
    actions = [change.action for change in house.store.history]
    assert actions == ["migrate", "cut over", "roll back", "cut over", "finish"]


async def test_searching_never_fails_and_never_mixes(house: House) -> None:
    """Queries asked without a pause through all of a migration find the right job each time."""
    wanted = house.saved[next(iter(house.saved))].name
    begun = await house.begin()
    answered = 0
    over = asyncio.Event()

    async def ask() -> None:
        nonlocal answered
        while not over.is_set():
            assert await house.first(wanted) == wanted
            answered += 1
            await asyncio.sleep(0)

    async def told(_done: int, _total: int | None) -> None:
        await asyncio.sleep(0)

    asking = asyncio.create_task(ask())
    await house.fill(begun, told)
    for step in (deciding.cut_over, deciding.roll_back, deciding.cut_over):
        await step(begun.id, **house.deeds)
        await asyncio.sleep(0)
    await deciding.finish_migration(begun.id, **house.deeds)
    await asyncio.sleep(0)
    over.set()
    await asking
    assert answered > 10


class Killed(BaseException):
    """The worker is gone."""


async def test_a_fill_that_was_killed_goes_on(house: House) -> None:
    """What was written stays, the rest is written by the next run; nothing is embedded twice."""
    begun = await house.begin()

    async def die(done: int, _total: int | None) -> None:
        if done >= 8:
            raise Killed

    with pytest.raises(Killed):
        await house.fill(begun, die)
    half = (await house.migrations.get(begun.id)) or begun
    assert 0 < len(await house.held(half.new)) < 30
    house.embedder = counting = Counting()
    done = await house.fill(begun)
    assert done.phase is MigrationPhase.READY
    assert await house.held(done.new) == set(house.saved)
    assert counting.texts == 14


class Counting(WordEmbedder):
    """Counts the texts that it was given to find."""

    texts = 0

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """Count, and embed."""
        self.texts += len(texts)
        return await super().embed_passages(texts, model)


@pytest.mark.parametrize("phase", ["filling", "ready", "cut over", "rolled back"])
async def test_both_collections_receive_every_change(house: House, phase: str) -> None:
    """A change, a new project and a deletion reach both, whatever phase the migration is in."""
    begun = await house.begin()
    changed, gone, late = list(house.saved)[:3]
    kept = house.saved.pop(late)

    async def change(_done: int, _total: int | None) -> None:
        if gone in house.saved:
            project = house.saved[changed]
            house.saved[changed] = msgspec.structs.replace(project, name="Zzyzx")
            house.saved[late] = kept
            del house.saved[gone]
            await index_projects([changed, gone, late], keeping=house.keeping())

    if phase == "filling":
        await house.fill(begun, change)
    else:
        await house.fill(begun)
        if phase != "ready":
            await deciding.cut_over(begun.id, **house.deeds)
        if phase == "rolled back":
            await deciding.roll_back(begun.id, **house.deeds)
        await change(0, None)
    migration = await house.migrations.get(begun.id)
    assert migration is not None
    for collection in migration.collections:
        assert await house.held(collection) == set(house.saved)
        digests = await house.index.digests(collection, [changed])
        assert digests[changed] not in {"", digest_before(house, changed)}
    assert await house.first("Zzyzx") == "Zzyzx"


class Slow(WordEmbedder):
    """Has its further models not ready yet."""

    slow = False

    def held(self) -> dict[str, ModelState]:
        """Every model; only the first is ready."""
        held = super().held()
        loading = {name: ModelState(Phase.LOADING, name) for name in held if self.slow}
        return held | loading | {"words-256": self.state}


async def test_a_change_does_not_wait_for_the_model_that_does_not_answer_yet() -> None:
    """While the new model is loaded, as after a restart, the collection that answers is written."""
    house = House()
    house.embedder = embedder = Slow()
    await reindex(keeping=house.keeping())
    begun = await house.fill(await house.begin())
    changed = next(iter(house.saved))
    house.saved[changed] = msgspec.structs.replace(house.saved[changed], name="Zzyzx")
    embedder.slow = True

    async def loading(_done: int, total: int | None) -> None:
        if total is None:
            assert await house.first("Zzyzx") == "Zzyzx"
            embedder.slow = False

    await index_projects([changed], keeping=house.keeping(loading))
    assert not embedder.slow
    for collection in begun.collections:
        assert (await house.index.digests(collection, [changed]))[changed] == digest_of(
            house.saved[changed]
        )


async def test_a_change_in_flight_brings_no_dropped_collection_back(house: House) -> None:
    """A job that has read where to write before the migration ended leaves nothing of the old."""
    begun = await house.fill(await house.begin())
    await deciding.cut_over(begun.id, **house.deeds)
    finished = False

    async def finish(_done: int, _total: int | None) -> None:
        nonlocal finished
        if not finished:
            finished = True
            await deciding.finish_migration(begun.id, **house.deeds)
            house.embedder.load(begun.old.model)

    await index_projects([next(iter(house.saved))], keeping=house.keeping(finish))
    assert finished
    assert await house.held(begun.old) == set()


def digest_before(house: House, known: UUID) -> str:
    return digest_of(msgspec.structs.replace(house.saved[known], name=JOBS[0].project().name))


async def test_the_report_compares(house: House) -> None:
    """It tells points, times and common answers; ranks where queries were judged, by name or id."""
    projects = list(house.saved.values())
    judged = (
        Judged(projects[0].name, (projects[0].name,)),
        Judged(projects[1].name, (str(projects[1].id),)),
        Judged("Zzyzx", ("nobody's",)),
    )
    report = (await house.fill(await house.begin(Order("words-768", judged)))).report
    assert report is not None
    assert (report.queries, report.judged) == (3, 3)
    assert (report.old.points, report.new.points) == (30, 30)
    assert report.old.mrr_at_10 == report.new.mrr_at_10 == pytest.approx(2 / 3, abs=1e-4)
    assert report.new.ndcg_at_10 == pytest.approx(2 / 3, abs=1e-4)
    assert 0 < report.overlap_at_10 <= 1
    assert report.new.p95_ms >= report.new.p50_ms > 0


async def test_without_judged_queries_names_are_asked(house: House) -> None:
    """The report has no ranks then."""
    report = (await house.fill(await house.begin())).report
    assert report is not None
    assert (report.queries, report.judged, report.new.mrr_at_10) == (30, 0, None)


async def test_one_migration_at_a_time(house: House) -> None:
    """The same order again answers the same one; another is a conflict until it has ended."""
    begun = await house.begin()
    house.jobs.add(house.store.requests[-1])
    assert (await house.begin()).id == begun.id
    assert len(house.store.requests) == 1
    with pytest.raises(Conflict, match="under way"):
        await house.begin(Order("words-512"))
    await deciding.abandon_migration(begun.id, **house.deeds)
    assert (await house.begin(Order("words-512"))).id != begun.id


async def test_a_failed_task_is_taken_up_again(house: House) -> None:
    """The same order once the task is over has a new task; the migration stays."""
    begun = await house.begin()
    again = await house.begin()
    assert again.id == begun.id
    assert again.task_id != begun.task_id
    assert [request.id for request in house.store.requests][-1] in {begun.task_id, again.task_id}


async def test_what_can_not_begin_is_refused(house: House) -> None:
    """The model that answers, no index at all, and who may not."""
    with pytest.raises(InvalidInput, match="answers already"):
        await house.begin(Order("words-256"))
    with pytest.raises(InvalidInput, match="holds no model"):
        await house.begin(Order("/etc"))
    with pytest.raises(Conflict, match="no index yet"):
        await House().begin()
    with pytest.raises(Forbidden):
        await house.begin(actor=Actor(new_id(), Role.TECHNICIAN))
    with pytest.raises(NotFound):
        await deciding.cut_over(new_id(), **house.deeds)


async def test_a_model_that_can_not_be_loaded_is_told(house: House) -> None:
    """The fill fails with the reason, and what answers goes on."""
    begun = await house.begin(Order("no-such-model"))
    with pytest.raises(Unavailable, match="There is no model no-such-model"):
        await house.fill(begun)
    assert await house.first(JOBS[0].project().name)


async def test_cutting_over_waits_for_the_model(house: House) -> None:
    """Where this process has not loaded it, the step is put off and nothing changes."""
    begun = await house.fill(await house.begin())
    before = await house.active()
    house.embedder.unload("words-768")
    with pytest.raises(Unavailable, match="being loaded"):
        await deciding.cut_over(begun.id, **house.deeds)
    assert await house.active() == before
    await deciding.cut_over(begun.id, **house.deeds)
    assert await house.active() == begun.new


async def test_an_abandoned_fill_ends(house: House) -> None:
    """Abandoned in the middle, the fill stops and leaves no collection."""
    begun = await house.begin()

    async def give_up(done: int, _total: int | None) -> None:
        migration = await house.migrations.get(begun.id)
        if done >= 8 and migration is not None and not migration.ended:
            await deciding.abandon_migration(begun.id, **house.deeds)

    ended = await house.fill(begun, give_up)
    assert ended.phase is MigrationPhase.ABANDONED
    assert ended.new is not None
    assert await house.held(ended.new) == set()
    assert (await house.fill(begun)).phase is MigrationPhase.ABANDONED


async def test_a_start_after_the_cut_over_keeps_the_choice(house: House) -> None:
    """Whatever model is set, the one that was chosen is loaded, and its collection stays."""
    begun = await house.fill(await house.begin())
    await deciding.cut_over(begun.id, **house.deeds)
    await start_search(collections=house.collections, embedder=house.embedder)
    assert (house.embedder.preferred, house.embedder.insisted) == ("words-768", True)
    assert await ensure_index(keeping=house.keeping()) == Indexed(0, 0)
    assert await house.active() == begun.new


async def test_models_come_and_go_with_a_migration(house: House) -> None:
    """Each process has in memory what may be asked, and no more once the migration has ended."""

    async def follow() -> set[str]:
        await follow_models(
            collections=house.collections, migrations=house.migrations, embedder=house.embedder
        )
        return set(house.embedder.held())

    assert await follow() == {"words-256"}
    begun = await house.begin()
    assert await follow() == {"words-256", "words-768"}
    await house.fill(begun)
    await deciding.cut_over(begun.id, **house.deeds)
    assert await follow() == {"words-256", "words-768"}
    assert house.embedder.state.model == "words-768"
    await deciding.finish_migration(begun.id, **house.deeds)
    assert await follow() == {"words-768"}


async def test_a_check_repairs_and_tells(house: House) -> None:
    """Missing, changed and orphaned items are counted and put right; then all is sound."""
    active = await house.active()
    assert active is not None
    missing, changed, orphan = list(house.saved)[:3]
    await house.index.remove(active, [missing])
    house.saved[changed] = msgspec.structs.replace(house.saved[changed], name="Zzyzx")
    del house.saved[orphan]
    keeping = house.keeping()
    expected = Checked(projects=29, missing=1, changed=1, orphans=1, sound=True)
    assert await reindex(keeping=keeping, mode=Mode.CHECK) == expected
    assert await house.held(active) == set(house.saved)
    sound = Checked(projects=29, missing=0, changed=0, orphans=0, sound=True)
    assert await reindex(keeping=keeping, mode=Mode.CHECK) == sound
    assert await reindex(keeping=keeping, mode=Mode.CHANGED) == Indexed(0, 0)
    assert await reindex(keeping=keeping, mode=Mode.ALL) == Indexed(29, 0)


class Dropping(Strict):
    """Does something before the first search goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], Awaitable[None]] | None = None

    async def search(self, collection: Collection, *args: Any) -> Any:
        """Do it, then search."""
        if self.before is not None:
            before, self.before = self.before, None
            await before()
        return await super().search(collection, *args)


async def test_a_search_under_way_finds_when_its_collection_is_dropped() -> None:
    """Cut over and finished between reading the row and searching, the new collection is asked."""
    house = House()
    house.index = index = Dropping()
    await reindex(keeping=house.keeping())
    begun = await house.fill(await house.begin())

    async def move() -> None:
        await deciding.cut_over(begun.id, **house.deeds)
        await deciding.finish_migration(begun.id, **house.deeds)

    index.before = move
    wanted = house.saved[next(iter(house.saved))].name
    assert await house.first(wanted) == wanted
