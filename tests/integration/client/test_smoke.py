"""`handwerk smoke` against a whole server, in order and sabotaged."""

import json
import re
from collections.abc import Callable

import httpx
from click.testing import CliRunner
from tests.integration.http.firm import ADMIN, PASSWORD, Firm

from handwerk.domain.kernel.errors import Unavailable
from handwerk.entrypoints.cli.main import cli
from handwerk.entrypoints.cli.smoke.going import smoke
from handwerk.entrypoints.cli.smoke.walking import Report
from handwerk.entrypoints.cli.surroundings import Surroundings

SIGNING = {"email": ADMIN, "password": PASSWORD}


class Sabotage(httpx.BaseTransport):
    """Answers some requests otherwise than the server does."""

    def __init__(self, spoil: Callable[[httpx.Request, httpx.Response], httpx.Response]) -> None:
        self._inner = httpx.HTTPTransport()
        self._spoil = spoil

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        return self._spoil(request, response)

    def close(self) -> None:
        self._inner.close()


def _wrong(report: Report) -> dict[str, str]:
    return {touch.operation: touch.told for touch in report.touches if not touch.ok}


def test_a_server_in_order_passes(firm: Firm) -> None:
    """Every operation answers as its document says, for an admin who signs in."""
    report = smoke(firm.root, token=None, password=SIGNING)
    assert _wrong(report) == {}
    assert report.untouched == []
    assert not any(touch.refused for touch in report.touches)
    assert report.ok


def test_another_role_can_walk(firm: Firm) -> None:
    """What is refused to a role is refused as documented, and told."""
    report = smoke(firm.root, token=firm.technician.token, password=None)
    assert _wrong(report) == {}
    refused = {touch.operation for touch in report.touches if touch.refused}
    assert "POST /api/v1/users" in refused
    assert "POST /api/v1/projects" in refused
    assert "GET /api/v1/projects" not in refused


def test_the_walk_leaves_the_firm_as_it_was(firm: Firm) -> None:
    """Projects, materials, documents, predictions, users and settings are the same after it."""
    lists = ("/projects/", "/materials/", "/documents/", "/predictions/", "/users", "/models")
    assert firm.admin.token

    def seen() -> list[object]:
        totals = [firm.admin.get(path, params={"limit": 1}).headers for path in lists]
        settings = firm.admin.get("/settings/current").json()
        return [*(each["X-Total-Count"] for each in totals), settings]

    before = seen()
    report = smoke(firm.root, token=firm.admin.token, password=None)
    assert seen() == before
    assert any("lies in the bin" in line for line in report.left)


def test_exactly_what_is_broken_is_named(firm: Firm) -> None:
    """One operation that fails and one that answers another shape: these two, and no other."""

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path == "/api/v1/projects/statistics":
            return httpx.Response(500, json={"title": "", "status": 500, "detail": "Oh."})
        if request.url.path == "/api/v1/similarity/stats":
            told = {**response.json(), "points": "many"}
            return httpx.Response(200, json=told)
        return response

    transport = Sabotage(spoil)
    report = smoke(firm.root, token=firm.admin.token, password=None, transport=transport)
    assert _wrong(report) == {
        "GET /api/v1/projects/statistics": "answers 500 instead of 200: Oh.; answers 500, of which"
        " the document does not know",
        "GET /api/v1/similarity/stats": "the answer.points is no integer",
    }


def test_what_could_not_be_removed_is_told(firm: Firm) -> None:
    """Where deleting is what is broken, the walk names what it leaves."""

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "DELETE" and "/materials/" in request.url.path:
            return httpx.Response(503, json={"title": "", "status": 503, "detail": "Away."})
        return response

    transport = Sabotage(spoil)
    report = smoke(firm.root, token=firm.admin.token, password=None, transport=transport)
    assert "DELETE /api/v1/materials/{id}" in _wrong(report)
    assert any("could not be removed" in line for line in report.left)


def _run(*arguments: str, at: tuple[str, str] | None = None, stdin: str = "") -> tuple[int, str]:
    def nowhere() -> object:
        raise Unavailable("no")

    surroundings = Surroundings(lambda: at, nowhere)  # type: ignore[arg-type]  # never opened
    result = CliRunner().invoke(cli, ["smoke", *arguments], obj=surroundings, input=stdin)
    return result.exit_code, result.output


def test_the_command_on_the_data_folder(firm: Firm) -> None:
    """Without an address the server of the data folder is walked by its local token."""
    code, told = _run("--json", at=(firm.root, "the local token of a test"))
    assert code == 0, told
    report = json.loads(told[told.index("{") :])
    assert report["ok"]
    assert report["role"] == "admin"
    assert len(report["touches"]) > 100


def test_the_command_tells_what_it_touched(firm: Firm) -> None:
    """A line for each operation, what the role may not, and a sum; 1 where something is broken."""
    code, told = _run(firm.root, "--token", firm.viewer.token or "")
    assert code == 0, told
    assert re.search(r"✓ +\d+ ms GET /api/v1/projects$", told, re.MULTILINE)
    assert "POST /api/v1/users: not for the role viewer" in told
    assert "0 broken" in told


def test_a_wrong_password_is_told_at_once(firm: Firm) -> None:
    """Nothing is touched by nobody."""
    code, told = _run(firm.root, "--email", ADMIN, stdin="falsch geraten 1\n")
    assert code == 1
    assert "The sign-in failed" in told


def test_a_token_that_is_none_is_told_at_once(firm: Firm) -> None:
    """A hundred refusals would say no more than this one sentence."""
    code, told = _run(firm.root, "--token", "hw_nonsense")
    assert code == 1
    assert "does not take this token" in told


def test_an_address_without_a_sign_in_is_an_error_of_use(firm: Firm) -> None:
    """The command asks who asks."""
    code, _ = _run(firm.root)
    assert code == 2
