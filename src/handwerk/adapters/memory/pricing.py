"""Finished projects, the registry of price models, and the log of predictions, in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.pricing.learned import RECIPE, PriceModel
from handwerk.domain.pricing.model import (
    FinishedJob,
    JobFacts,
    Prediction,
    PredictionInput,
    SimilarProject,
)
from handwerk.domain.projects.model import Project

BATCH = 500


class Registry:
    """All price models, oldest first, and which of them answers."""

    def __init__(self) -> None:
        self.models: dict[str, PriceModel] = {}
        self.active: str | None = None


class LoggedPrediction(msgspec.Struct, frozen=True):
    """One line of the log."""

    given: PredictionInput
    answer: Prediction
    asked_by: UUID | None


class MemoryFinishedProjects:
    """Reads the jobs that teach prices."""

    def __init__(self, projects: Mapping[UUID, Project]) -> None:
        self._projects = projects

    async def batches(self) -> AsyncIterator[Sequence[FinishedJob]]:
        """All finalised projects with a final price, oldest first, in batches."""
        jobs = [job for project in self._projects.values() if (job := _finished(project))]
        jobs.sort(key=lambda job: job.facts.day)
        for start in range(0, len(jobs), BATCH):
            yield jobs[start : start + BATCH]


class MemoryPriceModels:
    """Reads the registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def active(self) -> PriceModel | None:
        """The model that answers."""
        active = self._registry.active
        return None if active is None else await self.get(active)

    async def known_by(self, day: date) -> PriceModel | None:
        """The newest model that learned from nothing later than `day`."""
        known = [
            model
            for model in self._registry.models.values()
            if model.knowledge.recipe == RECIPE and model.knowledge.known_until <= day
        ]
        return max(
            known, key=lambda model: (model.knowledge.known_until, model.trained_at), default=None
        )

    async def get(self, version: str) -> PriceModel | None:
        """The model of that version, or `None`."""
        model = self._registry.models.get(version)
        return model if model is not None and model.knowledge.recipe == RECIPE else None


class MemoryPriceModelStore:
    """The registry inside a transaction."""

    def __init__(self, registry: Registry, note: Note) -> None:
        self._registry = registry
        self._note = note

    def add(self, model: PriceModel) -> None:
        """Note a new model."""

        def refuse_a_second() -> None:
            if model.version in self._registry.models:
                raise Conflict("There is such a version already.")

        self._note(lambda: self._registry.models.__setitem__(model.version, model), refuse_a_second)

    def activate(self, version: str) -> None:
        """Note that the model of that version answers from now on."""

        def deed() -> None:
            self._registry.active = version

        self._note(deed)


class MemoryPredictionStore:
    """The log of predictions inside a transaction."""

    def __init__(self, log: list[LoggedPrediction], note: Note) -> None:
        self._log = log
        self._note = note

    def add(self, given: PredictionInput, answer: Prediction, asked_by: UUID | None) -> None:
        """Note what was asked, what was answered, and to whom."""
        line = LoggedPrediction(given, answer, asked_by)
        self._note(lambda: self._log.append(line))


class NoSimilarJobs:
    """A search that finds nothing, for firms without one."""

    async def similar(
        self,
        text: str,  # noqa: ARG002 - the port's shape
        *,
        known_by: date,  # noqa: ARG002 - the port's shape
        limit: int,  # noqa: ARG002 - the port's shape
        besides: UUID | None,  # noqa: ARG002 - the port's shape
    ) -> list[SimilarProject]:
        """Nothing."""
        return []


def _finished(project: Project) -> FinishedJob | None:
    if not project.is_finalized or not project.final_price:
        return None
    facts = JobFacts(
        project_type=project.project_type,
        day=project.project_date,
        total_area_sqm=project.total_area_sqm,
        complexity=project.complexity,
        wood_type=project.wood_type,
        region=project.region,
        labor_hours=project.labor_hours,
        material_cost=project.material_cost,
        calculated_price=project.calculated_price,
    )
    return FinishedJob(id=project.id, facts=facts, final_price=project.final_price)
