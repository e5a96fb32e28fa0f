"""Embeddings by sentence-transformers, loaded behind the start.

Importing this takes no torch: `locating.py` finds a model's files, `embedder.py` loads and uses
them in a thread of its own.
"""

from handwerk.adapters.sentence_transformers.embedder import TransformerEmbedder

__all__ = ["TransformerEmbedder"]
