"""Asking which past jobs are like this one."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.unit.search.craft_jobs import JOBS, NOW

from handwerk.adapters.memory.search import (
    MemoryCollections,
    MemoryFindableProjects,
    MemoryMigrations,
    WordEmbedder,
)
from handwerk.adapters.memory.search_index import MemorySearchIndex
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Forbidden, InvalidInput
from handwerk.domain.projects.model import Project, ProjectInput, new_project
from handwerk.domain.search.model import Answer, Filters, IndexStatus, Phase, Query
from handwerk.domain.search.use_cases.finding import batch_similar, find_similar, index_stats
from handwerk.domain.search.use_cases.indexing import Keeping, reindex

VIEWER = Actor(user_id=None, role=Role.VIEWER)


async def unwatched(_done: int, _total: int | None) -> None:
    """Progress that nobody looks at."""


class Search:
    """A search over a firm's projects, all in memory."""

    def __init__(self, projects: list[Project]) -> None:
        self.saved = {project.id: project for project in projects}
        self.collections = MemoryCollections()
        self.index = MemorySearchIndex()
        self.embedder = WordEmbedder()

    @property
    def needs(self) -> dict[str, Any]:
        return {
            "collections": self.collections,
            "index": self.index,
            "embedder": self.embedder,
            "projects": MemoryFindableProjects(self.saved),
        }

    def keeping(self) -> Keeping:
        migrations = MemoryMigrations(self.collections)
        return Keeping(migrations=migrations, progress=unwatched, **self.needs)

    async def find(self, text: str, top_k: int = 5, threshold: float = 0.3, **kept: Any) -> Answer:
        query = Query(text, top_k, threshold, Filters(**kept))
        return await find_similar(query, actor=VIEWER, **self.needs)

    async def names(self, text: str, **asked: Any) -> list[str]:
        return [found.name for found in (await self.find(text, **asked)).results]


@pytest.fixture
async def search() -> Search:
    """The first twenty of the written craft jobs, indexed."""
    search = Search([job.project() for job in JOBS[:20]])
    await reindex(keeping=search.keeping())
    return search


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Wandschrank Eiche massiv", "Einbauschrank Diele Familie Brandt"),
        ("WANDSCHRÄNKE aus massiver eiche", "Einbauschrank Diele Familie Brandt"),
        ("Buecherregal Nussbaum", "Bibliothek Anwaltskanzlei"),
        ("Couchtische gedrechselt", "Kleiner Tisch Wohnzimmer"),
        ("Arbeitsplatten 40 mm Küche", "Austausch Arbeitsplatte"),
        ("Kinderbett hoch mit Rutsche", "Hochbett Kinderzimmer"),
        ("Treppengeländer Edelstahl", "Geschosstreppe Einfamilienhaus"),
    ],
)
@pytest.mark.parametrize("phase", [Phase.READY, Phase.LOADING])
async def test_german_finds_german(search: Search, query: str, name: str, phase: Phase) -> None:
    """Compounds, inflections, umlauts find the right of twenty jobs, with a model and without."""
    search.embedder.become(phase)
    assert (await search.names(query))[0] == name


async def test_a_result_says_why(search: Search) -> None:
    """Score, price and shared words of the best result belong to the saved project."""
    answer = await search.find("Wandschrank aus Eiche")
    best = answer.results[0]
    saved = search.saved[best.id]
    assert (best.name, best.project_type, best.final_price) == (
        saved.name,
        saved.project_type,
        saved.final_price,
    )
    assert best.similarity_score == 0.91
    assert best.reason.startswith("shares Wandschrank, Eiche; closeness in meaning 0.")
    assert best.why.words == ("Wandschrank", "Eiche")
    assert "<mark>Wandschrank</mark> aus massiver <mark>Eiche</mark>" in best.snippet
    assert answer.total_count == len(answer.results)
    assert answer.query == "Wandschrank aus Eiche"


async def test_names_come_from_the_saved_project(search: Search) -> None:
    """What was renamed a moment ago is shown by its new name, before the index follows."""
    [wanted] = (await search.find("Wandschrank Eiche massiv", top_k=1)).results
    search.saved[wanted.id] = msgspec.structs.replace(search.saved[wanted.id], name="Neuer Name")
    assert (await search.names("Wandschrank Eiche massiv"))[0] == "Neuer Name"


async def test_a_deleted_project_is_dropped(search: Search) -> None:
    """What the index still holds but nobody has saved is no result."""
    [wanted] = (await search.find("Wandschrank Eiche massiv", top_k=1)).results
    del search.saved[wanted.id]
    found = (await search.find("Wandschrank Eiche massiv", threshold=0)).results
    assert wanted.id not in {each.id for each in found}


async def test_a_threshold_of_zero_answers_the_nearest(search: Search) -> None:
    """However far away, `top_k` results are answered; a threshold of 1 wants everything."""
    assert len((await search.find("Quietscheentchen", top_k=7, threshold=0)).results) == 7
    assert (await search.find("Quietscheentchen", threshold=1)).results == []


@pytest.mark.parametrize("query", ["🙂🪵", "und mit der", "'; DROP TABLE project; --", "* OR 1=1"])
@pytest.mark.parametrize("phase", [Phase.READY, Phase.LOADING])
async def test_odd_questions_are_answered(search: Search, query: str, phase: Phase) -> None:
    """Emoji, function words and foreign syntax are text like any other."""
    search.embedder.become(phase)
    assert len((await search.find(query, threshold=0)).results) <= 5


async def test_filters_reach_the_index(search: Search) -> None:
    """Only what a filter lets through is answered."""
    found = (await search.find("Schrank", threshold=0, wood_type="Fichte")).results
    assert found
    assert {search.saved[each.id].wood_type for each in found} == {"Fichte"}
    assert (await search.find("Schrank", threshold=0, to_date=date(2020, 1, 1))).results == []


async def test_a_bad_query_is_refused(search: Search) -> None:
    """The model's checks hold in the use case."""
    with pytest.raises(InvalidInput, match="top_k"):
        await search.find("Schrank", top_k=0)


async def test_finding_needs_the_permission(search: Search) -> None:
    """Who may not read projects may not find them, nor see the index."""
    nobody = Actor(user_id=None, role=Role.ANONYMOUS)
    needs = search.needs
    with pytest.raises(Forbidden):
        await find_similar(Query("x"), actor=nobody, **needs)
    with pytest.raises(Forbidden):
        await batch_similar([Query("x")], actor=nobody, **needs)
    del needs["projects"]
    with pytest.raises(Forbidden):
        await index_stats(actor=nobody, **needs)


async def test_a_batch_answers_as_single_queries_do(search: Search) -> None:
    """Several queries at once get the same results in their order."""
    texts = ["Wandschrank Eiche", "Küche", "Treppe mit Geländer", "🙂"]
    queries = [Query(text, top_k=3, threshold=0.1) for text in texts]
    batch = await batch_similar(queries, actor=VIEWER, **search.needs)
    assert batch.total_queries == len(texts)
    for text, answer in zip(texts, batch.results, strict=True):
        assert answer.query == text
        assert answer.results == (await search.find(text, top_k=3, threshold=0.1)).results


async def test_equal_jobs_are_all_found() -> None:
    """Many jobs with all words of the query: the rarer context decides, none is lost."""
    given = [
        ProjectInput(name=f"Schrank {number}", project_type="Möbel", description="Eiche massiv")
        for number in range(40)
    ]
    search = Search([new_project(each, now=NOW, today=NOW.date()) for each in given])
    await reindex(keeping=search.keeping())
    found = (await search.find("Schrank Eiche 17", top_k=40)).results
    assert found[0].name == "Schrank 17"
    assert len(found) == 40


async def test_before_the_first_index_nothing_is_found() -> None:
    """An empty house answers an empty list."""
    assert (await Search([]).find("Schrank")).results == []


async def stats(search: Search) -> Any:
    return await index_stats(
        actor=VIEWER,
        collections=search.collections,
        index=search.index,
        embedder=search.embedder,
    )


async def test_stats_tell_what_can_be_found(search: Search) -> None:
    """Points, engine and model are those of the collection that answers."""
    told = await stats(search)
    assert (told.points, told.engine, told.model) == (20, "memory", "words-256")
    assert told.dimensions == WordEmbedder.DIMENSIONS
    assert told.index.startswith("project-words-256-")


def _loading(search: Search) -> None:
    search.embedder.become(Phase.LOADING)


def _failing(search: Search) -> None:
    search.embedder.become(Phase.FAILED)


def _another(search: Search) -> None:
    search.embedder = WordEmbedder("another")


@pytest.mark.parametrize(
    ("happening", "status"),
    [
        (lambda _: None, IndexStatus.READY),
        (_loading, IndexStatus.LOADING),
        (_failing, IndexStatus.WORDS_ONLY),
        (_another, IndexStatus.REBUILDING),
    ],
)
async def test_stats_tell_how_well(
    search: Search, happening: Callable[[Search], None], status: IndexStatus
) -> None:
    """People can see whether meaning is compared now, and the words answer in any case."""
    happening(search)
    assert (await stats(search)).status == status
    best = (await search.find("Wandschrank Eiche massiv")).results[0]
    assert best.name == "Einbauschrank Diele Familie Brandt"
    assert ("meaning was not compared" in best.reason) is (status != IndexStatus.READY)


async def test_stats_of_an_empty_house() -> None:
    """Before anything is indexed the status says so."""
    told = await stats(Search([]))
    assert (told.index, told.points, told.status) == (None, 0, IndexStatus.EMPTY)


async def test_every_result_is_found_by_its_own_text(search: Search) -> None:
    """Each project is the best answer to its own text, with the full score."""
    for known, project in search.saved.items():
        best: tuple[UUID, float] = next(
            (found.id, found.similarity_score)
            for found in (await search.find(project.searchable_text[:2000])).results
        )
        assert best == (known, 1.0)
