"""Has files read in processes with limits, each of which reads one file and ends."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO, Self

import msgspec

from handwerk.adapters.extraction.wire import (
    LENGTH,
    MAX_MESSAGE,
    Counted,
    Ended,
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

    A child that can have the next file read is kept for a while after each one.
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
            child.give(task, file)
            try:
                read = await self._gathered(child, progress)
                await child.end_of_file()
            except (asyncio.IncompleteReadError, ConnectionError):
                raise await child.loss() from None
            except TimeoutError:
                raise Unreadable("The program that reads the file does not end.") from None
        if isinstance(read, Refused):
            raise Unreadable(read.reason)
        return read

    async def close(self) -> None:
        """End the children that wait."""
        for timer in self._timers.values():
            timer.cancel()
        waiting, self._waiting = self._waiting, []
        for child in waiting:
            await child.end()

    async def _gathered(self, child: "_Child", progress: Progress) -> Extracted | Refused:
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
                return message

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
        """A child to have a file read by; it is kept where all went well."""
        child = self._waited() or await _Child.born()
        try:
            await child.ready()
            yield child
        except BaseException:
            await asyncio.shield(child.end())
            raise
        self._wait(child)

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
    """One child process with a folder of its own, and what it has forked to read a file."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, folder: str
    ) -> None:
        self._process = process
        self._control = control
        self._link: socket.socket | None = None
        self._folder = folder
        self._is_ready = False

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
        if self._is_ready:
            return
        try:
            async with asyncio.timeout(START_TIME):
                if not isinstance(await _heard(self._control), Ready):
                    raise Unavailable("The program that reads files did not start.")
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            raise Unavailable("The program that reads files did not start.") from error
        self._is_ready = True

    def give(self, task: Task, file: BinaryIO) -> None:
        """Hand over the open file. So little is written that it never has to wait."""
        self._link, theirs = socket.socketpair()
        self._link.setblocking(False)
        with theirs, suppress(ConnectionError):  # it has died: hearing from it will tell
            socket.send_fds(self._control, [packed(task)], [file.fileno(), theirs.fileno()])

    async def hear(self) -> Message:
        """The next message about the file."""
        assert self._link is not None
        return await _heard(self._link)

    async def end_of_file(self) -> int:
        """How the process that read the file has ended."""
        self._hang_up()
        async with asyncio.timeout(START_TIME):
            ended = await _heard(self._control)
        return ended.code if isinstance(ended, Ended) else 0

    async def loss(self) -> Exception:
        """Why it died: through the file, or through something that may be over next time."""
        try:
            code = await self.end_of_file()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            self._process.kill()
            code = await asyncio.to_thread(self._process.wait)
        if code == -signal.SIGXCPU:
            return Unreadable("Reading the file takes more processor time than a file may take.")
        if -code in _OWN_FAULTS:
            return Unreadable(
                "The file is damaged in a way that crashes the program that reads it."
            )
        return Unavailable(f"The program that read the file has ended ({code}).")

    async def end(self) -> None:
        """Kill it, and what it has forked, and leave nothing of it."""
        self._process.kill()
        self._hang_up()
        self._control.close()
        await asyncio.to_thread(self._process.wait)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def bury(self) -> None:
        """The same without waiting for others."""
        self._process.kill()
        self._hang_up()
        self._control.close()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None


async def _heard(link: socket.socket) -> Message:
    """The next message on `link`."""
    (length,) = LENGTH.unpack(await _exactly(link, LENGTH.size))
    if length > MAX_MESSAGE:
        raise msgspec.DecodeError("too long")
    return unpacked(await _exactly(link, length))


async def _exactly(link: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    received = bytearray()
    while len(received) < size:
        piece = await loop.sock_recv(link, min(size - len(received), 1 << 20))
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
