"""What msgspec and Litestar say of a wrong value, as sentences for people."""

import re

from handwerk.domain.kernel.errors import FieldError
from handwerk.entrypoints.http.malformed import told

_LONGEST_MESSAGE = 300
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `[^`]+`")
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "object": "an object",
    "date": "a date such as 2026-01-31",
    "uuid": "a UUID",
}
_SAID = {
    "Invalid decimal string": "must be a number",
    "Invalid RFC3339 encoded date": "must be a date such as 2026-01-31",
    "Invalid UUID": "is not a UUID",
    "Unsupported type: <class 'str'>": "must be a file",
    "Unsupported type: <class 'list'>": "stands more than once",
}
_OF_FIELDS = {
    "Object contains unknown field `": "is not a known field",
    "Object missing required field `": "is missing",
}


def field_error(sentence: str) -> FieldError:
    """Msgspec's sentence, split into the field's path and what is wrong with it."""
    message, _, path = sentence.partition(" - at `")
    field = path.removesuffix("`").removeprefix("$").removeprefix(".")
    for start, said in _OF_FIELDS.items():
        if message.startswith(start):
            name = message.removeprefix(start).removesuffix("`")
            field, message = f"{field}.{name}" if field else name, said
    return FieldError(told(field) or "body", plain(message))


def plain(message: str) -> str:
    """What is wrong with a field, for people; it may hold a value that is as long as the body."""
    expected = _EXPECTED.fullmatch(message)
    if expected is not None:
        kinds = (_KINDS.get(kind, kind) for kind in expected[1].split(" | "))
        return f"must be {' or '.join(kinds)}"
    return told(_SAID.get(message, message), _LONGEST_MESSAGE)
