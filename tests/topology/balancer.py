"""Stands in for Caddy as deploy/caddy/Caddyfile sets it up, without TLS.

What it mirrors: each server is asked every so often whether requests are welcome (`health_uri`);
the one with the fewest requests on its way is chosen (`least_conn`); one that could not be reached
rests (`fail_duration`); a request is tried again elsewhere within `lb_try_duration`, where no
connection came about whatever it is, and where one broke only GET and HEAD (`lb_retry_match`);
connections that lie idle are closed before a server does (`keepalive`); and what can't be answered
is 503 with Retry-After (`handle_errors`).

    python -m tests.topology.balancer PORT SERVER_PORT SERVER_PORT …
"""

import asyncio
import contextlib
import sys
from time import monotonic
from typing import NamedTuple

import uvloop

HEALTH = b"GET /health/serving HTTP/1.1\r\nHost: balancer\r\nConnection: close\r\n\r\n"
# In seconds, as in the Caddyfile.
CHECK_EVERY, CHECK_WITHIN = 1.0, 1.0
TRY_FOR, TRY_EVERY = 5.0, 0.25
REST_FOR = 2.0
KEEP_IDLE = 2.0
_BODY = b'{"title":"Service Unavailable","status":503,"detail":"No server answers; try again."}'
AWAY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    b"Retry-After: 1\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)
LARGEST = 64 * 1024


class Broken(Exception):
    """The server hung up before its answer was whole; `began` tells if the client has some."""

    def __init__(self, *, began: bool) -> None:
        super().__init__()
        self.began = began


class Head(NamedTuple):
    """The first lines of a request or an answer."""

    raw: bytes
    fields: dict[bytes, bytes]

    @property
    def closes(self) -> bool:
        """Whether the connection ends behind it."""
        return self.fields.get(b"connection", b"").lower() == b"close"


class Link(NamedTuple):
    """A connection to a server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Server:
    """One server, and what is known of it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.is_welcome = False
        self.rests_until = 0.0
        self.on_its_way = 0
        self._idle: list[tuple[float, Link]] = []

    @property
    def may_be_asked(self) -> bool:
        """Whether it is healthy as far as is known."""
        return self.is_welcome and monotonic() >= self.rests_until

    async def linked(self) -> Link:
        """A connection: the one that was used last, or a new one."""
        fresh = monotonic() - KEEP_IDLE
        while self._idle:
            since, link = self._idle.pop()
            if since > fresh and not link.reader.at_eof() and not link.writer.is_closing():
                return link
            link.writer.close()
        return Link(*await asyncio.open_connection("127.0.0.1", self.port, limit=LARGEST))

    def keep(self, link: Link) -> None:
        """Use the connection again later."""
        self._idle.append((monotonic(), link))

    async def watch(self) -> None:
        """Ask again and again."""
        while True:
            self.is_welcome = await self._welcomes()
            if not self.is_welcome:
                for _, link in self._idle:
                    link.writer.close()
                self._idle.clear()
            await asyncio.sleep(CHECK_EVERY)

    async def _welcomes(self) -> bool:
        try:
            async with asyncio.timeout(CHECK_WITHIN):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(HEALTH)
                line = await reader.readline()
                writer.close()
        except (OSError, TimeoutError):
            return False
        return b" 200 " in line


class Balancer:
    """Passes requests on."""

    def __init__(self, ports: list[int]) -> None:
        self._servers = [Server(port) for port in ports]

    async def serve(self, port: int) -> None:
        """Until cancelled."""
        listening = await asyncio.start_server(self._client, "127.0.0.1", port, limit=LARGEST)
        async with listening:
            await asyncio.gather(*(server.watch() for server in self._servers))

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, Broken):
            while True:
                head = await _head(reader)
                body = await _whole_body(reader, head)
                await self._answer(head, body, writer)
                if head.closes:
                    break
        writer.close()

    async def _answer(self, head: Head, body: bytes, client: asyncio.StreamWriter) -> None:
        until = monotonic() + TRY_FOR
        is_repeatable = head.raw.startswith((b"GET ", b"HEAD "))
        while monotonic() < until:
            server = self._chosen()
            if server is None:
                await asyncio.sleep(TRY_EVERY)
                continue
            server.on_its_way += 1
            try:
                link = await server.linked()
                await self._exchange(server, link, head, body, client)
            except Broken as error:
                server.rests_until = monotonic() + REST_FOR
                if error.began:
                    raise
                if not is_repeatable:
                    break
            except OSError:
                server.rests_until = monotonic() + REST_FOR
            else:
                return
            finally:
                server.on_its_way -= 1
        client.write(AWAY)

    def _chosen(self) -> Server | None:
        healthy = [server for server in self._servers if server.may_be_asked]
        return min(healthy, key=lambda server: server.on_its_way, default=None)

    async def _exchange(
        self, server: Server, link: Link, head: Head, body: bytes, client: asyncio.StreamWriter
    ) -> None:
        began = False
        try:
            link.writer.write(head.raw + body)
            answer = await _head(link.reader)
            began = True
            client.write(_kept_alive(answer))
            if not head.raw.startswith(b"HEAD ") and b" 304 " not in answer.raw[:16]:
                await _pass_body(link.reader, answer, client)
            await client.drain()
        except (OSError, asyncio.IncompleteReadError) as error:
            link.writer.close()
            raise Broken(began=began) from error
        if answer.closes:
            link.writer.close()
        else:
            server.keep(link)


def _kept_alive(answer: Head) -> bytes:
    """The head without the server's word on its own connection, which is not the client's."""
    lines = answer.raw.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(b"connection:"))


async def _head(reader: asyncio.StreamReader) -> Head:
    raw = await reader.readuntil(b"\r\n\r\n")
    lines = raw.split(b"\r\n")[1:-2]
    fields = (line.partition(b":") for line in lines)
    return Head(raw, {name.strip().lower(): value.strip() for name, _, value in fields})


async def _whole_body(reader: asyncio.StreamReader, head: Head) -> bytes:
    return await reader.readexactly(int(head.fields.get(b"content-length", b"0")))


async def _pass_body(
    reader: asyncio.StreamReader, head: Head, client: asyncio.StreamWriter
) -> None:
    if head.fields.get(b"transfer-encoding", b"").lower() != b"chunked":
        client.write(await _whole_body(reader, head))
        return
    size = -1
    while size:
        line = await reader.readuntil(b"\r\n")
        size = int(line, 16)
        client.write(line + await reader.readexactly(size + 2))


def main(port: str, *servers: str) -> None:
    """Balance until killed."""
    uvloop.run(Balancer([int(each) for each in servers]).serve(int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
