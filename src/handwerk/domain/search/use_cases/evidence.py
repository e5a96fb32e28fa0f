"""Past jobs as evidence for a price."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Protocol, Self
from uuid import UUID

import msgspec

from handwerk.domain.search.model import MAX_BATCH, By, Filters, Query
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindableProjects,
    Lexicons,
    SearchIndex,
)
from handwerk.domain.search.use_cases.finding import Near, Nearest, Searching

# On the one scale; what is less alike is no evidence.
THRESHOLD = 0.3
# Of a description the beginning says what the job is; all of a long one would take as long to
# compare as the price to work out.
MAX_TEXT = 600


class Asked(Protocol):
    """What a job is like: its words, the last day that counts, and the job itself if it is one."""

    @property
    def text(self) -> str:
        """Its words."""
        ...

    @property
    def known_by(self) -> date:
        """The last day that counts."""
        ...

    @property
    def besides(self) -> UUID | None:
        """The job itself, which is no evidence."""
        ...


class FinishedJob(msgspec.Struct, frozen=True):
    """A finished job, and how similar it is (0 to 1)."""

    id: UUID
    name: str
    project_type: str
    similarity_score: float
    final_price: Decimal | None
    project_date: date

    @classmethod
    def of(cls, near: Near) -> Self:
        """What was found."""
        job = near.project
        similarity = near.evidence.similarity
        return cls(
            job.id, job.name, job.project_type, similarity, job.final_price, job.project_date
        )


class FinishedJobsLike:
    """Finds finished jobs like a described one. Pricing asks it."""

    def __init__(
        self,
        collections: Collections,
        index: SearchIndex,
        embedder: Embedder,
        projects: FindableProjects,
        lexicons: Lexicons,
    ) -> None:
        self._searching = Searching(collections, index, embedder, projects, lexicons)

    async def similar(self, asked: Sequence[Asked], limit: int) -> Sequence[Sequence[FinishedJob]]:
        """For each the nearest finished projects dated `known_by` or before, most similar first.

        Questions in the same words are looked up once.
        """
        # One more, in case `besides` is among them.
        queries = {
            (one.text, one.known_by): Query(
                one.text[:MAX_TEXT],
                limit + 1,
                THRESHOLD,
                Filters(is_finalized=True, to_date=one.known_by),
                By.SPARING,
            )
            for one in asked
        }
        nearest: list[Nearest] = []
        for some in batched(queries.values(), MAX_BATCH):
            nearest += await self._searching.nearest(some)
        jobs = {
            question: [FinishedJob.of(near) for near in one.found]
            for question, one in zip(queries, nearest, strict=True)
        }
        return [
            [job for job in jobs[one.text, one.known_by] if job.id != one.besides][:limit]
            for one in asked
        ]


def batched(queries: Iterable[Query], size: int) -> Iterator[list[Query]]:
    """The queries in lists of at most `size`."""
    remaining = iter(queries)
    while some := list(islice(remaining, size)):
        yield some
