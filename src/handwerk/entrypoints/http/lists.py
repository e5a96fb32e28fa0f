"""Lists: paging parameters in, `X-Total-Count` and `Link` out."""

from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from litestar.params import QueryParameter

from handwerk.domain.kernel.pages import MAX_LIMIT, MAX_SKIP, Cursor, Page, PageRequest
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest

T = TypeVar("T")

Skip = Annotated[int, QueryParameter(description=f"Records to leave out, 0 to {MAX_SKIP:,}.")]
Limit = Annotated[int, QueryParameter(description=f"Records to answer, 1 to {MAX_LIMIT}.")]
Sort = Annotated[
    str, QueryParameter(description="A field's name, with `-` in front for descending.")
]
CursorText = Annotated[
    str | None,
    QueryParameter(name="cursor", description="From the `next` link of the page before."),
]


def page_request(
    skip: int, limit: int, sort: str, cursor: str | None, sortable: frozenset[str]
) -> PageRequest:
    """The part of the list that is asked for; `InvalidInput` names every wrong bound."""
    place = None if cursor is None else Cursor.parse(cursor)
    return PageRequest(skip, limit, sort, place).checked(sortable)


def page_response(request: StrictRequest, page: Page[T]) -> JSONResponse[list[T]]:
    """A bare array, with its total and the way on in headers."""
    headers = {"X-Total-Count": str(page.total)}
    if page.total_is_estimate:
        headers["X-Total-Count-Estimated"] = "true"
    if page.next is not None:
        headers["Link"] = f'<{_next_url(request, page.next)}>; rel="next"'
    return JSONResponse(page.items, headers=headers)


def part_headers(request: StrictRequest, skip: int, limit: int, total: int) -> dict[str, str]:
    """The headers of a list that is walked by `skip` alone, since what it holds comes and goes."""
    headers = {"X-Total-Count": str(total)}
    if skip + limit < min(total, MAX_SKIP + 1):
        query = dict(request.query_params.items()) | {"skip": str(skip + limit)}
        headers["Link"] = f'<{request.path}?{urlencode(query)}>; rel="next"'
    return headers


def _next_url(request: StrictRequest, cursor: Cursor) -> str:
    place = cursor.opaque()
    if not request.scope["query_string"]:
        return f"{request.path}?cursor={place}"
    query: dict[str, Any] = dict(request.query_params.items())
    query.pop("skip", None)
    return f"{request.path}?{urlencode(query | {'cursor': place})}"
