"""How much anyone may ask for, counted over a sliding window.

The window is cut into ten slices. A permit is counted in the slice in which it is taken; what
counts against the limit is the current slice and the ten before it, so no window, wherever it
begins, ever holds more than the limit.
"""

import math
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

import msgspec

from handwerk.domain.kernel.errors import RateLimited

SLICES = 10
# As many keys as one process keeps in mind; beyond them the longest unused is forgotten.
MOST_KEYS = 10_000


class Limit(msgspec.Struct, frozen=True):
    """At most `most` permits in any `seconds`. `name` keeps one limit's keys from another's."""

    name: str
    most: int
    seconds: int

    @property
    def slice_seconds(self) -> float:
        """How long one slice lasts."""
        return self.seconds / SLICES


class Allowance(msgspec.Struct, frozen=True):
    """The answer to one request: whether it may go on, and what is left.

    `remaining` is what the caller may still take, as far as this process knows; `retry_after` is in
    whole seconds, 0 where the request is allowed. After `reset` seconds all permits are back, if
    none is taken meanwhile.
    """

    allowed: bool
    limit: int
    remaining: int
    retry_after: int = 0
    reset: int = 0

    def require(self) -> None:
        """Raise `RateLimited` unless allowed."""
        if not self.allowed:
            raise RateLimited(
                f"Too many requests; try again in {self.retry_after} seconds.", self.retry_after
            )


def network_of(address: str) -> str:
    """By what an address is counted: an IPv6 one by its network of 64 bits, which one has whole."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


class SlidingWindow:
    """Counts the permits of many keys in memory. `now` is in seconds, on any steady clock."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._taken: OrderedDict[str, dict[int, int]] = OrderedDict()

    def take(self, key: str, now: float) -> Allowance:
        """One permit of `key`, if there is one."""
        current = int(now // self.limit.slice_seconds)
        slices = self._slices(key, current)
        taken = sum(slices.values())
        if taken >= self.limit.most:
            wait = self._wait(min(slices), now)
            return Allowance(False, self.limit.most, 0, wait, self.limit.seconds)
        slices[current] = slices.get(current, 0) + 1
        left = self.limit.most - taken - 1
        return Allowance(True, self.limit.most, left, reset=self.limit.seconds)

    def _slices(self, key: str, current: int) -> dict[int, int]:
        known = self._taken.pop(key, {})
        # A slice in the future was counted before the clock was set back.
        slices = {at: count for at, count in known.items() if current - SLICES <= at <= current}
        self._taken[key] = slices
        if len(self._taken) > MOST_KEYS:
            self._taken.popitem(last=False)
        return slices

    def _wait(self, oldest: int, now: float) -> int:
        free_at = (oldest + SLICES + 1) * self.limit.slice_seconds
        return max(1, math.ceil(free_at - now))
