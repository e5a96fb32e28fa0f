"""A model in the folder of an export: its graph, its tokenizer, and what it is to say."""

import ctypes
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from handwerk.domain.search.model import Vector

# The same model by another engine differs in the last digits alone.
TOLERANCE = 1e-5
BATCH = 32


class Settings(msgspec.Struct, frozen=True):
    """What goes with the graph. `samples` are texts and the vectors that the model gives them."""

    name: str
    inputs: list[str]
    longest: int
    pad_id: int
    pad_token: str
    prompts: dict[str, str]
    samples: list[tuple[str, list[float]]]


class OnnxEncoder:
    """Runs `model.onnx` of a folder; raises `disagrees` where it does not say what it is to say."""

    def __init__(self, folder: Path, disagrees: type[Exception]) -> None:
        # Imported here, behind the start: together they take half a second.
        import onnxruntime  # noqa: PLC0415  # said above
        from tokenizers import Tokenizer  # noqa: PLC0415  # said above

        self._settings = msgspec.json.decode((folder / "settings.json").read_bytes(), type=Settings)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # It would keep the memory of the largest batch for good.
        options.enable_cpu_mem_arena = False
        graph = str(folder / "model.onnx")
        self._session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._counter: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._counter.no_padding()
        self._counter.no_truncation()
        self._tokenizer.enable_truncation(self._settings.longest)
        pad = self._settings
        self._tokenizer.enable_padding(pad_id=pad.pad_id, pad_token=pad.pad_token)
        marks = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        prompt = max(map(self.count, self._settings.prompts.values()), default=0)
        self.longest = self._settings.longest - marks - prompt
        self.engine = f"onnxruntime {onnxruntime.__version__}"
        self._check(disagrees)
        give_back()

    def count(self, text: str) -> int:
        """How many tokens `text` is."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def encode(self, texts: Sequence[str], prompt: Literal["query", "document"]) -> list[Vector]:
        """The vectors of `texts`, of length 1."""
        before = self._settings.prompts.get(prompt, "")
        return self._encoded([before + text for text in texts])

    def _encoded(self, texts: Sequence[str]) -> list[Vector]:
        """Alike in length together, so that little is padded."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors: list[Vector] = [()] * len(texts)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            said = self._run([texts[place] for place in places])
            for place, vector in zip(places, said, strict=True):
                vectors[place] = vector
        return vectors

    def _run(self, texts: list[str]) -> list[list[float]]:
        read = self._tokenizer.encode_batch(texts)
        given = {
            "input_ids": [each.ids for each in read],
            "attention_mask": [each.attention_mask for each in read],
            "token_type_ids": [each.type_ids for each in read],
        }
        fed = {name: np.array(given[name], dtype=np.int64) for name in self._settings.inputs}
        [said] = self._session.run(None, fed)
        vectors: list[list[float]] = np.asarray(said).tolist()
        return vectors

    def _check(self, disagrees: type[Exception]) -> None:
        said = self._encoded([text for text, _ in self._settings.samples])
        wanted = [vector for _, vector in self._settings.samples]
        off = float(np.abs(np.array(said) - np.array(wanted)).max())
        if not off <= TOLERANCE:  # also where it is no number
            raise disagrees(f"Its vectors are off by {off:.1g}.")


def give_back() -> None:
    """Let the system have what a graph took that was read or let go: a hundred megabytes."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
        if trim is not None:
            trim(0)
