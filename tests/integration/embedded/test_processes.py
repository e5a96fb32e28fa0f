"""Other processes of this machine, as they are found."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from handwerk.adapters.embedded.processes import end_leftovers, start_mark


def test_a_name_that_is_no_text_disturbs_nobody(tmp_path: Path) -> None:
    """Linux cuts names after 15 bytes, be it within an umlaut: that process is passed over."""
    program = os.fsencode(tmp_path) + b"/Fensterb\xc3"
    shutil.copy(b"/bin/sleep", program)
    other = subprocess.Popen([program, b"60"], cwd=tmp_path)  # noqa: S603  # sleep under another name
    try:
        end_leftovers(tmp_path, frozenset({"postgres"}), signal.SIGTERM)
        assert other.poll() is None
        assert start_mark(other.pid) is not None
    finally:
        other.kill()
        other.wait()
