"""How near handwerk's prices come, beside what is simpler: on any table in the import form.

    python benchmarks/pricing.py examples/projects.csv [--sizes 10 30 60 120 all]

Rolling origin: again and again the product learns, through its own use cases, from the jobs just
before a day, and answers for the jobs that came next. All contenders see the same jobs. Printed are
the mean and median absolute percentage error, the share of prices within 20 %, and for handwerk how
often its interval held (it is built to hold 80 %) and how wide it was.
"""

import argparse
import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple, TypeVar

import numpy as np
import xgboost

from handwerk.adapters.memory.materials import Shelf
from handwerk.adapters.memory.pricing import (
    MemoryCatalogue,
    MemoryFinishedProjects,
    MemoryPriceModels,
    NoSimilarJobs,
)
from handwerk.adapters.memory.settings import MemorySettings
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.xgboost import XGBoostPredictor
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.pricing.errors import NothingToPriceFrom
from handwerk.domain.pricing.model import Prediction, PredictionInput
from handwerk.domain.pricing.use_cases.predicting import predict_price
from handwerk.domain.pricing.use_cases.training import train_price_model
from handwerk.domain.projects.importing.use_cases import ImportOrder, OnError, import_projects
from handwerk.domain.projects.model import Project
from handwerk.domain.settings.model import first_settings

T = TypeVar("T")
SIZES = ("10", "30", "60", "120", "all")
# So many jobs are asked about before the product learns again.
STRIDE = 10
CONTENDERS = ("handwerk", "calculation", "calculation * factor", "XGBoost direct")


class FixedClock:
    """The day on which a question is asked."""

    def __init__(self, day: date) -> None:
        self._day = day

    def now(self) -> datetime:
        """Noon of that day."""
        return datetime.combine(self._day, time(12), UTC)

    def today(self) -> date:
        """That day."""
        return self._day


class Asked(NamedTuple):
    """One job asked about: its final price and all answers, handwerk's with its interval."""

    price: float
    answers: dict[str, float]
    handwerk: Prediction | None


async def main() -> None:
    """Read the table, ask everyone at every size, print."""
    arguments = _arguments()
    jobs = await _finished(arguments.file)
    print(f"{arguments.file}: {len(jobs)} finished jobs, {jobs[0].project_date} to "
          f"{jobs[-1].project_date}")  # fmt: skip
    print(f"{'size':>5} {'contender':<26} {'jobs':>5} {'MAPE':>7} {'median':>7} {'in 20 %':>8} "
          f"{'held':>6} {'width':>7}")  # fmt: skip
    predictor = XGBoostPredictor()
    for size in arguments.sizes:
        _print(size, await _rolled(jobs, size, predictor))
    predictor.close()


async def _finished(path: Path) -> list[Project]:
    """The finalised jobs with a price, oldest first."""
    store = MemoryStore()
    with path.open("rb") as file:
        report = await import_projects(
            file,
            ImportOrder(on_error=OnError.SKIP),
            actor=SYSTEM,
            transactions=store.transaction,
            clock=SystemClock(),
            offload=_at_once,
            progress=_silent,
        )
    if report.failed:
        print(f"{report.failed} of {report.rows} rows could not be read and are left out")
    finished = [job for job in store.projects.values() if job.is_finalized and job.final_price]
    return sorted(finished, key=lambda job: (job.project_date, job.final_price, job.name))


async def _rolled(jobs: Sequence[Project], size: str, predictor: XGBoostPredictor) -> list[Asked]:
    """Everyone's answers, learned from the `size` jobs before ("all": from all before)."""
    first = len(jobs) // 2 if size == "all" else int(size)
    asked: list[Asked] = []
    for origin in range(first, len(jobs), STRIDE):
        known = jobs[:origin] if size == "all" else jobs[origin - first : origin]
        asked += await _asked(known, jobs[origin : origin + STRIDE], predictor)
    return asked


async def _asked(
    known: Sequence[Project], following: Sequence[Project], predictor: XGBoostPredictor
) -> list[Asked]:
    answered = await _handwerk(known, following, predictor)
    factor = _factor(known)
    direct = _direct(known, following)
    return [
        Asked(float(job.final_price or 0), _answers(job, own, factor, guess), own)
        for job, own, guess in zip(following, answered, direct, strict=True)
    ]


def _answers(
    job: Project, own: Prediction | None, factor: float | None, direct: float | None
) -> dict[str, float]:
    calculated = float(job.calculated_price) if job.calculated_price else None
    given = {
        "handwerk": float(own.predicted_price) if own else None,
        "calculation": calculated,
        "calculation * factor": calculated * factor if calculated and factor else None,
        "XGBoost direct": direct,
    }
    return {name: answer for name, answer in given.items() if answer is not None}


async def _handwerk(
    known: Sequence[Project], following: Sequence[Project], predictor: XGBoostPredictor
) -> list[Prediction | None]:
    """The product's own way: train, then predict each job as if it were asked on its day."""
    store = MemoryStore()
    store.settings.append(first_settings(datetime.now(UTC)))
    projects = {job.id: job for job in known}
    await train_price_model(
        actor=SYSTEM,
        projects=MemoryFinishedProjects(projects),
        settings=MemorySettings(store.settings),
        predictor=predictor,
        transactions=store.transaction,
        clock=FixedClock(following[0].project_date),
        progress=_silent,
    )
    return [await _predicted(job, store, predictor) for job in following]


async def _predicted(
    job: Project, store: MemoryStore, predictor: XGBoostPredictor
) -> Prediction | None:
    try:
        return await predict_price(
            _question(job),
            actor=SYSTEM,
            settings=MemorySettings(store.settings),
            models=MemoryPriceModels(store.price_models),
            predictor=predictor,
            catalogue=MemoryCatalogue({}, Shelf()),
            similar_jobs=NoSimilarJobs(),
            transactions=store.transaction,
            clock=FixedClock(job.project_date),
        )
    except NothingToPriceFrom:
        return None


def _question(job: Project) -> PredictionInput:
    return PredictionInput(
        project_type=job.project_type,
        total_area_sqm=job.total_area_sqm,
        complexity=job.complexity,
        wood_type=job.wood_type,
        region=job.region,
        description=job.description,
        labor_hours=job.labor_hours,
        material_cost=job.material_cost,
        calculated_price=job.calculated_price,
    )


def _factor(known: Sequence[Project]) -> float | None:
    """The median of final price / calculation."""
    ratios = [
        float(job.final_price / job.calculated_price)
        for job in known
        if job.final_price and job.calculated_price
    ]
    return median(ratios) if ratios else None


def _direct(known: Sequence[Project], following: Sequence[Project]) -> list[float]:
    """XGBoost on the raw inputs, with its defaults."""
    words = {
        (name, word): place
        for place, (name, word) in enumerate(
            sorted({(name, getattr(job, name) or "") for job in known for name in _WORDS})
        )
    }
    table = np.array([_raw(job, words) for job in known])
    logs = np.log([float(job.final_price or 1) for job in known])
    matrix = xgboost.DMatrix(table, logs, nthread=1)
    booster = xgboost.train({"nthread": 1, "seed": 1}, matrix, 100)
    asked = np.array([_raw(job, words) for job in following])
    return [math.exp(answer) for answer in booster.predict(xgboost.DMatrix(asked, nthread=1))]


_NUMBERS = ("total_area_sqm", "complexity", "labor_hours", "material_cost", "calculated_price")
_WORDS = ("project_type", "region", "wood_type")


def _raw(job: Project, words: dict[tuple[str, str], int]) -> list[float]:
    numbers = [getattr(job, name) for name in _NUMBERS]
    codes = [words.get((name, getattr(job, name) or ""), -1) for name in _WORDS]
    known = [math.nan if number is None else float(number) for number in numbers]
    return [*known, *map(float, codes), float(job.project_date.toordinal())]


def _print(size: str, asked: Sequence[Asked]) -> None:
    """One line per contender, over the jobs that it answered."""
    calculated = [job for job in asked if "calculation" in job.answers]
    for name in CONTENDERS:
        _line(size, name, calculated, name)
    without = [job for job in asked if "calculation" not in job.answers]
    for name in ("handwerk", "XGBoost direct"):
        _line(size, f"{name} (no calc.)", without, name)


def _line(size: str, title: str, asked: Iterable[Asked], name: str) -> None:
    answered = [job for job in asked if name in job.answers]
    if not answered:
        return
    off = [abs(job.answers[name] / job.price - 1) for job in answered]
    close = fmean(error <= 0.2 for error in off)
    line = f"{size:>5} {title:<26} {len(off):>5} {fmean(off):7.1%} {median(off):7.1%} {close:8.1%}"
    print(line + (_interval(answered) if name == "handwerk" else ""))


def _interval(asked: Sequence[Asked]) -> str:
    """How often the measured intervals held, and their median width as a share of the price."""
    built = [
        (job.price, answer)
        for job in asked
        if (answer := job.handwerk) is not None and answer.coverage is not None
    ]
    if not built:
        return ""
    held = fmean(answer.price_low <= price <= answer.price_high for price, answer in built)
    widths = [
        (answer.price_high - answer.price_low) / answer.predicted_price for _, answer in built
    ]
    return f" {held:6.1%} {float(median(widths)):7.1%}"


async def _at_once(work: Callable[[], T]) -> T:
    return work()


async def _silent(*_: object) -> None:
    return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
