"""Every command of docs/backup.md, as it stands there, on an installation of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.guides.blocks import Block, blocks
from tests.integration.whole.program import ROOT, environment

from handwerk.archiving import archive_in

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
GUIDE = [block for block in blocks(ROOT / "docs" / "backup.md") if block.language == "console"]
SERVES = "handwerk serve"


def test_the_guide_s_commands_do_what_it_says(data_path: Path) -> None:
    """Set up, made, listed, proved, tidied, and restored twice: the latest, and as of a moment."""
    base = data_path.parent
    set_up, by_hand, restored, as_of = GUIDE
    _run(base, "data", f"{set_up.commands}\n{by_hand.commands}")
    shutil.copy(data_path / "secrets" / "backup.key", base / "backup.key")
    assert SERVES in restored.commands  # how a server starts, the getting-started guide tries
    _run(base, "latest", restored.commands.replace(SERVES, "handwerk audit verify"))
    _run(base, "moment", _at_the_newest(base, as_of))
    assert (base / "latest" / "pg").is_dir()
    assert (base / "moment" / "pg").is_dir()


def _at_the_newest(base: Path, block: Block) -> str:
    """The block, with a moment that can be reached here: the very one of the newest backup."""
    said = '"2026-11-23 14:05:00"'
    assert said in block.commands
    key = (base / "backup.key").read_text()
    newest = archive_in(base / "backup" / "handwerk", key).backups()[-1]
    return block.commands.replace(said, f'"{newest.taken_at:%Y-%m-%dT%H:%M:%S.%fZ}"')


def _run(base: Path, data: str, script: str) -> None:
    program = base / "handwerk"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m handwerk "$@"\n')
    program.chmod(0o700)
    script = script.replace("/mnt/", f"{base}/")
    given = environment(base / data)
    done = subprocess.run(  # noqa: S603  # the guide's own commands
        ["/bin/bash", "-euc", script],
        env=given | {"PATH": f"{base}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src")},
        cwd=base,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
