"""Finished projects, the registry of price models, and the log of predictions, in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec

from handwerk.adapters.memory.lists import page_of
from handwerk.adapters.memory.materials import Shelf
from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.clock import FIRM_ZONE
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.kernel.money import ZERO
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.materials.ports import PriceDay
from handwerk.domain.materials.prices import price_on
from handwerk.domain.pricing.accuracy import Outcome
from handwerk.domain.pricing.feedback import (
    Feedback,
    FeedbackInput,
    PredictionRecord,
    profitable,
    recorded,
)
from handwerk.domain.pricing.learned import RECIPE, PriceModel
from handwerk.domain.pricing.model import (
    FinishedJob,
    JobFacts,
    ListedCosts,
    Prediction,
    PredictionInput,
    PricedMaterial,
    SimilarProject,
)
from handwerk.domain.pricing.ports import (
    JobDay,
    Likeness,
    MaterialDay,
    PredictionFilter,
    Registered,
)
from handwerk.domain.projects.model import Project

BATCH = 500


class Activation(NamedTuple):
    """When a model began to answer, and who wanted it."""

    version: str
    at: datetime
    by: UUID | None


class Registry:
    """All price models, oldest first, and which of them answers."""

    def __init__(self) -> None:
        self.models: dict[str, PriceModel] = {}
        self.activations: list[Activation] = []

    @property
    def active(self) -> str | None:
        """The version that answers."""
        readable = (each for each in reversed(self.activations) if self.is_readable(each.version))
        return next((each.version for each in readable), None)

    def is_readable(self, version: str) -> bool:
        """Whether a model is of today's recipe."""
        return self.models[version].knowledge.recipe == RECIPE

    def listed(self, model: PriceModel) -> Registered:
        """The model as the registry lists it."""
        times = [each for each in self.activations if each.version == model.version]
        readable = self.is_readable(model.version)
        return Registered(
            id=model.id,
            version=model.version,
            trained_at=model.trained_at,
            trained_by=model.trained_by,
            known_until=model.knowledge.known_until,
            fingerprint=model.fingerprint,
            is_active=model.version == self.active,
            is_readable=readable,
            activated_at=times[-1].at if times else None,
            activated_by=times[-1].by if times else None,
            report=model.report if readable else None,
        )


class LoggedPrediction(msgspec.Struct, frozen=True):
    """One line of the log, and what was said of it: what, by whom, when."""

    given: PredictionInput
    answer: Prediction
    asked_by: UUID | None
    said: list[tuple[FeedbackInput, UUID | None, datetime]] = []

    @property
    def record(self) -> PredictionRecord:
        """The line as the log tells it."""
        record = recorded(self.given, self.answer, self.asked_by)
        for said, _, now in self.said:
            record = record.told(said, now)
        return record


class MemoryFinishedProjects:
    """Reads the jobs that teach prices."""

    def __init__(self, projects: Mapping[UUID, Project], shelf: Shelf | None = None) -> None:
        self._projects = projects
        self._shelf = shelf or Shelf()

    async def listed_costs(self, day: date) -> Mapping[UUID, ListedCosts]:
        """What their material lists cost then, and at the prices of the day."""
        finished = [job for job in self._projects.values() if _finished(job)]
        found = {job.id: _listed_costs(job, self._shelf, day) for job in finished}
        return {job: costs for job, costs in found.items() if costs is not None}

    async def batches(self) -> AsyncIterator[Sequence[FinishedJob]]:
        """All finalised projects with a final price, oldest first, in batches."""
        jobs = [job for project in self._projects.values() if (job := _finished(project))]
        jobs.sort(key=lambda job: job.facts.day)
        for start in range(0, len(jobs), BATCH):
            yield jobs[start : start + BATCH]

    async def count(self) -> int:
        """How many these are."""
        return sum(_finished(project) is not None for project in self._projects.values())


class MemoryRegistry:
    """Lists the registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def page(self, request: PageRequest) -> Page[Registered]:
        """The part of the list that `request` names."""
        models = self._registry.models.values()
        return page_of([self._registry.listed(each) for each in models], request)

    async def jobs_of_newest(self) -> int:
        """How many jobs the newest training had."""
        models = self._registry.models.values()
        newest = max(models, key=lambda each: each.trained_at, default=None)
        return 0 if newest is None else newest.report.jobs


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

    async def find(self, version: str) -> Registered | None:
        """The model of that version as the registry lists it."""
        model = self._registry.models.get(version)
        return None if model is None else self._registry.listed(model)

    def activate(self, version: str, by: UUID | None) -> None:
        """Note that the model of that version answers from now on."""
        self._note(
            lambda: self._registry.activations.append(Activation(version, datetime.now(UTC), by))
        )


class MemoryPredictions:
    """Reads the log."""

    def __init__(
        self, log: Sequence[LoggedPrediction], projects: Mapping[UUID, Project] | None = None
    ) -> None:
        self._log = log
        self._projects = {} if projects is None else projects

    async def get(self, prediction_id: UUID) -> PredictionRecord | None:
        """The prediction with that id, or `None`."""
        return next((line.record for line in self._log if line.answer.id == prediction_id), None)

    async def page(self, wanted: PredictionFilter, request: PageRequest) -> Page[PredictionRecord]:
        """The part of the log that `request` names."""
        return page_of([line.record for line in self._log if _matches(wanted, line)], request)

    async def outcomes(self, limit: int) -> list[Outcome]:
        """The newest predictions of which something is known, oldest first."""
        judged: dict[UUID, LoggedPrediction] = {}
        for line in sorted(self._log, key=lambda line: line.answer.timestamp):
            job = line.given.project_id or line.answer.id
            if line.said or self._final_price(line) is not None:
                known = judged.get(job)
                if known is None or bool(line.said) >= bool(known.said):
                    judged[job] = line
        found = sorted(judged.values(), key=lambda line: line.answer.timestamp)
        return [self._outcome(line) for line in found[-limit:]]

    async def count(self) -> int:
        """How many predictions the log holds."""
        return min(len(self._log), 10_000)

    def _final_price(self, line: LoggedPrediction) -> Decimal | None:
        project = self._projects.get(line.given.project_id) if line.given.project_id else None
        if project is None or not project.final_price or not project.counts:
            return None
        closed = project.finalized_at
        return project.final_price if closed is None or line.answer.timestamp <= closed else None

    def _outcome(self, line: LoggedPrediction) -> Outcome:
        answer = line.answer
        said = line.record.feedback or Feedback(given_at=answer.timestamp)
        if said.actual_price is None:
            said = msgspec.structs.replace(said, actual_price=self._final_price(line))
        return Outcome(
            day=answer.timestamp.astimezone(FIRM_ZONE).date(),
            project_type=line.given.project_type or "",
            basis=answer.basis,
            predicted_price=answer.predicted_price,
            price_low=answer.price_low,
            price_high=answer.price_high,
            actual_price=said.actual_price,
            was_accepted=said.was_accepted,
            profitable=profitable(answer.predicted_price, said),
            user_modified_price=said.user_modified_price,
        )


class MemoryPredictionStore:
    """The log of predictions inside a transaction."""

    def __init__(self, log: list[LoggedPrediction], note: Note) -> None:
        self._log = log
        self._note = note

    async def locked(self, prediction_id: UUID) -> PredictionRecord | None:
        """The prediction with its feedback; memory has one writer, so nothing need be locked."""
        return await MemoryPredictions(self._log).get(prediction_id)

    def add_feedback(
        self, prediction_id: UUID, said: FeedbackInput, given_by: UUID | None, now: datetime
    ) -> None:
        """Note what was said."""
        [line] = [line for line in self._log if line.answer.id == prediction_id]
        self._note(lambda: line.said.append((said, given_by, now)))

    def add(
        self, lines: Sequence[tuple[PredictionInput, Prediction]], asked_by: UUID | None
    ) -> None:
        """Note what was asked, what was answered, and to whom."""
        noted = [LoggedPrediction(given, answer, asked_by) for given, answer in lines]
        self._note(lambda: self._log.extend(noted))


class MemoryCatalogue:
    """Reads what pricing asks of projects and materials."""

    def __init__(self, projects: Mapping[UUID, Project], shelf: Shelf) -> None:
        self._projects = projects
        self._shelf = shelf

    async def projects(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of the ids that are projects."""
        return frozenset(each for each in ids if each in self._projects)

    async def materials(
        self, wanted: Sequence[MaterialDay]
    ) -> Mapping[MaterialDay, PricedMaterial]:
        """The materials that exist, with the price that counts on the day."""
        return {
            one: self._priced(one) for one in wanted if one.material_id in self._shelf.materials
        }

    async def listed_costs(self, wanted: frozenset[JobDay]) -> Mapping[JobDay, ListedCosts]:
        """What the projects' material lists cost then, and at the prices of the day."""
        known = ((one, self._projects.get(one.project_id)) for one in wanted)
        found = ((one, _listed_costs(job, self._shelf, one.day)) for one, job in known if job)
        return {one: costs for one, costs in found if costs is not None}

    def _priced(self, one: MaterialDay) -> PricedMaterial:
        material = self._shelf.materials[one.material_id]
        held = price_on(self._shelf.history(one.material_id), one.day, one.region)
        return PricedMaterial(material.name, material.unit, None if held is None else held.price)


def _listed_costs(project: Project, shelf: Shelf, day: date) -> ListedCosts | None:
    wanted = PriceDay(day, project.region)
    lines = [
        (line.total or ZERO, line.repriced(day, held.price).total or ZERO)
        for line in shelf.lines.values()
        if line.project_id == project.id
        and (held := shelf.price(line.material_id, wanted)) is not None
    ]
    if not lines:
        return None
    return ListedCosts(*(sum(costs, ZERO) for costs in zip(*lines, strict=True)))


class NoSimilarJobs:
    """A search that finds nothing, for firms without one."""

    async def similar(
        self,
        asked: Sequence[Likeness],
        limit: int,  # noqa: ARG002 - the port's shape
    ) -> list[list[SimilarProject]]:
        """Nothing."""
        return [[] for _ in asked]


def _matches(wanted: PredictionFilter, line: LoggedPrediction) -> bool:
    own = {
        "project_id": line.given.project_id,
        "project_type": line.given.project_type,
        "basis": line.answer.basis,
    }
    return all(
        value in {None, own[field]} for field, value in msgspec.structs.asdict(wanted).items()
    )


def _finished(project: Project) -> FinishedJob | None:
    if not project.is_finalized or not project.final_price or not project.counts:
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
        description=project.description,
    )
    return FinishedJob(id=project.id, facts=facts, final_price=project.final_price)
