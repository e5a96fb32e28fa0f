"""Walking a long list: by `skip` for a little way, by cursor as far as one likes."""

import base64
import binascii
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import FieldError, InvalidInput

MAX_SKIP = 10_000
MAX_LIMIT = 200
# The longest that this server issues holds a name of 255 characters, escaped.
LONGEST_CURSOR = 4_096
DEFAULT_LIMIT = 50

T = TypeVar("T")


class ForeignCursor(InvalidInput):
    """The cursor is not one that a list has answered."""

    def __init__(self) -> None:
        super().__init__([FieldError("cursor", "was not issued by this server")])


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The place behind the last record of a page: its sort, the sort's value (as text) and id."""

    sort: str
    value: str | None
    id: UUID

    def opaque(self) -> str:
        """The cursor as it travels in a URL."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor that `opaque` wrote; else `ForeignCursor`."""
        if len(text) > LONGEST_CURSOR:
            raise InvalidInput.of("cursor", "was not issued by this server")
        try:
            padded = text.encode() + b"=" * (-len(text) % 4)
            return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=cls)
        except (binascii.Error, ValueError, msgspec.DecodeError) as error:
            raise ForeignCursor from error


class PageRequest(msgspec.Struct, frozen=True):
    """Which part of a list is wanted. `sort` is a field, with `-` in front for descending."""

    skip: int = 0
    limit: int = DEFAULT_LIMIT
    sort: str = "-created_at"
    cursor: Cursor | None = None

    def checked(self, sortable: frozenset[str]) -> "PageRequest":
        """This request, or `InvalidInput` naming every bound that it breaks."""
        checks = Checks()
        checks.whole("skip", self.skip, 0, MAX_SKIP)
        checks.whole("limit", self.limit, 1, MAX_LIMIT)
        known = ", ".join(sorted(sortable))
        checks.that(self.sort.removeprefix("-") in sortable, "sort", f"must be one of: {known}")
        if self.cursor is not None:
            checks.that(self.cursor.sort == self.sort, "cursor", "belongs to another sort order")
        checks.refuse_if_any()
        return self


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One part of a list: its records, the whole count, and where the next part begins."""

    items: list[T]
    total: int
    total_is_estimate: bool = False
    next: Cursor | None = None
