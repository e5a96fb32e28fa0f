import socket

import pytest
from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import TOKEN, FakeHandwerk, Reply, problem

from handwerk.domain.kernel.errors import Unavailable

SEARCH = ("search", "Schrank")
FIND = "/similarity/find-similar"
FOUND = Reply(
    200,
    {
        "query": "Schrank",
        "results": [
            {
                "id": "00000000-0000-7000-8000-00000000dead",
                "name": "Aktenschrank",
                "project_type": "Möbel",
                "similarity_score": 0.7,
                "final_price": 4181.14,
                "reason": "shares Aktenschrank",
            }
        ],
    },
)


@pytest.fixture
def nowhere() -> str:
    """An address on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_server_on_the_data_folder_is_used(shell: Shell, fake: FakeHandwerk) -> None:
    """Without options the running server is asked, with its local token."""
    fake.says("POST", FIND, FOUND)
    assert shell.run(*SEARCH).exit_code == 0
    assert fake.asked[-1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_the_folder_is_opened_where_no_server_runs(shell: Shell, fake: FakeHandwerk) -> None:
    """The command serves itself, says so, and closes the folder even where it is refused."""
    shell.finds, shell.opens = [None], (fake.url, TOKEN)
    fake.says("GET", "/similarity/stats", Reply(200, {"status": "ready"}))
    fake.says("POST", FIND, problem(400, "No."))
    result = shell.run(*SEARCH)
    assert "No server runs on the data folder" in result.stderr
    assert shell.events == ["opened", "closed"]


def test_a_server_that_is_just_starting_is_waited_for(shell: Shell, fake: FakeHandwerk) -> None:
    """Whoever owns the folder and has no address yet gets a moment to tell it."""
    shell.finds = [None, None, (fake.url, TOKEN)]
    fake.says("POST", FIND, FOUND)
    result = shell.run(*SEARCH)
    assert "in use by process 7" in result.stderr
    assert result.exit_code == 0
    assert len(shell.slept) == 1


def test_a_folder_that_stays_taken_is_a_refusal(shell: Shell) -> None:
    """If its owner never tells an address, the reason why it can't be opened stands."""
    shell.finds = [None]
    with pytest.raises(Unavailable, match="in use by process 7"):
        shell.run(*SEARCH)


@pytest.mark.parametrize("ending", ["", "/", "/api/v1", "/api/v1/"])
def test_any_server_is_reached_by_its_address(
    shell: Shell, fake: FakeHandwerk, ending: str
) -> None:
    """--url and --token go before the data folder, however the address ends."""
    shell.finds = []
    fake.says("POST", FIND, FOUND)
    result = shell.run(*SEARCH, "--url", fake.url + ending, "--token", TOKEN)
    assert result.exit_code == 0


def test_address_and_token_come_from_the_environment_too(shell: Shell, fake: FakeHandwerk) -> None:
    """HANDWERK_URL and HANDWERK_TOKEN stand for the options."""
    shell.finds = []
    fake.says("POST", FIND, FOUND)
    result = shell.run(*SEARCH, HANDWERK_URL=fake.url, HANDWERK_TOKEN=f"{TOKEN}\n")
    assert result.exit_code == 0


def test_the_local_token_goes_to_no_other_server(shell: Shell, fake: FakeHandwerk) -> None:
    """An address without a token is asked without one, and 401 says how to sign in."""
    fake.says("POST", FIND, FOUND)
    result = shell.run(*SEARCH, "--url", fake.url)
    assert fake.asked[-1].headers["Authorization"] is None
    assert "--token" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "url",
    ["handwerk", "ftp://host", "http://", "http://host:99999999", "http://a/?q=1", "http://ä"],
)
def test_what_is_no_address_is_an_error_of_use(shell: Shell, url: str) -> None:
    """An address that can't be one is told before anything is sent."""
    result = shell.run(*SEARCH, "--url", url)
    assert result.exit_code == 2
    assert "--url" in result.stderr


def test_a_token_that_can_not_be_one_is_an_error_of_use(shell: Shell, fake: FakeHandwerk) -> None:
    """A header is not broken by what a variable holds."""
    assert shell.run(*SEARCH, "--token", "a\nb: c").exit_code == 2
    assert not fake.asked


def test_nobody_answering_is_said_clearly(shell: Shell, nowhere: str) -> None:
    """A refused connection names the address and how a server starts."""
    result = shell.run(*SEARCH, "--url", nowhere)
    assert f"No answer from {nowhere}" in result.stderr
    assert "make run" in result.stderr
    assert result.exit_code == 1


def test_a_part_that_is_away_says_when_to_try_again(shell: Shell, fake: FakeHandwerk) -> None:
    """A 503 tells its detail and its pause."""
    fake.says("POST", FIND, problem(503, "Qdrant is away.", Retry_After="5"))
    result = shell.run(*SEARCH)
    assert "Qdrant is away." in result.stderr
    assert "Try again in 5 seconds." in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize("reply", [Reply(502, b"<html>Bad Gateway</html>"), Reply(403, b"")])
def test_an_error_that_is_no_problem_document_is_told_by_its_status(
    shell: Shell, fake: FakeHandwerk, reply: Reply
) -> None:
    """What a proxy answers is told by its status."""
    fake.says("POST", FIND, reply)
    result = shell.run(*SEARCH)
    assert f"answered {reply.status}" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"results": 7}', b"\xff"])
def test_an_answer_of_something_else_is_told(shell: Shell, fake: FakeHandwerk, body: bytes) -> None:
    """Something that is not handwerk is called that."""
    fake.says("POST", FIND, Reply(200, body))
    result = shell.run(*SEARCH)
    assert "Is it handwerk?" in result.stderr
    assert result.exit_code == 1


def test_an_answer_can_not_steer_the_terminal(shell: Shell, fake: FakeHandwerk) -> None:
    """The sentence of an unknown server is shown, not obeyed."""
    fake.says("POST", FIND, problem(400, "\x1b[2Jgone", ("a\x1bb", "c\rd")))
    assert "\x1b" not in shell.run(*SEARCH).stderr
