"""Keeping the index true to the saved projects."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.unit.search.craft_jobs import JOBS

from handwerk.adapters.memory.search import (
    MemoryCollections,
    MemoryFindableProjects,
    MemoryMigrations,
    WordEmbedder,
)
from handwerk.adapters.memory.search_index import MemorySearchIndex
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import (
    Collection,
    Filters,
    Indexed,
    Kind,
    Phase,
    Vector,
)
from handwerk.domain.search.ngrams import SCHEME, query_vector
from handwerk.domain.search.ports import Progress
from handwerk.domain.search.use_cases.indexing import (
    Keeping,
    ensure_index,
    index_projects,
    reindex,
    start_search,
)


def collection(model: str) -> Collection:
    return Collection.of(Kind.PROJECT, model, WordEmbedder.DIMENSIONS, SCHEME)


class House:
    """Saved projects and an index over them, in memory."""

    def __init__(self, jobs: int = 20) -> None:
        self.saved = {project.id: project for project in (job.project() for job in JOBS[:jobs])}
        self.projects = MemoryFindableProjects(self.saved)
        self.collections = MemoryCollections()
        self.migrations = MemoryMigrations(self.collections)
        self.index = MemorySearchIndex()
        self.embedder = WordEmbedder()
        self.told: list[tuple[int, int | None]] = []

    async def progress(self, done: int, total: int | None) -> None:
        """Write down what is told."""
        self.told.append((done, total))

    @property
    def needs(self) -> dict[str, Any]:
        return {"keeping": self.keeping(self.progress)}

    def keeping(self, progress: Progress) -> Keeping:
        return Keeping(
            projects=self.projects,
            collections=self.collections,
            migrations=self.migrations,
            index=self.index,
            embedder=self.embedder,
            progress=progress,
        )

    async def indexed(self, model: str = "words-256") -> set[UUID]:
        return set(await self.index.ids(collection(model), None, 1000))

    async def found(self, text: str) -> tuple[UUID, ...]:
        legs = await self.index.search(
            collection("words-256"), query_vector(text), None, Filters(), 100
        )
        return legs.words

    def rename(self, project: Project, name: str) -> None:
        self.saved[project.id] = msgspec.structs.replace(project, name=name)


@pytest.fixture
async def house() -> House:
    """Twenty projects, indexed."""
    house = House()
    await reindex(**house.needs)
    house.told.clear()
    return house


async def test_reindexing_indexes_everything_and_lets_it_answer() -> None:
    """After it every project is there, and the collection of the model answers."""
    house = House()
    assert await reindex(**house.needs) == Indexed(20, 0)
    assert await house.indexed() == set(house.saved)
    assert await house.collections.active(Kind.PROJECT) == collection("words-256")
    assert house.told[-1] == (20, 20)


async def test_a_change_is_followed(house: House) -> None:
    """A renamed project is found by its new name and no longer by the old one."""
    project = next(iter(house.saved.values()))
    house.rename(project, "Zzyzx")
    await index_projects([project.id], **house.needs)
    assert await house.found("Zzyzx") == (project.id,)
    assert house.told == [(1, 1)]


async def test_what_is_gone_is_taken_out(house: House) -> None:
    """A deleted project leaves the index; one that never was does no harm."""
    gone = next(iter(house.saved))
    del house.saved[gone]
    assert await index_projects([gone, new_id()], **house.needs) == Indexed(0, 2)
    assert await house.indexed() == set(house.saved)


async def test_indexing_again_changes_nothing(house: House) -> None:
    """Running twice leaves what running once left."""
    ids = list(house.saved)
    before = await house.found("Eiche")
    for _ in range(2):
        assert await index_projects(ids, **house.needs) == Indexed(20, 0)
    assert await house.indexed() == set(ids)
    assert await house.found("Eiche") == before


async def test_nothing_to_index_is_no_error(house: House) -> None:
    """An empty list of ids is dealt with at once."""
    assert await index_projects([], **house.needs) == Indexed(0, 0)


class Meddling(MemoryFindableProjects):
    """Projects of which one is renamed, or deleted, after they were first read."""

    def __init__(self, saved: dict[UUID, Project], name: str | None) -> None:
        super().__init__(saved)
        self._saved = saved
        self._name = name
        self._meddled = False

    async def of(self, ids: Sequence[UUID]) -> list[Project]:
        """Read, then meddle."""
        found = await super().of(ids)
        if not self._meddled:
            self._meddled = True
            if self._name is None:
                del self._saved[ids[0]]
            else:
                renamed = msgspec.structs.replace(self._saved[ids[0]], name=self._name)
                self._saved[ids[0]] = renamed
        return found


@pytest.mark.parametrize("name", ["Zzyzx", None])
async def test_a_change_in_the_middle_is_not_lost(house: House, name: str | None) -> None:
    """A project that changes while an older state is being written ends up in its newest state."""
    first = next(iter(house.saved))
    house.projects = Meddling(house.saved, name)
    await index_projects([first], **house.needs)
    assert await house.found("Zzyzx") == ((first,) if name else ())
    assert await house.indexed() == set(house.saved)


async def test_reindexing_takes_orphans_out(house: House) -> None:
    """What the index holds and nobody has saved is gone afterwards."""
    gone = list(house.saved)[:3]
    for known in gone:
        del house.saved[known]
    assert await reindex(**house.needs) == Indexed(17, 3)
    assert await house.indexed() == set(house.saved)


class StopIt(Exception):
    """Somebody wants the work to end."""


async def test_progress_can_end_the_work() -> None:
    """What is raised from progress ends the run after a chunk, and the next one completes it."""
    house = House()

    async def stop(_done: int, _total: int | None) -> None:
        raise StopIt

    with pytest.raises(StopIt):
        await reindex(keeping=house.keeping(stop))
    assert 0 < len(await house.indexed()) < 20
    assert await house.collections.active(Kind.PROJECT) is None
    await reindex(**house.needs)
    assert await house.indexed() == set(house.saved)


async def test_indexing_waits_for_a_loading_model() -> None:
    """A job that comes while the model loads is done when it has loaded."""
    house = House()
    house.embedder.become(Phase.LOADING)

    async def load_meanwhile(_done: int, _total: int | None) -> None:
        house.embedder.become(Phase.READY)

    await reindex(keeping=house.keeping(load_meanwhile))
    assert await house.indexed() == set(house.saved)


async def test_without_a_model_indexing_is_refused(house: House) -> None:
    """A model that failed makes the job fail in clear words; it can be tried again."""
    house.embedder.become(Phase.FAILED)
    with pytest.raises(Unavailable, match="No model could be loaded"):
        await index_projects(list(house.saved), **house.needs)


async def test_the_first_job_of_all_makes_the_index() -> None:
    """Where no collection answers yet, indexing one project of many brings in all; then it does."""
    house = House()
    assert await index_projects([next(iter(house.saved))], **house.needs) == Indexed(20, 0)
    assert await house.indexed() == set(house.saved)
    assert await house.collections.active(Kind.PROJECT) == collection("words-256")
    assert await ensure_index(**house.needs) == Indexed(0, 0)


async def test_a_half_filled_collection_does_not_answer(house: House) -> None:
    """Indexing one project for a new model leaves it to the filling of all to make it answer."""
    house.embedder = WordEmbedder("another")
    one = next(iter(house.saved))
    await index_projects([one], **house.needs)
    assert await house.indexed("another") == set()
    await house.index.ensure(collection("another"))
    await index_projects([one], **house.needs)
    assert await house.indexed("another") == {one}
    assert await house.collections.active(Kind.PROJECT) == collection("words-256")


async def test_another_model_gets_a_collection_of_its_own(house: House) -> None:
    """Vectors of two models never mix: the new collection is filled first, then it answers."""
    house.embedder = WordEmbedder("another")
    await index_projects([next(iter(house.saved))], **house.needs)
    assert await house.collections.active(Kind.PROJECT) == collection("words-256")
    assert await ensure_index(**house.needs) == Indexed(20, 0)
    assert await house.indexed("another") == set(house.saved)
    assert await house.collections.active(Kind.PROJECT) == collection("another")
    assert await house.indexed("words-256") == set(house.saved)


async def test_what_is_gone_leaves_the_collection_that_answers(house: House) -> None:
    """While another model's collection is being filled, a deletion reaches both."""
    house.embedder = WordEmbedder("another")
    gone = next(iter(house.saved))
    await index_projects([gone], **house.needs)
    del house.saved[gone]
    await index_projects([gone], **house.needs)
    assert await house.indexed("another") == set()
    assert await house.indexed("words-256") == set(house.saved)


async def test_a_whole_index_is_left_alone(house: House) -> None:
    """A start on an index that is there does nothing."""
    assert await ensure_index(**house.needs) == Indexed(0, 0)


async def test_a_lost_index_is_made_anew(house: House) -> None:
    """A start on an empty engine fills it, although a collection is said to answer."""
    house.index = MemorySearchIndex()
    assert await ensure_index(**house.needs) == Indexed(20, 0)
    assert await house.indexed() == set(house.saved)


async def test_an_index_of_no_projects_is_whole() -> None:
    """A new house has nothing to index, and is asked once."""
    house = House(jobs=0)
    assert await ensure_index(**house.needs) == Indexed(0, 0)
    assert await house.collections.active(Kind.PROJECT) == collection("words-256")
    assert await ensure_index(**house.needs) == Indexed(0, 0)


class Counting(WordEmbedder):
    """Counts the texts that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """Count, and embed."""
        self.sizes.append(len(texts))
        return await super().embed_passages(texts, model)


async def test_texts_are_embedded_in_small_chunks() -> None:
    """No chunk is large enough to keep a question waiting."""
    house = House()
    house.embedder = counting = Counting()
    await reindex(**house.needs)
    assert counting.sizes == [16, 4]


async def test_the_start_prefers_the_model_of_the_index(house: House) -> None:
    """What built the index is loaded again, unless another one is configured."""
    await start_search(collections=house.collections, embedder=house.embedder)
    assert house.embedder.preferred == "words-256"
    fresh = House()
    await start_search(collections=fresh.collections, embedder=fresh.embedder)
    assert fresh.embedder.preferred is None
