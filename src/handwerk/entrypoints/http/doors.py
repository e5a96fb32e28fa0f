"""Notes refusals and exports for the security log, behind the answers.

The same refusal of the same client counts up: a flood of a thousand requests is one row.
"""

import asyncio
from typing import NamedTuple
from uuid import UUID

from handwerk.domain.identity.ports import SecurityRecorder
from handwerk.domain.identity.security import SecurityEvent, SecurityKind
from handwerk.domain.kernel.errors import HandwerkError

# In seconds. A crash loses no more than this.
PAUSE = 0.5
# Different happenings between two writes; beyond them refusals are told without details.
MOST = 1_000


class _Happening(NamedTuple):
    kind: SecurityKind
    user_id: UUID | None
    address: str | None
    method: str
    path: str
    status: int


class DoorLog:
    """Collects what happened and writes it twice a second; what can't be written is tried again."""

    def __init__(self, recorder: SecurityRecorder) -> None:
        self._recorder = recorder
        self._counts: dict[_Happening, int] = {}
        self._writer: asyncio.Task[None] | None = None

    def note(
        self,
        kind: SecurityKind,
        user_id: UUID | None,
        address: str | None,
        *,
        method: str,
        path: str,
        status: int,
    ) -> None:
        """Note one; `path` is the route's template."""
        what = _Happening(kind, user_id, address, method, path, status)
        if what not in self._counts and len(self._counts) >= MOST:
            what = _Happening(kind, None, None, "", "others", status)
        self._counts[what] = self._counts.get(what, 0) + 1

    async def start(self) -> None:
        """Begin to write what is noted."""
        self._writer = asyncio.create_task(self._write_on())

    async def stop(self) -> None:
        """Write the rest."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        await self._write()

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            await self._write()

    async def _write(self) -> None:
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await asyncio.shield(self._recorder.write([_event(*each) for each in counts.items()]))
        except HandwerkError:
            for what, count in list(counts.items())[:MOST]:
                self._counts[what] = self._counts.get(what, 0) + count


def _event(what: _Happening, count: int) -> SecurityEvent:
    detail = {"method": what.method, "path": what.path, "status": what.status, "count": count}
    return SecurityEvent(kind=what.kind, actor_id=what.user_id, address=what.address, detail=detail)
