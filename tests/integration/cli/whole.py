"""Answers of which a test says only what it is about: the rest is filled in."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import inspect

from handwerk.client.answers.documents import Document, FoundDocuments
from handwerk.client.answers.people import User
from handwerk.client.answers.pricing import Prediction, Registered
from handwerk.client.answers.search import Found, IndexStats, QualityReport
from handwerk.client.answers.tasks import (
    ActiveTasks,
    FailedTasks,
    QueueStats,
    ScheduledTasks,
    Task,
    TaskMoved,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
_ID = r"/[^/]+"
_ANSWERS: dict[str, Any] = {
    f"GET /tasks/task{_ID}": Task,
    f"POST /tasks/task{_ID}/(revoke|retry)": TaskMoved,
    "GET /tasks/tasks/active": ActiveTasks,
    "GET /tasks/tasks/scheduled": ScheduledTasks,
    "GET /tasks/tasks/failed": FailedTasks,
    "GET /tasks/queue/stats": QueueStats,
    "POST /similarity/find-similar": Found,
    "POST /similarity/quality": QualityReport,
    "GET /similarity/stats": IndexStats,
    "POST /predictions/predict/": Prediction,
    "GET /documents/": list[Document],
    "POST /documents/upload": Document,
    "POST /documents/search": FoundDocuments,
    f"(GET|PUT) /documents{_ID}": Document,
    f"POST /documents{_ID}/restore": Document,
    "POST /users": User,
    "GET /models": list[Registered],
    f"POST /models{_ID}/activate": Registered,
}


def whole(method: str, path: str, body: Any) -> Any:
    """`body` with all fields that such an answer has; as it is where that is not known."""
    for pattern, kind in _ANSWERS.items():
        if re.fullmatch(pattern, f"{method} {path}"):
            return _filled(inspect.type_info(kind), body)
    return body


def holds(answer: Any, given: Any) -> bool:
    """Whether `answer` says all that is `given`."""
    if isinstance(given, dict):
        return isinstance(answer, dict) and all(
            name in answer and holds(answer[name], value) for name, value in given.items()
        )
    if isinstance(given, list):
        pairs = zip(answer, given, strict=False)
        return len(answer) == len(given) and all(holds(one, other) for one, other in pairs)
    return bool(answer == given)


def _filled(info: Any, body: Any) -> Any:
    if isinstance(info, inspect.UnionType):
        info = next((each for each in info.types if isinstance(each, inspect.StructType)), info)
    if isinstance(info, inspect.ListType) and isinstance(body, list):
        return [_filled(info.item_type, one) for one in body]
    if isinstance(info, inspect.DictType) and isinstance(body, dict):
        return {name: _filled(info.value_type, one) for name, one in body.items()}
    if not isinstance(info, inspect.StructType) or not isinstance(body, dict):
        return body
    neutral = {field.encode_name: _neutral(field) for field in info.fields if field.required}
    known = {field.encode_name: field.type for field in info.fields}
    given = {name: _filled(known.get(name), value) for name, value in body.items()}
    return {name: value for name, value in neutral.items() if name not in given} | given


def _neutral(field: inspect.Field) -> Any:
    if isinstance(field.type, inspect.StructType):
        return _filled(field.type, {})
    if isinstance(field.type, inspect.LiteralType):
        return field.type.values[0]
    values: dict[type, Any] = {
        inspect.StrType: "",
        inspect.BoolType: False,
        inspect.DateTimeType: NOW,
        inspect.DateType: NOW.date(),
    }
    return msgspec.to_builtins(values.get(type(field.type), 0))
