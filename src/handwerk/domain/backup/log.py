"""The write-ahead log as pieces with names: timeline, and place, in hexadecimal digits."""

from collections.abc import Sequence

from handwerk.domain.backup.model import Damaged

PARTIAL = ".partial"
_DIGITS = 24
_TIMELINE, _HALF = 8, 16
# Pieces of 16 MiB: so many to each step of the higher half of their number.
_PER_STEP = 256


def place(name: str) -> int | None:
    """Where in the log the piece lies; `None` for what is no piece of it."""
    digits = name.removesuffix(PARTIAL)
    if len(digits) != _DIGITS:
        return None
    try:
        return int(digits[_TIMELINE:_HALF], 16) * _PER_STEP + int(digits[_HALF:], 16)
    except ValueError:
        return None


def unbroken(names: Sequence[str], first: str, last: str | None = None) -> list[str]:
    """The names to be put on top of a backup whose log goes on in `first`, and ends in `last`.

    Empty where nothing has come since. `Damaged` where a piece in between is missing: what is
    behind the gap could not be reached, and must not be lost without a word.
    """
    start = place(first)
    places = {found for name in names if (found := place(name)) is not None}
    later = {found for found in places if start is not None and found >= start}
    end = max([*later, -1 if last is None else place(last) or -1])
    if start is None or end < start:
        return []
    missing = set(range(start, end + 1)) - later
    if missing:
        raise Damaged(
            f"{len(missing)} of {end - start + 1} pieces of the log that follow on the "
            "backup are missing. Choose a newer backup, or restore it --without-log."
        )
    return sorted(name for name in names if (at := place(name)) is None or at >= start)
