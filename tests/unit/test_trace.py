"""A request's trace: taken over where it is well-formed, made where it is not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.kernel import trace

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def test_a_step_stays_in_its_trace() -> None:
    """Trace and flags are the parent's, the step is new."""
    step = trace.step(PARENT)
    assert step.startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    assert step.endswith("-01")
    assert trace.span_id(step) != "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "",
        PARENT.upper(),
        PARENT + "-more",
        PARENT.replace("00-", "ff-", 1),
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
    ],
)
def test_what_is_no_parent_begins_a_new_trace(wrong: str | None) -> None:
    """As the recommendation says of every header that can't be read."""
    assert trace.trace_id(wrong) is None
    assert trace.trace_id(trace.step(wrong)) not in {None, "4bf92f3577b34da6a3ce929d0e0e4736"}


@given(st.text())
def test_any_header_gives_a_well_formed_step(header: str) -> None:
    """No header breaks a request, or is passed on as it came."""
    assert FORM.fullmatch(trace.step(header))


def test_the_present_step_is_known_within_and_not_beyond() -> None:
    """Steps lie in one another."""
    assert trace.current() is None
    with trace.within("outer"):
        with trace.within("inner"):
            assert trace.current() == "inner"
        assert trace.current() == "outer"
    assert trace.current() is None
