"""Looks at the parts of a form before Litestar reads them.

Litestar gathers a text of any length in memory and decodes it by whatever codec its part names:
an unknown one is an error that it does not tell, and a slow one holds up the whole process.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

from multipart import (  # type: ignore[import-untyped]  # it brings no types
    MultipartSegment,
    ParserError,
    ParserLimitReached,
    PushMultipartParser,
)

from handwerk.domain.kernel.errors import InvalidInput, UnsupportedContent

# All that is not a file is a word or two.
LONGEST_TEXT = 1_000
MOST_PARTS = 100


async def sound_parts(
    stream: AsyncGenerator[bytes, None], boundary: str
) -> AsyncGenerator[bytes, None]:
    """The bytes of a form as they are; `InvalidInput` before the first that can't be read."""
    with refusing(), PushMultipartParser(boundary, max_segment_count=MOST_PARTS) as parser:
        texts = Texts()
        async for chunk in stream:
            if not parser.closed:
                for part in parser.parse(chunk):
                    texts.look_at(part)
            yield chunk


class Texts:
    """The part that is being read: where it is no file, its bytes until they are whole."""

    def __init__(self) -> None:
        self._name = ""
        self._text: bytearray | None = None

    def look_at(self, part: MultipartSegment | bytearray | None) -> None:
        """Take one event of the parser: a heading, bytes, or `None` for a part's end."""
        if isinstance(part, MultipartSegment):
            self._begin(part)
        elif self._text is None:
            return
        elif part:
            self._text += part
            if len(self._text) > LONGEST_TEXT:
                raise InvalidInput.of(self._name, f"is longer than {LONGEST_TEXT:,} bytes")
        else:
            self._end(self._text)

    def _begin(self, heading: MultipartSegment) -> None:
        self._name = heading.name or "body"
        self._text = None if heading.filename else bytearray()
        if self._text is not None and (heading.charset or "utf-8").lower() != "utf-8":
            raise UnsupportedContent(f"Send the form's fields in UTF-8; '{self._name}' is not.")

    def _end(self, text: bytearray) -> None:
        try:
            text.decode()
        except UnicodeDecodeError as error:
            raise InvalidInput.of(self._name, "is not UTF-8") from error


@contextmanager
def refusing() -> Iterator[None]:
    """Tell what the parser finds wrong as `InvalidInput`."""
    try:
        yield
    except ParserLimitReached as error:
        message = "has too many parts, or one with too long a heading"
        raise InvalidInput.of("body", message) from error
    except ParserError as error:
        raise InvalidInput.of("body", "is no whole form in multipart/form-data") from error
