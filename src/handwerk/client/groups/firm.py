"""The installation: settings, health, and how a whole firm moves."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import BinaryIO, Unpack

from handwerk.client import inputs
from handwerk.client.answers.firm import Checkup, Health, Settings
from handwerk.client.answers.moving import LegacyAnswer, MovedDocument, MovedIn
from handwerk.client.connecting import LONG, Call, Connection
from handwerk.client.files import Source, opened
from handwerk.client.groups.tables import IMPORT_SECONDS, fetch
from handwerk.client.inputs import Id

# A whole firm is looked at before it goes in, and a large one takes its time.
FIRM_SECONDS = 6 * LONG


class FirmSettings:
    """The firm's rates, surcharges and price lists."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def get(self) -> Settings:
        """As they are."""
        return self._server.ask(Settings, "GET", "/settings/current")

    def change(
        self, *, if_version: int | None = None, **change: Unpack[inputs.SettingsChange]
    ) -> Settings:
        """Save what is said. New rates have the price model train again."""
        path = "/settings/current"
        return self._server.ask(Settings, "PUT", path, body=change, version=if_version)


class Moving:
    """A whole firm, or the original's, on its way."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def export_firm(self, into: BinaryIO) -> None:
        """Write all that the firm owns into a file, as a tar archive. Keep it safe."""
        fetch(self._server, "/firm/export", into)

    def import_firm(self, pieces: Iterator[bytes]) -> MovedIn:
        """Take in an archive, piece by piece, where nobody has worked yet."""
        mark = secrets.token_hex(16)
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="firm.tar"\r\n'
            "Content-Type: application/x-tar\r\n\r\n"
        )
        whole = chain([head.encode()], pieces, [f"\r\n--{mark}--\r\n".encode()])
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        call = Call("POST", "/firm/import", pieces=whole, headers=headers, seconds=FIRM_SECONDS)
        return self._server.decoded(self._server.send(call).content, MovedIn)

    def take_over(
        self, *, language: str = "en", **batch: Unpack[inputs.LegacyBatch]
    ) -> LegacyAnswer:
        """Take over rows of the original, under their old ids."""
        headers = {"Accept-Language": language}
        return self._server.ask(LegacyAnswer, "POST", "/firm/legacy", body=batch, headers=headers)

    def take_over_document(
        self,
        file: Source,
        *,
        document_id: Id,
        created_at: datetime | str | None = None,
        project_id: Id | None = None,
        name: str | None = None,
    ) -> MovedDocument:
        """Take over a document of the original with its file, under its old id."""
        with opened(file, name, None) as part:
            call = Call(
                "POST",
                "/firm/legacy/documents",
                query={"document_id": document_id, "created_at": created_at},
                fields=None if project_id is None else {"project_id": str(project_id)},
                files={"file": part},
                seconds=IMPORT_SECONDS,
            )
            return self._server.decoded(self._server.send(call).content, MovedDocument)


class Installation:
    """Whether all is well."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def live(self) -> Health:
        """Whether the process answers."""
        return self._server.ask(Health, "GET", "/health/live")

    def serving(self) -> Health:
        """Whether requests are welcome here; `Refused` once the server is about to stop."""
        return self._server.ask(Health, "GET", "/health/serving")

    def ready(self) -> Health:
        """Whether every part answers; `Refused` names those that are away."""
        return self._server.ask(Health, "GET", "/health/ready")

    def checkup(self) -> Checkup:
        """What is wrong with settings, folders, database, Redis and index, and what to do."""
        return self._server.ask(Checkup, "GET", "/checkup")

    def metrics(self) -> str:
        """Everything that is counted, in Prometheus' text format."""
        return self._server.send(Call("GET", "/metrics", headers={"Accept": "*/*"})).text
