"""Handlers whose whole work is done in a child process: what stays here, and what is there.

The run is claimed, kept alive and settled here; there its handler runs on connections of its own.
A checkpoint there is no more than a word: where the work has to end, the child is killed.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from msgspec import structs

from handwerk.domain.jobs.model import CleanUp, Handler, JobContext, Progress, Run
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.transaction import Json

# What is told to the parent: how far the work is, or what is to be done when the job is over.
Tell = Callable[[Progress | CleanUp], None]


class Call(Protocol):
    """Has work done in a child; killed where `hear` or `pulse` raises."""

    async def __call__(
        self,
        work: Callable[..., Any],
        *args: Any,
        hear: Callable[[Any], Awaitable[None]],
        pulse: Callable[[], Awaitable[None]],
    ) -> Any:
        """What `work(*args, tell=...)` answers or raises."""
        ...


def apart(call: Call, work: Callable[..., Json | None], *args: object) -> Handler:
    """The handler that has `work(*args, run, tell=...)` done in a child."""

    async def handler(context: JobContext, _: Json) -> Json | None:
        async def hear(word: Progress | CleanUp) -> None:
            if isinstance(word, Progress):
                await context.progress(word.share, word.word)
            else:
                context.when_over(word)

        # There the steps are those of the job's own step here.
        run = structs.replace(context.run, traceparent=trace.current() or context.run.traceparent)
        answer: Json | None = await call(work, *args, run, hear=hear, pulse=context.checkpoint)
        return answer

    return handler


class ToldJob:
    """The context of a handler in a child. Fills `JobContext`."""

    def __init__(self, run: Run, tell: Tell) -> None:
        self.run = run
        self._tell = tell

    async def progress(self, share: float, word: str | None = None) -> None:
        """Tell the parent."""
        self._tell(Progress.of(share, word))

    async def checkpoint(self) -> None:
        """Nothing: the parent looks, twice a second, and kills."""

    def when_over(self, clean_up: CleanUp) -> None:
        """Have the parent do it, once it has noted the end."""
        self._tell(clean_up)
