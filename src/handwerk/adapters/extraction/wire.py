"""What the server and a reading child say to each other, in MessagePack behind its length.

Never pickle: the child has opened a file that somebody sent, and is not trusted any more.
"""

import struct
from typing import BinaryIO

import msgspec

from handwerk.domain.documents.e_invoice import EInvoice
from handwerk.domain.documents.pages import Page

LENGTH = struct.Struct("!I")
# No page of a document that people read is larger.
MAX_MESSAGE = 32 * 1024 * 1024


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The child has loaded its libraries and waits for files."""


class Task(msgspec.Struct, frozen=True, tag="task"):
    """What to do with the file whose descriptor comes along: read it as `kind`.

    A second descriptor comes along: the socket on which to say what the file holds.
    """

    kind: str
    cpu_seconds: int
    max_pages: int


class Counted(msgspec.Struct, frozen=True, tag="counted"):
    """The file opens, and has so many pages."""

    pages: int


class ReadPage(msgspec.Struct, frozen=True, tag="page"):
    """One page, in order."""

    page: Page


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """That was all; `invoice` where one was inside."""

    invoice: EInvoice | None = None


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Nothing can be read, and why."""

    reason: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """The process that read the file has ended: its exit code, or minus the signal's number."""

    code: int


Message = Ready | Ended | Counted | ReadPage | Finished | Refused
_DECODER = msgspec.msgpack.Decoder(Message)


def packed(message: msgspec.Struct) -> bytes:
    """A message as it travels."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


def unpacked(body: bytes) -> Message:
    """What a child said; `msgspec.ValidationError` where it is none of the messages."""
    message: Message = _DECODER.decode(body)
    return message


def say(stream: BinaryIO, message: msgspec.Struct) -> None:
    """Write a message at once."""
    stream.write(packed(message))
    stream.flush()
