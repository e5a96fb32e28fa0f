"""Vectors of queries that were asked a moment ago."""

import threading
from array import array
from collections import OrderedDict

from handwerk.domain.search.model import Vector
from handwerk.domain.search.ports import EmbedderCounts

# Of 384 numbers in 4 bytes each: 6 MB and the texts, at most 8 MB more.
MOST = 4_096


class Remembered:
    """The last `most` vectors by model and text; the one not asked for the longest time goes."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._vectors: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._lock = threading.Lock()
        self._hits = self._misses = 0

    @property
    def counts(self) -> EmbedderCounts:
        """How often a vector was there, and how often it was not."""
        return EmbedderCounts(self._hits, self._misses)

    def get(self, model: str, text: str) -> Vector | None:
        """The vector, if it is remembered."""
        with self._lock:
            vector = self._vectors.get((model, text))
            if vector is None:
                self._misses += 1
                return None
            self._hits += 1
            self._vectors.move_to_end((model, text))
            return vector

    def put(self, model: str, text: str, vector: Vector) -> None:
        """Remember `vector`."""
        with self._lock:
            self._vectors[model, text] = array("f", vector)
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)

    def forget(self, model: str) -> None:
        """Forget what a model has said."""
        with self._lock:
            for key in [key for key in self._vectors if key[0] == model]:
                del self._vectors[key]
