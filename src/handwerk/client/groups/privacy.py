"""What is kept of a person (DSGVO)."""

from typing import BinaryIO, Unpack

from handwerk.client import inputs
from handwerk.client.answers.privacy import Consent, MyData, Redaction
from handwerk.client.answers.tasks import Accepted
from handwerk.client.connecting import Connection, new_key
from handwerk.client.groups.tables import fetch
from handwerk.client.inputs import Id
from handwerk.client.pages import Page


class Privacy:
    """One's own data; and taking a name out of free texts."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def my_data(self) -> MyData:
        """What is kept of the person who asks, and how long (Art. 15)."""
        return self._server.ask(MyData, "GET", "/privacy/my-data")

    def export(self, *, key: str | None = None) -> Accepted:
        """Have everything gathered as a file (Art. 20); the task's result tells where."""
        return self._server.ask(Accepted, "POST", "/privacy/export", key=key or new_key())

    def fetch_export(self, export_id: Id, into: BinaryIO) -> None:
        """Write an export's ZIP into a file."""
        fetch(self._server, f"/privacy/exports/{export_id}", into)

    def consents(self, **part: Unpack[inputs.Part]) -> Page[Consent]:
        """A part of what the person said of consent, newest first."""
        return self._server.page("/privacy/consents", Consent, part)

    def say_consent(
        self, purpose: str, wording_version: str, *, granted: bool, key: str | None = None
    ) -> Consent:
        """Keep the person's word on one purpose."""
        body = {"purpose": purpose, "wording_version": wording_version, "granted": granted}
        path = "/privacy/consents"
        return self._server.ask(Consent, "POST", path, body=body, key=key or new_key())

    def delete_me(self) -> None:
        """Erase the person who asks (Art. 17): there is no way back."""
        self._server.tell("DELETE", "/privacy/delete-me")

    def redact(self, text: str, replacement: str | None = None, *, dry_run: bool) -> Redaction:
        """Take a name out of free texts; `dry_run` tells where it occurs."""
        body = {"text": text, "dry_run": dry_run}
        if replacement is not None:
            body["replacement"] = replacement
        return self._server.ask(Redaction, "POST", "/privacy/redactions", body=body)
