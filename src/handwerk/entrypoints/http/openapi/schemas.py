"""JSON Schemas of the structs that are decoded and encoded, by msgspec, fitted to what is sent.

Decimals are JSON numbers here, every timestamp is a `date-time`, and a struct that is only ever
answered has all of its fields. The bounds that the domain checks are added from `facts`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from inspect import cleandoc
from typing import Any

import msgspec
from litestar.datastructures import UploadFile
from msgspec import inspect

from handwerk.entrypoints.http.openapi import facts

Schema = dict[str, Any]
_REF = "#/components/schemas/"


class Schemas(msgspec.Struct, frozen=True):
    """The schema of each type that was asked for, and the components that they refer to."""

    of: dict[Any, Schema]
    components: dict[str, Schema]


def schemas(taken: Iterable[Any], answered: Iterable[Any]) -> Schemas:
    """The schemas of all types; those `taken` are what a client sends, the others what it gets."""
    taken, answered = list(taken), list(answered)
    wanted = list(dict.fromkeys([*taken, *answered]))
    found, components = msgspec.json.schema_components(
        wanted, schema_hook=_file, ref_template=_REF + "{name}"
    )
    in_requests = set(_structs(taken))
    for cls, key in _keys(_structs(wanted), components).items():
        _fit(components[key], inspect.type_info(cls), is_answer=cls not in in_requests)
    by_type = zip(wanted, map(_tidied, found), strict=True)
    tidy = {_short(key): _tidied(schema) for key, schema in components.items()}
    return Schemas(dict(by_type), dict(sorted(tidy.items())))


def schema_of(plain: Any) -> Schema:
    """The schema of a type that refers to no component, as in a URL's query."""
    [schema], _ = msgspec.json.schema_components([plain], ref_template=_REF + "{name}")
    tidy: Schema = _tidied(schema)
    return tidy


def _file(kind: type) -> Schema:
    if kind is UploadFile:
        # `format` is for tools that show a file chooser only for OpenAPI 3.0's way to say it.
        return {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "format": "binary",
        }
    raise NotImplementedError


def _structs(wanted: Iterable[Any]) -> list[type]:
    """All structs that the types hold, each once."""
    found: dict[type, None] = {}
    for info in inspect.multi_type_info(wanted):
        _collect(info, found)
    return list(found)


def _collect(info: Any, found: dict[type, None]) -> None:
    if isinstance(info, inspect.StructType):
        if info.cls in found:
            return
        found[info.cls] = None
    for part in _parts(info):
        _collect(part, found)


def _parts(info: Any) -> Iterator[Any]:
    for name in info.__struct_fields__:
        value = getattr(info, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, inspect.Type | inspect.Field):
                yield part


def _keys(structs: list[type], components: dict[str, Schema]) -> dict[type, str]:
    """The component that msgspec made of each struct: its name, in full where two share it."""
    times = Counter(cls.__name__ for cls in structs)
    full = {cls: f"{cls.__module__}.{cls.__qualname__}" for cls in structs}
    keys = {cls: cls.__name__ if times[cls.__name__] == 1 else full[cls] for cls in structs}
    return {cls: key for cls, key in keys.items() if key in components}


def _short(key: str) -> str:
    """`pricing.SimilarProject` for `handwerk.domain.pricing.model.SimilarProject`."""
    parts = key.split(".")
    return key if len(parts) == 1 else f"{parts[-3]}.{parts[-1]}"


def _fit(schema: Schema, info: inspect.Type, *, is_answer: bool) -> None:
    if not isinstance(info, inspect.StructType):
        return
    properties = schema.get("properties", {})
    for field in info.fields:
        fitted = properties[field.encode_name]
        if _holds(field.type, inspect.DateTimeType):
            _mark_date_times(fitted)
    for name, fact in facts.of(info.cls).items():
        properties[name] = _merged(_tidied(properties[name]), fact)
    if is_answer and not info.cls.__struct_config__.omit_defaults:
        schema["required"] = [
            field.encode_name
            for field in msgspec.structs.fields(info.cls)
            if field.default is not msgspec.UNSET
        ]
        for fitted in properties.values():
            fitted.pop("default", None)


def _holds(info: Any, kind: type) -> bool:
    if isinstance(info, inspect.StructType):
        return False
    return isinstance(info, kind) or any(_holds(part, kind) for part in _parts(info))


def _mark_date_times(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("type") == "string" and "format" not in node:
            node["format"] = "date-time"
        for value in node.values():
            _mark_date_times(value)
    elif isinstance(node, list):
        for value in node:
            _mark_date_times(value)


def _merged(schema: Schema, fact: Schema) -> Schema:
    """`schema` with `fact` in it, on every level."""
    merged = dict(schema)
    for key, value in fact.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _tidied(node: Any) -> Any:
    """`node` as OpenAPI's readers like it: numbers for decimals, `null` beside the other type."""
    if isinstance(node, list):
        return [_tidied(value) for value in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidied(value) for key, value in node.items() if _is_telling(key, value)}
    for step in _STEPS:
        tidy = step(tidy)
    return tidy


def _is_telling(key: str, value: Any) -> bool:
    return not (key == "title" and isinstance(value, str)) and not (
        key in {"default", "required"} and value in (None, [])
    )


def _number(node: Schema) -> Schema:
    if node.get("format") != "decimal":
        return node
    number = {key: value for key, value in node.items() if key != "format"} | {"type": "number"}
    if "default" in number:
        number["default"] = float(number["default"])
    return number


def _nullable(node: Schema) -> Schema:
    either = node.get("anyOf", [])
    plain = [each for each in either if each != {"type": "null"}]
    if len(plain) != 1 or len(either) != 2 or not isinstance(plain[0].get("type"), str):  # noqa: PLR2004  # one, or null
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    nullable: Schema = plain[0] | rest | {"type": [plain[0]["type"], "null"]}
    return nullable


def _described(node: Schema) -> Schema:
    text = node.get("description")
    return node | {"description": cleandoc(text)} if isinstance(text, str) else node


def _reference(node: Schema) -> Schema:
    target = node.get("$ref")
    if not isinstance(target, str):
        return node
    return node | {"$ref": _REF + _short(target.removeprefix(_REF))}


_STEPS: tuple[Callable[[Schema], Schema], ...] = (_number, _nullable, _described, _reference)
