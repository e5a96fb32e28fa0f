"""Learning prices, over in-memory adapters."""

import math
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import msgspec
import pytest
from tests.unit.pricing.firm import FIRST_DAY, Firm, GivenJobs, habitual_jobs, job, question

from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Forbidden
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import FootingReport, Knowledge, TrainingReport
from handwerk.domain.pricing.model import Basis, FinishedJob
from handwerk.domain.pricing.use_cases.models import model_info
from handwerk.domain.pricing.use_cases.training import train_price_model


class Stopped(Exception):
    """The work has to end."""


def on(footing: Footing, report: TrainingReport) -> FootingReport:
    return next(found for found in report.footings if found.footing is footing)


@pytest.mark.parametrize("count", [0, 1, 3, 4])
async def test_too_little_data_is_a_success_that_says_so(count: int) -> None:
    """Nothing is activated, the calculation stays, and the report tells why."""
    firm = Firm()
    report = await firm.train(habitual_jobs(count))
    assert report.version is None
    assert report.chosen is Basis.CALCULATION
    assert report.jobs == count
    assert "too little to learn from" in report.sentences[-1]
    assert await firm.models.active() is None


async def test_a_model_that_wins_is_activated_and_told() -> None:
    """The report shows every rung, the measured coverage, and the version that answers now."""
    firm = Firm()
    report = await firm.train(habitual_jobs(120))
    found = on(Footing.CALCULATED, report)
    mape = {score.contender.value: score.mape for score in found.scores}
    assert mape["model"] < mape["firm_factor"] < mape["calculation"]
    assert "median_price_per_sqm" in mape
    assert found.chosen is report.chosen is Basis.MODEL
    assert found.coverage is not None
    assert found.coverage.share == pytest.approx(0.8, abs=0.15)
    active = await firm.models.active()
    assert active is not None
    assert active.version == report.version


async def test_pure_noise_makes_no_model() -> None:
    """Where jobs differ only by chance, no model is activated."""
    firm = Firm()
    jobs = [job(number, 1200 * (0.9, 1.0, 1.1, 1.05, 0.95)[number % 5]) for number in range(60)]
    report = await firm.train(jobs)
    assert on(Footing.CALCULATED, report).chosen is Basis.FIRM_FACTOR
    assert "did not beat" in on(Footing.CALCULATED, report).sentence


async def test_a_typing_error_is_reported_and_not_learned() -> None:
    """A price a thousand times too high is named by id, and the answers stay as without it."""
    jobs = habitual_jobs(60)
    wrong = job(999, 1_500_000_000 / 1000, day=jobs[-1].facts.day)
    firm, clean = Firm(), Firm()
    report = await firm.train([*jobs, wrong])
    await clean.train(jobs)
    assert [found.project_id for found in report.suspicions] == [UUID(int=999)]
    assert report.left_out == 1
    assert any("left out" in sentence for sentence in report.sentences)
    asked = question(calculated_price=Decimal(3000))
    assert (await firm.predict(asked)).predicted_price == (
        await clean.predict(asked)
    ).predicted_price


async def test_the_same_jobs_teach_the_same() -> None:
    """In whatever order and under whatever ids jobs come, knowledge and fingerprint are equal."""
    jobs = habitual_jobs(60)
    renamed = [msgspec.structs.replace(j, id=UUID(int=j.id.int + 5000)) for j in reversed(jobs)]
    first, second = Firm(), Firm()
    await first.train(jobs)
    await second.train(renamed)
    one, other = await first.models.active(), await second.models.active()
    assert one is not None
    assert other is not None
    assert (one.knowledge, one.trees, one.fingerprint) == (
        other.knowledge, other.trees, other.fingerprint,
    )  # fmt: skip


async def test_the_back_test_knows_no_future() -> None:
    """A price rise at the end changes nothing about how earlier jobs were answered."""
    calm = [job(number, 1200) for number in range(60)]
    report = await Firm().train(calm)
    assert all(score.mape == 0 for score in on(Footing.CALCULATED, report).scores[1:2])
    risen = [job(number, 2400, day=FIRST_DAY + timedelta(weeks=60)) for number in range(60, 63)]
    later = on(Footing.CALCULATED, await Firm().train(calm + risen))
    factor = next(score for score in later.scores if score.contender.value == "firm_factor")
    # Only the three last jobs are missed, each by half; all before are answered as they were.
    assert factor.mape * factor.jobs == pytest.approx(3 * 0.5)


async def test_a_steady_rise_of_prices_is_carried_on() -> None:
    """Jobs without a calculation whose prices rise by 8 % a year: old ones are brought to today."""
    jobs = [
        job(number, 5000 * 1.08 ** (number / 52), calculated_price=None) for number in range(150)
    ]
    firm = Firm()
    await firm.train(jobs)
    active = await firm.models.active()
    assert active is not None
    level = active.knowledge.footings[Footing.AREA].levels["möbel"]
    assert level.yearly == pytest.approx(math.log(1.08), abs=0.005)
    answer = await firm.predict(question())
    assert answer.predicted_price == pytest.approx(Decimal(6252), rel=Decimal("0.02"))


async def test_a_single_jump_of_prices_is_no_trend() -> None:
    """Prices that jumped once and then stayed would be overshot by a trend: none is kept."""
    chance = Random(4)  # noqa: S311 - no secret
    jobs = [
        job(
            number,
            (5000 if number < 40 else 6500) * math.exp(chance.gauss(0, 0.05)),
            calculated_price=None,
        )
        for number in range(150)
    ]
    firm = Firm()
    await firm.train(jobs)
    active = await firm.models.active()
    assert active is not None
    assert active.knowledge.footings[Footing.AREA].levels["möbel"].yearly == 0


async def test_a_stop_saves_nothing() -> None:
    """A revoked training leaves no version behind."""
    firm = Firm()
    told: list[float] = []

    async def progress(share: float, word: str) -> None:
        told.append(share)
        if share > 0.3:
            raise Stopped(word)

    with pytest.raises(Stopped):
        await train_price_model(
            actor=SYSTEM,
            projects=GivenJobs(habitual_jobs(60)),
            settings=firm.settings,
            predictor=firm.predictor,
            transactions=firm.store.transaction,
            clock=firm.clock,
            progress=progress,
        )
    assert told == sorted(told)
    assert await firm.models.active() is None
    assert firm.store.history == []


async def test_activation_is_in_the_history() -> None:
    """Who trained which version stands in the record history."""
    firm = Firm()
    manager = Actor(UUID(int=4), Role.MANAGER)
    report = await firm.train(habitual_jobs(60), actor=manager)
    assert [(change.action, change.actor_id) for change in firm.store.history] == [
        ("create", manager.user_id),
        ("activate", manager.user_id),
    ]
    assert firm.store.history[0].new is not None
    assert firm.store.history[0].new["version"] == report.version


async def test_who_may_not_train_is_refused() -> None:
    """A technician can't teach the firm's prices."""
    with pytest.raises(Forbidden):
        await Firm().train([], actor=Actor(None, Role.TECHNICIAN))


async def test_what_was_learned_survives_json() -> None:
    """Knowledge and report come back from JSON as they went in."""
    firm = Firm()
    report = await firm.train(habitual_jobs(120))
    active = await firm.models.active()
    assert active is not None
    knowledge = msgspec.json.encode(active.knowledge)
    assert msgspec.json.decode(knowledge, type=Knowledge) == active.knowledge
    assert msgspec.json.decode(msgspec.json.encode(report), type=TrainingReport) == report


@pytest.mark.parametrize(
    "jobs",
    [
        [job(number, 1000) for number in range(60)],
        [job(0, 1000 + number) for number in range(60)],
        [job(number, 1000, calculated_price=None, total_area_sqm=None) for number in range(60)],
        [job(number, 0.01, calculated_price=Decimal("0.01")) for number in range(60)],
        [job(number, 1000, complexity=None, project_type=str(number)) for number in range(60)],
    ],
    ids=["identical", "all on one day", "nothing but prices", "cents", "sixty types"],
)
async def test_odd_histories_end_in_a_report(jobs: list[FinishedJob]) -> None:
    """Identical prices, one day, no facts, tiny prices, no type twice: all end well."""
    report = await Firm().train(jobs)
    assert report.jobs == 60


async def test_model_info_before_and_after_training() -> None:
    """Nothing is claimed before the first training; after it, what is active and how good it is."""
    firm = Firm()
    viewer = Actor(None, Role.VIEWER)
    empty = await model_info(actor=viewer, models=firm.models, settings=firm.settings)
    assert (empty.version, empty.basis, empty.jobs) == (None, Basis.CALCULATION, 0)
    report = await firm.train(habitual_jobs(120))
    info = await model_info(actor=viewer, models=firm.models, settings=firm.settings)
    assert info.version == report.version
    assert info.basis is Basis.MODEL
    assert "complexity" in info.features
    assert info.metrics == report.footings


async def test_model_info_needs_permission() -> None:
    """An anonymous visitor learns nothing of the firm's models."""
    firm = Firm()
    actor = Actor(None, Role.ANONYMOUS)
    with pytest.raises(Forbidden):
        await model_info(actor=actor, models=firm.models, settings=firm.settings)
