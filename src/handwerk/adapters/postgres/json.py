"""Domain values as JSON text for jsonb columns; money stays a number."""

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def json_text(value: object) -> str | None:
    """`value` as JSON; `None` stays NULL."""
    return None if value is None else _ENCODER.encode(value).decode()
