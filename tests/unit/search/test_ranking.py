"""From what an index found to what is answered."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.model import By, Evidence, Legs, Query
from handwerk.domain.search.ranking import fused, leg_limit, ranked

A, B, C, D = (UUID(int=number) for number in range(4))
shares = st.floats(0, 1)
evidence = st.builds(Evidence, overlap=shares, meaning=st.none() | shares)
candidates = st.dictionaries(st.uuids(), evidence, max_size=12)


def test_what_both_legs_found_comes_before_what_one_found() -> None:
    """With equal weights, two second places beat one first place."""
    assert fused(Legs(words=(A, B), meaning=(C, B)), weight=1.0)[0] == B


def test_a_weak_meaning_reorders_no_words() -> None:
    """With a small weight the words' order stays, and what only meaning found comes last."""
    words, meaning = (A, B, C), (D, C, B)
    assert fused(Legs(words, meaning), weight=0.05) == [A, B, C, D]


def test_a_weight_of_one_half_lets_meaning_speak() -> None:
    """With a larger weight, the first by meaning passes the words' neighbours."""
    assert fused(Legs((A, B, C), (C, D)), weight=0.5)[0] == C


def test_nothing_found_is_nothing_fused() -> None:
    """Empty legs answer an empty list."""
    assert fused(Legs(), weight=1.0) == []


@given(st.lists(st.uuids(), unique=True), st.lists(st.uuids(), unique=True), shares)
def test_fusion_keeps_everything_once(
    words: list[UUID], meaning: list[UUID], weight: float
) -> None:
    """Each of what either leg found is there, and once."""
    both = fused(Legs(tuple(words), tuple(meaning)), weight)
    assert sorted(both) == sorted({*words, *meaning})


def test_the_larger_share_is_the_similarity() -> None:
    """Alike by words or by meaning: either is enough, and no model is no harm."""
    assert Evidence(0.2, 0.7).similarity == Evidence(0.7, 0.2).similarity == 0.7
    assert Evidence(0.2, None).similarity == 0.2


def test_equal_scores_keep_the_order_of_the_fusion() -> None:
    """Among equals the candidate that the fusion put first stays first."""
    equal = {B: Evidence(1.0, None), A: Evidence(1.0, None), C: Evidence(0.5, 1.0)}
    assert [known for known, _ in ranked(equal, Query("x"))] == [B, A, C]


@given(candidates, st.integers(1, 12), shares)
def test_results_stand_in_the_order_of_their_scores(
    found: dict[UUID, Evidence], top_k: int, threshold: float
) -> None:
    """At most `top_k`, none below the threshold, none before a better one."""
    results = ranked(found, Query("x", top_k, threshold))
    scores = [each.similarity for _, each in results]
    assert len(results) <= top_k
    assert scores == sorted(scores, reverse=True)
    assert all(score >= threshold for score in scores)


@given(candidates, st.integers(1, 12), shares, shares)
def test_a_threshold_cuts_off_a_tail(
    found: dict[UUID, Evidence], top_k: int, one: float, other: float
) -> None:
    """What a higher threshold leaves is the beginning of what a lower one answers."""
    low, high = sorted((one, other))
    many = ranked(found, Query("x", top_k, low))
    few = ranked(found, Query("x", top_k, high))
    assert many[: len(few)] == few


@given(candidates, st.integers(1, 11), shares)
def test_more_results_begin_with_the_fewer(
    found: dict[UUID, Evidence], top_k: int, threshold: float
) -> None:
    """Asking for more adds at the end."""
    few = ranked(found, Query("x", top_k, threshold))
    more = ranked(found, Query("x", top_k + 1, threshold))
    assert more[: len(few)] == few


@given(candidates)
def test_a_threshold_of_zero_drops_nothing(found: dict[UUID, Evidence]) -> None:
    """The nearest are answered whatever their score."""
    assert len(ranked(found, Query("x", 100, 0.0))) == len(found)


@given(st.integers(1, 100), st.sampled_from(By))
def test_each_leg_brings_more_than_is_answered(top_k: int, by: By) -> None:
    """No leg alone can run short of candidates."""
    assert leg_limit(Query("x", top_k, by=by)) >= top_k * 2
