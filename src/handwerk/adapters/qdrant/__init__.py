"""Qdrant as the search index: its engine in this process, or a server.

`edge.py` speaks qdrant-edge-py, `server.py` qdrant-client; their classes differ, what they keep
(`layout.py`) does not, and one contract test runs over both.
"""

from handwerk.adapters.qdrant.edge import EdgeSearchIndex
from handwerk.adapters.qdrant.guarded import GuardedIndex
from handwerk.domain.search.ports import SearchIndex

__all__ = ["EdgeSearchIndex", "server_index"]


def server_index(url: str, shards: int | None = None, replicas: int | None = None) -> SearchIndex:
    """The index on the Qdrant server at `url` (`http://:key@host:6333`, the API key optional).

    In a cluster new collections have so many shards, each so many times.
    """
    # qdrant-client takes 80 MB and most of a second: only who uses a server shall pay for it.
    from handwerk.adapters.qdrant.server import QdrantSearchIndex, Spread  # noqa: PLC0415  # said above

    return GuardedIndex(QdrantSearchIndex.at(url, Spread(shards, replicas)))
