"""One client's connection, with bounds on what uvicorn would take without end.

A head that never ends would fill the memory and, since its pieces are joined again and again, hold
up everybody else; a client that says nothing would hold one of the process's open files for good.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Of a head, of trailers and of what frames a chunked body, without a byte of a body in between.
LARGEST_HEAD = 64 * 1024
# A client that sends nothing useful for so long, and is owed no answer, is hung up on.
PATIENCE = 30.0


class Connection(HttpToolsProtocol):
    """Hangs up where a head is too large or does not come, or a body comes no further."""

    patience = PATIENCE

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._bare = 0
        self._got_on = False
        self._got_on_lately = False
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's
        """Begin, and look in from time to time."""
        super().connection_made(transport)
        self._look = self.loop.call_later(self.patience, self._look_in)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless there is no end to it."""
        self._got_on = False
        super().data_received(data)
        if self._got_on:
            self._got_on_lately = True
            self._bare = 0
            return
        self._bare += len(data)
        if self._bare > LARGEST_HEAD and not self.transport.is_closing():
            self._refuse()

    def on_headers_complete(self) -> None:
        """Note that a head is whole."""
        self._got_on = True
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.transport is self.transport:
            # It has all of a transport that a cycle uses.
            joined = cast("asyncio.Transport", Joined(self.transport, self.loop))
            self.cycle.transport = joined

    def on_body(self, body: bytes) -> None:
        """Note that a body gets on."""
        self._got_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that a request is whole."""
        self._got_on = True
        super().on_message_complete()

    def _refuse(self) -> None:
        if self._owes_an_answer():
            self.transport.close()
        else:
            self.send_400_response(f"The head of a request has {LARGEST_HEAD:,} bytes at most.")

    def _look_in(self) -> None:
        if not self._got_on_lately and self._waits_for_the_client():
            self.transport.close()
            return
        self._got_on_lately = False
        self._look = self.loop.call_later(self.patience, self._look_in)

    def _waits_for_the_client(self) -> bool:
        if self.timeout_keep_alive_task is not None:
            return False  # uvicorn ends it by itself
        if self._owes_an_answer():
            return self.cycle.more_body and not self.flow.read_paused
        return True

    def _owes_an_answer(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


class Joined:
    """Sends the head of an answer together with what follows within the same turn of the loop.

    Each write that finds the socket free is a system call at once, which the interpreter waits for.
    """

    __slots__ = ("_head", "_is_first", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._is_first = True
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send `data`, unless it is the first: then soon."""
        if self._is_first:
            self._is_first = False
            self._head = data
            self._loop.call_soon(self._send_head)
            return
        head, self._head = self._head, b""
        self._transport.write(head + data if head else data)

    def close(self) -> None:
        """Send what is left, then close."""
        self._send_head()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._transport.is_closing()

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        if head and not self._transport.is_closing():
            self._transport.write(head)
