"""How well queries are answered whose right answers are known.

MRR@10 is the mean of 1 / the place of the first right answer, nDCG@10 (Järvelin and Kekäläinen
2002) rewards every right answer by how far up it stands, hit@10 is the share of queries with a
right answer at all; each looks at the first ten and is from 0 to 1.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.search.migration import MAX_RELEVANT
from handwerk.domain.search.model import MAX_QUERY, SimilarProject

TOP = 10
MAX_QUERIES = 500
MAX_KIND = 100


class JudgedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A query with the names or ids of all projects that are right answers.

    A name stands for every project of that name. `kind` says what makes the query hard.
    """

    query: str
    relevant: tuple[str, ...]
    kind: str = ""


class Figures(msgspec.Struct, frozen=True):
    """How well some queries were answered."""

    mrr_at_10: float
    ndcg_at_10: float
    hit_at_10: float


class ByLeg(msgspec.Struct, frozen=True):
    """The figures by words alone, by meaning alone (`None` without a model), and by both."""

    queries: int
    lexical: Figures
    dense: Figures | None
    hybrid: Figures


class JudgedAnswer(msgspec.Struct, frozen=True):
    """Where the first right answer stood in each way, `None` where it was not among ten."""

    query: str
    kind: str
    lexical: int | None
    dense: int | None
    hybrid: int | None


class QualityReport(msgspec.Struct, frozen=True):
    """The figures over all queries and by their kind, and every query by itself."""

    model: str | None
    overall: ByLeg
    by_kind: dict[str, ByLeg]
    queries: list[JudgedAnswer]


# Which of the first ten answers were right, and how many right ones there are.
Hits = tuple[Sequence[bool], int]


def checked(queries: Sequence[JudgedQuery]) -> list[JudgedQuery]:
    """`queries` trimmed; `InvalidInput` names all that is wrong."""
    if not 1 <= len(queries) <= MAX_QUERIES:
        raise InvalidInput.of("queries", f"must have 1 to {MAX_QUERIES} entries")
    checks = Checks()
    sound = [_checked(one, f"queries[{place}]", checks) for place, one in enumerate(queries)]
    checks.refuse_if_any()
    return sound


def _checked(judged: JudgedQuery, field: str, checks: Checks) -> JudgedQuery:
    count = len(judged.relevant)
    bounds = f"must have 1 to {MAX_RELEVANT} entries"
    checks.that(1 <= count <= MAX_RELEVANT, f"{field}.relevant", bounds)
    relevant = [
        checks.text(f"{field}.relevant", each, MAX_QUERY, shortest=1) or ""
        for each in judged.relevant[:MAX_RELEVANT]
    ]
    return JudgedQuery(
        checks.text(f"{field}.query", judged.query, MAX_QUERY, shortest=1) or "",
        tuple(relevant),
        checks.text(f"{field}.kind", judged.kind, MAX_KIND) or "",
    )


def hits(judged: JudgedQuery, found: Sequence[SimilarProject]) -> Hits:
    """Which of the answers to a query were right."""
    wanted = {each.casefold() for each in judged.relevant}
    right = [bool({one.name.casefold(), str(one.id)} & wanted) for one in found[:TOP]]
    return right, max(len(wanted), sum(right))


def first_hit(told: Hits) -> int | None:
    """The place of the first right answer, from 1 on."""
    right, _ = told
    return right.index(True) + 1 if True in right else None


def figures(answers: Iterable[Hits]) -> Figures:
    """The figures of some queries, of which there is one at least."""
    told = list(answers)
    places = [first_hit(one) for one in told]
    return Figures(
        mrr_at_10=round(fmean(1 / place if place else 0.0 for place in places), 4),
        ndcg_at_10=round(fmean(_gain(*one) for one in told), 4),
        hit_at_10=round(fmean(place is not None for place in places), 4),
    )


def report(
    model: str | None,
    queries: Sequence[JudgedQuery],
    legs: Mapping[str, Sequence[Hits]],
) -> QualityReport:
    """The report on `queries` from the hits of each leg, in their order; no `dense`, no model."""
    kinds: defaultdict[str, list[int]] = defaultdict(list)
    for place, judged in enumerate(queries):
        if judged.kind:
            kinds[judged.kind].append(place)
    return QualityReport(
        model=model,
        overall=_by_leg(legs, range(len(queries))),
        by_kind={kind: _by_leg(legs, kinds[kind]) for kind in sorted(kinds)},
        queries=[_answer(judged, legs, place) for place, judged in enumerate(queries)],
    )


def _by_leg(legs: Mapping[str, Sequence[Hits]], places: Sequence[int]) -> ByLeg:
    told = {leg: figures(answers[place] for place in places) for leg, answers in legs.items()}
    return ByLeg(len(places), told["lexical"], told.get("dense"), told["hybrid"])


def _answer(judged: JudgedQuery, legs: Mapping[str, Sequence[Hits]], place: int) -> JudgedAnswer:
    first = {leg: first_hit(answers[place]) for leg, answers in legs.items()}
    return JudgedAnswer(
        judged.query, judged.kind, first["lexical"], first.get("dense"), first["hybrid"]
    )


def _gain(right: Sequence[bool], relevant: int) -> float:
    """The discounted gain as a share of the greatest possible."""
    gained = sum(1 / math.log2(place + 2) for place, hit in enumerate(right) if hit)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(relevant, TOP)))
