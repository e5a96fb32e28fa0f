"""A part of a list, and the way on."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some records of a list; `total` counts all, from 10,000 on as an estimate.

    `next` leads to the following page, `None` after the last.
    """

    items: list[T]
    total: int
    total_is_estimate: bool = False
    next: str | None = None
