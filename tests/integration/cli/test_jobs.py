import json

from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply, problem
from tests.integration.cli.whole import holds

ID = "0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a"
TASK = {
    "task_id": ID,
    "task_name": "projects.import",
    "status": "STARTED",
    "progress": 0.4,
    "attempts": 1,
    "error": None,
    "ready": False,
    "successful": False,
}
FAILED = {**TASK, "status": "FAILURE", "error": "The worker died.", "ready": True}
DONE = {**TASK, "status": "SUCCESS", "progress": 1.0, "result": {"rows": 3}, "ready": True}


def _lists(fake: FakeHandwerk) -> dict[str, object]:
    lists: dict[str, object] = {
        "active": {"active_tasks": [TASK], "total_count": 1},
        "scheduled": {"scheduled_tasks": [], "total_count": 0},
        "failed": {"failed_tasks": [FAILED], "total_count": 1},
    }
    for state, body in lists.items():
        fake.says("GET", f"/tasks/tasks/{state}", Reply(200, body))
    return lists


def test_lists_what_runs_what_waits_and_what_failed(shell: Shell, fake: FakeHandwerk) -> None:
    """Each list has a heading; a failed job tells its error."""
    _lists(fake)
    told = shell.run("jobs", "list").stdout
    assert f"{ID}  projects.import  STARTED  40 %" in told
    assert "Due later: nothing" in told
    assert "The worker died." in told


def test_lists_as_json(shell: Shell, fake: FakeHandwerk) -> None:
    """A script gets the three lists as the server sent them."""
    lists = _lists(fake)
    assert holds(json.loads(shell.run("jobs", "list", "--json").stdout), lists)


def test_shows_a_job_with_its_result(shell: Shell, fake: FakeHandwerk) -> None:
    """A job that is done shows what came of it."""
    fake.says("GET", f"/tasks/task/{ID}", Reply(200, DONE))
    told = shell.run("jobs", "show", ID.replace("-", "")).stdout
    assert "SUCCESS, 100 % done, 1 attempts" in told
    assert '"rows": 3' in told


def test_watches_a_job_to_its_end(shell: Shell, fake: FakeHandwerk) -> None:
    """Watching ends with the job, and fails where the job did."""
    fake.says("GET", f"/tasks/task/{ID}", Reply(200, TASK), Reply(200, DONE))
    assert shell.run("jobs", "watch", ID).exit_code == 0
    fake.says("GET", f"/tasks/task/{ID}", Reply(200, TASK), Reply(200, FAILED))
    result = shell.run("jobs", "watch", ID)
    assert "The worker died." in result.stdout
    assert result.exit_code == 1


OTHER = "0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6b"


def test_watches_several_jobs_together(shell: Shell, fake: FakeHandwerk) -> None:
    """Each has lines of its own; the end is the last one's, and fails where one of them did."""
    fake.says("GET", f"/tasks/task/{ID}", Reply(200, TASK), Reply(200, DONE))
    other = [TASK, {**TASK, "progress": 0.8}, FAILED]
    fake.says("GET", f"/tasks/task/{OTHER}", *(Reply(200, {**t, "task_id": OTHER}) for t in other))
    result = shell.run("jobs", "watch", ID, OTHER, ID)
    lines = result.stderr.splitlines()
    assert f"projects.import {ID}: 40 %" in lines
    assert f"projects.import {OTHER}: 80 %" in lines
    assert f"projects.import {ID}: 100 % (SUCCESS)" in lines
    assert f"projects.import {OTHER}: 100 % (FAILURE)" in lines
    assert result.stdout.count("projects.import") == 2
    assert result.exit_code == 1


def test_watches_all_that_runs(shell: Shell, fake: FakeHandwerk) -> None:
    """Without an id what runs now is watched; a script gets a list, whatever its length."""
    fake.says("GET", "/tasks/tasks/active", Reply(200, {"active_tasks": [TASK], "total_count": 1}))
    fake.says("GET", f"/tasks/task/{ID}", Reply(200, TASK), Reply(200, DONE))
    assert holds(json.loads(shell.run("jobs", "watch", "--json").stdout), [DONE])
    fake.says("GET", "/tasks/tasks/active", Reply(200, {"active_tasks": [], "total_count": 0}))
    nothing = shell.run("jobs", "watch")
    assert (nothing.stdout, nothing.exit_code) == ("Nothing runs.\n", 0)


def test_ctrl_c_leaves_several_jobs_alone(shell: Shell, fake: FakeHandwerk) -> None:
    """The sentence says how to see them again."""
    fake.says("GET", f"/tasks/task/{ID}", Reply(200, TASK))
    fake.says("GET", f"/tasks/task/{OTHER}", Reply(200, {**TASK, "task_id": OTHER}))
    shell.interrupted_after = 1
    result = shell.run("jobs", "watch", ID, OTHER)
    assert f"handwerk jobs watch {ID} {OTHER}" in result.stderr
    assert result.exit_code == 130


def test_revokes_a_job(shell: Shell, fake: FakeHandwerk) -> None:
    """What the server says of the end is printed."""
    said = {"status": "revoked", "task_id": ID, "message": "It ends at its next checkpoint."}
    fake.says("POST", f"/tasks/task/{ID}/revoke", Reply(200, said))
    assert "It ends at its next checkpoint." in shell.run("jobs", "revoke", ID).stdout


def test_a_finished_job_is_not_revoked(shell: Shell, fake: FakeHandwerk) -> None:
    """A 409 ends the command with the server's sentence."""
    fake.says("POST", f"/tasks/task/{ID}/revoke", problem(409, "The task has finished."))
    result = shell.run("jobs", "revoke", ID)
    assert "The task has finished." in result.stderr
    assert result.exit_code == 1


def test_an_id_that_is_none_is_an_error_of_use(shell: Shell, fake: FakeHandwerk) -> None:
    """Nothing is asked about an id that can't be one."""
    assert shell.run("jobs", "show", "../../users").exit_code == 2
    assert not fake.asked
