"""`handwerk reindex`, against a server that says what it is told to."""

import json

import pytest
from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply
from tests.integration.cli.whole import holds

TASK = "/tasks/task/9"
ACCEPTED = Reply(202, {"task_id": "9"})
CHECKED = {"projects": 1200, "missing": 3, "changed": 2, "orphans": 1, "sound": True}


def done(fake: FakeHandwerk, result: object) -> None:
    fake.says("POST", "/similarity/reindex", ACCEPTED)
    task = {"task_id": "9", "status": "SUCCESS", "progress": 1, "result": result}
    fake.says("GET", TASK, Reply(200, task))


@pytest.mark.parametrize(
    ("options", "mode"),
    [([], "changed"), (["--changed"], "changed"), (["--check"], "check"), (["--all"], "all")],
    ids=str,
)
def test_each_option_is_a_mode(
    fake: FakeHandwerk, shell: Shell, options: list[str], mode: str
) -> None:
    """What is asked of the server is what the option says."""
    done(fake, {"indexed": 1200, "removed": 1})
    ended = shell.run("reindex", *options)
    assert ended.exit_code == 0
    assert "1,200 projects were written, 1 taken out." in ended.stdout
    assert fake.asked[0].json == {"mode": mode}


def test_a_check_tells_what_was_wrong(fake: FakeHandwerk, shell: Shell) -> None:
    """What was missing, out of date and too much, and whether all is well now."""
    done(fake, CHECKED)
    told = shell.run("reindex", "--check").stdout
    assert "3 were missing and 2 out of date; 1 in the index" in " ".join(told.split())
    assert "Now the index is sound." in " ".join(told.split())
    done(fake, CHECKED | {"sound": False})
    assert "counts still differ" in " ".join(shell.run("reindex", "--check").stdout.split())


def test_as_json_is_the_result_of_the_task(fake: FakeHandwerk, shell: Shell) -> None:
    """A script reads what the server answered."""
    done(fake, CHECKED)
    assert holds(json.loads(shell.run("reindex", "--check", "--json").stdout), CHECKED)
