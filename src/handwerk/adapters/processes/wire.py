"""What parent and child say to each other: pickles behind their length, over a pair of sockets.

Both ends are the same program of the same user, and nobody else holds a socket: pickle is safe.
"""

import pickle
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec

LENGTH = struct.Struct("!Q")


class Beginning(msgspec.Struct, frozen=True):
    """The parent's first word: how the child shall be. `memory` is in bytes."""

    path: list[str]
    parent: int
    niceness: int
    memory: int


class Call(msgspec.Struct, frozen=True):
    """Work to be done. Where `tells`, it is given `tell=` to speak with before it has ended."""

    work: Callable[..., Any]
    args: tuple[Any, ...]
    tells: bool


class Told(msgspec.Struct, frozen=True):
    """A word of work that goes on."""

    word: Any


class Done(msgspec.Struct, frozen=True):
    """The work's answer."""

    answer: Any


class Broken(msgspec.Struct, frozen=True):
    """The work raised an error. `spent` is true where the child ends with it."""

    kind: type[BaseException]
    args: tuple[Any, ...]
    state: dict[str, Any]
    frames: str
    spent: bool = False

    def error(self) -> BaseException:
        """The error as it was, made without its `__init__`, which may want other arguments."""
        made = self.kind.__new__(self.kind)
        made.args = self.args
        made.__dict__.update(self.state)
        return made


def packed(message: object) -> bytes:
    """A message as it travels."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def unpacked(body: bytes) -> Any:
    """What was packed, its length taken off."""
    return pickle.loads(body)  # noqa: S301  # from our own child or parent


def receive(stream: BinaryIO) -> Any:
    """The next message, waited for; `EOFError` where there is none any more."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    body = stream.read(length)
    if len(body) < length:
        raise EOFError
    return unpacked(body)
