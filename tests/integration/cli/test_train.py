import json

from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply, problem
from tests.integration.cli.whole import holds

TASK = "/tasks/task/9"
MARK = ["answers", "from", "now", "on"]
ACCEPTED = Reply(202, {"task_id": "9"})
SCORES = [
    {
        "contender": contender,
        "jobs": 250,
        "mape": mape,
        "median_ape": mape / 2,
        "within_20_percent": 1 - mape,
    }
    for contender, mape in (("calculation", 0.297), ("firm_factor", 0.136), ("model", 0.086))
]
REPORT = {
    "version": "20261123-120000-0a1b2c3d",
    "trained_at": "2026-11-23T12:00:00Z",
    "jobs": 372,
    "first_day": "2019-01-17",
    "last_day": "2026-10-30",
    "nominal_coverage": 0.8,
    "chosen": "model",
    "footings": [
        {
            "footing": "calculated_price",
            "jobs": 260,
            "trials": 250,
            "scores": SCORES,
            "chosen": "model",
            "coverage": {"jobs": 240, "share": 0.8125},
            "interval_percent": [-12.0, 14.0],
            "sentence": "The model was nearest.",
        }
    ],
    "left_out": 1,
    "suspicions": [{"project_id": "42", "reason": "final_price is 1,000 times above"}],
    "sentences": ["372 finished jobs were learned from.", "The model was nearest."],
}
TOO_LITTLE = {**REPORT, "version": None, "jobs": 0, "first_day": None, "last_day": None}


def _task(status: str, **more: object) -> Reply:
    return Reply(200, {"task_id": "9", "status": status, "progress": 0.5, **more})


def test_prints_the_back_test(shell: Shell, fake: FakeHandwerk) -> None:
    """Every way of pricing has its line of errors; the one that answers is marked."""
    fake.says("POST", "/models/train", ACCEPTED)
    fake.says("GET", TASK, _task("STARTED"), _task("SUCCESS", result=REPORT))
    result = shell.run("train")
    assert fake.asked[0].json == {}
    assert "Learning from finished projects: 50 %" in result.stderr
    lines = {
        line.split("  ")[1]: line.split() for line in result.stdout.splitlines() if "%" in line
    }
    assert lines["learned model"][2:] == ["250", "8,6", "%", "4,3", "%", "91,4", "%", *MARK]
    assert lines["calculation alone"][2:] == ["250", "29,7", "%", "14,8", "%", "70,3", "%"]
    assert "held 81,2 % of 240 prices, built to hold 80 %" in result.stdout
    assert "17.01.2019 to 30.10.2026" in result.stdout
    assert "Left out: project 42: final_price is 1,000 times above" in result.stdout
    assert "372 finished jobs were learned from." in result.stdout


def test_too_little_data_is_a_success_that_says_so(shell: Shell, fake: FakeHandwerk) -> None:
    """A report without a back-test is told in its sentences."""
    report = {**TOO_LITTLE, "footings": [], "suspicions": [], "sentences": ["0 jobs. Too little."]}
    fake.says("POST", "/models/train", ACCEPTED)
    fake.says("GET", TASK, _task("SUCCESS", result=report))
    result = shell.run("train")
    assert result.exit_code == 0
    assert "There are no finished jobs to learn from." in result.stdout
    assert "Too little." in result.stdout


def test_a_training_that_failed_tells_its_reason(shell: Shell, fake: FakeHandwerk) -> None:
    """A task that ends in failure ends the command with its reason."""
    fake.says("POST", "/models/train", ACCEPTED)
    fake.says("GET", TASK, _task("FAILURE", error="The disk is full."))
    result = shell.run("train")
    assert "The task 9 failed: The disk is full." in result.stderr
    assert result.exit_code == 1


def test_a_training_that_was_revoked_says_so(shell: Shell, fake: FakeHandwerk) -> None:
    """Whoever waits for a task that somebody ends is told."""
    fake.says("POST", "/models/train", ACCEPTED)
    fake.says("GET", TASK, _task("REVOKED"))
    result = shell.run("train")
    assert "The task 9 was revoked." in result.stderr
    assert result.exit_code == 1


def test_json_is_the_report_as_it_came(shell: Shell, fake: FakeHandwerk) -> None:
    """A script sees the fields that people are not shown, too."""
    fake.says("POST", "/models/train", ACCEPTED)
    fake.says("GET", TASK, _task("SUCCESS", result=REPORT))
    assert holds(json.loads(shell.run("train", "--json").stdout), REPORT)


def test_a_busy_server_is_asked_again_when_it_says(shell: Shell, fake: FakeHandwerk) -> None:
    """A 503 while watching costs the pause that it asks for, not the report."""
    fake.says("POST", "/models/train", ACCEPTED)
    busy = problem(503, "PostgreSQL is away.", Retry_After="7")
    fake.says("GET", TASK, busy, _task("SUCCESS", result=REPORT))
    result = shell.run("train")
    assert shell.slept == [7]
    assert result.exit_code == 0


def test_patience_with_a_busy_server_ends(shell: Shell, fake: FakeHandwerk) -> None:
    """A server that never recovers ends the command with its own words."""
    fake.says("POST", "/models/train", ACCEPTED)
    fake.says("GET", TASK, problem(503, "PostgreSQL is away.", Retry_After="7"))
    result = shell.run("train")
    assert "PostgreSQL is away." in result.stderr
    assert result.exit_code == 1


def test_stopping_to_watch_does_not_stop_the_work(shell: Shell, fake: FakeHandwerk) -> None:
    """Ctrl-C leaves the task alone and says how to see it again."""
    shell.interrupted_after = 1
    fake.says("POST", "/models/train", ACCEPTED)
    fake.says("GET", TASK, _task("STARTED"))
    result = shell.run("train")
    assert "handwerk jobs watch 9" in result.stderr
    assert result.exit_code == 130
    assert not [asked for asked in fake.asked if asked.path.endswith("revoke")]


def test_a_report_of_another_shape_is_told_clearly(shell: Shell, fake: FakeHandwerk) -> None:
    """A result that the command does not know ends in a sentence, not in a traceback."""
    fake.says("POST", "/models/train", ACCEPTED)
    fake.says("GET", TASK, _task("SUCCESS", result=[1]))
    result = shell.run("train")
    assert "can't be understood" in result.stderr
    assert result.exit_code == 1
