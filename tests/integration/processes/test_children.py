"""Work in child processes: what comes back, what a child's death does, and who outlives whom."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.integration.processes import work

from handwerk.adapters.processes import ChildLost, Children
from handwerk.domain.kernel.errors import InvalidInput, TooLarge

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    """Room for two."""
    made = Children(2)
    yield made
    await made.close()


async def _lives(pid: int) -> bool:
    try:
        return " Z " not in await asyncio.to_thread(Path(f"/proc/{pid}/stat").read_text)
    except (FileNotFoundError, ProcessLookupError):
        return False


async def _gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while await _lives(pid):  # noqa: ASYNC110  # nobody tells us
            await asyncio.sleep(0.01)


async def _noted(path: Path) -> int:
    async with asyncio.timeout(20):
        while not (path.exists() and path.read_text()):  # noqa: ASYNC110, ASYNC240  # another process writes it
            await asyncio.sleep(0.01)
    return int(path.read_text())  # noqa: ASYNC240  # a few bytes


async def test_work_is_done_in_another_process_that_is_kept(children: Children) -> None:
    """The second call finds the child of the first one."""
    first = await children.call(work.pid)
    assert first != os.getpid()
    assert await children.call(work.pid) == first


async def test_calls_at_once_have_a_child_each_within_the_bound(children: Children) -> None:
    """Five calls at once are done by two children."""
    pids = await asyncio.gather(*(children.call(work.pid) for _ in range(5)))
    assert 1 <= len(set(pids)) <= 2


async def test_a_child_is_nice_and_takes_one_thread(children: Children) -> None:
    """It gives way to whoever answers people."""
    threads, niceness = await children.call(work.threads)
    assert threads == "1"
    assert niceness > os.nice(0)


async def test_an_idle_child_ends() -> None:
    """A child without work goes after a while, and the next call has a new one."""
    children = Children(1, idle=0.0)
    first = await children.call(work.pid)
    await _gone(first)
    assert await children.call(work.pid) != first
    await children.close()


async def test_a_large_answer_arrives_whole(children: Children) -> None:
    """More than fits into a socket's buffer."""
    assert await children.call(work.echo, 20_000_000) == b"x" * 20_000_000


async def test_what_is_told_is_heard_in_order(children: Children) -> None:
    """Words of work that goes on arrive before its answer."""
    heard: list[int] = []

    async def hear(word: int) -> None:
        heard.append(word)

    assert await children.call(work.count_to, 100, hear=hear) == "done"
    assert heard == list(range(100))


async def test_a_refusal_comes_back_as_it_was(children: Children) -> None:
    """Kind, fields and sentence survive, where it arose is noted, and the child is kept."""
    child = await children.call(work.pid)
    with pytest.raises(InvalidInput) as caught:
        await children.call(work.refuse)
    assert caught.value.detail == "name: is missing"
    assert caught.value.errors[0].field == "name"
    assert "in refuse" in caught.value.__notes__[0]
    assert await children.call(work.pid) == child


async def test_what_cannot_travel_is_told_in_words(children: Children) -> None:
    """An error or an answer that no pickle holds is a clear error, and the child goes on."""
    with pytest.raises(RuntimeError, match="with a lock"):
        await children.call(work.raise_what_cannot_travel)
    with pytest.raises(TypeError, match="can't leave the child"):
        await children.call(work.answer_what_cannot_travel)
    with pytest.raises(SystemExit):
        await children.call(work.leave)
    assert await children.call(work.pid)


async def test_a_crash_fails_that_work_alone(children: Children) -> None:
    """The other child's work and later work get done."""
    other = asyncio.create_task(children.call(work.echo, 10_000_000))
    with pytest.raises(ChildLost, match="died of SIGABRT"):
        await children.call(work.crash)
    assert len(await other) == 10_000_000
    assert await children.call(work.pid)


async def test_too_much_memory_is_refused_in_a_sentence(children: Children) -> None:
    """A memory explosion is a refusal that names the limit, and later work gets done."""
    with pytest.raises(TooLarge, match=r"needs more memory than the [\d,]+ MB"):
        await children.call(work.explode)
    assert await children.call(work.pid)


async def test_a_time_limit_kills_the_child(children: Children, tmp_path: Path) -> None:
    """A cancelled call leaves no process behind, whatever it was doing."""
    path = tmp_path / "pid"
    calling = asyncio.create_task(children.call(work.hang, str(path)))
    pid = await _noted(path)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert not await _lives(pid)


async def test_a_pulse_that_raises_kills_the_child(children: Children, tmp_path: Path) -> None:
    """What is revoked ends, though the work says nothing."""
    path = tmp_path / "pid"

    async def pulse() -> None:
        if path.exists() and path.read_text():  # a few bytes
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await children.call(work.hang, str(path), pulse=pulse)
    assert not await _lives(int(path.read_text()))  # a few bytes


async def test_a_child_that_was_killed_while_it_rested_is_replaced(children: Children) -> None:
    """The kernel may take it at any time."""
    first = await children.call(work.pid)
    os.kill(first, 9)
    await _gone(first)
    assert await children.call(work.pid) != first


async def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    """After kill -9 of the parent nothing is left, though the child is in the middle of work."""
    path = tmp_path / "pid"
    module = "tests.integration.processes.parent"
    parent = subprocess.Popen([sys.executable, "-m", module, str(path)], cwd=ROOT)  # noqa: ASYNC220, S603  # our own module
    pid = await _noted(path)
    parent.kill()
    await _gone(pid)
    parent.wait()  # it is dead
