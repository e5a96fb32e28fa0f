"""How calls are sent, tried again, refused and understood."""

import io
import json
from collections.abc import Callable

import httpx
import pytest

from handwerk.client import Client, NoAnswer, NotUnderstood, Refused
from handwerk.client.answers.people import SignedIn
from handwerk.client.signing import EARLY, ByPassword

ROOT = "http://firm.example"
ME = {
    "id": "1",
    "email": "a@firma.example",
    "name": "A",
    "role": "admin",
    "is_active": True,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "version": 1,
}
BUSY = httpx.Response(503, json={"detail": "Away.", "status": 503}, headers={"Retry-After": "5"})
HANG_UP = httpx.ReadError("broke off")


class Server:
    """Answers in turn, the last one ever after; an exception is raised instead."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    def client(self, **more: object) -> Client:
        transport = httpx.MockTransport(self.answer)
        more = {"token": "t"} | more
        return Client(ROOT, transport=transport, sleep=self.slept.append, **more)  # type: ignore[arg-type]  # by name

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def _create(client: Client) -> object:
    return client.users.create(email="b", name="B", password="p", role="viewer")


READS: Callable[[Client], object] = lambda client: client.auth.me()  # noqa: E731  # a table's entry
CHANGES: Callable[[Client], object] = lambda client: client.users.change("1", name="B")  # noqa: E731  # as above
REVOKES: Callable[[Client], object] = lambda client: client.tasks.revoke("1")  # noqa: E731  # as above


@pytest.mark.parametrize("call", [READS, CHANGES, _create])
def test_a_busy_server_is_asked_again_after_its_pause(call: Callable[[Client], object]) -> None:
    """What reads, changes or creates with a key is sent again; each pause is told."""
    server, told = Server(BUSY, BUSY, httpx.Response(200, json=ME)), []
    call(server.client(waits=lambda refused, pause: told.append((refused.status, pause))))
    assert server.slept == [5, 5]
    assert told == [(503, 5), (503, 5)]


def test_a_creation_keeps_its_key() -> None:
    """Every try of one creation carries the same key, another creation another."""
    server = Server(BUSY, httpx.Response(200, json=ME))
    client = server.client()
    _create(client)
    _create(client)
    first, again, other = [request.headers["Idempotency-Key"] for request in server.asked]
    assert first == again != other


def test_what_could_happen_twice_is_sent_once() -> None:
    """A POST without a key is refused at once."""
    server = Server(BUSY)
    with pytest.raises(Refused) as caught:
        REVOKES(server.client())
    assert (caught.value.status, caught.value.retry_after) == (503, 5)
    assert len(server.asked) == 1


def test_patience_ends() -> None:
    """After so many tries the refusal stands."""
    server = Server(BUSY)
    with pytest.raises(Refused):
        READS(server.client(retries=2))
    assert len(server.asked) == 3


def test_a_long_pause_is_not_waited_for() -> None:
    """Who is told to come back in an hour decides that himself."""
    answer = httpx.Response(429, json={"detail": "Later."}, headers={"Retry-After": "3600"})
    server = Server(answer)
    with pytest.raises(Refused):
        READS(server.client())
    assert not server.slept


@pytest.mark.parametrize("call", [READS, _create])
def test_a_broken_connection_is_tried_again(call: Callable[[Client], object]) -> None:
    """What does no harm twice is sent again, not knowing how the first try ended."""
    server = Server(HANG_UP, httpx.Response(200, json=ME))
    call(server.client())
    assert len(server.asked) == 2


@pytest.mark.parametrize("call", [CHANGES, REVOKES])
def test_a_change_that_may_have_happened_is_not_sent_again(
    call: Callable[[Client], object],
) -> None:
    """Where the connection breaks off a change, nobody knows whether it was made."""
    server = Server(HANG_UP)
    with pytest.raises(NoAnswer, match="broke off"):
        call(server.client())
    assert len(server.asked) == 1


def test_nobody_at_the_address_is_told_at_once() -> None:
    """A wrong address does not take three tries to notice."""
    server = Server(httpx.ConnectError("refused"))
    with pytest.raises(NoAnswer, match=ROOT):
        READS(server.client())
    assert len(server.asked) == 1


def test_a_refusal_carries_everything() -> None:
    """Status, sentence and fields."""
    body = {"detail": "No.", "errors": [{"field": "name", "message": "is missing"}]}
    with pytest.raises(Refused) as caught:
        _create(Server(httpx.Response(400, json=body)).client())
    assert caught.value.status == 400
    assert [(error.field, error.message) for error in caught.value.errors] == [
        ("name", "is missing")
    ]
    assert str(caught.value) == "400: No.\n  name: is missing"


def test_what_is_no_problem_document_is_told_by_its_status() -> None:
    """A proxy's page is no riddle."""
    with pytest.raises(Refused, match="502 Bad Gateway"):
        READS(Server(httpx.Response(502, content=b"<html>")).client())


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b"\xff"])
def test_another_server_is_not_understood(body: bytes) -> None:
    """Something else at the address is called that."""
    with pytest.raises(NotUnderstood, match="Is it handwerk"):
        READS(Server(httpx.Response(200, content=body)).client())


def test_fields_of_a_newer_server_are_passed_over() -> None:
    """A client of today goes on with a server of tomorrow."""
    server = Server(httpx.Response(200, json=ME | {"shoe_size": 46}))
    assert server.client().auth.me().role == "admin"


@pytest.mark.parametrize("end", ["", "/", "/api/v1", "/api/v1/"])
def test_an_address_may_end_as_it_likes(end: str) -> None:
    """With or without the base path."""
    server = Server(httpx.Response(200, json=ME))
    Client(ROOT + end, transport=httpx.MockTransport(server.answer)).auth.me()
    assert str(server.asked[0].url) == f"{ROOT}/api/v1/auth/me"


def test_a_list_is_walked_by_its_links() -> None:
    """Pages are fetched as they are needed, wherever a proxy puts the server."""
    link = {"Link": '</api/v1/users?limit=1&cursor=abc>; rel="next"', "X-Total-Count": "2"}
    server = Server(httpx.Response(200, json=[ME], headers=link), httpx.Response(200, json=[ME]))
    walk = server.client().users.each(limit=1)
    next(walk)
    assert len(server.asked) == 1
    assert len(list(walk)) == 1
    assert server.asked[1].url.params["cursor"] == "abc"


class SignIns:
    """A server that signs in, and takes only the token that it gave last."""

    def __init__(self, lifetime: int = 900) -> None:
        self.lifetime = lifetime
        self.given = 0
        self.said: list[str] = []
        self.refreshable = True

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        self.said.append(path)
        if path == "/auth/refresh" and not self.refreshable:
            return httpx.Response(401, json={"detail": "Spent."})
        if path in {"/auth/login", "/auth/refresh"}:
            assert "Authorization" not in request.headers
            self.given += 1
            return httpx.Response(200, json=self._pair())
        if request.headers.get("Authorization") != f"Bearer a{self.given}":
            return httpx.Response(401, json={"detail": "Sign in first."})
        return httpx.Response(200, json=ME)

    def client(self) -> Client:
        transport = httpx.MockTransport(self.answer)
        return Client(ROOT, email="a@firma.example", password="p", transport=transport)

    def _pair(self) -> dict[str, object]:
        number = self.given
        tokens = {"access_token": f"a{number}", "refresh_token": f"r{number}"}
        return {**tokens, "token_type": "bearer", "expires_in": self.lifetime}


def test_the_first_request_signs_in_and_the_end_signs_out() -> None:
    """A session lasts as long as the client."""
    server = SignIns()
    with server.client() as client:
        client.auth.me()
        client.auth.me()
    assert server.said == ["/auth/login", "/auth/me", "/auth/me", "/auth/logout"]


def test_a_token_that_is_refused_is_renewed() -> None:
    """A 401 costs a refresh, not the script."""
    server = SignIns()
    client = server.client()
    client.auth.me()
    server.given += 1  # the token of before is worth nothing now
    client.auth.me()
    assert server.said[2:] == ["/auth/me", "/auth/refresh", "/auth/me"]


def test_a_session_that_has_ended_is_begun_anew() -> None:
    """Where the refresh token is spent, the password signs in again."""
    server = SignIns()
    client = server.client()
    client.auth.me()
    server.given, server.refreshable = 7, False
    client.auth.me()
    assert server.said[2:] == ["/auth/me", "/auth/refresh", "/auth/login", "/auth/me"]


def test_a_token_is_renewed_before_its_end() -> None:
    """One that lasts a moment only is not shown to a long upload."""
    asked, now = [], [0.0]

    def ask(path: str, _: dict[str, str]) -> SignedIn:
        asked.append(path)
        return SignedIn(
            access_token=f"a{len(asked)}", refresh_token="r", token_type="bearer", expires_in=900
        )

    signing = ByPassword("a@firma.example", "p", ask, lambda: now[0])
    assert signing.token() == "a1"
    now[0] = 900 - EARLY
    assert signing.token() == "a1"
    now[0] += 1
    assert signing.token() == "a2"
    assert asked == ["/auth/login", "/auth/refresh"]


def test_a_wrong_password_is_a_refusal() -> None:
    """It is not tried again: that would lock the account."""
    server = Server(httpx.Response(401, json={"detail": "E-mail or password is wrong."}))
    with pytest.raises(Refused, match="password is wrong"):
        READS(server.client(token=None, email="a", password="b"))
    assert len(server.asked) == 1


def test_a_file_is_sent_whole_again() -> None:
    """What was read for the first try is there for the second."""
    server = Server(BUSY, httpx.Response(400, json={"detail": "No."}))
    with pytest.raises(Refused):
        server.client().documents.upload(io.BytesIO(b"some words"), name="a.txt")
    assert [b"some words" in request.content for request in server.asked] == [True, True]


def test_decimals_are_sent_as_numbers() -> None:
    """Money goes as it is written, to the last digit."""
    server = Server(httpx.Response(400, json={"detail": "No."}))
    with pytest.raises(Refused):
        server.client().calculations.calculate(material_cost=1450, labor_hours=12.5)
    assert json.loads(server.asked[0].content) == {"material_cost": 1450, "labor_hours": 12.5}
