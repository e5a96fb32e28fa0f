"""How well the right job is found: sixty judged queries over the real model and index."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.integration.search.models import shelf
from tests.unit.search.craft_jobs import JOBS, QUERIES, Judged, reciprocal_ranks

from handwerk.adapters.embedding import ModelShelf
from handwerk.adapters.memory.search import (
    MemoryCollections,
    MemoryFindableProjects,
    MemoryMigrations,
    WordEmbedder,
)
from handwerk.adapters.qdrant.edge import EdgeSearchIndex
from handwerk.adapters.sentence_transformers import ExportedModels
from handwerk.adapters.sentence_transformers.locating import PACKAGED
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.search.model import IndexStatus, Phase, Query
from handwerk.domain.search.ports import Embedder
from handwerk.domain.search.use_cases.finding import batch_similar, find_similar, index_stats
from handwerk.domain.search.use_cases.indexing import Keeping, index_projects, reindex, start_search


async def unwatched(_done: int, _total: int | None) -> None:
    """Progress that nobody looks at."""


def keeping(embedder: Embedder, needs: dict[str, Any]) -> Keeping:
    """What keeping the index needs."""
    migrations = MemoryMigrations(needs["collections"])
    return Keeping(migrations=migrations, embedder=embedder, progress=unwatched, **needs)


class Search(NamedTuple):
    """The sixty jobs, indexed, and what a use case needs to search them."""

    embedder: ModelShelf
    needs: dict[str, Any]
    keys: dict[Any, str]

    async def rank(self, judged: Judged, embedder: Embedder) -> int | None:
        """The place of the right job, `None` if it is not among the first ten."""
        query = Query(judged.query, top_k=10, threshold=0.0)
        answer = await find_similar(query, actor=SYSTEM, embedder=embedder, **self.needs)
        found = [self.keys[result.id] for result in answer.results]
        return found.index(judged.key) + 1 if judged.key in found else None

    async def quality(self, embedder: Embedder) -> dict[str, float]:
        """MRR@10 by kind of query."""
        return reciprocal_ranks({each: await self.rank(each, embedder) for each in QUERIES})


@pytest.fixture(scope="module")
async def search(tmp_path_factory: pytest.TempPathFactory, exports: Path) -> AsyncIterator[Search]:
    """The packaged model over Qdrant Edge."""
    projects = [job.project() for job in JOBS]
    saved = {project.id: project for project in projects}
    folder: Path = tmp_path_factory.mktemp("judged")
    index = EdgeSearchIndex(folder / "search")
    needs: dict[str, Any] = {
        "collections": MemoryCollections(),
        "index": index,
        "projects": MemoryFindableProjects(saved),
    }
    embedder = shelf(PACKAGED, ExportedModels(exports))
    await start_search(collections=needs["collections"], embedder=embedder)
    await embedder.loaded()
    await reindex(keeping=keeping(embedder, needs))
    keys = {project.id: job.key for project, job in zip(projects, JOBS, strict=True)}
    yield Search(embedder, needs, keys)
    index.close()
    embedder.close()


async def test_words_alone_find_german(search: Search) -> None:
    """Character n-grams find what shares words in any form; paraphrases need more than words."""
    quality = await search.quality(WordEmbedder(phase=Phase.LOADING))
    assert quality["all"] >= 0.90
    for kind in ("words", "umlaut", "number", "typo"):
        assert quality[kind] == 1.0
    for kind in ("compound", "inflection"):
        assert quality[kind] >= 0.90


async def test_a_weak_model_drags_nothing_down(search: Search) -> None:
    """With the packaged English model each kind is found as well as by words alone, at least."""
    words = await search.quality(WordEmbedder(phase=Phase.LOADING))
    both = await search.quality(search.embedder)
    assert all(both[kind] >= words[kind] - 0.01 for kind in words)


async def test_the_index_follows_with_the_real_model(search: Search) -> None:
    """Indexing again and the statistics work over the real adapters."""
    ids = list(search.keys)[:10]
    done = await index_projects(ids, keeping=keeping(search.embedder, search.needs))
    assert done.indexed == 10
    stats = await index_stats(
        actor=SYSTEM,
        collections=search.needs["collections"],
        index=search.needs["index"],
        embedder=search.embedder,
    )
    assert (stats.status, stats.points, stats.dimensions) == (IndexStatus.READY, 60, 384)


async def test_a_batch_of_the_greatest_size(search: Search) -> None:
    """Fifty queries at once each find what they find alone."""
    queries = [Query(judged.query, top_k=1, threshold=0.0) for judged in QUERIES[:50]]
    batch = await batch_similar(queries, actor=SYSTEM, embedder=search.embedder, **search.needs)
    for query, answer in zip(queries, batch.results, strict=True):
        alone = await find_similar(query, actor=SYSTEM, embedder=search.embedder, **search.needs)
        assert [found.id for found in answer.results] == [found.id for found in alone.results]
