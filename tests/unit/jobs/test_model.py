"""What a kind promises, and how threads are shared out."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.jobs.model import (
    MAX_JSON_BYTES,
    JobKind,
    Lane,
    Progress,
    Queue,
    Status,
    lanes,
)
from handwerk.domain.kernel.errors import InvalidInput, TooLarge
from handwerk.domain.kernel.ids import new_id

KIND = JobKind(name="plane a board", queue=Queue.BULK)


def test_a_request_carries_kind_queue_and_asker() -> None:
    """What a kind makes is what the transaction queues."""
    asker = new_id()
    request = KIND.request({"board": 1}, requested_by=asker, unique_key="board 1")
    assert (request.kind, request.queue, request.payload) == (KIND.name, "bulk", {"board": 1})
    assert (request.requested_by, request.unique_key) == (asker, "board 1")


def test_a_payload_of_ten_megabytes_is_refused() -> None:
    """A payload is refused from 10,000,000 bytes of JSON on, and taken one byte below."""
    frame = len('{"t":""}')
    KIND.request({"t": "x" * (MAX_JSON_BYTES - frame - 1)})
    with pytest.raises(TooLarge, match="10,000,000"):
        KIND.request({"t": "x" * (MAX_JSON_BYTES - frame)})


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_unique_key_has_bounds(key: str) -> None:
    """An empty key and one that no index could hold are refused by name."""
    with pytest.raises(InvalidInput, match="unique_key"):
        KIND.request({}, unique_key=key)


@given(attempts=st.integers(1, 8), chance=st.floats(0, 1))
def test_the_wait_doubles_with_at_most_a_quarter_more(attempts: int, chance: float) -> None:
    """The wait after try n lies between 60 s times 2 to the n-1 and a quarter above."""
    least = timedelta(seconds=60) * 2 ** (attempts - 1)
    assert least <= KIND.wait(attempts, chance) <= least * 1.25


def test_every_status_waits_runs_or_is_finished() -> None:
    """No status is both waiting and finished; only STARTED is neither."""
    assert [status for status in Status if status.waiting and status.finished] == []
    assert [status for status in Status if not (status.waiting or status.finished)] == [
        Status.STARTED
    ]


@given(share=st.floats(), word=st.none() | st.text())
def test_progress_can_always_be_stored(share: float, word: str | None) -> None:
    """Whatever a handler tells, the share lies within 0 and 1 and the word is one line of text."""
    progress = Progress.of(share, word)
    assert 0.0 <= progress.share <= 1.0
    if progress.word is not None:
        assert progress.word.encode().decode() == progress.word
        assert not set("\0\n\r") & set(progress.word)


def test_no_queue_waits_for_another() -> None:
    """Every queue has a thread of its own, however few are asked for; users get half of many."""
    assert lanes(tuple(Queue), 1) == [Lane((queue,), 1) for queue in Queue]
    assert [lane.threads for lane in lanes(tuple(Queue), 8)] == [4, 2, 1, 1]


@given(
    queues=st.lists(st.sampled_from(list(Queue)), min_size=1, unique=True),
    threads=st.integers(0, 64),
)
def test_every_queue_is_served_by_exactly_one_lane(queues: list[Queue], threads: int) -> None:
    """No queue is left out or served twice, none is without a thread, and no thread is lost."""
    shared = lanes(queues, threads)
    assert sorted(queue for lane in shared for queue in lane.queues) == sorted(queues)
    assert all(lane.threads >= 1 for lane in shared)
    assert sum(lane.threads for lane in shared) == max(threads, len(queues))
