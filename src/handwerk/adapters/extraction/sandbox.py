"""Has files read in child processes with limits; a child reads one file and ends."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, Self

import msgspec

from handwerk.adapters.extraction.wire import (
    LENGTH,
    MAX_MESSAGE,
    Counted,
    Finished,
    Message,
    ReadPage,
    Ready,
    Refused,
    Task,
    packed,
    unpacked,
)
from handwerk.domain.documents.errors import Unreadable
from handwerk.domain.documents.model import MAX_PAGES, Extracted, FileType
from handwerk.domain.documents.pages import Page
from handwerk.domain.documents.ports import Progress
from handwerk.domain.kernel.errors import Unavailable

# In seconds.
START_TIME = 60.0
PAGE_TIME = 120.0
IDLE = 60.0
CPU_TIME = 3 * 3600
MOST_TEXT = 50_000_000
# What a file does to the program that reads it, as opposed to what befalls the machine.
_OWN_FAULTS = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}


class SandboxedExtractor:
    """Reads at most `most` files at once. Use it on one event loop; `close` it at the end.

    A child that waits for the next file is kept for a while after each one.
    """

    def __init__(
        self,
        most: int = 2,
        *,
        page_time: float = PAGE_TIME,
        cpu_time: int = CPU_TIME,
        max_pages: int = MAX_PAGES,
    ) -> None:
        self._room = asyncio.Semaphore(most)
        self._page_time = page_time
        self._cpu_time = cpu_time
        self._max_pages = max_pages
        self._waiting: list[_Child] = []
        self._timers: dict[_Child, asyncio.TimerHandle] = {}

    async def extract(
        self, file: BinaryIO, file_type: FileType, *, progress: Progress
    ) -> Extracted:
        """All pages of `file`."""
        task = Task(file_type, self._cpu_time, self._max_pages)
        async with self._room, self._child() as child:
            try:
                child.give(task, file)
                return await self._gathered(child, progress)
            except (asyncio.IncompleteReadError, ConnectionError):
                raise await child.loss() from None

    async def close(self) -> None:
        """End the children that wait."""
        for timer in self._timers.values():
            timer.cancel()
        waiting, self._waiting = self._waiting, []
        for child in waiting:
            await child.end()

    async def _gathered(self, child: "_Child", progress: Progress) -> Extracted:
        pages: list[Page] = []
        length = total = 0
        while True:
            message = await self._next(child, len(pages) + 1)
            if isinstance(message, Counted):
                total = message.pages
            elif isinstance(message, ReadPage):
                pages.append(message.page)
                length += len(message.page.text)
                if length > MOST_TEXT:
                    raise Unreadable("The document holds more than 50 million characters.")
                await progress(len(pages), total)
            elif isinstance(message, Finished):
                return Extracted(tuple(pages), message.invoice)
            elif isinstance(message, Refused):
                raise Unreadable(message.reason)

    async def _next(self, child: "_Child", page: int) -> Message:
        try:
            return await asyncio.wait_for(child.hear(), self._page_time)
        except TimeoutError:
            raise Unreadable(
                f"Page {page} takes longer than {self._page_time:.0f} seconds to read."
            ) from None
        except msgspec.DecodeError:
            raise Unreadable("The program that reads the file was brought off its way.") from None

    @asynccontextmanager
    async def _child(self) -> AsyncIterator["_Child"]:
        child = self._waited() or await _Child.born()
        try:
            await child.ready()
            yield child
        finally:
            await asyncio.shield(child.end())
        self._wait(await _Child.born())

    def _waited(self) -> "_Child | None":
        while self._waiting:
            child = self._waiting.pop()
            self._timers.pop(child).cancel()
            if child.lives:
                return child
            child.bury()
        return None

    def _wait(self, child: "_Child") -> None:
        self._waiting.append(child)
        loop = asyncio.get_running_loop()
        self._timers[child] = loop.call_later(IDLE, self._retire, child)

    def _retire(self, child: "_Child") -> None:
        self._timers.pop(child, None)
        if child in self._waiting:
            self._waiting.remove(child)
            child.bury()


class _Child:
    """One child process with a folder of its own."""

    def __init__(self, process: subprocess.Popen[bytes], link: socket.socket, folder: str) -> None:
        self._process = process
        self._link = link
        self._folder = folder
        self._ready = False

    @classmethod
    async def born(cls) -> Self:
        """A child that loads its libraries."""
        folder = tempfile.mkdtemp(prefix="handwerk-reading-")
        ours, theirs = socket.socketpair()
        with theirs:
            process = _started(theirs, folder)
        ours.setblocking(False)
        return cls(process, ours, folder)

    @property
    def lives(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    async def ready(self) -> None:
        """Wait until it can take a file; `Unavailable` where it can't start."""
        try:
            async with asyncio.timeout(START_TIME):
                if not isinstance(await self.hear(), Ready):
                    raise Unavailable("The program that reads files did not start.")
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            raise Unavailable("The program that reads files did not start.") from error

    def give(self, task: Task, file: BinaryIO) -> None:
        """Hand over the open file. So little is written that it never has to wait."""
        socket.send_fds(self._link, [packed(task)], [file.fileno()])

    async def hear(self) -> Message:
        """The next message."""
        (length,) = LENGTH.unpack(await self._exactly(LENGTH.size))
        if length > MAX_MESSAGE:
            raise msgspec.DecodeError("too long")
        return unpacked(await self._exactly(length))

    async def loss(self) -> Exception:
        """Why it died: through the file, or through something that may be over next time."""
        code = await asyncio.to_thread(self._process.wait)
        if code == -signal.SIGXCPU:
            return Unreadable("Reading the file takes more processor time than a file may take.")
        if -code in _OWN_FAULTS:
            return Unreadable(
                "The file is damaged in a way that crashes the program that reads it."
            )
        return Unavailable(f"The program that read the file has ended ({code}).")

    async def end(self) -> None:
        """Kill it, and leave nothing of it."""
        self._process.kill()
        self._link.close()
        await asyncio.to_thread(self._process.wait)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def bury(self) -> None:
        """The same without waiting for others."""
        self._process.kill()
        self._link.close()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _exactly(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        received = bytearray()
        while len(received) < size:
            piece = await loop.sock_recv(self._link, min(size - len(received), 1 << 20))
            if not piece:
                raise asyncio.IncompleteReadError(bytes(received), size)
            received += piece
        return bytes(received)


def _started(link: socket.socket, folder: str) -> subprocess.Popen[bytes]:
    """The process: with nothing of this one but the socket, and no secret in its environment.

    Not in another thread, since the child would end with that.
    """
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-I", "-m", f"{__package__}.child", str(link.fileno()), str(os.getpid())],
        pass_fds=[link.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={
            "TMPDIR": folder,
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        },
    )
