"""The `handwerk` command. What is heavy is imported by the command that needs it."""

from __future__ import annotations

import logging
import signal
import sys
from contextlib import AbstractContextManager
from types import FrameType
from typing import TYPE_CHECKING

from handwerk.config import WrongSetting, from_environment
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.entrypoints.cli.main import cli
from handwerk.entrypoints.cli.surroundings import Address, Surroundings

if TYPE_CHECKING:
    from pathlib import Path

    from handwerk.domain.backup.ports import BackupOrder, Backups, RestoreOrder, Tell
    from handwerk.domain.backup.use_cases.restoring import Restored
    from handwerk.domain.moving.legacy.ports import Original
    from handwerk.domain.tables.ports import Workbooks

cli.later("serve", "handwerk.serving:serve", "Serve HTTP, and work the jobs.")
cli.later("worker", "handwerk.serving:worker", "Work jobs in processes of their own.")


def main() -> None:
    """Run the command; what handwerk refuses is told in a sentence, not in a traceback."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, _leave)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(signal.SIGHUP, _hang_up)
    try:
        cli(
            obj=Surroundings(
                _find_server,
                _open_here,
                workbooks=_workbooks,
                original=_original,
                backups=_backups,
                restore=_restore,
            )
        )
    except (HandwerkError, WrongSetting) as error:
        sys.exit(f"handwerk: {error}")


def _find_server() -> Address | None:
    from handwerk.installation import find_server  # noqa: PLC0415  # psycopg and alembic come along

    return find_server(from_environment())


def _open_here() -> AbstractContextManager[Address]:
    from handwerk.serving import open_here  # noqa: PLC0415  # the whole server comes along

    return open_here(from_environment())


def _workbooks() -> Workbooks:
    from handwerk.adapters.workbooks.reading import XlsxWorkbooks  # noqa: PLC0415  # when needed

    return XlsxWorkbooks()


def _original(file: Path) -> AbstractContextManager[Original]:
    from handwerk.adapters.legacy_sqlite import SqliteOriginal  # noqa: PLC0415  # when needed

    return SqliteOriginal(file)


def _backups(order: BackupOrder) -> AbstractContextManager[Backups]:
    from handwerk.backing import backups_here  # noqa: PLC0415  # adapters come along

    return backups_here(from_environment(), order.folder, order.keep, _tell)


def _restore(order: RestoreOrder, tell: Tell) -> Restored:
    from handwerk.backing import restore_here  # noqa: PLC0415  # adapters come along

    return restore_here(from_environment(), order, tell=tell)


def _tell(word: str) -> None:
    print(word, file=sys.stderr)  # noqa: T201  # what a person should know, beside the answer


def _leave(number: int, _: FrameType | None) -> None:
    """Let SIGTERM run every clean-up."""
    raise SystemExit(128 + number)


def _hang_up(_number: int, _: FrameType | None) -> None:
    """End as SIGTERM does when the terminal is closed: PostgreSQL and Redis would outlive us."""
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
