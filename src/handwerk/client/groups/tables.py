"""Tables, sent and fetched; whole files, fetched."""

from collections.abc import Mapping
from typing import BinaryIO, Literal

import msgspec

from handwerk.client.answers.tables import ImportReport
from handwerk.client.answers.tasks import Accepted
from handwerk.client.connecting import LONG, Call, Connection, new_key, refused
from handwerk.client.errors import ImportRefused
from handwerk.client.files import Source, Told, opened

TableFormat = Literal["csv", "xlsx"]
OnError = Literal["abort", "skip"]
# A small table is answered when it is imported, and may have to wait for its turn before.
IMPORT_SECONDS = 600.0


class _Refusal(ImportReport, frozen=True, kw_only=True):
    detail: str = "Nothing was imported."


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """How a table is taken in."""

    dry_run: bool
    on_error: OnError
    language: str
    name: str | None
    told: Told | None
    key: str | None


def import_table(
    server: Connection, path: str, table: Source, how: Sending
) -> ImportReport | Accepted:
    """What became of the rows, or the task whose result says so."""
    with opened(table, how.name, how.told) as file:
        response = server.send(
            Call(
                "POST",
                path,
                fields={"dry_run": str(how.dry_run).lower(), "on_error": how.on_error},
                files={"file": file},
                headers={"Accept-Language": how.language},
                key=how.key or new_key(),
                also=400,
                seconds=IMPORT_SECONDS,
            )
        )
    if response.status_code == 202:  # noqa: PLR2004  # a large table
        return server.decoded(response.content, Accepted)
    if response.is_success:
        return server.decoded(response.content, ImportReport)
    try:
        report = msgspec.json.decode(response.content, type=_Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise refused(response) from None
    raise ImportRefused(report.detail, report)


def fetch(
    server: Connection,
    path: str,
    into: BinaryIO,
    query: Mapping[str, object] | None = None,
    language: str | None = None,
) -> None:
    """Write what is answered into a file, as it comes."""
    headers = {"Accept": "*/*"} | ({"Accept-Language": language} if language else {})
    with server.stream(path, query=query, headers=headers, seconds=LONG) as response:
        into.writelines(response.iter_bytes())
