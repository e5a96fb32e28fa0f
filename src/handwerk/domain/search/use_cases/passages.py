"""Asking which documents say something, and on which page."""

import asyncio
from uuid import UUID

from handwerk.domain.kernel import degradation
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.asking import Asked
from handwerk.domain.search.marking import Marker
from handwerk.domain.search.model import (
    Collection,
    DocumentPassage,
    Evidence,
    Filters,
    FoundPassage,
    FoundPassages,
    Kind,
)
from handwerk.domain.search.overlap import Wording, overlap, wording_of
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindablePassages,
    Lexicons,
    SearchIndex,
)
from handwerk.domain.search.ranking import fused, trusted
from handwerk.domain.search.scale import WORDS_ALONE, scale_of
from handwerk.domain.search.standby import AWAY, BEHIND, sought
from handwerk.domain.search.use_cases.finding import Turns, meant

# So many passages are looked at by their words, and as many by their meaning.
CANDIDATES = 300
# Whoever looks for a document knows words of it; what is less alike on the one scale is chance.
LEAST = 0.2


class BestPassages:
    """Finds documents by their passages. Documents ask it."""

    def __init__(
        self,
        collections: Collections,
        index: SearchIndex,
        embedder: Embedder,
        passages: FindablePassages,
        lexicons: Lexicons,
    ) -> None:
        self._collections = collections
        self._index = index
        self._embedder = embedder
        self._passages = passages
        self._lexicons = lexicons

    async def found(
        self, text: str, project_id: UUID | None, skip: int, limit: int
    ) -> FoundPassages:
        """The best passage of each document that answers `text`, the best document first.

        While the model is loading the words decide alone, and so they do while the index is away or
        still empty: then the saved passages are asked.
        """
        active, lexicon = await asyncio.gather(
            self._collections.active(Kind.DOCUMENT), self._lexicons.current()
        )
        asked, filters = Asked.of(text, lexicon), Filters(project_id=project_id)
        try:
            order, cosines = await self._in_index(text, asked, active, filters)
        except Unavailable:
            order, cosines = await self._saved(asked, filters, AWAY), {}
        saved = {each.id: each for each in await self._passages.of(order)} if order else {}
        best: dict[UUID, tuple[float, DocumentPassage, Wording]] = {}
        scale, turns = WORDS_ALONE if active is None else scale_of(active.model), Turns()
        for known in filter(saved.__contains__, order):
            passage = saved[known]
            wording = wording_of(passage.text)
            meaning = scale.similarity(cosines[known]) if known in cosines else None
            score = Evidence(overlap(asked, wording), meaning).similarity
            # Of equals the first stays, which the fusion of words and meaning prefers.
            if score >= LEAST and score > best.get(passage.document_id, (0.0,))[0]:
                best[passage.document_id] = (score, passage, wording)
            await turns.take()
        ranking = sorted(best.values(), key=lambda found: -found[0])
        marker = Marker(asked)
        shown = [_told(marker, *found) for found in ranking[skip : skip + limit]]
        return FoundPassages(shown, len(ranking))

    async def _in_index(
        self, text: str, asked: Asked, active: Collection | None, filters: Filters
    ) -> tuple[list[UUID], dict[UUID, float]]:
        """What the index finds; while nothing is in it yet, what is saved."""
        if active is not None:
            found = await self._candidates(text, asked, active, filters)
            if found[0] or await self._index.count(active):
                return found
        return await self._saved(asked, filters, BEHIND), {}

    async def _saved(self, asked: Asked, filters: Filters, why: str) -> list[UUID]:
        """Passages that hold the words, where the index can't be asked."""
        found = await self._passages.worded(sought(asked), filters, CANDIDATES)
        if why == AWAY or found:
            degradation.notice(degradation.SEARCH, why)
        return found

    async def _candidates(
        self, text: str, asked: Asked, active: Collection, filters: Filters
    ) -> tuple[list[UUID], dict[UUID, float]]:
        """Passages that words or meaning bring, in the order of their fusion, and cosines."""
        [meaning] = await meant([text], active, self._embedder)
        legs = await self._index.search(active, asked.sparse(), meaning, filters, CANDIDATES)
        weight = scale_of(active.model).weight
        legs = trusted(legs, weight, CANDIDATES // 10)
        return fused(legs, weight), legs.cosines


def _told(marker: Marker, score: float, passage: DocumentPassage, wording: Wording) -> FoundPassage:
    _, snippet = marker.told(wording, None)
    return FoundPassage(passage.document_id, passage.page, score, snippet, passage.text)
