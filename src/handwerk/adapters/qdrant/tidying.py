"""Building the graph of neighbours of an embedded collection, in a process of its own.

The engine's optimiser holds the interpreter until it is done, minutes for 100,000 vectors, so it
works on a copy of the folder elsewhere. `python -m handwerk.adapters.qdrant.tidying FOLDER` is that
other process; it ends with the one that has started it.
"""

import asyncio
import ctypes
import os
import signal
import sys
from pathlib import Path

import qdrant_edge as qdrant

from handwerk.domain.kernel.errors import Unavailable

_PR_SET_PDEATHSIG = 1
_NICER = 10


async def tidied(folder: Path) -> None:
    """Optimise the collection in `folder`, which nobody else may have open."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __spec__.name if __name__ == "__main__" else __name__,
        str(folder),
        str(os.getpid()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise Unavailable(f"The search index could not be optimised: {' '.join(last)}")


def _work(folder: str, parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return  # It was gone before we could ask to end with it.
    os.nice(_NICER)
    shard = qdrant.EdgeShard.load(folder)
    shard.optimize()
    shard.flush()
    shard.close()


if __name__ == "__main__":
    _work(sys.argv[1], int(sys.argv[2]))
