"""A model run by sentence-transformers and torch: it opens every model, slowly."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from handwerk.domain.search.model import Vector

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The E5 family was trained with these in front of its texts, but its files don't say so.
E5 = re.compile(r"(^|/)(multilingual-)?e5-")
_E5_PROMPTS = {"query": "query: ", "document": "passage: "}
# torch and the tokenizers read these when they are imported. Two threads under load were ten times
# slower than one; the other two keep the hub's library from telling the world, and the terminal.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


class TorchEncoder:
    """The model in `folder`; its name tells whether it needs prompts that its files keep back."""

    def __init__(self, name: str, folder: Path) -> None:
        self.model = opened(name, folder)
        read = self.model.max_seq_length or 512
        marks = self.model.tokenizer.num_special_tokens_to_add(pair=False)
        prompts = [each for each in self.model.prompts.values() if each]
        prompt = max(map(self.count, prompts), default=0)
        self.longest = max(8, read - marks - prompt)
        self.engine = "sentence-transformers"

    def count(self, text: str) -> int:
        """How many tokens `text` is."""
        return len(self.model.tokenizer.encode(text, add_special_tokens=False, verbose=False))

    def encode(self, texts: Sequence[str], prompt: Literal["query", "document"]) -> list[Vector]:
        """The vectors of `texts`, of length 1; what is longer than the model reads is cut by it."""
        vectors = self.model.encode(
            list(texts),
            prompt_name=prompt,
            batch_size=32,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return [vector.tolist() for vector in vectors]


def prepare_environment() -> None:
    """Set what torch and the hub's library read when they are imported."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def opened(name: str, folder: Path, **more: object) -> "SentenceTransformer":
    """The model, ready to be asked."""
    prepare_environment()
    # Imported here: torch takes 400 MB and 5 seconds, which the start can't wait for.
    import torch  # noqa: PLC0415  # said above
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # said above
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415  # said above

    torch.set_num_threads(1)
    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it bare
    return SentenceTransformer(
        str(folder),
        device="cpu",
        prompts=_E5_PROMPTS if E5.search(name) else None,
        local_files_only=True,
        model_kwargs={"use_safetensors": True, **more},
    )
