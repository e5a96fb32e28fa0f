"""Models at work, whatever runs them: loaded behind the start, asked in one thread, remembered."""

from handwerk.adapters.embedding.shelf import ModelShelf

__all__ = ["ModelShelf"]
