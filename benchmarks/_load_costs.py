"""What the load costs each process: processor time and memory, read from /proc."""

import os
from collections import defaultdict
from pathlib import Path
from threading import Event, Thread
from typing import Self

import msgspec

_TICK = os.sysconf("SC_CLK_TCK")
_MB = 2**20
SERVER, JOBS = "server", "job children"
_LOOK_EVERY = 0.5


class Cost(msgspec.Struct, frozen=True):
    """Of all processes of one part: seconds of processor time, the largest memory seen in MB.

    Memory is the proportional share (PSS): what processes have in common counts once.
    """

    seconds: float
    memory: float
    processes: int


class Costs:
    """Watches the server `pid`, everything below it, and the generator `generator` meanwhile.

    What is spent in the first `after` seconds, and when `seconds` more are over, does not count.
    """

    def __init__(self, pid: int | None, generator: int, *, after: float, seconds: float) -> None:
        self._pid = pid
        self._after = after
        self._looks = int(seconds / _LOOK_EVERY)
        self._generator = generator
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._parts: dict[int, str] = {}
        self._memory: dict[str, float] = defaultdict(float)
        self._buried = (0.0, 0.0)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def told(self) -> dict[str, Cost]:
        """What was spent since the beginning, by part."""
        spent: dict[str, float] = defaultdict(float)
        count: dict[str, int] = defaultdict(int)
        for pid, last in self._last.items():
            spent[self._parts[pid]] += last - self._first[pid]
            count[self._parts[pid]] += 1
        # Of children that were born and have died meanwhile the server knows the sum.
        lived = sum(
            last - self._first[pid]
            for pid, last in self._last.items()
            if self._parts[pid] == JOBS and not Path(f"/proc/{pid}").exists()
        )
        spent[JOBS] += max(0.0, self._buried[1] - self._buried[0] - lived)
        return {
            part: Cost(spent[part], self._memory[part], count[part])
            for part in sorted(spent, key=lambda part: -spent[part])
        }

    def _watch(self) -> None:
        self._over.wait(self._after)
        buried = _buried(self._pid)
        self._buried = (buried, buried)
        self._look(fresh=False)
        for number in range(1, self._looks + 1):
            if self._over.wait(_LOOK_EVERY):
                break
            self._look(fresh=True, memory=number % 10 == 0 or number == self._looks)

    def _look(self, *, fresh: bool, memory: bool = False) -> None:
        now: dict[str, float] = defaultdict(float)
        for pid, part in self._processes().items():
            seconds = _seconds(pid)
            if seconds is None:
                continue
            # One that was born since the last look has spent all of it since.
            self._first.setdefault(pid, 0.0 if fresh else seconds)
            self._last[pid] = seconds
            self._parts[pid] = part
            now[part] += _memory(pid) if memory else 0.0
        for part, size in now.items():
            self._memory[part] = max(self._memory[part], size)
        self._buried = (self._buried[0], _buried(self._pid))

    def _processes(self) -> dict[int, str]:
        if self._pid is None:
            return {self._generator: "generator"}
        below: dict[int, list[int]] = defaultdict(list)
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (fields := _fields(int(entry.name))):
                below[int(fields[1])].append(int(entry.name))
        found = {self._pid: SERVER, self._generator: "generator"}
        line = list(below[self._pid])
        while line:
            pid = line.pop()
            found[pid] = _part(pid)
            line += below[pid]
        return found


def _part(pid: int) -> str:
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return JOBS
    if name.startswith("postgres"):
        return "PostgreSQL"
    if "redis" in name or "valkey" in name or b"redis-server" in command:
        return "Redis"
    return JOBS


def _fields(pid: int) -> list[str]:
    """From the state on; none where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _seconds(pid: int) -> float | None:
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else None


def _buried(pid: int | None) -> float:
    """What those children of the process took that have ended."""
    fields = [] if pid is None else _fields(pid)
    return (int(fields[13]) + int(fields[14])) / _TICK if fields else 0.0


def _memory(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) * 1024 / _MB for line in lines if line.startswith("Pss:"))
