"""Whether a task was told to end."""

import asyncio


def cancelled() -> bool:
    """Whether the running task was cancelled, even where the exception that says so got lost.

    Up to Python 3.11 `asyncio.wait_for` answers instead of raising it if what it waits for is done
    in the same instant (CPython issue 86296), and database and Redis clients wait with it. A loop
    that only a cancellation ends asks this at each turn.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
