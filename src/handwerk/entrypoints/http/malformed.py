"""Names the field for which a body is no JSON, or can be read in two ways.

msgspec tells a place in the bytes where people need a name, and takes the last of two values. Both
are looked into only where something is wrong or looks so.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from handwerk.domain.kernel.checks import is_encodable
from handwerk.domain.kernel.errors import FieldError

_LONGEST_NAME = 100


class _NoNumber(str):
    """`NaN` or an infinity: Python reads and writes it, JSON has no such number."""

    __slots__ = ()


def culprit(body: bytes) -> FieldError | None:
    """The field whose value Python reads and JSON does not know; `None` where that is not it."""
    try:
        value = json.loads(body, parse_constant=_NoNumber, parse_int=str, parse_float=str)
        return next(_wrong("", value), None)
    except (ValueError, RecursionError):
        return None


def repeated(body: bytes, wanted: Any) -> FieldError | None:
    """The field that stands twice in an object of the sound JSON `body`."""
    if not any(body.count(name) > 1 for name in _quoted_names(wanted)):
        return None
    found: list[str] = []

    def noting(pairs: list[tuple[str, Any]]) -> None:
        times = Counter(name for name, _ in pairs)
        found.extend(name for name, count in times.items() if count > 1)

    json.loads(body, object_pairs_hook=noting, parse_int=str, parse_float=str)
    return FieldError(told(found[0]), "stands more than once") if found else None


def told(text: str, longest: int = _LONGEST_NAME) -> str:
    """A field's name, or more, as a client wrote it, in a length and signs that can be answered."""
    return text[:longest].encode("utf-8", "replace").decode()


@lru_cache(maxsize=64)
def _quoted_names(wanted: Any) -> tuple[bytes, ...]:
    if not (isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)):
        return ()
    return tuple(b'"%s"' % name.encode() for name in wanted.__struct_encode_fields__)


def _wrong(path: str, value: Any) -> Iterator[FieldError]:
    if isinstance(value, _NoNumber):
        yield FieldError(told(path) or "body", f"is {value}, which is no number in JSON")
    elif isinstance(value, str):
        if not is_encodable(value):
            yield FieldError(told(path) or "body", "holds a lone surrogate, which is not text")
    else:
        for name, part in _parts(path, value):
            yield from _wrong(name, part)


def _parts(path: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((f"{path}.{name}" if path else name, part) for name, part in value.items())
    if isinstance(value, list):
        return ((f"{path}[{place}]", part) for place, part in enumerate(value))
    return ()
