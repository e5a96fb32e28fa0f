"""The parent's side: children that are started when needed, kept for a while, killed when not."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from handwerk.adapters.processes.wire import (
    LENGTH,
    Beginning,
    Broken,
    Call,
    Done,
    Told,
    packed,
    unpacked,
)

Hear = Callable[[Any], Awaitable[None]]
Pulse = Callable[[], Awaitable[None]]

# In seconds: how long a child without work is kept, and how often a caller that waits is asked.
IDLE = 60.0
PULSE = 0.5
# A sixteenth of the weight of whoever answers people, where both want a core.
NICENESS = 15
_GIB = 2**30
_LEAST_MEMORY, _MOST_MEMORY = 1 * _GIB, 4 * _GIB
# Every library with a thread pool of its own takes one thread: others need the processor, too.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


class ChildLost(Exception):
    """The child died at its work: killed, crashed, or out of memory where C can't say so."""


def memory_limit() -> int:
    """How many bytes a child may take: half of the memory, but 1 GiB at least and 4 at most."""
    half: int = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return max(_LEAST_MEMORY, min(half, _MOST_MEMORY))


class Children:
    """Does work in at most `most` child processes. Use it on one event loop; `close` it at the end.

    A child lives no longer than its parent, and no longer than the thread of that event loop.
    """

    def __init__(self, most: int = 2, *, idle: float = IDLE, memory: int | None = None) -> None:
        self._room = asyncio.Semaphore(most)
        self._idle = idle
        self._memory = memory or memory_limit()
        self._resting: list[_Child] = []
        self._retiring: dict[_Child, asyncio.TimerHandle] = {}

    async def call(
        self,
        work: Callable[..., Any],
        *args: Any,
        hear: Hear | None = None,
        pulse: Pulse | None = None,
    ) -> Any:
        """What `work(*args)` answers or raises, done in a child; `ChildLost` where that dies.

        `work` is found by its name, and all that travels is pickled. With `hear`, `work` is given
        `tell=` and what it tells is heard here. `pulse` is called twice a second meanwhile. Where
        `hear` or `pulse` raises, or the caller is cancelled, the child is killed at once.
        """
        async with self._room:
            child = self._rested() or await _Child.born(self._memory)
            try:
                end = await child.work(Call(work, args, tells=hear is not None), hear, pulse)
            except BaseException:
                await child.kill()
                raise
            if isinstance(end, Done):
                self._rest(child)
                return end.answer
            if end.spent:
                await child.kill()
            else:
                self._rest(child)
            error = end.error()
            if end.frames:
                error.add_note(f"In the child process:\n{end.frames}".rstrip())
            raise error

    async def close(self) -> None:
        """End the children that rest. Those that work end with their callers."""
        for timer in self._retiring.values():
            timer.cancel()
        self._retiring.clear()
        resting, self._resting = self._resting, []
        for child in resting:
            await child.kill()

    def _rested(self) -> "_Child | None":
        while self._resting:
            child = self._resting.pop()
            self._retiring.pop(child).cancel()
            if child.lives:
                return child
            child.bury()
        return None

    def _rest(self, child: "_Child") -> None:
        self._resting.append(child)
        loop = asyncio.get_running_loop()
        self._retiring[child] = loop.call_later(self._idle, self._retire, child)

    def _retire(self, child: "_Child") -> None:
        self._retiring.pop(child, None)
        if child in self._resting:
            self._resting.remove(child)
            child.bury()


class _Child:
    """One child process, which does one thing at a time."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        heard: asyncio.StreamReader,
        said: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._heard = heard
        self._said = said

    @classmethod
    async def born(cls, memory: int) -> Self:
        """A child that waits for its first work."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = _started(theirs)
        heard, said = await asyncio.open_connection(sock=ours)
        said.write(packed(Beginning(sys.path, os.getpid(), NICENESS, memory)))
        return cls(process, heard, said)

    @property
    def lives(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None and not _is_dying(self._process.pid)

    async def work(self, call: Call, hear: Hear | None, pulse: Pulse | None) -> Done | Broken:
        """Have it work; what it comes to."""
        self._said.write(packed(call))
        reading = asyncio.ensure_future(self._read())
        try:
            while True:
                ended, _ = await asyncio.wait({reading}, timeout=PULSE)
                if not ended:
                    if pulse is not None:
                        await pulse()
                    continue
                message = await reading
                if not isinstance(message, Told):
                    return message
                reading = asyncio.ensure_future(self._read())
                if hear is not None:
                    await hear(message.word)
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def kill(self) -> None:
        """End it at once, and wait until it is gone."""
        self._process.kill()
        self._said.close()
        await asyncio.shield(asyncio.to_thread(self._process.wait))

    def bury(self) -> None:
        """End it at once without waiting; a dead child is no more than an entry to be read."""
        self._process.kill()
        self._said.close()
        self._process.wait()

    async def _read(self) -> Told | Done | Broken:
        try:
            (length,) = LENGTH.unpack(await self._heard.readexactly(LENGTH.size))
            message: Told | Done | Broken = unpacked(await self._heard.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ChildLost(await self._last_word()) from None
        return message

    async def _last_word(self) -> str:
        code = await asyncio.to_thread(self._process.wait)
        if code >= 0:
            return f"The process that did the work ended by itself with {code}."
        name = str(-code)
        with suppress(ValueError):
            name = signal.Signals(-code).name
        return f"The process that did the work died of {name}."


def _is_dying(pid: int) -> bool:
    """Whether its first thread has ended: it can't be waited for before the others have, too."""
    try:
        told = Path("/proc", str(pid), "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return told.rpartition(")")[2].split()[0] in {"Z", "X"}


def _started(link: socket.socket) -> subprocess.Popen[bytes]:
    """The process. Not in another thread, since the child would end with that."""
    return subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-P", "-m", f"{__package__}.child", str(link.fileno())],
        pass_fds=[link.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=2,
        env=os.environ | _ENVIRONMENT,
    )
