"""A client for scripts: the operations of a running server as typed methods.

    with Client("http://127.0.0.1:8000", email="chefin@firma.example", password="…") as firm:
        for project in firm.projects.each(project_type="Möbel"):
            print(project.name, project.final_price)

What is answered are frozen structs of `handwerk.client.answers`; what is refused is raised as one
of `handwerk.client.errors`. Importing it needs httpx and msgspec, nothing of the server.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx

from handwerk.client.answers.people import SignedIn
from handwerk.client.connecting import Connection
from handwerk.client.errors import (
    ClientError,
    FieldError,
    ImportRefused,
    NoAnswer,
    NotUnderstood,
    Problem,
    Refused,
    TaskFailed,
)
from handwerk.client.groups.audit import Audit
from handwerk.client.groups.documents import Documents
from handwerk.client.groups.firm import FirmSettings, Installation, Moving
from handwerk.client.groups.materials import Materials
from handwerk.client.groups.people import SignIn, Users
from handwerk.client.groups.pricing import Calculations, Models, Predictions
from handwerk.client.groups.privacy import Privacy
from handwerk.client.groups.projects import Projects
from handwerk.client.groups.similarity import Similarity
from handwerk.client.groups.tasks import Tasks
from handwerk.client.pages import Page
from handwerk.client.signing import ByPassword, Shown

__all__ = [
    "Client",
    "ClientError",
    "FieldError",
    "ImportRefused",
    "NoAnswer",
    "NotUnderstood",
    "Page",
    "Problem",
    "Refused",
    "TaskFailed",
]


class Client:
    """A connection to the server at `url`, in the name of whoever signs in.

    `token` takes an access token or an API key; `email` and `password` sign in at the first
    request and renew their tokens. `timeout` is in seconds. A busy server (429, 503) is asked
    again, `retries` times at most and after the pause that it wants, where that can't do anything
    twice: what reads, changes, or creates with an idempotency key, which every creation gets.
    `waits` hears of each such pause. `direct` goes around any proxy of the environment.
    """

    def __init__(  # all by name
        self,
        url: str,
        *,
        token: str | None = None,
        email: str | None = None,
        password: str | None = None,
        timeout: float = 60.0,
        retries: int = 3,
        waits: Callable[[Refused, int], None] | None = None,
        direct: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        server = Connection(
            url,
            timeout=timeout,
            retries=retries,
            waits=waits,
            direct=direct,
            sleep=sleep,
            transport=transport,
        )
        self._server = server
        self._signed_in: ByPassword | None = None
        if email is not None and password is not None:
            self._signed_in = ByPassword(email, password, self._signing)
        server.credentials = self._signed_in or Shown(token)
        self.url = server.url
        self.audit = Audit(server)
        self.auth = SignIn(server)
        self.calculations = Calculations(server)
        self.documents = Documents(server)
        self.installation = Installation(server)
        self.materials = Materials(server)
        self.models = Models(server)
        self.moving = Moving(server)
        self.predictions = Predictions(server)
        self.privacy = Privacy(server)
        self.projects = Projects(server)
        self.settings = FirmSettings(server)
        self.similarity = Similarity(server)
        self.tasks = Tasks(server)
        self.users = Users(server)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session that was begun by a password, and close the connections."""
        if self._signed_in is not None and self._signed_in.is_signed_in:
            with suppress(ClientError):
                self.auth.logout()
        self._server.close()

    def _signing(self, path: str, words: dict[str, str]) -> SignedIn:
        return self._server.ask(SignedIn, "POST", path, body=words, is_anonymous=True)
