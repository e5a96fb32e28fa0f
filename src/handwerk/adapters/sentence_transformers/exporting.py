"""Models written down once as an ONNX graph, by a process that ends with it.

The graph holds the whole way from tokens to a vector of length 1. Beside it lie the tokenizer and
what the model says to some texts, so that whoever opens the export can see that both agree.
`python -m handwerk.adapters.sentence_transformers.exporting NAME MODEL EXPORT` is that process.
"""

import hashlib
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from handwerk.adapters.sentence_transformers.encoder import E5, opened

# Counts up with every change of what is written.
FORM = 1
PATIENCE = 600  # seconds
# What decides what a model says.
_DECIDING = ("**/*.json", "**/*.safetensors", "**/*.txt", "**/*.model")
_REFUSED = "refused.txt"
SAMPLES = (
    "Einbauschrank aus massiver Eiche, geölt, mit vier Schubladen und Soft-Close-Beschlägen",
    "Treppe",
    "Küchenfronten in Esche weiß lackiert, Arbeitsplatte Nussbaum 40 mm, Maße 3,20 m x 0,65 m",
    "Dachstuhl aus Konstruktionsvollholz (KVH), Sparren 8/20 cm, Neigung 38°",
    "Polsterbank beziehen: Schaum RG 4050, Stoff in Altrosa, Kappnaht, Reißverschluss",
    "Haustür nach DIN EN 14351-1, Uw = 0,9 W/(m²K), barrierefrei",
    "Fenster austauschen; Altbau in München, Denkmalschutz, 12 Stück",
    "🙂 äöüß ÄÖÜ €",
    "Was kostet ein Wandregal?",
    "Parkett schleifen und versiegeln. " * 60,
)

_log = logging.getLogger(__name__)


class Model(Protocol):
    """A model that has been found."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def folder(self) -> Path:
        """Where its files are."""
        ...


class ExportedModels:
    """The exports below `folder`, each in a folder named by the fingerprint of its model."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: subprocess.Popen[str] | None = None
        self._closed = False

    def of(self, found: Model) -> Path | None:
        """The export of a model, made now if need be; `None` where it can't be, or was refused."""
        export = self._folder / fingerprint(found.name, found.folder)
        if (export / _REFUSED).exists():
            return None
        if not export.exists():
            self._make(found, export)
        return export if (export / "settings.json").exists() else None

    def refuse(self, export: Path, reason: str) -> None:
        """Keep the reason in place of the export, so that it is not made at every start."""
        shutil.rmtree(export, ignore_errors=True)
        export.mkdir(parents=True, exist_ok=True)
        (export / _REFUSED).write_text(f"{reason}\n")

    def close(self) -> None:
        """End the process that makes one."""
        self._closed = True
        if self._child is not None:
            self._child.kill()

    def _make(self, found: Model, export: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="making-") as making:
            reason = self._child_made(found, Path(making))
            if self._closed:
                return
            if reason is None:
                with suppress(FileExistsError):  # another process was as fast
                    Path(making, "export").rename(export)
            else:
                _log.warning("Search: %s can't be exported: %s", found.name, reason)
                self.refuse(export, reason)

    def _child_made(self, found: Model, making: Path) -> str | None:
        """Have the export made; the reason where it can't be."""
        arguments = [found.name, str(found.folder), str(making / "export")]
        self._child = subprocess.Popen(  # noqa: S603  # this very interpreter
            [sys.executable, "-m", __name__, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _, said = self._child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()
            return f"took longer than {PATIENCE} seconds"
        lines = said.strip().splitlines() or ["it ended without a word"]
        return lines[-1] if self._child.returncode else None


def fingerprint(name: str, folder: Path) -> str:
    """Tells one model from any other, by all that decides what it and its export say."""
    found = hashlib.sha256(f"{FORM} {bool(E5.search(name))}".encode())
    for library in ("torch", "transformers", "sentence-transformers"):
        found.update(f" {library} {version(library)}".encode())
    files = {file for pattern in _DECIDING for file in folder.glob(pattern)}
    for file in sorted(files):
        found.update(f" {file.relative_to(folder)} ".encode())
        with file.open("rb") as content:
            found.update(hashlib.file_digest(content, "sha256").digest())
    return found.hexdigest()[:32]


def export(name: str, folder: Path, target: Path) -> None:
    """Write the model in `folder` as a graph into `target`."""
    import torch  # noqa: PLC0415  # only the child needs it
    from torch.nn import functional  # noqa: PLC0415  # likewise

    model: Any = opened(name, folder, attn_implementation="eager")
    model.eval()
    tokens = model.tokenize(["Wandschrank aus Eiche", "Tür"])
    inputs = [key for key in ("input_ids", "attention_mask", "token_type_ids") if key in tokens]

    class Whole(torch.nn.Module):
        """From tokens to a vector of length 1."""

        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(list(model))

        def forward(self, *given: torch.Tensor) -> torch.Tensor:
            """One vector for each row."""
            features: Any = dict(zip(inputs, given, strict=True))
            for part in self.parts:
                features = part(features)
            return functional.normalize(features["sentence_embedding"], dim=1)

    target.mkdir(parents=True)
    with torch.no_grad():
        torch.onnx.export(
            Whole().eval(),
            tuple(tokens[key] for key in inputs),
            str(target / "model.onnx"),
            input_names=inputs,
            output_names=["vector"],
            dynamic_axes={key: {0: "texts", 1: "tokens"} for key in inputs},
            opset_version=17,
            dynamo=False,
        )
    model.tokenizer.backend_tokenizer.save(str(target / "tokenizer.json"))
    (target / "settings.json").write_text(json.dumps(_settings(name, model, inputs)))


def _settings(name: str, model: Any, inputs: list[str]) -> dict[str, Any]:
    said = model.encode(list(SAMPLES), prompt="", normalize_embeddings=True)
    prompts = {key: model.prompts.get(key) or "" for key in ("query", "document")}
    return {
        "name": name,
        "inputs": inputs,
        "longest": model.max_seq_length,
        "pad_id": model.tokenizer.pad_token_id,
        "pad_token": model.tokenizer.pad_token,
        "prompts": prompts,
        "samples": list(zip(SAMPLES, [vector.tolist() for vector in said], strict=True)),
    }


if __name__ == "__main__":
    export(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
