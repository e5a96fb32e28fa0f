"""Holding told prices against what the jobs came to, by the clock."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from handwerk.adapters.memory.store import MemoryStore
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Forbidden
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.pricing.accuracy import Outcome
from handwerk.domain.pricing.backtest import Contender, Score
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import FootingReport, PriceModel, TrainingReport
from handwerk.domain.pricing.model import Basis
from handwerk.domain.pricing.queueing import evaluate_price_model
from handwerk.domain.pricing.use_cases.training import TRAINING

# Off by so much in the median in the back-test.
PROMISED = 0.1


class Log:
    """A log of prices whose jobs are done: only how good they were is asked for."""

    def __init__(self, *told: int) -> None:
        self._told = told

    async def outcomes(self, limit: int) -> Sequence[Outcome]:
        """A job of 100 euros for each price that was told."""
        return [outcome(price) for price in self._told][-limit:]

    async def count(self) -> int:
        """How many prices were told."""
        return len(self._told)


class Active:
    """A model that was back-tested, and how many of its jobs taught by their material lists."""

    def __init__(self, listed: int = 0) -> None:
        self._listed = listed

    async def active(self) -> PriceModel:
        """The model that answers."""
        model: Any = _Reported()
        [footing] = model.report.footings
        told = msgspec.structs.replace(footing, listed=self._listed)
        model.report = msgspec.structs.replace(model.report, footings=[told])
        found: PriceModel = model
        return found


class _Reported:
    report = TrainingReport(
        version="v1",
        trained_at=datetime(2026, 11, 1, tzinfo=UTC),
        jobs=100,
        first_day=None,
        last_day=None,
        nominal_coverage=0.8,
        chosen=Basis.MODEL,
        footings=[
            FootingReport(
                footing=next(iter(Footing)),
                jobs=100,
                trials=50,
                scores=[
                    Score(
                        contender=Contender(Basis.MODEL.value),
                        jobs=50,
                        mape=PROMISED,
                        median_ape=PROMISED,
                        within_20_percent=0.9,
                    )
                ],
                chosen=Basis.MODEL,
                coverage=None,
                interval_percent=None,
                sentence="",
            )
        ],
        left_out=0,
        suspicions=[],
        sentences=[],
    )


def outcome(price: int) -> Outcome:
    """A price that was told for a job of 100 euros."""
    return Outcome(
        day=date(2026, 11, 2),
        project_type="Möbel",
        basis=Basis.MODEL,
        predicted_price=Decimal(price),
        price_low=Decimal(price - 10),
        price_high=Decimal(price + 10),
        actual_price=Decimal(100),
        was_accepted=None,
        profitable=None,
        user_modified_price=None,
    )


@pytest.mark.parametrize(
    ("told", "queued"),
    [([105] * 10, []), ([150] * 10, [TRAINING.name]), ([150] * 4, []), ([], [])],
    ids=["as promised", "drifting", "too few to say", "nothing told"],
)
async def test_drifting_prices_have_a_training_queued(told: list[int], queued: list[str]) -> None:
    """The report is the result; where chance does not explain the errors it is trained anew."""
    store, log, models = MemoryStore(), Log(*told), Active()
    parts: dict[str, Any] = {"predictions": log, "models": models}
    report = await evaluate_price_model(actor=SYSTEM, transactions=store.transaction, **parts)
    assert (report.predictions, report.drift.warning) == (len(told), bool(queued))
    assert [job.kind for job in store.requests] == queued


@pytest.mark.parametrize(("listed", "queued"), [(0, []), (7, [TRAINING.name])])
async def test_what_goes_by_material_lists_is_learned_again(listed: int, queued: list[str]) -> None:
    """Prices are as promised; yet where lists taught, their material costs something else now."""
    store = MemoryStore()
    parts: dict[str, Any] = {"predictions": Log(*[105] * 10), "models": Active(listed)}
    await evaluate_price_model(actor=SYSTEM, transactions=store.transaction, **parts)
    assert [job.kind for job in store.requests] == queued


async def test_evaluating_is_for_who_may_train() -> None:
    """It may cause a training."""
    technician = Actor(new_id(), Role.TECHNICIAN)
    parts: dict[str, Any] = {"predictions": Log(), "models": Active()}
    with pytest.raises(Forbidden):
        await evaluate_price_model(
            actor=technician, transactions=MemoryStore().transaction, **parts
        )
