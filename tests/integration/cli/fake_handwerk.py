"""A server that speaks the contract's outside and holds no firm: it answers what a test laid out.

What it takes over from the contract by itself: everything needs the token, else 401 before
anything else; an unknown path is 404; errors are problem documents.
"""

import json
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from tests.integration.cli.whole import whole

TOKEN = "fake-token"


class Reply(NamedTuple):
    """A status with a body that is sent as JSON (bytes as they are), and more headers."""

    status: int
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012  # nothing changes it


# Breaks the connection off instead of answering.
HANG_UP = Reply(0)


class Asked(NamedTuple):
    """A request as it came in."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """The body, from JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, bytes]:
        """The parts of a multipart body, by name, in their order."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = BytesParser(policy=HTTP).parsebytes(head + self.body).iter_parts()
        named = ((part.get_param("name", header="content-disposition"), part) for part in parts)
        return {str(name): bytes(part.get_payload(decode=True)) for name, part in named}


def problem(status: int, detail: str, *errors: tuple[str, str], **headers: str) -> Reply:
    """A problem document; an error is a field and a message, a header `retry_after` and so on."""
    told = [{"field": field, "message": message} for field, message in errors]
    body = {"title": "", "status": status, "detail": detail, "errors": told}
    return Reply(status, body, {name.replace("_", "-"): text for name, text in headers.items()})


class FakeHandwerk:
    """`says` lays out answers, `asked` holds what came in."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: dict[tuple[str, str], list[Reply]] = defaultdict(list)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """A fake that listens on a free port until the context is left."""
        fake = cls()
        thread = threading.Thread(target=fake._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            fake._server.shutdown()
            fake._server.server_close()
            thread.join()

    def says(self, method: str, path: str, *replies: Reply) -> None:
        """Answer `replies` in turn at that path (below /api/v1), the last one ever after.

        What a good one leaves out of its body is filled in.
        """
        self._answers[method, f"/api/v1{path}"] = [
            reply._replace(body=whole(method, path, reply.body))
            if reply.status < 300
            else reply  # good
            for reply in replies
        ]

    def reply(self, asked: Asked) -> Reply:
        """What is answered to a request."""
        self.asked.append(asked)
        if asked.headers["Authorization"] != f"Bearer {TOKEN}":
            return problem(401, "Nobody is signed in.")
        replies = self._answers[asked.method, asked.path.partition("?")[0]]
        if not replies:
            return problem(404, "There is nothing at this path.")
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body leave together: two packets would wait for each other.
            wbufsize = -1

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def do_PUT(self) -> None:
                self._answer()

            def do_DELETE(self) -> None:
                self._answer()

            def log_message(self, *args: object) -> None:
                """Say nothing on stderr."""

            def _answer(self) -> None:
                length = int(self.headers["Content-Length"] or 0)
                body = self.rfile.read(length)
                reply = fake.reply(Asked(self.command, self.path, self.headers, body))
                if reply is HANG_UP:
                    self._hang_up()
                    return
                sent = reply.body if isinstance(reply.body, bytes) else _json(reply.body)
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(sent)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            def _hang_up(self) -> None:
                no_farewell = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_farewell)
                self.close_connection = True

        return Handler


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()
