"""Moving the index from one model to another while it answers.

A second collection is filled beside the one that answers. Both receive every change until one of
them is dropped on request, so that going over to the new one and back is one step each way.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import Conflict, NotFound
from handwerk.domain.search.model import MAX_QUERY, Collection, Kind

MAX_MODEL = 200
MAX_JUDGED = 1_000
MAX_RELEVANT = 100
# The name of a model on a hub (`owner/name`, or a bare name), or an absolute path to its folder.
_MODEL = re.compile(r"/[^\x00-\x1f]+|[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


class MigrationPhase(StrEnum):
    """Where a migration stands."""

    FILLING = "filling"
    READY = "ready"
    CUT_OVER = "cut over"
    ROLLED_BACK = "rolled back"
    FINISHED = "finished"
    ABANDONED = "abandoned"


ENDED = frozenset({MigrationPhase.FINISHED, MigrationPhase.ABANDONED})


class Judged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A query, and the names or ids of the projects that it should find."""

    query: str
    relevant: tuple[str, ...]


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The model to move to: its name on a hub, or its folder; judged queries sharpen the report."""

    model: str
    judged: tuple[Judged, ...] = ()

    def checked(self) -> "Order":
        """This order trimmed; `InvalidInput` names all that is wrong."""
        checks = Checks()
        model = checks.text("model", self.model, MAX_MODEL, shortest=1) or ""
        fits = _MODEL.fullmatch(model) is not None
        checks.that(not model or fits, "model", "must be a model's name or an absolute path")
        many = f"must have at most {MAX_JUDGED:,} entries"
        checks.that(len(self.judged) <= MAX_JUDGED, "judged", many)
        judged = [_checked(one, f"judged[{place}]", checks) for place, one in self._numbered()]
        checks.refuse_if_any()
        return Order(model, tuple(judged))

    def _numbered(self) -> enumerate[Judged]:
        return enumerate(self.judged[:MAX_JUDGED])


def _checked(judged: Judged, field: str, checks: Checks) -> Judged:
    query = checks.text(f"{field}.query", judged.query, MAX_QUERY, shortest=1) or ""
    count = len(judged.relevant)
    bounds = f"must have 1 to {MAX_RELEVANT} entries"
    checks.that(1 <= count <= MAX_RELEVANT, f"{field}.relevant", bounds)
    named = [
        checks.text(f"{field}.relevant", each, MAX_QUERY, shortest=1) or ""
        for each in judged.relevant[:MAX_RELEVANT]
    ]
    return Judged(query, tuple(named))


class Side(msgspec.Struct, frozen=True):
    """How one of both collections answers. The ranks are `None` where nothing was judged."""

    model: str
    dimensions: int
    points: int
    p50_ms: float
    p95_ms: float
    mrr_at_10: float | None = None
    ndcg_at_10: float | None = None


class Comparison(msgspec.Struct, frozen=True):
    """Both collections asked the same: `overlap_at_10` is the mean share of common answers.

    The queries are the judged ones, else names of projects from all over the firm.
    """

    queries: int
    judged: int
    overlap_at_10: float
    old: Side
    new: Side


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One move of the index. `new` is known once the model has been loaded."""

    id: UUID
    kind: Kind
    phase: MigrationPhase
    old: Collection
    model: str
    new: Collection | None
    task_id: UUID
    judged: tuple[Judged, ...]
    report: Comparison | None
    requested_by: UUID | None
    created_at: datetime
    changed_at: datetime

    @property
    def ended(self) -> bool:
        """Whether one of both collections was dropped, so that nothing is left to do."""
        return self.phase in ENDED

    @property
    def collections(self) -> tuple[Collection, ...]:
        """What receives every change: both, as far as they are known."""
        return (self.old,) if self.new is None else (self.old, self.new)

    def towards(self, new: Collection, *, now: datetime) -> "Migration":
        """The model is loaded, and this is the collection to be filled."""
        return msgspec.structs.replace(self, new=new, changed_at=now)

    def filled(self, report: Comparison, *, now: datetime) -> "Migration":
        """The new collection holds everything; the report tells how it answers."""
        first = self.phase is MigrationPhase.FILLING
        phase = MigrationPhase.READY if first else self.phase
        return msgspec.structs.replace(self, phase=phase, report=report, changed_at=now)

    def again(self, task_id: UUID, judged: tuple[Judged, ...], *, now: datetime) -> "Migration":
        """The same with a new task, whose predecessor has failed."""
        return msgspec.structs.replace(
            self, task_id=task_id, judged=judged or self.judged, changed_at=now
        )

    def cut_over(self, *, now: datetime) -> "Migration":
        """From now on the new collection answers."""
        if self.phase is MigrationPhase.FILLING:
            raise Conflict("The new collection is still being filled; its task tells how far.")
        self._must_be("cut over", MigrationPhase.READY, MigrationPhase.ROLLED_BACK)
        return self._now(MigrationPhase.CUT_OVER, now)

    def rolled_back(self, *, now: datetime) -> "Migration":
        """From now on the old collection answers again."""
        self._must_be("rolled back", MigrationPhase.CUT_OVER)
        return self._now(MigrationPhase.ROLLED_BACK, now)

    def finished(self, *, now: datetime) -> "Migration":
        """The old collection may go: there is no way back any more."""
        self._must_be("finished", MigrationPhase.CUT_OVER)
        return self._now(MigrationPhase.FINISHED, now)

    def abandoned(self, *, now: datetime) -> "Migration":
        """The new collection may go."""
        waiting = (MigrationPhase.FILLING, MigrationPhase.READY, MigrationPhase.ROLLED_BACK)
        self._must_be("abandoned", *waiting)
        return self._now(MigrationPhase.ABANDONED, now)

    def _must_be(self, deed: str, *phases: MigrationPhase) -> None:
        if self.phase not in phases:
            raise Conflict(f"This migration is {self.phase}; it can't be {deed}.")

    def _now(self, phase: MigrationPhase, now: datetime) -> "Migration":
        return msgspec.structs.replace(self, phase=phase, changed_at=now)


class MigrationNotFound(NotFound):
    """There is no such migration."""

    def __init__(self) -> None:
        super().__init__("There is no such migration.")


def percentile(times: Sequence[float], share: float) -> float:
    """The time that `share` (0 to 1) of `times` do not exceed; 0 where there are none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
