"""How near handwerk's prices come, beside what is simpler: on any table in the import form.

    python benchmarks/pricing.py examples/projects.csv [--sizes 10 30 60 120 all] [--stride 10]
    python benchmarks/pricing.py --world stairs          (a simulated table, see _worlds.py)

Rolling origin: again and again the product learns, through its own use cases, from the jobs just
before a day, and answers for the jobs that came next. All contenders see the same jobs. Printed are
the mean and median absolute percentage error and the share of prices within 20 %; for handwerk also
how often its interval held (with the exact 95 % band around the 80 % that it is built to hold) and
how wide it was. `vs` is the difference to handwerk in mean error with its 90 % interval (paired
bootstrap): above 0 handwerk is better, a tie has 0 inside. Jobs that someone can't answer are left
out of the comparison with him; how many handwerk could not answer is said.
"""

import argparse
import asyncio
import math
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

# Before numpy and scikit-learn: each brings threads of its own, and they wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# This folder holds an http.py: instead of it the folder above is searched, as with `python -m`.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

# ruff: noqa: E402  # see above
import numpy as np
from benchmarks._rivals import RIVALS
from benchmarks._worlds import WORLDS, write
from scipy.stats import binom

from handwerk.adapters.memory.materials import Shelf
from handwerk.adapters.memory.pricing import (
    MemoryCatalogue,
    MemoryFinishedProjects,
    MemoryPriceModels,
    NoSimilarJobs,
)
from handwerk.adapters.memory.settings import MemorySettings
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.adapters.xgboost import XGBoostPredictor
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.pricing.errors import NothingToPriceFrom
from handwerk.domain.pricing.model import NOMINAL_COVERAGE, Prediction, PredictionInput
from handwerk.domain.pricing.use_cases.predicting import predict_price
from handwerk.domain.pricing.use_cases.training import train_price_model
from handwerk.domain.projects.importing.use_cases import import_projects
from handwerk.domain.projects.model import Project
from handwerk.domain.settings.model import first_settings
from handwerk.domain.tables.importing import ImportOrder, Means, OnError

T = TypeVar("T")
Array = np.ndarray[Any, np.dtype[np.float64]]
SIZES = ("10", "30", "60", "120", "all")
OWN = "handwerk"
CLOSE = 0.2
DRAWS = 4000


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
    """One job asked about: its final price, everyone's answers, handwerk's with its interval."""

    price: float
    answers: dict[str, float]
    own: Prediction | None


async def main() -> None:
    """Read the table, ask everyone at every size, print."""
    arguments = _arguments()
    jobs = await _jobs(arguments)
    print(f"{arguments.file or 'simulated: ' + arguments.world}: {len(jobs)} finished jobs, "
          f"{jobs[0].project_date} to {jobs[-1].project_date}")  # fmt: skip
    print(f"{'size':>5} {'contender':<21} {'jobs':>5} {'MAPE':>7} {'median':>7} {'in 20 %':>8} "
          f"{'held':>6} {'width':>7}  vs handwerk (90 %)")  # fmt: skip
    predictor = XGBoostPredictor()
    for size in arguments.sizes:
        _print(size, await _rolled(jobs, size, arguments.stride, predictor))
    predictor.close()


async def _jobs(arguments: argparse.Namespace) -> list[Project]:
    if arguments.file is not None:
        return await _finished(arguments.file)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{arguments.world}.csv"
        write(arguments.world, path)
        return await _finished(path)


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
            means=Means(XlsxWorkbooks(), _at_once, _silent),
        )
    if report.failed:
        print(f"{report.failed} of {report.rows} rows could not be read and are left out")
    finished = [job for job in store.projects.values() if job.is_finalized and job.final_price]
    return sorted(finished, key=lambda job: (job.project_date, job.final_price, job.name))


async def _rolled(
    jobs: Sequence[Project], size: str, stride: int, predictor: XGBoostPredictor
) -> list[Asked]:
    """Everyone's answers, learned from the `size` jobs before ("all": from all before)."""
    first = len(jobs) // 2 if size == "all" else int(size)
    asked: list[Asked] = []
    for origin in range(first, len(jobs), stride):
        known = jobs[:origin] if size == "all" else jobs[origin - first : origin]
        asked += await _asked(known, jobs[origin : origin + stride], predictor)
    return asked


async def _asked(
    known: Sequence[Project], following: Sequence[Project], predictor: XGBoostPredictor
) -> list[Asked]:
    own = await _handwerk(known, following, predictor)
    said = {name: rival(known, following) for name, rival in RIVALS.items()}
    asked = []
    for place, (job, answer) in enumerate(zip(following, own, strict=True)):
        answers = {name: float(prices[place]) for name, prices in said.items()}
        answers[OWN] = float(answer.predicted_price) if answer else math.nan
        asked.append(Asked(float(job.final_price or 0), answers, answer))
    return asked


async def _handwerk(
    known: Sequence[Project], following: Sequence[Project], predictor: XGBoostPredictor
) -> list[Prediction | None]:
    """The product's own way: train, then predict each job as if it were asked on its day."""
    store = MemoryStore()
    store.settings.append(first_settings(datetime.now(UTC)))
    await train_price_model(
        actor=SYSTEM,
        projects=MemoryFinishedProjects({job.id: job for job in known}),
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
            catalogue=MemoryCatalogue({}, Shelf()),
            models=MemoryPriceModels(store.price_models),
            predictor=predictor,
            similar_jobs=NoSimilarJobs(),
            transactions=store.transaction,
            clock=FixedClock(job.project_date),
        )
    except (NothingToPriceFrom, InvalidInput):
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


def _print(size: str, asked: Sequence[Asked]) -> None:
    """One line per contender, over the jobs that it answered."""
    if not asked:
        print(f"{size:>5} too few jobs")
        return
    own = _errors(asked, OWN)
    for name in (OWN, *RIVALS):
        errors = _errors(asked, name)
        if not np.isnan(errors).all():
            more = _interval(asked) if name == OWN else " " * 16 + _versus(own, errors)
            print(f"{size:>5} {name:<21} {_line(errors)}{more}")
    refused = int(np.isnan(own).sum())
    if refused:
        print(f"{size:>5} handwerk refused {refused} of {len(asked)}: nothing to price from")


def _errors(asked: Sequence[Asked], name: str) -> Array:
    return np.array([abs(job.answers[name] / job.price - 1) for job in asked])


def _line(errors: Array) -> str:
    off = errors[~np.isnan(errors)]
    close = (off <= CLOSE).mean()
    return f"{len(off):>5} {off.mean():7.1%} {np.median(off):7.1%} {close:8.1%}"


def _versus(own: Array, other: Array) -> str:
    """How much more the other erred on the jobs that both answered, and whether that is sure."""
    more = (other - own)[~np.isnan(other - own)]
    if not len(more):
        return ""
    drawn = np.random.default_rng(1).choice(more, (DRAWS, len(more))).mean(axis=1)
    low, high = np.quantile(drawn, [0.05, 0.95])
    verdict = "better" if low > 0 else "worse" if high < 0 else "tied"
    return f"{more.mean():+7.1%} ({low:+.1%} to {high:+.1%}) {verdict}"


def _interval(asked: Sequence[Asked]) -> str:
    """How often the measured intervals held, and their median width as a share of the price."""
    built = [
        (job.price, job.own)
        for job in asked
        if job.own is not None and job.own.coverage is not None
    ]
    if not built:
        return ""
    held = [float(own.price_low) <= price <= float(own.price_high) for price, own in built]
    widths = [float((own.price_high - own.price_low) / own.predicted_price) for _, own in built]
    low, high = binom.interval(0.95, len(held), NOMINAL_COVERAGE)
    share = sum(held) / len(held)
    band = f"band {low / len(held):.0%} to {high / len(held):.0%}"
    inside = "" if low <= sum(held) <= high else " OUTSIDE"
    bases = ", ".join(sorted({str(own.basis) for _, own in built}))
    return f" {share:6.1%} {float(np.median(widths)):7.1%}  {band}{inside}; {bases}"


async def _at_once(work: Callable[[], T]) -> T:
    return work()


async def _silent(*_: object) -> None:
    return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--world", choices=sorted(WORLDS), help="a simulated table instead")
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--stride", type=int, default=10, help="jobs asked about between trainings")
    arguments = parser.parse_args()
    if (arguments.file is None) == (arguments.world is None):
        parser.error("give either a table or --world")
    return arguments


if __name__ == "__main__":
    asyncio.run(main())
