"""A parent as a process: has a child hang, so that a test can kill the parent."""

import asyncio
import sys

from tests.integration.processes.work import hang

from handwerk.adapters.processes import Children

if __name__ == "__main__":
    asyncio.run(Children().call(hang, sys.argv[1]))
