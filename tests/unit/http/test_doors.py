"""What is noted of refusals, behind the answers."""

from collections.abc import Sequence

from handwerk.adapters.memory.identity import MemorySecurityRecorder
from handwerk.domain.identity.security import SecurityEvent, SecurityKind
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.entrypoints.http.doors import MOST, DoorLog


def note(doors: DoorLog, address: str = "203.0.113.9", status: int = 401) -> None:
    doors.note(SecurityKind.REFUSED, None, address, method="GET", path="/x", status=status)


async def test_a_flood_is_one_row() -> None:
    """A thousand refusals of one client count up; another client has a row of its own."""
    events: list[SecurityEvent] = []
    doors = DoorLog(MemorySecurityRecorder(events))
    for _ in range(1_000):
        note(doors)
    note(doors, "198.51.100.7")
    await doors.stop()
    assert [(event.address, event.detail["count"]) for event in events] == [
        ("203.0.113.9", 1_000),
        ("198.51.100.7", 1),
    ]


async def test_a_flood_from_everywhere_is_bounded() -> None:
    """Beyond so many different ones the rest is counted without details."""
    events: list[SecurityEvent] = []
    doors = DoorLog(MemorySecurityRecorder(events))
    for number in range(MOST + 500):
        note(doors, f"10.0.{number // 256}.{number % 256}")
    await doors.stop()
    assert len(events) == MOST + 1
    assert (events[-1].address, events[-1].detail["count"]) == (None, 500)


class _Away(MemorySecurityRecorder):
    """Can't write the first time."""

    refused = False

    async def write(self, events: Sequence[SecurityEvent]) -> None:
        if not self.refused:
            self.refused = True
            raise Unavailable("The database is away.")
        await super().write(events)


async def test_what_can_not_be_written_is_tried_again() -> None:
    """A database that is away for a moment loses nothing."""
    events: list[SecurityEvent] = []
    doors = DoorLog(_Away(events))
    doors.note(SecurityKind.EXPORTED, new_id(), None, method="GET", path="/e", status=200)
    await doors.stop()
    assert events == []
    await doors.stop()
    assert [event.kind for event in events] == [SecurityKind.EXPORTED]
