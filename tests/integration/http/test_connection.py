"""A connection is bounded, whatever the client sends or does not send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

from handwerk.entrypoints.http.connection import LARGEST_HEAD, Connection, Joined
from handwerk.entrypoints.http.server import HttpServer, bound_socket

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _size_of_the_body(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer how many bytes were sent."""
    if scope["type"] != ScopeType.HTTP:
        return
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        size, more = size + len(message["body"]), message["more_body"]
    body = str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class _Hasty(Connection):
    patience = 0.05


@asynccontextmanager
async def _connected(protocol: type[Connection] = Connection) -> AsyncIterator[Ends]:
    up = asyncio.Event()

    async def ready() -> None:
        up.set()

    server = HttpServer(_size_of_the_body, ready)
    server.config.lifespan = "off"
    server.config.http = protocol
    listener = bound_socket("127.0.0.1", 0)
    serving = asyncio.create_task(server.run_on(listener))
    try:
        await up.wait()
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        yield reader, writer
        writer.close()
    finally:
        server.stop()
        await serving


async def _heard(ends: Ends, sent: bytes) -> bytes:
    """What is answered to `sent` until the server hangs up."""
    reader, writer = ends
    writer.write(sent)
    heard = b""
    try:
        while part := await reader.read(65_536):
            heard += part
    except ConnectionError:
        pass  # it hung up with bytes of ours unread
    return heard


async def test_a_head_without_end_is_refused() -> None:
    """One header that goes on, or many: 400 and the end, long before the client is done."""
    for more in (b"X: " + b"a" * 4 * LARGEST_HEAD, b"X: y\r\n" * LARGEST_HEAD):
        async with _connected() as ends:
            heard = await _heard(ends, b"GET / HTTP/1.1\r\nHost: x\r\n" + more)
            assert heard == b"" or heard.startswith(b"HTTP/1.1 400")


async def test_trailers_without_end_are_refused() -> None:
    """Behind a chunked body the same bound holds; nothing of the body is answered."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    async with _connected() as ends:
        assert await _heard(ends, head + b"X: y\r\n" * LARGEST_HEAD) == b""


async def test_a_large_head_and_a_large_body_are_read() -> None:
    """Cookies of 40 kB and a megabyte of body, in one chunk or in tiny ones, are no attack."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nCookie: " + b"c" * 40_000 + b"\r\nConnection: close\r\n"
    whole = head + b"Content-Length: 1000000\r\n\r\n" + b"b" * 1_000_000
    tiny = head + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nb\r\n" * 100_000 + b"0\r\n\r\n"
    for sent, size in ((whole, b"1000000"), (tiny, b"100000")):
        async with _connected() as ends:
            heard = await _heard(ends, sent)
            assert heard.startswith(b"HTTP/1.1 200")
            assert heard.endswith(b"\r\n\r\n" + size)


async def test_a_silent_client_is_hung_up_on() -> None:
    """Whether it says nothing, half a head or half a body: the open file comes back."""
    half_a_body = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"
    for sent in (b"", b"GET / HTTP/1.1\r\nHos", half_a_body):
        async with _connected(_Hasty) as ends:
            assert await _heard(ends, sent) == b""


class _Written(asyncio.Transport):
    """Notes what is written to it at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_a_head_goes_with_its_body() -> None:
    """What is sent in one turn of the loop is one write; what comes later is sent as it comes."""
    transport = _Written()
    joined = Joined(transport, asyncio.get_running_loop())
    joined.write(b"head ")
    joined.write(b"body")
    assert transport.pieces == [b"head body"]
    joined.write(b"more")
    await asyncio.sleep(0)
    assert transport.pieces == [b"head body", b"more"]


async def test_a_head_does_not_wait_for_a_body_that_takes_its_time() -> None:
    """An answer that streams begins at once; one without a body is sent before the end."""
    transport = _Written()
    joined = Joined(transport, asyncio.get_running_loop())
    joined.write(b"head")
    await asyncio.sleep(0)
    assert transport.pieces == [b"head"]
    joined = Joined(transport, asyncio.get_running_loop())
    joined.write(b"only a head")
    joined.close()
    assert transport.pieces == [b"head", b"only a head"]
    assert transport.closed
    await asyncio.sleep(0)
    assert transport.pieces == [b"head", b"only a head"]
