"""Who changed what, and the proof of it."""

from collections.abc import Iterator
from typing import Unpack

from handwerk.client import inputs
from handwerk.client.answers.audit import ChainHead, HistoryEntry, SecurityRecord, Verdict
from handwerk.client.connecting import LONG, Connection
from handwerk.client.inputs import Id
from handwerk.client.pages import Page


class Audit:
    """The history and the security log."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def page(self, **asked: Unpack[inputs.History]) -> Page[HistoryEntry]:
        """A part of who changed what, newest first."""
        return self._server.page("/audit/events", HistoryEntry, asked)

    def each(self, **asked: Unpack[inputs.History]) -> Iterator[HistoryEntry]:
        """All entries that are asked for, fetched as they are needed."""
        return self._server.each("/audit/events", HistoryEntry, asked)

    def of_record(
        self, table: str, record_id: Id, **part: Unpack[inputs.Part]
    ) -> Page[HistoryEntry]:
        """A part of who changed that record."""
        return self._server.page(f"/audit/records/{table}/{record_id}", HistoryEntry, part)

    def security(self, **asked: Unpack[inputs.Security]) -> Page[SecurityRecord]:
        """A part of the sign-ins, refusals, exports and changes of who may do what."""
        return self._server.page("/audit/security", SecurityRecord, asked)

    def verify(self, head: str | None = None) -> Verdict:
        """Whether the sealed history is whole, and still leads to a head that was kept."""
        query = {"head": head}
        return self._server.ask(Verdict, "GET", "/audit/verify", query=query, seconds=LONG)

    def head(self) -> ChainHead:
        """Where the chain of the history ends."""
        return self._server.ask(ChainHead, "GET", "/audit/head")
