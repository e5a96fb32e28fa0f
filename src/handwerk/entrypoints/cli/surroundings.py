"""What the command line has to be given: the server on this machine, and how to become it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # msgspec comes along, and `--help` comes at once
    from pathlib import Path

    from handwerk.domain.backup.ports import BackupOrder, Backups, RestoreOrder, Tell
    from handwerk.domain.backup.use_cases.restoring import Restored
    from handwerk.domain.moving.legacy.ports import Original
    from handwerk.domain.tables.ports import Workbooks

# The server's root URL, and a token that it takes.
Address = tuple[str, str]


class Surroundings(NamedTuple):
    """The needs of every command, passed as click's `obj`.

    `find_server` answers where a server runs on the data folder, `None` where none does.
    `open_here` serves the folder in this process, jobs included, until its context is left; it
    raises `Unavailable` where the folder has another owner. `workbooks` reads XLSX; without it
    nobody can be told what a workbook holds. `original` opens the original's database. `backups`
    are where they are asked for, or where the settings have them; `restore` fills an empty
    installation.
    """

    find_server: Callable[[], Address | None]
    open_here: Callable[[], AbstractContextManager[Address]]
    sleep: Callable[[float], None] = time.sleep
    workbooks: Callable[[], Workbooks] | None = None
    original: Callable[[Path], AbstractContextManager[Original]] | None = None
    backups: Callable[[BackupOrder], AbstractContextManager[Backups]] | None = None
    restore: Callable[[RestoreOrder, Tell], Restored] | None = None
