"""Passages of documents in the index: they follow what is saved, and are found by document."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from handwerk.adapters.memory.search import (
    MemoryCollections,
    MemoryFindableProjects,
    MemoryMigrations,
    WordEmbedder,
)
from handwerk.adapters.memory.search_index import MemorySearchIndex
from handwerk.adapters.qdrant.edge import EdgeSearchIndex
from handwerk.domain.search.model import (
    Collection,
    DocumentPassage,
    FoundPassage,
    FoundPassages,
    Indexed,
    Kind,
    Phase,
    passage_id,
)
from handwerk.domain.search.ngrams import SCHEME
from handwerk.domain.search.ports import SearchIndex
from handwerk.domain.search.upkeep import Checked, Mode
from handwerk.domain.search.use_cases.indexing import (
    Keeping,
    ensure_index,
    index_documents,
    reindex,
)
from handwerk.domain.search.use_cases.knowing import TradeLexicon
from handwerk.domain.search.use_cases.passages import BestPassages

LETTER, BOOK = uuid4(), uuid4()
PROJECT = uuid4()


class Shelf:
    """Documents as lists of texts, one for each page; what is binned is not there."""

    def __init__(self) -> None:
        self.texts: dict[UUID, list[str]] = {}
        self.projects: dict[UUID, UUID] = {}

    def _all(self) -> dict[UUID, DocumentPassage]:
        made = (
            DocumentPassage(
                passage_id(known, number), known, self.projects.get(known), number + 1, text
            )
            for known, texts in self.texts.items()
            for number, text in enumerate(texts)
        )
        return {each.id: each for each in made}

    async def of(self, ids: list[UUID]) -> list[DocumentPassage]:
        known = self._all()
        return [known[each] for each in ids if each in known]

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        return sorted(each for each in self._all() if after is None or each > after)[:limit]

    async def count_of(self, document_id: UUID) -> int:
        return len(self.texts.get(document_id, ()))


async def _unwatched(_done: int, _total: int | None) -> None:
    return


class House:
    """Two documents, an index, and what searches it."""

    def __init__(self, index: SearchIndex) -> None:
        self.shelf = Shelf()
        self.shelf.texts = {
            LETTER: ["Angebot über eine Wangentreppe in Eiche"],
            BOOK: ["Deckblatt", "Handlauf aus Edelstahl", "Wangentreppe aus Buche, gestemmt"],
        }
        self.index = index
        self.embedder = WordEmbedder()
        self.collections = MemoryCollections()
        self.keeping = Keeping(
            projects=MemoryFindableProjects({}),
            collections=self.collections,
            migrations=MemoryMigrations(self.collections),
            index=index,
            embedder=self.embedder,
            progress=_unwatched,
            passages=self.shelf,  # type: ignore[arg-type]  # lists are sequences
        )

    async def found(self, text: str, project_id: UUID | None = None) -> list[FoundPassage]:
        return (await self.part(text, 0, 100, project_id)).shown

    async def part(
        self, text: str, skip: int, limit: int, project_id: UUID | None = None
    ) -> FoundPassages:
        search = BestPassages(
            self.collections,
            self.index,
            self.embedder,
            self.shelf,  # type: ignore[arg-type]  # likewise
            TradeLexicon(),
        )
        return await search.found(text, project_id, skip, limit)

    async def held(self) -> set[UUID]:
        active = await self.collections.active(Kind.DOCUMENT)
        assert active is not None
        return set(await self.index.ids(active, None, 1000))


@pytest.fixture(params=["memory", "edge"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    if request.param == "memory":
        made = House(MemorySearchIndex())
        await ensure_index(keeping=made.keeping)
        yield made
        return
    edge = EdgeSearchIndex(tmp_path / "index")
    made = House(edge)
    await ensure_index(keeping=made.keeping)
    yield made
    edge.close()


async def test_a_document_is_found_by_its_best_page(house: House) -> None:
    """Once each, the best first, with page, marked snippet and text; another word finds nobody."""
    found = await house.found("Wangentreppe aus Buche")
    assert [(one.document_id, one.page) for one in found] == [(BOOK, 3), (LETTER, 1)]
    assert found[0].score > found[1].score
    assert "<mark>Wangentreppe</mark>" in found[0].snippet
    assert found[0].text == "Wangentreppe aus Buche, gestemmt"
    assert await house.found("Dachziegel") == []


async def test_a_part_counts_all(house: House) -> None:
    """Parts of the documents that answer are the whole, in order; each names how many there are."""
    whole = await house.found("Wangentreppe aus Buche")
    parts = [await house.part("Wangentreppe aus Buche", skip, 1) for skip in range(3)]
    assert [one for part in parts for one in part.shown] == whole
    assert [part.total_count for part in parts] == [2, 2, 2]


async def test_a_project_narrows(house: House) -> None:
    """Only passages of its documents, as soon as the index has heard of the link."""
    assert await house.found("Wangentreppe", PROJECT) == []
    house.shelf.projects[LETTER] = PROJECT
    await index_documents([LETTER], keeping=house.keeping)
    assert [one.document_id for one in await house.found("Wangentreppe", PROJECT)] == [LETTER]


async def test_words_alone_find_while_a_model_loads(house: House) -> None:
    """A search before the model is there answers by words."""
    house.embedder = WordEmbedder(phase=Phase.LOADING)
    assert [one.document_id for one in await house.found("Handlauf")] == [BOOK]


async def test_what_got_shorter_or_went_leaves_the_index(house: House) -> None:
    """Passages behind the new end go; all, without need of a model, where the document is gone."""
    assert len(await house.held()) == 4
    house.shelf.texts[BOOK] = ["Nur noch eine Seite"]
    await index_documents([BOOK], keeping=house.keeping)
    assert await house.held() == {passage_id(LETTER, 0), passage_id(BOOK, 0)}
    del house.shelf.texts[BOOK]
    keeping = msgspec.structs.replace(house.keeping, embedder=WordEmbedder(phase=Phase.FAILED))
    assert await index_documents([BOOK], keeping=keeping) == Indexed(0, 1)
    assert await house.held() == {passage_id(LETTER, 0)}


async def test_the_check_repairs_documents_too(house: House) -> None:
    """What the index lacks, holds too much or in another state is told and put right."""
    active = await house.collections.active(Kind.DOCUMENT)
    assert active is not None
    await house.index.remove(active, [passage_id(LETTER, 0)])
    house.shelf.texts[BOOK] = ["Deckblatt", "Geländer aus Glas"]
    done = await reindex(keeping=house.keeping, mode=Mode.CHECK)
    assert done == Checked(0, missing=1, changed=1, orphans=1, sound=True, passages=3)


async def test_documents_follow_the_model_that_projects_were_moved_to(house: House) -> None:
    """After a cut-over they are filled into a collection of that model, which then answers."""
    chosen = Collection.of(Kind.PROJECT, "words-64", 64, SCHEME)
    await house.index.ensure(chosen)
    house.collections.choose(chosen)
    await ensure_index(keeping=house.keeping)
    active = await house.collections.active(Kind.DOCUMENT)
    assert active == Collection.of(Kind.DOCUMENT, "words-64", 64, SCHEME)
    assert len(await house.held()) == 4
    assert {one.document_id for one in await house.found("Wangentreppe")} == {LETTER, BOOK}
