"""Searching while the index is away or still empty."""

from typing import Any

import pytest
from tests.unit.search.craft_jobs import JOBS
from tests.unit.search.test_finding import VIEWER, Search

from handwerk.adapters.memory.search_index import MemorySearchIndex
from handwerk.domain.kernel import degradation
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.asking import Asked
from handwerk.domain.search.lexicon import NO_VOCABULARY, Lexicon
from handwerk.domain.search.model import Answer, By, IndexStatus, Query
from handwerk.domain.search.standby import AWAY, BEHIND, MOST, sought
from handwerk.domain.search.use_cases.finding import Searching, find_similar, index_stats
from handwerk.domain.search.use_cases.indexing import reindex
from handwerk.domain.search.use_cases.knowing import TradeLexicon


class AwayIndex(MemorySearchIndex):
    """An index that does not answer as long as `is_away`."""

    is_away = False

    async def search(self, *asked: Any, **more: Any) -> Any:
        """Not answered while away."""
        self._answer()
        return await super().search(*asked, **more)

    async def count(self, *asked: Any) -> int:
        """Likewise."""
        self._answer()
        return await super().count(*asked)

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable("The search index does not answer.")


class Shaky(Search):
    """A search whose index can be sent away."""

    def __init__(self) -> None:
        super().__init__([job.project() for job in JOBS[:20]])
        self.index: AwayIndex = AwayIndex()


@pytest.fixture
async def search() -> Shaky:
    """Twenty jobs, indexed."""
    search = Shaky()
    await reindex(keeping=search.keeping())
    return search


async def _found(search: Search, text: str, **asked: Any) -> Answer:
    with degradation.noticing({}):
        return await search.find(text, **asked)


async def test_what_is_found_by_words_is_found_without_the_index(search: Shaky) -> None:
    """The same project first, its score on the same scale, and the answer says why it is fewer."""
    for text in ("Wandschränke aus Eiche", "Buecherregal Nussbaum", "Hochbett mit Rutsche"):
        search.index.is_away = False
        usual = await _found(search, text)
        assert usual.degraded is None
        search.index.is_away = True
        answer = await _found(search, text)
        assert answer.degraded == AWAY
        assert answer.results[0].id == usual.results[0].id
        assert 0.3 <= answer.results[0].similarity_score <= usual.results[0].similarity_score
        assert answer.results[0].why.meaning is None


async def test_filters_threshold_and_number_hold_without_the_index(search: Shaky) -> None:
    """As they do with it."""
    search.index.is_away = True
    answer = await _found(search, "Schrank Eiche", top_k=2, threshold=0.0)
    assert len(answer.results) == 2
    assert (await _found(search, "Schrank Eiche", project_type="gibt es nicht")).results == []
    strict = await _found(search, "Eiche", threshold=0.6)
    assert all(one.similarity_score >= 0.6 for one in strict.results)


async def test_an_index_still_empty_is_helped_out(search: Shaky) -> None:
    """Right after an import the saved projects are found; it says that the index is behind."""
    fresh = Search(list(search.saved.values()))
    answer = await _found(fresh, "Buecherregal Nussbaum")
    assert (answer.results[0].name, answer.degraded) == ("Bibliothek Anwaltskanzlei", BEHIND)


async def test_nothing_found_is_no_degradation(search: Shaky) -> None:
    """A question that no job answers gets the index's own, empty answer, as does an empty firm."""
    assert (await _found(search, "xyzzy")).degraded is None
    empty = await _found(Search([]), "Schrank")
    assert (empty.results, empty.degraded) == ([], None)


async def test_meaning_alone_finds_nothing_without_the_index(search: Shaky) -> None:
    """It is not passed off as words."""
    search.index.is_away = True
    query = Query("Wandschrank", by=By.MEANING)
    answer = await find_similar(query, actor=VIEWER, **search.needs)
    assert answer.results == []


async def test_prices_keep_their_evidence(search: Shaky) -> None:
    """Finished jobs are found by their words for a prediction, too."""
    search.index.is_away = True
    missed: degradation.Missed = {}
    searching = Searching(**search.needs, lexicons=TradeLexicon())
    with degradation.noticing(missed):
        [nearest] = await searching.nearest([Query("Bibliothek Nussbaum")])
    assert nearest.found[0].project.name == "Bibliothek Anwaltskanzlei"
    assert missed == {degradation.SEARCH: AWAY}


async def test_the_statistics_say_that_the_index_is_away(search: Shaky) -> None:
    """With no points, instead of not answering."""
    search.index.is_away = True
    needs = {name: search.needs[name] for name in ("collections", "index", "embedder")}
    stats = await index_stats(actor=VIEWER, **needs)
    assert (stats.points, stats.status) == (0, IndexStatus.AWAY)


def test_a_query_is_looked_for_by_few_letters() -> None:
    """Words without endings, stems, synonyms, digits; never less than three letters."""
    asked = Asked.of("Schränke RG 4050 aus Eiche für Sofas " * 20, Lexicon(NO_VOCABULARY))
    found = sought(asked)
    assert {"schraen", "schrank", "eich", "couch"} & {one.letters for one in found}
    assert "405" in {one.letters for one in found}
    assert len(found) <= MOST
    assert all(len(one.letters) >= 3 and one.weight > 0 for one in found)
    assert sought(Asked.of("a b", Lexicon(NO_VOCABULARY))) == []
