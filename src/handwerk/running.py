"""Containers at work: opened on the loop that uses them, with the jobs beside them or not."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from functools import lru_cache
from typing import Any, cast

import msgspec

from handwerk.adapters.dramatiq import DramatiqWorker
from handwerk.adapters.dramatiq.worker import RunJob
from handwerk.adapters.embedding.apart import ApartEmbedder
from handwerk.adapters.embedding.shelf import ModelShelf
from handwerk.adapters.processes import Children
from handwerk.archiving import keep_shipping
from handwerk.config import Config
from handwerk.container import Container, Places
from handwerk.domain.backup.jobs import MAKE_BACKUP
from handwerk.domain.jobs.model import Handler, JobKind, Lane, Queue, Run, Worker
from handwerk.domain.jobs.outcome import told
from handwerk.domain.jobs.ports import JobStore
from handwerk.domain.jobs.use_cases.cancellation import cancelled
from handwerk.domain.jobs.use_cases.relaying import relay
from handwerk.domain.jobs.use_cases.running import Ended, at_work
from handwerk.domain.jobs.use_cases.scheduling import keep_schedules
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import HandwerkError, Unavailable
from handwerk.domain.kernel.transaction import Json
from handwerk.domain.records.use_cases.sealing import keep_sealed
from handwerk.domain.search.jobs import ENSURE_INDEX
from handwerk.domain.search.model import Vector
from handwerk.domain.search.ports import Embedder
from handwerk.domain.search.use_cases.holding import follow_models
from handwerk.domain.search.use_cases.indexing import is_lost, start_search
from handwerk.entrypoints import logs
from handwerk.entrypoints.worker.apart import Tell, ToldJob, apart
from handwerk.entrypoints.worker.handlers import APART, handlers
from handwerk.entrypoints.worker.main import COMPANY
from handwerk.entrypoints.worker.needs import Needs
from handwerk.entrypoints.worker.reporting import log_ended, log_notice

QUEUES = tuple(Queue)
# The serving process's own worker: how many jobs of each queue it has in hand. Two for bulk work,
# so that an import need not wait for a reindex of hours; as many for documents as are read at a
# time; and so many where things are indexed one by one that those of a second go together.
THREADS = {Queue.INTERACTIVE: COMPANY, Queue.BULK: 2, Queue.DOCUMENTS: 2, Queue.TRAINING: 1}
LANES = tuple(Lane((queue,), THREADS[queue]) for queue in QUEUES)
# Of child processes beside the server.
MOST_CHILDREN = 5
# The name is the same after a restart, so what a killed process left is queued again at once.
EMBEDDED = Worker("embedded", QUEUES, sum(lane.threads for lane in LANES))

# Seconds between two looks at which models a migration of the index asks for.
FOLLOW_EVERY = 2.0

Report = Callable[[Ended], None]
Notice = Callable[[str], None]


@asynccontextmanager
async def connected(container: Container) -> AsyncIterator[Container]:
    """The container with its connections open on this loop."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(container.database().close)
        stack.push_async_callback(container.redis().aclose)
        stack.push_async_callback(container.job_broker().close)
        stack.push_async_callback(container.job_bell().close)
        stack.push_async_callback(container.job_changes().close)
        stack.push_async_callback(container.job_database().close)
        await container.database().open()
        await container.job_database().open()
        traces = container.traces()
        if traces is not None and not trace.watched():
            traces.open()
            stack.push_async_callback(asyncio.to_thread, traces.flush)
        yield container


@asynccontextmanager
async def thinking(container: Container) -> AsyncIterator[None]:
    """The container's index and models; closed at the end, however far they have come."""
    try:
        yield
    finally:
        parts: list[Any] = [container.index(), container.embedder(), container.predictor()]
        for part in parts:
            # Closing an engine waits for what runs in it; a client of a server closes on the loop.
            closing = await asyncio.to_thread(part.close)
            if inspect.isawaitable(closing):
                await closing


async def load_models(container: Container) -> None:
    """Load what takes seconds, then have the index made anew if it is lost or another model's.

    Not before the model is there: the job would wait for it, and others behind the job.
    """
    await start_search(collections=container.collections(), embedder=container.embedder())
    await container.embedder().loaded()
    async with container.transactions() as tx:
        tx.enqueue(ENSURE_INDEX.request({}, unique_key=ENSURE_INDEX.name))
        await tx.commit()


async def think(container: Container) -> None:
    """`load_models`, then have in memory what a migration of the index asks for, and the index."""
    await load_models(container)
    while not cancelled():
        with suppress(Unavailable):
            await follow_models(
                collections=container.collections(),
                migrations=container.migrations(),
                embedder=container.embedder(),
            )
            await _make_anew_if_lost(container)
        await asyncio.sleep(FOLLOW_EVERY)


async def _make_anew_if_lost(container: Container) -> None:
    """A server that has lost its volume comes back empty: then the index is filled again."""
    lost = await is_lost(
        collections=container.collections(),
        index=container.index(),
        embedder=container.embedder(),
        projects=container.findable(),
    )
    if lost:
        async with container.transactions() as tx:
            tx.enqueue(ENSURE_INDEX.request({}, unique_key=ENSURE_INDEX.name))
            await tx.commit()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """`work`, done while the context lasts; cancelled at its end. If it fails, the log says so."""
    task = asyncio.create_task(work)
    task.add_done_callback(_tell_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log_notice(f"Work beside the server has ended: {told(error)}")


def sealing(container: Container) -> AbstractAsyncContextManager[None]:
    """The history, sealed behind the writes while the context lasts; of all processes by one."""
    return beside(
        keep_sealed(
            ledger=container.ledger(),
            keys=container.seal_keys(),
            heads=container.heads(),
            clock=container.clock(),
            notice=log_notice,
        )
    )


def shipping(container: Container) -> AbstractAsyncContextManager[None]:
    """What changes, put beside the backups within minutes; of all processes by one."""
    backups = container.backups()
    if backups is None:
        return nullcontext()

    async def wanted() -> None:
        async with container.transactions() as tx:
            tx.enqueue(MAKE_BACKUP.request({}, unique_key=MAKE_BACKUP.name))
            await tx.commit()

    every = container.config().backup_log_seconds
    return beside(keep_shipping(backups, every=every, wanted=wanted, notice=log_notice))


async def keep_alive(revive: Callable[[], bool]) -> None:
    """Have what is embedded started again within seconds when it dies."""
    while True:
        await asyncio.sleep(1)
        try:
            if await asyncio.to_thread(revive):
                log_notice("An embedded service had died; it runs again.")
        except HandwerkError as error:
            log_notice(f"An embedded service has died: {error.detail}")


class JobParts:
    """What the worker needs of an installation.

    In a process of their own, jobs have engines of their own; `beside` lends them those of the
    serving process.
    """

    def __init__(self, config: Config, places: Places, beside: Container | None = None) -> None:
        self._config = config
        self._places = places
        self._beside = beside

    def worker(self, worker: Worker, lanes: Sequence[Lane], report: Report) -> DramatiqWorker:
        """A worker of that name that has not been started."""

        def runner(stopping: Callable[[], bool]) -> AbstractAsyncContextManager[RunJob]:
            return self._runner(worker, report, stopping)

        return DramatiqWorker(self._places.redis_url, lanes, runner)

    @asynccontextmanager
    async def store(self) -> AsyncIterator[JobStore]:
        """The jobs, opened on the running loop."""
        async with connected(self._container()) as container:
            yield container.job_store()

    async def relay(self, queues: Sequence[str], notice: Notice) -> None:
        """Hand out the jobs of `queues`, and queue what comes by the clock, until cancelled."""
        async with (
            connected(self._container()) as container,
            beside(_by_the_clock(container, notice)),
            # The serving process does so by itself.
            sealing(container) if self._beside is None else nullcontext(),
            shipping(container) if self._beside is None else nullcontext(),
        ):
            await relay(
                queues,
                store=container.job_store(),
                broker=container.job_broker(),
                bell=container.job_bell(),
                notice=notice,
            )

    def _container(self) -> Container:
        return Container(config=self._config, places=self._places)

    @asynccontextmanager
    async def _runner(
        self, worker: Worker, report: Report, stopping: Callable[[], bool]
    ) -> AsyncIterator[RunJob]:
        async with AsyncExitStack() as stack:
            container = await stack.enter_async_context(connected(self._container()))
            if self._beside is None:
                await stack.enter_async_context(thinking(container))
                await stack.enter_async_context(beside(think(container)))
            else:
                _lend(self._beside, container)
            children = Children(min(worker.threads, MOST_CHILDREN))
            stack.push_async_callback(children.close)
            # Of their own: any other child would have to load the model first.
            reader, embedding = Children(1), Children(1)
            stack.push_async_callback(reader.close)
            stack.push_async_callback(embedding.close)
            needs = msgspec.structs.replace(
                _needs(container), embedder=self._embedder(container, embedding), apart=reader.call
            )
            stack.push_async_callback(container.extractor().close)
            yield await stack.enter_async_context(
                at_work(
                    worker,
                    store=container.job_store(),
                    handlers=handlers(needs) | self._apart(children),
                    stopping=stopping,
                    report=report,
                )
            )

    def _apart(self, children: Children) -> dict[JobKind, Handler]:
        """The kinds that take the processor for long are worked in child processes."""
        handler = apart(children.call, worked_apart, self._config, self._places)
        return dict.fromkeys(APART, handler)

    def _embedder(self, container: Container, children: Children) -> Embedder:
        """The container's; what people at work save is embedded in a child process."""

        async def elsewhere(model: str, texts: Sequence[str]) -> list[Vector]:
            found: list[Vector] = await children.call(
                embedded_apart, self._config, self._places, model, list(texts)
            )
            return found

        embedder: Embedder = container.embedder()
        if not isinstance(embedder, ModelShelf):
            return embedder  # A child would know nothing of it.
        # It has all methods of the embedder within, which no type can say.
        return cast("Embedder", ApartEmbedder(embedder, elsewhere))


def embedded_apart(config: Config, places: Places, model: str, texts: list[str]) -> list[Vector]:
    """In a child: the meaning of passages, by a model that stays loaded as long as the child."""
    logs.begin(config.log_lines)
    return asyncio.run(_embedded_apart(_embedder_apart(config, places, model), texts))


@lru_cache(maxsize=2)  # during a migration of the index two are asked in turn
def _embedder_apart(config: Config, places: Places, model: str) -> Embedder:
    embedder = Container(config=config, places=places).embedder()
    embedder.start_loading(model, insist=True)
    return embedder


async def _embedded_apart(embedder: Embedder, texts: list[str]) -> list[Vector]:
    await embedder.loaded()
    return await embedder.embed_passages(texts)


def worked_apart(config: Config, places: Places, run: Run, *, tell: Tell) -> Json | None:
    """In a child: do a run's work on a container of its own. The parent keeps its lease."""
    logs.begin(config.log_lines)
    return asyncio.run(_worked_apart(Container(config=config, places=places), ToldJob(run, tell)))


async def _worked_apart(container: Container, context: ToldJob) -> Json | None:
    async with connected(container):
        known = handlers(_needs(container))
        [handler] = [known[kind] for kind in APART if kind.name == context.run.kind]
        with trace.work(f"job {context.run.kind} apart", context.run.traceparent):
            return await handler(context, context.run.payload)


async def _by_the_clock(container: Container, notice: Notice) -> None:
    await keep_schedules(
        container.schedules(),
        book=container.schedule_book(),
        next_due=container.calendar(),
        clock=container.clock(),
        notice=notice,
    )


@asynccontextmanager
async def working(container: Container) -> AsyncIterator[None]:
    """Jobs, handed out and worked in this process by threads of their own."""
    parts = JobParts(container.config(), container.places(), beside=container)
    worker = parts.worker(EMBEDDED, LANES, log_ended)
    await asyncio.to_thread(worker.start)
    async with beside(parts.relay(QUEUES, log_notice)):
        try:
            yield
        finally:
            await asyncio.to_thread(worker.stop)


def _lend(owner: Container, borrower: Container) -> None:
    """Let the borrower use the owner's engines; a server's index has a client on each loop."""
    borrower.embedder.override(owner.embedder)
    borrower.predictor.override(owner.predictor)
    if owner.places().qdrant_url is None:
        borrower.index.override(owner.index)


def _needs(container: Container) -> Needs:
    return Needs(
        clock=container.clock(),
        transactions=container.transactions,
        files=container.files(),
        workbooks=container.workbooks(),
        content=container.content(),
        documents=container.documents(),
        extractor=container.extractor(),
        settings=container.settings(),
        findable=container.findable(),
        passages=container.passages(),
        collections=container.collections(),
        migrations=container.migrations(),
        index=container.index(),
        embedder=container.embedder(),
        lexicons=container.lexicons(),
        finished=container.finished(),
        finished_count=container.finished(),
        registry=container.registry(),
        predictor=container.predictor(),
        predictions=container.predictions(),
        models=container.models(),
        statistics=container.project_statistics(),
        job_store=container.job_store(),
        sessions=container.sessions(),
        receipts=container.receipts(),
        security_log=container.security_log(),
        users=container.users(),
        personal_records=container.personal_records(),
        access_lines=container.access_lines(),
        sealing=container.vault(),
        retention=container.retention(),
        erasures=container.erasures(),
        backups=container.backups(),
        evidence=container.evidence(),
        seal_keys=container.seal_keys(),
        heads=container.heads(),
    )
