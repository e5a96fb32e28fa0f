import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import HANG_UP, FakeHandwerk, Reply, problem
from tests.integration.cli.whole import holds

IMPORT = "/projects/import"
TASK = "/tasks/task/7"
CSV = "name,project_type\nSchrank,Möbel\n".encode()
ALL_WELL = {"rows": 1400, "created": 1397, "updated": 0, "unchanged": 3, "failed": 0, "errors": []}
UNIMPORTED = {"rows": 2, "created": 0, "updated": 0, "unchanged": 0, "failed": 1}
BAD_AREA = {"row": 3, "column": "Fläche", "value": "-4", "message": "must be from 0"}
REFUSED = {**UNIMPORTED, "errors": [BAD_AREA], "detail": "Nothing was imported.", "status": 400}
KEPT = {**REFUSED, "created": 1}


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "jobs.csv"
    path.write_bytes(CSV)
    return str(path)


def _task(status: str, progress: float = 1.0, **more: object) -> Reply:
    known = {"task_id": "7", "task_name": "projects.import", "attempts": 1, "error": None}
    return Reply(200, {**known, "status": status, "progress": progress, **more})


def test_sends_the_file_and_tells_what_became_of_its_rows(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """The file and the wishes arrive as a form, and the counts are printed."""
    fake.says("POST", IMPORT, Reply(200, ALL_WELL))
    result = shell.run("import", "projects", table, "--on-error", "skip")
    assert fake.asked[-1].form == {"dry_run": b"false", "on_error": b"skip", "file": CSV}
    assert "1.400 rows read: 1.397 created, 3 unchanged, 0 failed." in result.stdout
    assert result.exit_code == 0


def test_a_dry_run_says_that_nothing_was_written(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """The wish for a dry run is sent, and its answer can't be taken for a real one."""
    fake.says("POST", IMPORT, Reply(200, ALL_WELL))
    result = shell.run("import", "projects", table, "--dry-run")
    assert fake.asked[-1].form["dry_run"] == b"true"
    assert "nothing was written" in result.stdout


def test_a_refusal_that_a_task_found_fails_the_command(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """A task can end well with a report that nothing was imported; that is no success here."""
    fake.says("POST", IMPORT, Reply(202, {"task_id": "7"}))
    fake.says("GET", TASK, _task("SUCCESS", result=REFUSED))
    result = shell.run("import", "projects", table)
    assert "Fläche" in result.stdout
    assert result.exit_code == 1


def test_names_every_bad_row_of_a_refused_table(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """Row, column, value and message are printed, with what to do, and the command fails."""
    fake.says("POST", IMPORT, Reply(400, REFUSED))
    result = shell.run("import", "projects", table)
    [line] = [line for line in result.stdout.splitlines() if "Fläche" in line]
    assert line.split() == ["3", "Fläche", "-4", "must", "be", "from", "0"]
    assert "Nothing was imported" in result.stdout
    assert "--on-error skip" in result.stdout
    assert result.exit_code == 1


def test_keeping_the_good_rows_succeeds_and_names_the_others(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """With `skip` a bad row is told, and is no failure of the command."""
    fake.says("POST", IMPORT, Reply(200, KEPT))
    result = shell.run("import", "projects", table, "--on-error", "skip")
    assert "Fläche" in result.stdout
    assert "left out" in result.stdout
    assert result.exit_code == 0


def test_many_bad_rows_are_cut_with_a_hint(shell: Shell, fake: FakeHandwerk, table: str) -> None:
    """Fifty rows are shown and the rest counted; all of them where they are asked for."""
    errors = [{**BAD_AREA, "row": row} for row in range(1000, 1060)]
    body = {**REFUSED, "failed": 72, "errors": errors, "errors_omitted": 12}
    fake.says("POST", IMPORT, Reply(400, body))
    cut = shell.run("import", "projects", table).stdout
    assert "1049" in cut
    assert "1050" not in cut
    assert "10 more; --all-errors" in cut
    assert "12 more that the server counted" in cut
    assert "1059" in shell.run("import", "projects", table, "--all-errors").stdout


def test_a_large_table_is_watched_to_its_report(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """202 is followed through its task, with progress on stderr and the report on stdout."""
    fake.says("POST", IMPORT, Reply(202, {"task_id": "7"}))
    steps = (
        _task("PENDING", 0.0),
        _task("STARTED", 0.42, progress_word="row 588"),
        _task("SUCCESS", result=ALL_WELL),
    )
    fake.says("GET", TASK, *steps)
    result = shell.run("import", "projects", table)
    assert "Importing: 40 % (row 588)" in result.stderr
    assert "1.397 created" in result.stdout
    assert len(shell.slept) == 2


def test_a_task_that_failed_tells_its_reason(shell: Shell, fake: FakeHandwerk, table: str) -> None:
    """A task that ended without a report ends the command with the task's reason."""
    fake.says("POST", IMPORT, Reply(202, {"task_id": "7"}))
    fake.says("GET", TASK, _task("FAILURE", error="The worker died."))
    result = shell.run("import", "projects", table)
    assert "The worker died." in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "lost", [pytest.param("POST", id="reading"), pytest.param("GET", id="task")]
)
def test_a_server_that_goes_away_leaves_clear_words(
    shell: Shell, fake: FakeHandwerk, table: str, lost: str
) -> None:
    """Whenever the connection breaks, it is said that the import can simply be run again."""
    fake.says("POST", IMPORT, HANG_UP if lost == "POST" else Reply(202, {"task_id": "7"}))
    fake.says("GET", TASK, HANG_UP)
    result = shell.run("import", "projects", table)
    assert "Run the same import again" in result.stderr
    assert result.exit_code == 1


def test_a_table_refused_as_a_whole_tells_the_problem(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """A problem document without rows is told with its fields."""
    fake.says("POST", IMPORT, problem(413, "The file is larger than 50 MB.", ("file", "too large")))
    result = shell.run("import", "projects", table)
    assert "The file is larger than 50 MB." in result.stderr
    assert "file: too large" in result.stderr
    assert result.exit_code == 1


def test_json_is_the_report_alone(shell: Shell, fake: FakeHandwerk, table: str) -> None:
    """A script reads the server's report on stdout, all of it, also where the import failed."""
    fake.says("POST", IMPORT, Reply(400, REFUSED))
    result = shell.run("import", "projects", table, "--json")
    assert holds(json.loads(result.stdout), {**UNIMPORTED, "errors": [BAD_AREA]})
    assert result.exit_code == 1


def test_what_a_cell_holds_can_not_steer_the_terminal(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """Control characters, turned text and markup of a cell are shown, not obeyed."""
    cell = {**BAD_AREA, "value": "\x1b[2J[red]\u202eabc"}
    fake.says("POST", IMPORT, Reply(400, {**REFUSED, "errors": [cell]}))
    assert "\ufffd[2J[red]\ufffdabc" in shell.run("import", "projects", table).stdout


def test_an_opened_folder_is_closed_when_its_work_is_done(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """Where this process is the only worker, it stays until the new projects can be found."""
    shell.finds, shell.opens = [None], (fake.url, "fake-token")
    fake.says("POST", IMPORT, Reply(200, ALL_WELL))
    busy = {"waiting": 2, "scheduled": 1, "active": 1}
    idle = {"waiting": 1, "scheduled": 1, "active": 0}
    stats = [Reply(200, {"queue_stats": {"bulk": count}}) for count in (busy, idle)]
    fake.says("GET", "/tasks/queue/stats", *stats)
    result = shell.run("import", "projects", table)
    assert result.exit_code == 0
    assert len(shell.slept) == 1
    assert shell.events == ["opened", "closed"]


def test_an_opened_folder_can_be_left_before_its_work_is_done(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """Ctrl-C while the index is written says that the rest is done later, and closes the folder."""
    shell.finds, shell.opens, shell.interrupted_after = [None], (fake.url, "fake-token"), 0
    fake.says("POST", IMPORT, Reply(200, ALL_WELL))
    fake.says("GET", "/tasks/queue/stats", Reply(200, {"queue_stats": {"bulk": {"active": 1}}}))
    result = shell.run("import", "projects", table)
    assert "Nothing is lost" in result.stderr
    assert shell.events == ["opened", "closed"]


def test_a_file_that_is_not_there_is_told_before_anything_is_sent(
    shell: Shell, fake: FakeHandwerk
) -> None:
    """A wrong path is an error of use."""
    result = shell.run("import", "projects", "missing.csv")
    assert result.exit_code == 2
    assert not fake.asked


def test_a_large_file_tells_how_much_is_sent(
    shell: Shell, fake: FakeHandwerk, tmp_path: Path
) -> None:
    """A file that takes a while is shown on its way, a small one is not worth the lines."""
    path = tmp_path / "jobs.csv"
    path.write_bytes(CSV + b"x" * 2_000_000)
    fake.says("POST", IMPORT, Reply(200, ALL_WELL))
    result = shell.run("import", "projects", str(path))
    assert "Sending jobs.csv: 50 %" in result.stderr
    assert len(fake.asked[-1].form["file"]) == path.stat().st_size


def test_a_whole_table_that_can_not_be_read_has_no_counts(
    shell: Shell, fake: FakeHandwerk, table: str
) -> None:
    """A missing column is told as such, not as zero rows of everything."""
    errors = [{"row": 1, "column": "name", "value": "", "message": "the column is missing"}]
    fake.says("POST", IMPORT, Reply(400, {"rows": 0, "failed": 0, "errors": errors}))
    result = shell.run("import", "projects", table)
    assert "the column is missing" in result.stdout
    assert "rows read" not in result.stdout
    assert "Correct the table" in result.stdout
    assert result.exit_code == 1
