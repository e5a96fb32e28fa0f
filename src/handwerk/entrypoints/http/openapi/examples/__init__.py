"""One example of each thing that is sent or answered, as the struct itself.

So an example has the fields that the struct has, or it is an error of types.
"""

from typing import Any, get_args, get_origin

import msgspec

from handwerk.entrypoints.http.openapi.examples import (
    documents,
    firm,
    materials,
    moving,
    people,
    pricing,
    privacy,
    projects,
    search,
    tasks,
)
from handwerk.entrypoints.http.openapi.examples.pricing import MODEL_VERSION
from handwerk.entrypoints.http.openapi.examples.shared import (
    LINE_ID,
    MIGRATION_ID,
    PROJECT_ID,
    TASK_ID,
)

_GROUPS = (
    documents,
    firm,
    materials,
    moving,
    people,
    pricing,
    privacy,
    projects,
    search,
    tasks,
)
_KNOWN: dict[Any, object] = {kind: one for group in _GROUPS for kind, one in group.KNOWN.items()}
# Where an operation deserves another example than its type has: by its handler and the type.
_OF_OPERATION: dict[tuple[str, Any], object] = {
    **documents.OF_OPERATION,
    **firm.OF_OPERATION,
    **materials.OF_OPERATION,
    **moving.OF_OPERATION,
    **people.OF_OPERATION,
    **pricing.OF_OPERATION,
    **privacy.OF_OPERATION,
    **projects.OF_OPERATION,
    **tasks.OF_OPERATION,
}
_IN_PATH: dict[str, object] = {
    "id": PROJECT_ID,
    "line_id": LINE_ID,
    "task_id": TASK_ID,
    "version": MODEL_VERSION,
    "table": "project",
    "migration_id": MIGRATION_ID,
}


def of(handler: str, kind: Any) -> object | None:
    """An example of what is sent to, or answered by, the operation that `handler` serves."""
    if (handler, kind) in _OF_OPERATION:
        return _OF_OPERATION[handler, kind]
    if get_origin(kind) is list:
        example = of(handler, get_args(kind)[0])
        return None if example is None else [example]
    return _KNOWN.get(kind)


def sent(handler: str, kind: Any) -> object | None:
    """An example of what is sent to the operation that `handler` serves: what is said of it."""
    example = of(handler, kind)
    if not isinstance(example, msgspec.Struct):
        return example
    fields = msgspec.structs.fields(example)
    values = {field.encode_name: getattr(example, field.name) for field in fields}
    unsaid = (None, msgspec.UNSET)
    return {name: value for name, value in values.items() if value not in unsaid}


def in_path(name: str) -> object | None:
    """An example of a value in the path."""
    return _IN_PATH.get(name)
