"""Several models, asked in one thread."""

import asyncio
import gc
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from math import sqrt
from typing import TypeVar

from handwerk.adapters.embedding.encoder import Disagrees, Encoder, Engines, Found
from handwerk.adapters.embedding.remembered import Remembered
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.model import ModelState, Phase, Vector
from handwerk.domain.search.passages import Passage, passages
from handwerk.domain.search.ports import EmbedderCounts

# Passages embedded at a stretch. A question that comes in between waits for no more than these.
STRETCH = 4
# Questions that came while the thread was busy are embedded together, at most so many.
TOGETHER = 64

_log = logging.getLogger(__name__)
T = TypeVar("T")


class _Held:
    """One model on the shelf, and the questions that wait for it."""

    def __init__(self, state: ModelState, encoder: Encoder | None = None) -> None:
        self.state = state
        self.encoder = encoder
        self.waiting: list[tuple[str, Future[Vector]]] = []


class ModelShelf:
    """Holds the model that is configured, else the best in reach, and others that are asked for.

    `close` before the interpreter ends: it aborts if a thread is inside torch then.
    """

    def __init__(self, engines: Engines, configured: str | None = None) -> None:
        self._engines = engines
        self._configured = configured
        self._main: str | None = None
        self._state = ModelState(Phase.LOADING)
        self._models: dict[str, _Held] = {}
        self._remembered = Remembered()
        self._started = self._closing = False
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()
        # All that a model works out, and all of torch, happens in this thread.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    @property
    def state(self) -> ModelState:
        """Where the model of the start stands."""
        return self._state

    @property
    def counts(self) -> EmbedderCounts:
        """How often a query's vector was remembered."""
        return self._remembered.counts

    def held(self) -> dict[str, ModelState]:
        """Every model by its name."""
        with self._lock:
            return {name: held.state for name, held in self._models.items()}

    def start_loading(self, prefer: str | None, *, insist: bool = False) -> None:
        """Begin to load in the background; called again, it does nothing."""
        if not self._started:
            self._started = True
            wanted = prefer if insist and prefer else self._configured
            self._begin(lambda: self._load_main(wanted, prefer))

    def objection(self, model: str) -> str | None:
        """Why `model` can't be loaded, as far as that is told at once."""
        return self._engines.objection(model)

    def load(self, model: str) -> None:
        """Begin to load `model` beside the others, unless it is there."""
        with self._lock:
            held = self._models.get(model)
            if held is not None and held.state.phase is not Phase.FAILED:
                return
            self._models[model] = _Held(ModelState(Phase.LOADING, model))
        self._begin(lambda: self._load_further(model))

    def unload(self, model: str) -> None:
        """Give the memory of `model` back. Who waits for it is told so."""
        with self._lock:
            held = self._models.pop(model, None)
        self._remembered.forget(model)
        if held is not None:
            held.encoder = None
            with suppress(RuntimeError):  # closed: all of it goes
                # Behind what this model may still be working out.
                self._thread.submit(self._engines.give_back)

    def lead(self, model: str) -> None:
        """Let `model`, if it is ready, be meant where none is named."""
        with self._lock:
            held = self._models.get(model)
            if held is not None and held.encoder is not None:
                self._main, self._state = model, held.state

    async def loaded(self, model: str | None = None) -> ModelState:
        """Wait until loading has ended; on any loop, and no thread that the end must wait for."""
        while self._state_of(model).phase is Phase.LOADING and not self._closing:  # noqa: ASYNC110  # an Event belongs to one loop
            await asyncio.sleep(0.05)
        return self._state_of(model)

    def close(self) -> None:
        """Wait until no thread is inside a model: for a few texts, or seconds of loading."""
        self._closing = True
        self._engines.exports.close()
        self._thread.shutdown(cancel_futures=True)

    async def embed_queries(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """The meaning of questions, in one pass with those that others ask."""
        name, held, encoder = self._ready(model)
        found = {text: self._remembered.get(name, text) for text in texts}
        known = {text: vector for text, vector in found.items() if vector is not None}
        missing = [text for text in found if text not in known]
        with trace.span("embed", model=name, texts=len(missing)):
            vectors = await self._asked(held, encoder, missing)
        for text, vector in zip(missing, vectors, strict=True):
            known[text] = vector
            self._remembered.put(name, text, vector)
        return [known[text] for text in texts]

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """The meaning of texts to be found, in stretches that let questions in between."""
        name, _, encoder = self._ready(model)
        pieces = [await self._run(_pieces, encoder, text) for text in texts]
        flat = [piece.text for each in pieces for piece in each]
        vectors: list[Vector] = []
        with trace.span("embed", model=name, texts=len(flat)):
            for start in range(0, len(flat), STRETCH):
                stretch = flat[start : start + STRETCH]
                vectors += await self._run(encoder.encode, stretch, "document")
        said = iter(vectors)
        return [_mean([(next(said), piece.tokens) for piece in each]) for each in pieces]

    async def cut(self, text: str, model: str | None = None) -> list[Passage]:
        """`text` in passages that the model reads whole."""
        _, _, encoder = self._ready(model)
        return await self._run(passages, text, encoder.count, encoder.longest)

    def _state_of(self, model: str | None) -> ModelState:
        if model is None:
            return self._state
        with self._lock:
            held = self._models.get(model)
        return (
            ModelState(Phase.FAILED, detail=f"{model} is not loaded.")
            if held is None
            else held.state
        )

    def _ready(self, model: str | None) -> tuple[str, _Held, Encoder]:
        name = model or self._main or ""
        with self._lock:
            held = self._models.get(name)
        encoder = None if held is None else held.encoder
        if held is None or encoder is None or self._closing:
            detail = self._state_of(model).detail
            raise Unavailable(f"The embedding model is not ready. {detail}".strip())
        return name, held, encoder

    async def _run(self, work: Callable[..., T], *args: object) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        except RuntimeError as error:
            if self._closing:
                raise Unavailable("The embedding model is being closed.") from error
            raise

    async def _asked(self, held: _Held, encoder: Encoder, texts: list[str]) -> list[Vector]:
        futures: list[Future[Vector]] = [Future() for _ in texts]
        with self._lock:
            held.waiting += zip(texts, futures, strict=True)
        if texts:
            await self._run(self._answer_waiting, held, encoder)
        return list(await asyncio.gather(*map(asyncio.wrap_future, futures)))

    def _answer_waiting(self, held: _Held, encoder: Encoder) -> None:
        """Embed in one pass what waits now; what came first is not kept waiting by what follows."""
        with self._lock:
            waiting, held.waiting = held.waiting[:TOGETHER], held.waiting[TOGETHER:]
            more = bool(held.waiting)
        if waiting:
            _answer(encoder, waiting)
        if more:
            self._answer_waiting(held, encoder)

    def _begin(self, load: Callable[[], None]) -> None:
        # A daemon: fetching from a hub can take minutes, and the end shall not wait for it.
        threading.Thread(target=self._in_turn, args=(load,), daemon=True).start()

    def _in_turn(self, load: Callable[[], None]) -> None:
        with self._one_at_a_time:
            if not self._closing:
                load()

    def _load_main(self, wanted: str | None, prefer: str | None) -> None:
        self._state, held = self._opened(wanted, prefer)
        name = self._state.model
        if name is not None and held is not None:
            with self._lock:
                self._models[name] = held
            self._main = name

    def _load_further(self, model: str) -> None:
        with self._lock:
            held = self._models.get(model)
        if held is None or held.encoder is not None:
            return  # Unloaded meanwhile, or the model of the start by another way.
        state, opened = self._opened(model, None)
        with self._lock:
            if self._models.get(model) is held:
                self._models[model] = opened or _Held(state)

    def _opened(self, wanted: str | None, prefer: str | None) -> tuple[ModelState, _Held | None]:
        try:
            found = self._engines.locate(wanted, prefer)
            encoder = self._encoder(found)
            [vector] = self._thread.submit(encoder.encode, ["Wandschrank"], "query").result()
        except Unavailable as error:
            return self._failed(error.detail), None
        except Exception as error:  # noqa: BLE001  # whatever a damaged model raises, it is told
            return self._failed(f"{type(error).__name__}: {error}"), None
        # Hundreds of thousands of objects that stay: a full collection of them holds the loop.
        gc.freeze()
        detail = f"{found.detail} Run by {encoder.engine}."
        _log.info("Search: %s", detail)
        state = ModelState(Phase.READY, found.name, len(vector), detail)
        return state, _Held(state, encoder)

    def _encoder(self, found: Found) -> Encoder:
        """By its export, which is made now if need be; by its files where that is not to be."""
        export = None if self._closing else self._engines.exports.of(found)
        if export is not None:
            try:
                return self._thread.submit(self._engines.fast, export).result()
            except Disagrees as error:
                _log.warning("Search: the export of %s is not used: %s", found.name, error)
                self._engines.exports.refuse(export, str(error))
        return self._thread.submit(self._engines.sure, found.name, found.folder).result()

    def _failed(self, reason: str) -> ModelState:
        if not self._closing:
            _log.error("An embedding model can't be loaded: %s", reason, exc_info=True)
        return ModelState(Phase.FAILED, detail=reason)


def _answer(encoder: Encoder, waiting: list[tuple[str, "Future[Vector]"]]) -> None:
    texts = list(dict.fromkeys(text for text, _ in waiting))
    try:
        said = dict(zip(texts, encoder.encode(texts, "query"), strict=True))
    except Exception as error:  # noqa: BLE001  # handed to each who asked
        for _, future in waiting:
            future.set_exception(error)
        return
    for text, future in waiting:
        if not future.cancelled():
            future.set_result(said[text])


def _pieces(encoder: Encoder, text: str) -> list[Passage]:
    """The passages of `text`; a text of nothing is one."""
    return passages(text, encoder.count, encoder.longest) or [Passage(0, 0, "", 1)]


def _mean(weighted: list[tuple[Vector, int]]) -> Vector:
    """The mean by weight, of length 1; a single vector as it is."""
    if len(weighted) == 1:
        return weighted[0][0]
    columns = zip(*(vector for vector, _ in weighted), strict=True)
    weights = [weight for _, weight in weighted]
    summed = [sum(a * b for a, b in zip(column, weights, strict=True)) for column in columns]
    length = sqrt(sum(value * value for value in summed)) or 1.0
    return [value / length for value in summed]
