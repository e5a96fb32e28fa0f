"""How long what is kept, and what a firm may say of it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from handwerk.adapters.filesystem.access_lines import AccessFiles
from handwerk.config import Config, WrongSetting
from handwerk.container import retention_of
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.privacy.retention import PERIODS, chosen
from handwerk.entrypoints.http.access_log import AccessLog

USER = UUID("01989b70-11aa-7c02-8f43-5d2c9a7be010")


def test_the_periods_are_the_usual_ones_where_nothing_is_said() -> None:
    """What the firm does not choose stays."""
    assert chosen("").periods == PERIODS
    assert chosen("").days("access_log") == 30


def test_a_firm_chooses_some() -> None:
    """By kind, in days."""
    retention = chosen("access_log=14; jobs = 3")
    assert (retention.days("access_log"), retention.days("jobs")) == (14, 3)
    assert retention.days("failed_jobs") == 30


@pytest.mark.parametrize(
    "text",
    ["history=30", "security_log=1", "access_log=0", "access_log=366", "jobs", "lunch=1", "jobs=x"],
)
def test_what_can_not_be_chosen_is_refused(text: str) -> None:
    """The history is never purged, and no kind is kept for ever by mistake."""
    with pytest.raises(InvalidInput):
        chosen(text)
    with pytest.raises(WrongSetting, match="HANDWERK_RETENTION"):
        retention_of(Config(retention=text))


async def test_old_days_of_the_access_log_go(tmp_path: Path) -> None:
    """Files of days before the period are removed, later ones and others stay."""
    today = datetime.now(UTC).date()
    old, new = today - timedelta(days=31), today - timedelta(days=29)
    for name in (f"access-{old}.1.jsonl", f"access-{new}.1.jsonl", "access.jsonl", "other.log"):
        (tmp_path / name).write_text("{}\n")
    assert await AccessFiles(tmp_path).purge(30) == 1
    assert _names(tmp_path) == {f"access-{new}.1.jsonl", "access.jsonl", "other.log"}


async def test_a_new_day_begins_a_new_file(tmp_path: Path) -> None:
    """What was written before today moves aside under its day; lines are found by their user."""
    file = tmp_path / "access.jsonl"
    file.write_text(f'{{"user":"{USER}","path":"/a"}}\n{{"user":null,"path":"/b"}}\n')
    yesterday = datetime.now(UTC) - timedelta(days=1)
    _set_time(file, yesterday)
    log = AccessLog(file)
    log.write("GET", "/c", 200, 0.001, None, f"00-{'1' * 32}-{'2' * 16}-00")
    await log.stop()
    assert (tmp_path / f"access-{yesterday.date()}.1.jsonl").exists()
    assert '"/c"' in file.read_text()
    lines = [line async for some in AccessFiles(tmp_path).of(USER) for line in some]
    assert [b'"/a"' in line for line in lines] == [True]


def _set_time(file: Path, moment: datetime) -> None:
    os.utime(file, (moment.timestamp(), moment.timestamp()))


def _names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}
