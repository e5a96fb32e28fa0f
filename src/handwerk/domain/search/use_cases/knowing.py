"""The words that a search knows, kept up to date behind the searches."""

import asyncio
from time import monotonic

from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.lexicon import NO_VOCABULARY, Lexicon, Vocabulary
from handwerk.domain.search.ngrams import folded
from handwerk.domain.search.ports import FirmWords

# Seconds after which the firm's texts are looked through again. Its own synonyms are read anew for
# each search: who adds one wants to see it work.
FRESH_FOR = 600.0


class TradeLexicon:
    """The thesaurus alone, for whoever has no firm at hand."""

    async def current(self) -> Lexicon:
        """The lexicon of the trade."""
        return Lexicon(NO_VOCABULARY)


class FirmLexicon:
    """The firm's lexicon. It belongs to one event loop."""

    def __init__(self, words: FirmWords) -> None:
        self._words = words
        self._vocabulary = NO_VOCABULARY
        self._lexicon = Lexicon(NO_VOCABULARY)
        self._own: tuple[str, ...] = ()
        self._read_at: float | None = None
        self._reading: asyncio.Task[None] | None = None

    async def current(self) -> Lexicon:
        """The lexicon with the firm's synonyms of now; its texts are read behind this."""
        self._refresh()
        own = await self._words.groups()
        if own != self._own:
            self._own = own
            self._lexicon = Lexicon(self._vocabulary, own)
        return self._lexicon

    async def read(self) -> None:
        """Look through the firm's texts now."""
        counts, texts = await self._words.vocabulary()
        # Tens of thousands of words: in a thread, for the sake of whoever searches meanwhile.
        self._vocabulary = await asyncio.to_thread(_vocabulary, counts, texts)
        self._lexicon = Lexicon(self._vocabulary, self._own)

    def _refresh(self) -> None:
        if self._read_at is None or monotonic() - self._read_at > FRESH_FOR:
            self._read_at = monotonic()
            self._reading = asyncio.get_running_loop().create_task(self._read_if_possible())

    async def _read_if_possible(self) -> None:
        try:
            await self.read()
        except Unavailable:
            self._read_at = None  # The next search tries again.


def _vocabulary(counts: dict[str, int], texts: int) -> Vocabulary:
    by_word: dict[str, int] = {}
    for word, count in counts.items():
        plain = folded(word)
        by_word[plain] = by_word.get(plain, 0) + count
    return Vocabulary(by_word, texts)
