"""The reading child: `python -I -m handwerk.adapters.extraction.child FD PARENT`.

It reads one file and ends: nothing of one document can reach another. The interpreter never cleans
up, since libraries written in C may be in any state.
"""

import os
import socket
import sys
from typing import BinaryIO

import msgspec

from handwerk.adapters.extraction import limits
from handwerk.adapters.extraction.reading import read
from handwerk.adapters.extraction.wire import (
    LENGTH,
    Counted,
    Finished,
    ReadPage,
    Ready,
    Refused,
    Task,
    say,
)
from handwerk.domain.documents.errors import Unreadable


def main() -> None:
    """Get ready, read the file that comes, end."""
    limits.settle(parent=int(sys.argv[2]))
    link = socket.socket(fileno=int(sys.argv[1]))
    said = link.makefile("wb")
    say(said, Ready())
    received = _received(link)
    if received is not None:
        _work(*received, said)
    os._exit(0)


def _received(link: socket.socket) -> tuple[Task, int] | None:
    """The task and the file's descriptor; `None` when the parent hangs up."""
    head, descriptors, _, _ = socket.recv_fds(link, LENGTH.size, 1)
    if not head:
        return None
    (length,) = LENGTH.unpack(head)
    body = link.recv(length, socket.MSG_WAITALL)
    return msgspec.msgpack.decode(body, type=Task), descriptors[0]


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
