"""Sliding windows."""

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.identity.limits import MOST_KEYS, Limit, SlidingWindow
from handwerk.domain.kernel.errors import RateLimited

LIMIT = Limit("test", most=5, seconds=60)


@given(st.lists(st.floats(0, 400), max_size=200))
def test_no_window_ever_holds_more_than_the_limit(times: list[float]) -> None:
    """Wherever a window begins, no more requests are let through in it than the limit."""
    window = SlidingWindow(LIMIT)
    allowed = [at for at in sorted(times) if window.take("k", at).allowed]
    for number, start in enumerate(allowed):
        assert bisect_left(allowed, start + 60) - number <= LIMIT.most


@given(st.floats(0, 1e9))
def test_who_waits_as_told_gets_through(start: float) -> None:
    """`retry_after` is enough, and is never longer than a window and a slice."""
    window = SlidingWindow(LIMIT)
    for _ in range(LIMIT.most):
        assert window.take("k", start).allowed
    refused = window.take("k", start)
    assert not refused.allowed
    assert 54 <= refused.retry_after <= 67
    assert window.take("k", start + refused.retry_after + 0.001).allowed


def test_what_is_left_is_told() -> None:
    """`remaining` counts down to nothing."""
    window = SlidingWindow(LIMIT)
    assert [window.take("k", 0).remaining for _ in range(6)] == [4, 3, 2, 1, 0, 0]


def test_each_key_counts_by_itself() -> None:
    """One key's refusal is not another's."""
    window = SlidingWindow(Limit("test", most=1, seconds=60))
    assert [window.take(key, 0).allowed for key in "abab"] == [True, True, False, False]


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    """What was counted in a future that did not come is forgotten."""
    window = SlidingWindow(LIMIT)
    for _ in range(LIMIT.most):
        window.take("k", 100_000)
    assert window.take("k", 10).allowed


def test_the_keys_in_mind_are_bounded() -> None:
    """A flood of keys pushes out the oldest, not the machine's memory."""
    window = SlidingWindow(Limit("test", most=1, seconds=60))
    window.take("first", 0)
    for number in range(MOST_KEYS):
        window.take(str(number), 0)
    assert window.take("first", 0).allowed
    assert not window.take(str(MOST_KEYS - 1), 0).allowed


def test_a_refusal_says_how_long_to_wait() -> None:
    """The error carries the seconds for `Retry-After`."""
    window = SlidingWindow(Limit("test", most=1, seconds=60))
    window.take("k", 0).require()
    with pytest.raises(RateLimited, match="66 seconds") as error:
        window.take("k", 0).require()
    assert error.value.retry_after == 66
