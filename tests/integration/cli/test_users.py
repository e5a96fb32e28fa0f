import json

from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply, problem
from tests.integration.cli.whole import holds

ANNA = {"email": "anna@firma.de", "name": "Anna Schreiner", "role": "manager"}
ADD = (
    *("user", "add", "--email", "anna@firma.de", "--name", "Anna Schreiner"),
    *("--role", "manager"),
)
PASSWORD = "Hobelbank-und-Leim-7"


def test_asks_for_a_password_and_adds_the_user(shell: Shell, fake: FakeHandwerk) -> None:
    """The password is typed twice, sent, and never shown."""
    fake.says("POST", "/users", Reply(201, {"id": "1", **ANNA}))
    result = shell.run(*ADD, stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert fake.asked[-1].json == {**ANNA, "password": PASSWORD}
    assert "Anna Schreiner <anna@firma.de> can sign in as manager now." in result.stdout
    assert PASSWORD not in result.output


def test_a_script_gives_the_password_on_stdin(shell: Shell, fake: FakeHandwerk) -> None:
    """One line of stdin is the password, and the answer can be read as JSON."""
    fake.says("POST", "/users", Reply(201, {"id": "1", **ANNA}))
    result = shell.run(*ADD, "--password-stdin", "--json", stdin=f"{PASSWORD}\n")
    assert fake.asked[-1].json["password"] == PASSWORD
    assert holds(json.loads(result.stdout), {"id": "1", **ANNA})


def test_a_known_address_is_told(shell: Shell, fake: FakeHandwerk) -> None:
    """A 409 ends the command with the server's sentence."""
    fake.says("POST", "/users", problem(409, "There is a user with this e-mail."))
    result = shell.run(*ADD, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert "There is a user with this e-mail." in result.stderr
    assert result.exit_code == 1


def test_a_role_that_nobody_can_have_is_refused(shell: Shell, fake: FakeHandwerk) -> None:
    """Anonymous is no role to be given, and an unknown one is none either."""
    for role in ("anonymous", "boss"):
        assert shell.run(*ADD[:-1], role, "--password-stdin").exit_code == 2
    assert not fake.asked
