"""Past jobs as evidence for a price."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Protocol
from uuid import UUID

from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.search.model import (
    MAX_BATCH,
    MAX_QUERY,
    Answer,
    Filters,
    Query,
    SimilarProject,
)
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindableProjects,
    Lexicons,
    SearchIndex,
)
from handwerk.domain.search.use_cases.finding import batch_similar

# On the one scale; what is less alike is no evidence.
THRESHOLD = 0.3


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
        self._collections = collections
        self._index = index
        self._embedder = embedder
        self._projects = projects
        self._lexicons = lexicons

    async def similar(
        self, asked: Sequence[Asked], limit: int
    ) -> Sequence[Sequence[SimilarProject]]:
        """For each the nearest finished projects dated `known_by` or before, most similar first.

        Questions in the same words are looked up once.
        """
        # One more, in case `besides` is among them.
        queries = {
            (one.text, one.known_by): Query(
                one.text[:MAX_QUERY],
                limit + 1,
                THRESHOLD,
                Filters(is_finalized=True, to_date=one.known_by),
            )
            for one in asked
        }
        answers: list[Answer] = []
        for some in batched(queries.values(), MAX_BATCH):
            answers += (
                await batch_similar(
                    some,
                    actor=SYSTEM,
                    collections=self._collections,
                    index=self._index,
                    embedder=self._embedder,
                    projects=self._projects,
                    lexicons=self._lexicons,
                )
            ).results
        found = dict(zip(queries, answers, strict=True))
        return [
            [job for job in found[one.text, one.known_by].results if job.id != one.besides][:limit]
            for one in asked
        ]


def batched(queries: Iterable[Query], size: int) -> Iterator[list[Query]]:
    """The queries in lists of at most `size`."""
    remaining = iter(queries)
    while some := list(islice(remaining, size)):
        yield some
