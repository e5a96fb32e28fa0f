"""The registry of price models on the command line."""

from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply, problem

MODEL = {
    "version": "20261123-120000-0a1b2c",
    "trained_at": "2026-11-23T12:00:00Z",
    "is_active": True,
    "is_readable": True,
    "report": None,
}
OLDER = {**MODEL, "version": "20261001-120000-3d4e5f", "is_active": False}


def test_lists_the_models_and_marks_the_one_that_answers(shell: Shell, fake: FakeHandwerk) -> None:
    """One line for each version, the newest first."""
    fake.says("GET", "/models", Reply(200, [MODEL, OLDER]))
    lines = shell.run("models", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines[-2:]] == [MODEL["version"], OLDER["version"]]
    assert [line.endswith("answers") for line in lines[-2:]] == [True, False]


def test_an_older_model_is_taken_back(shell: Shell, fake: FakeHandwerk) -> None:
    """One call, and the sentence says which one answers."""
    path = f"/models/{OLDER['version']}/activate"
    fake.says("POST", path, Reply(200, {**OLDER, "is_active": True}))
    result = shell.run("models", "activate", str(OLDER["version"]))
    assert f"{OLDER['version']} answers" in result.stdout


def test_an_unknown_version_is_told(shell: Shell, fake: FakeHandwerk) -> None:
    """The server's sentence, and a status that scripts see."""
    fake.says("POST", "/models/none/activate", problem(404, "There is no model of that version."))
    result = shell.run("models", "activate", "none")
    assert result.exit_code != 0
    assert "no model of that version" in result.stderr
