"""How a run ends, and what people are told of an error."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.jobs.support import KIND, run_of

from handwerk.domain.jobs.model import MAX_JSON_BYTES, Status
from handwerk.domain.jobs.outcome import MAX_ERROR, failure, success, told
from handwerk.domain.kernel.errors import Away, Conflict, NotFound, Unavailable


def test_a_refusal_is_final() -> None:
    """A refusal of the domain fails at the first try, with its own sentence."""
    outcome = failure(NotFound("There is no such project."), run_of(), KIND, 0.0)
    assert (outcome.status, outcome.error) == (Status.FAILURE, "There is no such project.")


@pytest.mark.parametrize("error", [Unavailable("Qdrant is away."), OSError("no route")])
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    """A part that is away and an unforeseen error are tried again after the kind's backoff."""
    outcome = failure(error, run_of(attempts=2), KIND, 0.0)
    assert (outcome.status, outcome.delay) == (Status.RETRY, timedelta(seconds=120))


def test_a_part_that_is_away_is_waited_for() -> None:
    """For however long: the run does not count, and comes again within seconds."""
    outcome = failure(Away("The index does not answer."), run_of(attempts=3), KIND, 1.0)
    assert (outcome.status, outcome.counts) == (Status.RETRY, False)
    assert timedelta(seconds=1) < outcome.delay < timedelta(seconds=5)


def test_the_last_try_fails() -> None:
    """After `max_attempts` tries the job fails with type and message."""
    outcome = failure(OSError("no route"), run_of(attempts=3), KIND, 0.0)
    assert (outcome.status, outcome.error) == (Status.FAILURE, "OSError: no route")


def test_a_result_must_be_json() -> None:
    """A result that can't be written as JSON fails, instead of being lost."""
    outcome = success({"board": object()})
    assert outcome.status is Status.FAILURE
    assert outcome.error is not None
    assert outcome.error.startswith("The result is no JSON")


def test_a_result_of_ten_megabytes_is_not_kept() -> None:
    """A result that is too large for the table fails and says how large it is."""
    outcome = success({"t": "x" * MAX_JSON_BYTES})
    assert outcome.status is Status.FAILURE
    assert outcome.error is not None
    assert "10,000,008 bytes" in outcome.error


@pytest.mark.parametrize(
    ("message", "secret"),
    [
        ("connect to postgresql://app:geheim@db/handwerk failed", "geheim"),
        ("redis://:geheim@127.0.0.1:6379 refused", "geheim"),
        ("PASSWORD=geheim rejected", "geheim"),
        ("api-key: geheim is expired", "geheim"),
        ("Authorization: Bearer abc.def.ghi is expired", "abc.def.ghi"),
        ("no mailbox for anna.tischler@example.org here", "anna.tischler"),
        ("duplicate key\nDETAIL: Key (name)=(Anna Tischler) exists", "Anna"),
    ],
)
def test_secrets_and_people_are_struck_out(message: str, secret: str) -> None:
    """What is kept and shown of an unforeseen error holds neither passwords nor persons."""
    assert secret not in told(RuntimeError(message))


@given(message=st.text())
def test_any_error_is_told_in_one_storable_line(message: str) -> None:
    """Whatever an exception says, the line fits its column and PostgreSQL's idea of text."""
    for error in (ValueError(message), Conflict(message)):
        line = told(error)
        assert len(line) <= MAX_ERROR
        assert line.encode().decode() == line
        assert not set("\0\n\r") & set(line)


def test_an_error_without_words_is_told_by_its_type() -> None:
    """An exception without a message is still told apart."""
    assert told(TimeoutError()) == "TimeoutError"
