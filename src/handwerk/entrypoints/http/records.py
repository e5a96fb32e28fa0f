"""Answers that hold a single record, with its validator."""

from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from litestar import Response
from litestar.params import PathParameter

from handwerk.entrypoints.http.conditions import etag, is_unchanged
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest

RecordId = Annotated[str, PathParameter(name="id")]


class Versioned(Protocol):
    """A record that counts its changes."""

    @property
    def id(self) -> UUID:
        """Its id."""
        ...

    @property
    def version(self) -> int:
        """1 when created, one more with every change."""
        ...


R = TypeVar("R", bound=Versioned)


def record_response(request: StrictRequest, record: R) -> Response[R]:
    """The record, or 304 where a reader holds this version already."""
    tag = _tag(record)
    headers = {"ETag": tag}
    if request.method == "GET" and is_unchanged(request, tag):
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]  # no content
    return JSONResponse(record, headers=headers)


def created(request: StrictRequest, record: R) -> JSONResponse[R]:
    """A new record, and where it is from now on."""
    return JSONResponse(record, status_code=201, headers=headers_of_new(request.path, record))


def headers_of(record: Versioned) -> dict[str, str]:
    """The validator of a record that an operation has changed."""
    return {"ETag": _tag(record)}


# How many last parts of a path lead away from where a new record is.
_BESIDE = {"cancel": 2, "upload": 1}


def headers_of_new(path: str, record: Versioned) -> dict[str, str]:
    """What is said of a record that was made by a POST to `path`.

    A project's reversing record is a project like any other, not a part of the one it reverses.
    """
    parts = path.rstrip("/").split("/")
    home = "/".join(parts[: -_BESIDE.get(parts[-1], 0) or None])
    return {"ETag": _tag(record), "Location": f"{home}/{record.id}"}


def _tag(record: Versioned) -> str:
    return etag(record.version, getattr(record, "unit_price", None))
