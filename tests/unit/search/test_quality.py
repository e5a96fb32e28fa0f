"""How well judged queries are answered."""

from uuid import UUID

import pytest
from tests.unit.search.test_finding import VIEWER, Search, search

from handwerk.adapters.memory.search import MemoryFirmWords
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Forbidden, InvalidInput
from handwerk.domain.search.model import Phase, SimilarProject, Why
from handwerk.domain.search.quality import (
    MAX_QUERIES,
    JudgedQuery,
    checked,
    figures,
    first_hit,
    hits,
)
from handwerk.domain.search.use_cases.finding import Searching
from handwerk.domain.search.use_cases.knowing import FirmLexicon
from handwerk.domain.search.use_cases.measuring import search_quality

__all__ = ["search"]  # a fixture
MANAGER = Actor(user_id=None, role=Role.MANAGER)


def found(*names: str) -> list[SimilarProject]:
    return [
        SimilarProject(UUID(int=place), name, "Möbel", 0.5, None, "", Why())
        for place, name in enumerate(names)
    ]


def test_a_name_in_any_case_or_an_id_is_right() -> None:
    """And nothing beyond the first ten counts."""
    judged = JudgedQuery("x", ("schrank", str(UUID(int=2))))
    assert hits(judged, found("Schrank", "Tür", "Bett"))[0] == [True, False, True]
    assert first_hit(hits(judged, found(*"abcdefghijk", "Schrank"))) == 3
    assert first_hit(hits(JudgedQuery("x", ("Schrank",)), found(*"abcdefghij", "Schrank"))) is None


def test_the_figures_are_those_of_the_literature() -> None:
    """First place and second place of one right answer; one of two on the first place; none."""
    first, second = ([True], 1), ([False, True], 1)
    assert figures([first]).mrr_at_10 == figures([first]).ndcg_at_10 == 1.0
    assert figures([second]).mrr_at_10 == 0.5
    assert figures([second]).ndcg_at_10 == pytest.approx(0.6309)
    assert figures([([True], 2)]).ndcg_at_10 == pytest.approx(0.6131, abs=1e-4)
    told = figures([first, ([False], 1)])
    assert (told.mrr_at_10, told.hit_at_10) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (JudgedQuery("", ("x",)), "queries[0].query"),
        (JudgedQuery("x", ()), "queries[0].relevant"),
        (JudgedQuery("x", (" ",)), "queries[0].relevant"),
        (JudgedQuery("x", ("x",), "k" * 101), "queries[0].kind"),
    ],
)
def test_a_bad_judgement_is_named(query: JudgedQuery, field: str) -> None:
    """By its place and field."""
    with pytest.raises(InvalidInput) as caught:
        checked([query])
    assert {error.field for error in caught.value.errors} == {field}


@pytest.mark.parametrize("number", [0, MAX_QUERIES + 1])
def test_the_number_of_queries_is_bounded(number: int) -> None:
    """None, or too many."""
    with pytest.raises(InvalidInput, match="queries"):
        checked([JudgedQuery("x", ("x",))] * number)


def searching(search: Search) -> Searching:
    words = MemoryFirmWords(search.saved)
    needs = search.needs
    return Searching(
        needs["collections"],
        needs["index"],
        needs["embedder"],
        needs["projects"],
        FirmLexicon(words),
    )


async def test_each_leg_is_measured(search: Search) -> None:
    """By words, by meaning and by both, over all and by kind, each query with its places."""
    queries = [
        JudgedQuery("Wandschrank Eiche massiv", ("Einbauschrank Diele Familie Brandt",), "words"),
        JudgedQuery("Couchtisch", ("Kleiner Tisch Wohnzimmer",), "compound"),
        JudgedQuery("Raumschiff", ("nicht da",)),
    ]
    told = await search_quality(queries, actor=MANAGER, searching=searching(search))
    assert told.model == "words-256"
    assert set(told.by_kind) == {"words", "compound"}
    assert told.by_kind["words"].hybrid.mrr_at_10 == 1.0
    assert told.overall.dense is not None
    assert told.overall.hybrid.hit_at_10 == pytest.approx(2 / 3, abs=1e-4)
    assert [one.hybrid for one in told.queries] == [1, 1, None]


async def test_without_a_model_there_is_no_dense_leg(search: Search) -> None:
    """The report says so rather than calling it nought."""
    search.embedder.become(Phase.LOADING)
    queries = [JudgedQuery("Wandschrank", ("Einbauschrank Diele Familie Brandt",))]
    told = await search_quality(queries, actor=MANAGER, searching=searching(search))
    assert (told.model, told.overall.dense, told.queries[0].dense) == (None, None, None)
    assert told.overall.hybrid == told.overall.lexical


async def test_measuring_needs_the_permission(search: Search) -> None:
    """A viewer may search, not measure."""
    with pytest.raises(Forbidden):
        await search_quality([JudgedQuery("x", ("x",))], actor=VIEWER, searching=searching(search))
