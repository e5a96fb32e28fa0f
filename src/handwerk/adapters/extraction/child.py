"""The reading child: `python -I -m handwerk.adapters.extraction.child FD PARENT`.

It loads the libraries, which takes a fifth of a second, and never opens a file itself: for each one
it forks, and what it has forked reads that file and ends. So nothing of one document can reach
another. The interpreter never cleans up, since libraries written in C may be in any state.
"""

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec

from handwerk.adapters.extraction import limits
from handwerk.adapters.extraction.reading import read
from handwerk.adapters.extraction.wire import (
    LENGTH,
    Counted,
    Ended,
    Finished,
    ReadPage,
    Ready,
    Refused,
    Task,
    say,
)
from handwerk.domain.documents.errors import Unreadable

# The file that is to be read, and where to say what it holds.
DESCRIPTORS = 2


def main() -> None:
    """Get ready, have each file read that comes, end when the server hangs up."""
    limits.settle(parent=int(sys.argv[2]))
    own = os.getpid()
    server = socket.socket(fileno=int(sys.argv[1]))
    said = server.makefile("wb")
    say(said, Ready())
    while (received := _received(server)) is not None:
        task, descriptors = received
        reader = os.fork()
        if reader == 0:
            # Both, or the socket stays open: what reads one file must not be handed the next one.
            said.close()
            server.close()
            _read_and_end(task, own, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(reader, 0)
        _tidy()
        say(said, Ended(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _received(server: socket.socket) -> tuple[Task, list[int]] | None:
    """The task and the descriptors; `None` when the server hangs up."""
    head, descriptors, _, _ = socket.recv_fds(server, LENGTH.size, DESCRIPTORS)
    if not head:
        return None
    (length,) = LENGTH.unpack(head)
    body = server.recv(length, socket.MSG_WAITALL)
    return msgspec.msgpack.decode(body, type=Task), descriptors


def _tidy() -> None:
    """Leave nothing behind that a reader may have written."""
    for entry in Path.cwd().iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink()


def _read_and_end(task: Task, parent: int, file: int, link: int) -> NoReturn:
    """What the forked process does."""
    try:
        limits.restrict(parent)
        _work(task, file, socket.socket(fileno=link).makefile("wb"))
    finally:
        os._exit(0)


def _work(task: Task, descriptor: int, said: BinaryIO) -> None:
    limits.limit_cpu(task.cpu_seconds)
    try:
        with os.fdopen(descriptor, "rb") as file:
            reading = read(file, task.kind, task.max_pages)
            say(said, Counted(reading.count))
            for page in reading.pages:
                say(said, ReadPage(page))
            say(said, Finished(reading.invoice))
    except Unreadable as error:
        say(said, Refused(error.detail))
    except MemoryError:
        say(said, Refused("Reading the file needs more memory than a file may take."))
    except Exception as error:  # noqa: BLE001 - a library may raise anything about a broken file
        say(said, Refused(f"The file is damaged and can't be read ({type(error).__name__})."))


if __name__ == "__main__":
    main()
