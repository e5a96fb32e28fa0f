"""Running one job: claim, handler, checkpoints, outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from tests.unit.jobs.support import KIND, SetClock, Shop

from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.domain.jobs.errors import LeaseLost, Revoked, Stopping
from handwerk.domain.jobs.model import (
    Beat,
    JobContext,
    JobKind,
    Progress,
    Queue,
    Run,
    Status,
    Worker,
)
from handwerk.domain.jobs.outcome import Outcome
from handwerk.domain.jobs.tally import Tally
from handwerk.domain.jobs.use_cases.running import Ended, at_work, reclaim, run_job
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import Forbidden, InvalidInput, Unavailable
from handwerk.domain.kernel.transaction import Json
from handwerk.entrypoints.worker.reporting import log_ended


@pytest.fixture
def shop() -> Shop:
    """An empty store."""
    return Shop()


async def planed(_: JobContext, payload: Json) -> Json:
    """Do the work."""
    return {"planed": payload["board"]}


async def broken(_: JobContext, __: Json) -> None:
    """Break."""
    message = "the plane is blunt"
    raise RuntimeError(message)


async def forbidden(_: JobContext, __: Json) -> None:
    """Refuse."""
    raise Forbidden("Only a master may do this.")


async def revoked_at_once(_: JobContext, __: Json) -> None:
    """Be revoked at the first checkpoint."""
    raise Revoked


async def until_told(context: JobContext, _: Json) -> None:
    """Work until a checkpoint says to end."""
    while True:
        await context.checkpoint()
        await asyncio.sleep(0)


async def test_a_handler_gets_the_payload_and_its_result_is_kept(shop: Shop) -> None:
    """A job that runs well ends in success with what its handler answered."""
    job_id = shop.add()
    ended = await shop.run(job_id, planed)
    job = await shop.job(job_id)
    assert (job.status, job.result, job.attempts) == (Status.SUCCESS, {"planed": "oak"}, 1)
    assert ended.noted


async def test_a_job_that_does_not_wait_is_left_alone(shop: Shop) -> None:
    """A second delivery after the end runs nothing."""
    job_id = shop.add()
    await shop.run(job_id, planed)
    again = await run_job(
        job_id,
        store=shop.store,
        handlers={KIND: broken},
        worker="bert",
        stopping=lambda: False,
    )
    assert again is None
    assert (await shop.job(job_id)).status is Status.SUCCESS


async def test_a_handler_that_breaks_is_tried_three_times(shop: Shop) -> None:
    """An unforeseen error waits 60 s, then 120 s, then ends in failure."""
    job_id = shop.add()
    for wait in (60, 120):
        await shop.run(job_id, broken)
        job = await shop.job(job_id)
        assert job.status is Status.RETRY
        assert wait <= (job.run_at - shop.clock.now()).total_seconds() <= wait * 1.25
        shop.clock.forward(timedelta(minutes=5))
    await shop.run(job_id, broken)
    job = await shop.job(job_id)
    assert (job.status, job.attempts) == (Status.FAILURE, 3)
    assert job.error == "RuntimeError: the plane is blunt"


async def test_a_refusal_is_not_tried_again(shop: Shop) -> None:
    """What the domain refuses fails at once, with its sentence."""
    job_id = shop.add()
    await shop.run(job_id, forbidden)
    job = await shop.job(job_id)
    assert (job.status, job.error) == (Status.FAILURE, "Only a master may do this.")


async def test_a_kind_without_a_handler_waits_for_a_worker_that_knows_it(shop: Shop) -> None:
    """An older worker that meets a new kind does not throw the job away."""
    job_id = shop.add()
    await shop.run(job_id, None)
    job = await shop.job(job_id)
    assert job.status is Status.RETRY
    assert job.error is not None
    assert "plane a board" in job.error


async def test_the_kind_of_the_runs_own_queue_decides(shop: Shop) -> None:
    """Where a kind exists for two queues, limits are those of the queue the job is in."""
    once = JobKind(name=KIND.name, queue=Queue.BULK, max_attempts=1)
    job_id = shop.add(once)
    ended = await run_job(
        job_id,
        store=shop.store,
        handlers={KIND: planed, once: broken},
        worker="anna",
        stopping=lambda: False,
    )
    assert ended is not None
    assert ended.outcome.status is Status.FAILURE


async def test_a_handler_that_takes_too_long_is_cancelled(shop: Shop) -> None:
    """The kind's time limit ends the run; the error says so."""
    short = JobKind(name="varnish", time_limit=timedelta(milliseconds=20), max_attempts=1)

    async def endless(_: JobContext, __: Json) -> None:
        await asyncio.Event().wait()

    job_id = shop.add(short)
    await shop.run(job_id, endless, kind=short)
    job = await shop.job(job_id)
    assert (job.status, job.error) == (
        Status.FAILURE,
        "TimeoutError: took longer than 0:00:00.020000",
    )


async def test_a_timeout_of_the_handlers_own_is_told_as_its_own(shop: Shop) -> None:
    """A TimeoutError from within is not taken for the time limit."""

    async def waits(_: JobContext, __: Json) -> None:
        message = "the glue does not dry"
        raise TimeoutError(message)

    job_id = shop.add()
    await shop.run(job_id, waits)
    assert (await shop.job(job_id)).error == "TimeoutError: the glue does not dry"


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError()], ids=["exit", "cancel"])
async def test_a_handler_can_not_take_its_worker_down(shop: Shop, error: BaseException) -> None:
    """`sys.exit` and a stray cancellation inside a handler are failures like any other."""

    async def leaves(_: JobContext, __: Json) -> None:
        raise error

    job_id = shop.add()
    await shop.run(job_id, leaves)
    assert (await shop.job(job_id)).status is Status.RETRY


async def test_a_revoked_job_ends_at_a_checkpoint(shop: Shop) -> None:
    """A running job learns of its revocation at a checkpoint and ends as revoked."""
    job_id = shop.add()
    running = asyncio.create_task(shop.run(job_id, until_told))
    await started(shop, job_id)
    await shop.store.revoke(job_id)
    ended = await running
    assert isinstance(ended.error, Revoked)
    assert (await shop.job(job_id)).status is Status.REVOKED


async def test_a_stopping_worker_gives_the_job_back(shop: Shop) -> None:
    """A worker that stops ends the run at its checkpoint; the job waits as if never begun."""
    job_id = shop.add()
    ended = await shop.run(job_id, until_told, stopping=lambda: True)
    job = await shop.job(job_id)
    assert isinstance(ended.error, Stopping)
    assert (job.status, job.attempts) == (Status.PENDING, 0)


async def test_a_cancelled_run_gives_the_job_back(shop: Shop) -> None:
    """What is cancelled at the end of the grace time waits as if never begun."""
    job_id = shop.add()
    running = asyncio.create_task(shop.run(job_id, until_told))
    await started(shop, job_id)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    job = await shop.job(job_id)
    assert (job.status, job.attempts) == (Status.PENDING, 0)


async def test_a_run_that_lost_its_lease_ends_and_changes_nothing(shop: Shop) -> None:
    """A run whose job was given to another ends at its checkpoint; the other's outcome stands."""
    job_id = shop.add()
    running = asyncio.create_task(shop.run(job_id, until_told))
    await started(shop, job_id)
    await shop.store.reclaim_from("anna")
    ended = await running
    assert isinstance(ended.error, LeaseLost)
    assert not ended.noted
    assert (await shop.job(job_id)).status is Status.RETRY


async def test_progress_is_shown_while_the_job_runs(shop: Shop) -> None:
    """Share and word reach the store while the handler works."""
    job_id = shop.add()
    shown = asyncio.Event()

    async def tells(context: JobContext, _: Json) -> None:
        while not shown.is_set():
            await context.progress(0.5, "second side")
            await asyncio.sleep(0)

    running = asyncio.create_task(shop.run(job_id, tells))
    await until(lambda: shown_half(shop, job_id))
    shown.set()
    await running
    assert (await shop.job(job_id)).progress_word == "second side"


async def test_what_is_to_be_tidied_waits_for_the_end_of_the_job(shop: Shop) -> None:
    """A run that will be repeated leaves everything in place; the one that ends the job tidies."""
    tidied = list[int]()

    async def plane(context: JobContext, payload: Json) -> Json:
        async def tidy() -> None:
            tidied.append(context.run.attempts)

        context.when_over(tidy)
        if context.run.attempts == 1:
            await broken(context, payload)
        return {}

    job_id = shop.add()
    await shop.run(job_id, plane)
    shop.clock.forward(timedelta(minutes=5))
    await shop.run(job_id, plane)
    assert tidied == [2]


async def test_a_run_that_lost_its_job_tidies_nothing(shop: Shop) -> None:
    """What the run that holds the job now may need is left alone."""
    tidied = list[UUID]()

    async def overtaken(context: JobContext, _: Json) -> None:
        async def tidy() -> None:
            tidied.append(context.run.id)

        context.when_over(tidy)
        await shop.store.reclaim_from("anna")

    ended = await shop.run(shop.add(), overtaken)
    assert not ended.noted
    assert tidied == []


async def test_what_can_not_be_tidied_does_not_undo_the_work(shop: Shop) -> None:
    """A clean-up that fails changes nothing in how the job ended."""

    async def stuck() -> None:
        raise OSError

    async def plane(context: JobContext, _: Json) -> None:
        context.when_over(stuck)

    job_id = shop.add()
    await shop.run(job_id, plane)
    assert (await shop.job(job_id)).status is Status.SUCCESS


class Fallible(MemoryJobs):
    """Raises the errors it is given, one per call of `settle`, before it works again."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(SetClock())
        self.errors = list(errors)

    async def settle(self, run: Run, outcome: Outcome) -> bool:
        """Note how the run ended, once all errors are spent."""
        if self.errors:
            raise self.errors.pop(0)
        return await super().settle(run, outcome)

    async def beat(self, run: Run, progress: Progress, lease: timedelta) -> Beat:
        """Be away."""
        raise Unavailable(f"No beat of {run.id} ({progress.share}) for {lease}: away.")


async def test_an_outcome_waits_for_a_store_that_is_away() -> None:
    """Work that is done is noted when the store is back."""
    shop = Shop(Fallible(Unavailable("away"), Unavailable("away")))
    job_id = shop.add()
    await shop.run(job_id, planed)
    assert (await shop.job(job_id)).status is Status.SUCCESS


async def test_a_result_that_the_store_refuses_is_a_failure() -> None:
    """A result that can't be kept ends in failure with the store's sentence."""
    shop = Shop(Fallible(InvalidInput.of("result", "holds a NUL character")))
    job_id = shop.add()
    await shop.run(job_id, planed)
    job = await shop.job(job_id)
    assert job.status is Status.FAILURE
    assert job.error == "Not kept: result: holds a NUL character"


async def test_work_goes_on_while_the_store_is_away() -> None:
    """A checkpoint that can't ask lets the handler go on."""
    shop = Shop(Fallible())
    job_id = shop.add()
    asked = asyncio.get_running_loop().time() + 0.6  # beyond the time between two questions

    async def patient(context: JobContext, _: Json) -> None:
        while asyncio.get_running_loop().time() < asked:
            await context.checkpoint()
            await asyncio.sleep(0)

    await shop.run(job_id, patient)
    assert (await shop.job(job_id)).status is Status.SUCCESS


async def test_the_next_job_need_not_wait_for_the_outcome_to_be_noted(shop: Shop) -> None:
    """`worked` is told after the handler has ended, and before its outcome stands."""
    job_id, seen = shop.add(), list[str]()

    async def busy(_: JobContext, __: Json) -> None:
        seen.append("busy")

    await run_job(
        job_id,
        store=shop.store,
        handlers={KIND: busy},
        worker="anna",
        stopping=lambda: False,
        worked=lambda: seen.append("worked"),
    )
    assert seen == ["busy", "worked"]


async def test_a_worker_is_seen_takes_up_what_it_left_and_signs_off(shop: Shop) -> None:
    """A worker that comes back under its name queues again what it had left, and is seen."""
    left = shop.add()
    await shop.store.claim(left, "anna", timedelta(hours=1))
    worker, ended = Worker("anna", ("interactive",), 1), list[Ended]()
    async with at_work(
        worker,
        store=shop.store,
        handlers={KIND: planed},
        stopping=lambda: False,
        report=ended.append,
    ) as run:
        assert [seen.name for seen in await shop.store.workers()] == ["anna"]
        await run(left, lambda: None)
        await run(left, lambda: None)
    assert await shop.store.workers() == []
    assert [msgspec.structs.astuple(each)[0].id for each in ended] == [left]
    assert (await shop.job(left)).status is Status.SUCCESS


async def test_no_error_makes_a_worker_vanish() -> None:
    """Whatever the store says to one sign of life, the next one is given, with what was counted."""

    class Moody(MemoryJobs):
        refusals = 0

        async def seen(self, worker: Worker) -> None:
            self.refusals += 1
            if self.refusals in {2, 3}:
                message = "no such mood"
                raise RuntimeError(message)
            await super().seen(worker)

        async def tally(self, tallies: Sequence[Tally]) -> None:
            self.refusals += 1
            if self.refusals <= 5:
                message = "not now"
                raise RuntimeError(message)
            await super().tally(tallies)

    shop = Shop(Moody(SetClock()))
    job_id = shop.add()
    async with at_work(
        Worker("anna", ("interactive",), 1),
        store=shop.store,
        handlers={KIND: planed},
        stopping=lambda: False,
        report=lambda _: None,
        seen_every=0.0,
    ) as run:
        await run(job_id, lambda: None)

        async def counted() -> bool:
            return [each.outcome for each in await shop.store.tallies()] == [Status.SUCCESS]

        await until(counted)


async def test_every_end_of_a_run_is_counted(shop: Shop) -> None:
    """Success, another try, revoked, and lost with its worker: each by its kind and end."""
    jobs = {name: shop.add(JobKind(name=name)) for name in ("good", "bad", "long", "lost")}
    kinds = {JobKind(name=name): work for name, work in {"good": planed, "bad": broken}.items()}
    async with at_work(
        Worker("anna", ("interactive",), 1),
        store=shop.store,
        handlers=kinds | {JobKind(name="long"): revoked_at_once},
        stopping=lambda: False,
        report=lambda _: None,
    ) as run:
        for name in ("good", "bad", "long"):
            await run(jobs[name], lambda: None)
        await shop.store.claim(jobs["lost"], "bert", timedelta(hours=1))
        await reclaim("bert", shop.store)
    assert [
        (each.kind, each.outcome, sum(each.buckets)) for each in await shop.store.tallies()
    ] == [
        ("bad", Status.RETRY, 1),
        ("good", Status.SUCCESS, 1),
        ("long", Status.REVOKED, 1),
        ("lost", Status.RETRY, 1),
    ]


async def test_the_log_names_the_trace_of_a_run(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever looks for a request in the worker's log finds the job that it caused."""
    parent = trace.step(None)
    with trace.within(parent):
        job_id = shop.add()
    with caplog.at_level("INFO", "handwerk.jobs"):
        log_ended(await shop.run(job_id, planed))
    assert f"trace {trace.trace_id(parent)}) SUCCESS" in caplog.text


async def test_reclaiming_survives_a_store_that_is_away() -> None:
    """Whoever buries a dead worker need not fear for the store."""

    class Away(MemoryJobs):
        async def reclaim_from(self, worker: str) -> int:
            raise Unavailable(f"The jobs of {worker} can't be reached.")

    await reclaim("anna", Away(SetClock()))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition, five seconds at most."""
    async with asyncio.timeout(5):
        while not await holds():  # noqa: ASYNC110  # a store raises no event
            await asyncio.sleep(0)


async def started(shop: Shop, job_id: UUID) -> None:
    """Wait until the job runs."""

    async def runs() -> bool:
        return (await shop.job(job_id)).status is Status.STARTED

    await until(runs)


async def shown_half(shop: Shop, job_id: UUID) -> bool:
    """Whether the job shows that half is done."""
    return (await shop.job(job_id)).progress == 0.5
