"""A file that is sent in a form, read as it comes: never whole in memory, and on no other disk."""

from collections.abc import AsyncIterator
from email.message import Message
from uuid import UUID

from multipart import (  # type: ignore[import-untyped]  # it brings no types
    MultipartSegment,
    PushMultipartParser,
)

from handwerk.domain.kernel.errors import InvalidInput, UnsupportedContent
from handwerk.domain.kernel.ids import parse_id
from handwerk.entrypoints.http.forms import LONGEST_TEXT, MOST_PARTS, refusing
from handwerk.entrypoints.http.json import StrictRequest

FORM = "multipart/form-data"
_FILE, _PROJECT = "file", "project_id"


class IncomingFile:
    """The form's field `file`, and `project_id` if it is sent."""

    def __init__(self, request: StrictRequest) -> None:
        """Look at the heading; `UnsupportedContent` where no form is sent."""
        self._request = request
        self._boundary = _boundary(request)
        self._part: str | None = None
        self._seen: set[str] = set()
        self._text = bytearray()
        self.filename: str | None = None

    @property
    def project_id(self) -> UUID | None:
        """The project that was named."""
        text = self._text.decode("utf-8", "replace").strip()
        if not text:
            return None
        try:
            return parse_id(text)
        except Exception as error:
            raise InvalidInput.of(_PROJECT, "is no id") from error

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes, as they come."""
        with (
            refusing(),
            PushMultipartParser(self._boundary, max_segment_count=MOST_PARTS) as parser,
        ):
            async for data in self._request.stream():
                if parser.closed:
                    continue
                for event in parser.parse(data):
                    piece = self._taken(event)
                    if piece:
                        yield piece
        if _FILE not in self._seen:
            raise InvalidInput.of(_FILE, "is missing")

    def _taken(self, event: MultipartSegment | bytearray | None) -> bytes:
        """The bytes of the file that an event of the parser brings."""
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event and self._part == _FILE:
            return bytes(event)
        elif event:
            self._text += event
            if len(self._text) > LONGEST_TEXT:
                raise InvalidInput.of(_PROJECT, f"is longer than {LONGEST_TEXT:,} bytes")
        return b""

    def _begin(self, heading: MultipartSegment) -> None:
        name = str(heading.name or "body")
        if name not in {_FILE, _PROJECT}:
            raise InvalidInput.of(name[:100], "is not a known field")
        if name in self._seen:
            raise InvalidInput.of(name, "stands more than once")
        if (name == _FILE) != bool(heading.filename):
            raise InvalidInput.of(name, "must be a file" if name == _FILE else "must be no file")
        self._part = name
        self._seen.add(name)
        if name == _FILE:
            self.filename = heading.filename


def _boundary(request: StrictRequest) -> str:
    message = Message()
    message["content-type"] = request.header(b"content-type") or ""
    boundary = message.get_param("boundary")
    if message.get_content_type() != FORM or not isinstance(boundary, str):
        raise UnsupportedContent(f"Send the file as {FORM}, in the field 'file'.")
    return boundary
