"""Lists in memory: order, pages and cursors of any records that have an id."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from handwerk.domain.kernel.collation import german_key
from handwerk.domain.kernel.pages import Cursor, ForeignCursor, Page, PageRequest


class Record(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> UUID:
        """Its id."""
        ...


R = TypeVar("R", bound=Record)
Value = Callable[[Any], Any]


def page_of(
    found: Iterable[R], request: PageRequest, german: frozenset[str] = frozenset()
) -> Page[R]:
    """The part of `found` that `request` names; the fields `german` in a dictionary's order."""
    field = request.sort.removeprefix("-")

    def value(record: Any) -> Any:
        plain = getattr(record, field)
        return german_key(plain) if field in german and plain is not None else plain

    ordered = _ordered(found, request.sort, value)
    start = request.skip
    if request.cursor is not None:
        cursor = request.cursor
        start = sum(1 for record in ordered if not _is_behind(record, cursor, value))
    items = ordered[start : start + request.limit]
    more = len(ordered) > start + request.limit
    following = _cursor(request.sort, items[-1], value) if more else None
    return Page(items, len(ordered), next=following)


def _ordered(found: Iterable[R], sort: str, value: Value) -> list[R]:
    by_id = sorted(found, key=lambda record: record.id)
    known = [record for record in by_id if value(record) is not None]
    unknown = [record for record in by_id if value(record) is None]
    return sorted(known, key=value, reverse=sort.startswith("-")) + unknown


def _cursor(sort: str, record: Record, value: Value) -> Cursor:
    last = value(record)
    return Cursor(sort, None if last is None else str(last), record.id)


def _is_behind(record: Record, cursor: Cursor, value: Value) -> bool:
    own = value(record)
    if own is None or cursor.value is None:
        return own is None and (cursor.value is not None or record.id > cursor.id)
    try:
        last = msgspec.convert(cursor.value, type(own), strict=False)
    except msgspec.ValidationError as error:
        raise ForeignCursor from error
    if own == last:
        return record.id > cursor.id
    return bool(own < last) if cursor.sort.startswith("-") else bool(own > last)
