"""The child's side: `python -P -m handwerk.adapters.processes.child FD`.

A thread of its own listens to the parent, so that its death is noticed in the middle of work, too.
The end is always `os._exit`: an interpreter that cleans up while a thread is inside torch aborts.
"""

import ctypes
import os
import pickle
import resource
import signal
import socket
import sys
import traceback
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from handwerk.adapters.processes.wire import Beginning, Broken, Call, Done, Told, packed, receive
from handwerk.domain.kernel.errors import TooLarge

_PR_SET_PDEATHSIG = 1
# If the machine runs out of memory, the kernel shall take the child and not the server.
_DISPENSABLE = "500"
# What libraries written in C say when they get no memory.
_NO_MEMORY = ("bad_alloc", "can't allocate memory", "Cannot allocate memory", "out of memory")


def main() -> None:
    """Work until the parent hangs up."""
    link = socket.socket(fileno=int(sys.argv[1]))
    heard, said = link.makefile("rb"), link.makefile("wb")
    beginning: Beginning = receive(heard)
    _settle(beginning)
    calls: SimpleQueue[Call | BaseException] = SimpleQueue()
    Thread(target=_listen, args=(heard, calls), daemon=True).start()
    spent = False
    while not spent:
        call = calls.get()
        answer = _worked(call, said, beginning.memory)
        spent = isinstance(answer, Broken) and answer.spent
        _say(said, answer)
    os._exit(0)


def _settle(beginning: Beginning) -> None:
    """Be what the parent wants, and end with it whatever happens."""
    sys.path[:] = beginning.path
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        Path("/proc/self/oom_score_adj").write_text(_DISPENSABLE, encoding="ascii")
    if os.getppid() != beginning.parent:  # it died before the line above
        os._exit(0)
    os.nice(beginning.niceness)
    resource.setrlimit(resource.RLIMIT_DATA, (beginning.memory, beginning.memory))


def _listen(heard: BinaryIO, calls: "SimpleQueue[Call | BaseException]") -> None:
    while True:
        try:
            calls.put(receive(heard))
        except (EOFError, OSError):
            os._exit(0)
        except Exception as error:  # noqa: BLE001  # what can't be unpickled is the caller's to know
            calls.put(error)


def _worked(call: Call | BaseException, said: BinaryIO, memory: int) -> Done | Broken:
    if isinstance(call, BaseException):
        return _broken(call, memory)
    try:
        if call.tells:
            return Done(call.work(*call.args, tell=lambda word: _say(said, Told(word))))
        return Done(call.work(*call.args))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # work may raise anything
        return _broken(error, memory)


def _broken(error: BaseException, memory: int) -> Broken:
    frames = "".join(traceback.format_tb(error.__traceback__))
    if isinstance(error, MemoryError) or any(word in str(error) for word in _NO_MEMORY):
        refusal = TooLarge(
            f"The work needs more memory than the {memory // 2**20:,} MB that it may take."
        )
        return Broken(TooLarge, refusal.args, refusal.__dict__, frames, spent=True)
    return Broken(type(error), error.args, dict(error.__dict__), frames)


def _say(said: BinaryIO, message: Told | Done | Broken) -> None:
    try:
        body = packed(message)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        body = packed(_plain(message, error))
    said.write(body)
    said.flush()


def _plain(message: Told | Done | Broken, error: Exception) -> Broken:
    """What is said instead of what can't travel."""
    if isinstance(message, Broken):
        told = f"{message.kind.__name__}: {' '.join(map(str, message.args))}"
        return Broken(RuntimeError, (told,), {}, message.frames, message.spent)
    return Broken(TypeError, (f"the answer can't leave the child: {error}",), {}, "")


if __name__ == "__main__":
    main()
