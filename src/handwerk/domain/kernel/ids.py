"""Record ids: UUID version 7, so that they sort by time of creation."""

from uuid import UUID

from uuid_utils.compat import uuid7

from handwerk.domain.kernel.errors import InvalidInput


def new_id() -> UUID:
    """A fresh id (RFC 9562, version 7)."""
    return uuid7()


def parse_id(text: str, field: str = "id") -> UUID:
    """The id that `text` spells, with or without dashes; else `InvalidInput` naming `field`."""
    try:
        if len(text) in {32, 36}:
            return UUID(text)
    except ValueError:
        pass
    raise InvalidInput.of(field, "is not a UUID")
