"""Work of jobs that is done in child processes."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from handwerk.domain.jobs.model import Run
from handwerk.domain.kernel.transaction import Json


def heavy(run: Run, *, tell: Callable[[object], None]) -> Json:
    """Do what the payload says."""
    del tell
    match run.payload["do"]:
        case "crash":
            os.abort()
        case "explode":
            bytearray(1 << 40)
        case "hang":
            Path(run.payload["path"]).write_text(str(os.getpid()))
            while True:
                time.sleep(60)
    return {"pid": os.getpid()}
