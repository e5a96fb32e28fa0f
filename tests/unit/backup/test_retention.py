"""Which backups stay, and which pieces of the log follow on one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.backup.log import unbroken
from handwerk.domain.backup.model import Backup, Damaged, Method
from handwerk.domain.backup.retention import Keep, kept
from handwerk.domain.kernel.errors import InvalidInput

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
KEEPS = st.builds(Keep, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


def backup(at: datetime, number: int = 0) -> Backup:
    return Backup(
        id=f"{number:04d}",
        begun_at=at,
        taken_at=at,
        verified_at=at,
        method=Method.PHYSICAL,
        cluster="1",
        segment=None,
        program="0.1.0",
        schema="0017",
        database_bytes=1,
        stored_bytes=1,
        files=0,
        file_bytes=0,
        tables={},
    )


def segment(number: int, timeline: int = 1) -> str:
    return f"{timeline:08X}{number // 256:08X}{number % 256:08X}"


@given(st.lists(MOMENTS, min_size=1, max_size=60), KEEPS)
def test_enough_stays_and_not_more(moments: list[datetime], keep: Keep) -> None:
    """The newest stays; no rule keeps more than it says; the newest of each kept day is there."""
    backups = [backup(at, number) for number, at in enumerate(moments)]
    staying = [each for each in backups if each.id in kept(backups, keep)]
    newest = max(each.taken_at for each in backups)
    assert newest in {each.taken_at for each in staying}
    assert len(staying) <= max(1, keep.daily + keep.weekly + keep.monthly)
    days = sorted({each.taken_at.date() for each in backups}, reverse=True)[: keep.daily]
    for day in days:
        last = max(each.taken_at for each in backups if each.taken_at.date() == day)
        assert last in {each.taken_at for each in staying}


@given(st.lists(MOMENTS, min_size=1, max_size=40), KEEPS, MOMENTS)
def test_what_went_never_comes_to_be_wanted(
    moments: list[datetime], keep: Keep, later: datetime
) -> None:
    """A newer backup never has an older one kept that would have gone without it."""
    backups = [backup(at, number) for number, at in enumerate(moments)]
    newer = backup(max(*moments, later) + timedelta(hours=1), len(moments))
    assert kept([*backups, newer], keep) - {newer.id} <= kept(backups, keep)


def test_grandfather_father_son() -> None:
    """A year of daily backups leaves seven days, four weeks and twelve months of them."""
    year = [backup(NOON - timedelta(days=days), days) for days in range(400)]
    staying = sorted(int(number) for number in kept(year, Keep()))
    assert staying[:7] == list(range(7))
    assert {8, 15} < set(staying)  # Sundays
    assert 23 in staying  # the last of October
    assert len(staying) <= 23


@pytest.mark.parametrize("text", ["daily", "daily=x", "yearly=1", "daily=1; daily=2", "daily=-1"])
def test_a_rule_that_is_none_is_refused(text: str) -> None:
    """The part that can't be understood is named."""
    with pytest.raises(InvalidInput, match=r"daily|yearly"):
        Keep.spelt(text)


def test_a_rule_is_spelt() -> None:
    """What is not named stays as it is by default; nothing at all can't be kept."""
    assert Keep.spelt(" daily = 3 ;weekly=0") == Keep(3, 0, 12)
    with pytest.raises(InvalidInput, match="one backup"):
        Keep.spelt("daily=0; weekly=0; monthly=0")


@given(st.integers(0, 1000), st.integers(0, 40), st.integers(1, 40))
def test_a_log_without_gap_is_taken_from_the_backup_on(first: int, before: int, after: int) -> None:
    """Older pieces are left out, histories of timelines stay, the last may be partial."""
    start = first + before
    names = [segment(number) for number in range(first, start + after)]
    names[-1] += ".partial"
    found = unbroken(["00000002.history", *names], segment(start))
    assert found == sorted(["00000002.history", *names[before:]])


@given(st.data(), st.integers(0, 1000), st.integers(3, 40))
def test_a_gap_is_never_passed_over(data: st.DataObject, first: int, count: int) -> None:
    """A missing piece is told, wherever it is between the backup and the newest one."""
    names = [segment(number) for number in range(first, first + count)]
    names.pop(data.draw(st.integers(0, count - 2)))
    with pytest.raises(Damaged, match="1 of"):
        unbroken(names, segment(first))


def test_a_log_may_go_on_in_another_timeline() -> None:
    """After a restore the same place is there twice; neither is a gap."""
    names = [segment(5), segment(6) + ".partial", segment(6, 2), segment(7, 2) + ".partial"]
    assert unbroken(names, segment(5)) == sorted(names)
    assert unbroken([segment(4)], segment(5)) == []


def test_a_log_that_was_cut_off_is_told() -> None:
    """The newest piece that was noted has to be there, whole or partial."""
    names = [segment(5), segment(6), segment(7) + ".partial"]
    assert unbroken(names, segment(5), segment(7)) == names
    with pytest.raises(Damaged, match="1 of 3"):
        unbroken(names[:-1], segment(5), segment(7) + ".partial")
    with pytest.raises(Damaged, match="3 of 3"):
        unbroken([], segment(5), segment(7))
