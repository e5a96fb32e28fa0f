"""Tables that are answered: as CSV or XLSX, piece by piece, in the client's language."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Annotated, Literal

from litestar.params import QueryParameter
from litestar.response import Stream

from handwerk.domain.tables.language import Language, preferred
from handwerk.domain.tables.ports import SheetWriter, Workbooks
from handwerk.domain.tables.writing import CsvWriter
from handwerk.entrypoints.http.asking import NotAcceptable
from handwerk.entrypoints.http.json import StrictRequest
from handwerk.entrypoints.http.malformed import told

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_ACCEPTABLE = f"The table is {CSV} or {XLSX}; ask for one of them."


Format = Literal["csv", "xlsx"]
FormatText = Annotated[
    Format | None,
    QueryParameter(name="format", description="`csv` or `xlsx`; if not given, what `Accept` says."),
]
# What makes the pieces: told where to write, in which language, and where to do blocking work.
Make = Callable[..., AsyncIterator[bytes]]


async def table_response(
    request: StrictRequest,
    name: str,
    today: date,
    wanted: Format | None,
    workbooks: Workbooks,
    make: Make,
) -> Stream:
    """The pieces that `make` makes, as a file to be saved; what it refuses is raised here."""
    kind = wanted or _accepted(request.header(b"accept") or "*/*")
    language = preferred(request.header(b"accept-language") or "")
    pieces = make(
        writer=_writer(kind, language, workbooks), language=language, offload=asyncio.to_thread
    )
    first = await anext(pieces)
    filename = f"{name}-{today.isoformat()}.{kind}"
    return Stream(
        _all(first, pieces),
        headers={
            # As a header: a route's own media type goes before the response's.
            "Content-Type": XLSX if kind == "xlsx" else f"{CSV}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Content-Language": str(language),
            "Vary": "Accept, Accept-Language",
            "Cache-Control": "no-store",
        },
    )


def _writer(kind: Format, language: Language, workbooks: Workbooks) -> SheetWriter:
    return workbooks.writer() if kind == "xlsx" else CsvWriter(language)


async def _all(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece


_KINDS: dict[str, Format] = {
    CSV: "csv",
    "text/*": "csv",
    "*/*": "csv",
    XLSX: "xlsx",
    "application/*": "xlsx",
}


def _accepted(accept: str) -> Format:
    """The first of the kinds that the client takes; `NotAcceptable` where it takes neither."""
    for part in accept.lower().split(","):
        kind, *more = (piece.strip() for piece in part.split(";"))
        if kind in _KINDS and not any(piece in {"q=0", "q=0.0"} for piece in more):
            return _KINDS[kind]
    raise NotAcceptable(f"{NOT_ACCEPTABLE} You take only '{told(accept)}'.")
