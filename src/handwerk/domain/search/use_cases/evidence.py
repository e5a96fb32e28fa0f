"""Past jobs as evidence for a price."""

from datetime import date
from uuid import UUID

from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.search.model import MAX_QUERY, Filters, Query, SimilarProject
from handwerk.domain.search.ports import Collections, Embedder, FindableProjects, SearchIndex
from handwerk.domain.search.use_cases.finding import find_similar

# On the one scale; what is less alike is no evidence.
THRESHOLD = 0.3


class FinishedJobsLike:
    """Finds finished jobs like a described one. Pricing asks it."""

    def __init__(
        self,
        collections: Collections,
        index: SearchIndex,
        embedder: Embedder,
        projects: FindableProjects,
    ) -> None:
        self._collections = collections
        self._index = index
        self._embedder = embedder
        self._projects = projects

    async def similar(
        self, text: str, *, known_by: date, limit: int, besides: UUID | None
    ) -> list[SimilarProject]:
        """The nearest finished projects dated `known_by` or before, most similar first."""
        finished = Filters(is_finalized=True, to_date=known_by)
        # One more, in case `besides` is among them.
        answer = await find_similar(
            Query(text[:MAX_QUERY], limit + 1, THRESHOLD, finished),
            actor=SYSTEM,
            collections=self._collections,
            index=self._index,
            embedder=self._embedder,
            projects=self._projects,
        )
        return [found for found in answer.results if found.id != besides][:limit]
