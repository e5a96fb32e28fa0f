"""Models run by sentence-transformers, and written down by it for a faster engine.

Importing this takes no torch: `locating.py` finds a model's files, `encoder.py` opens them,
`exporting.py` has them written down by another process.
"""

from handwerk.adapters.sentence_transformers.encoder import TorchEncoder
from handwerk.adapters.sentence_transformers.exporting import ExportedModels
from handwerk.adapters.sentence_transformers.locating import locate, objection

__all__ = ["ExportedModels", "TorchEncoder", "locate", "objection"]
