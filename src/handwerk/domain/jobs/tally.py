"""How runs ended and how long they took, counted by kind for who watches the whole."""

from bisect import bisect_left
from datetime import timedelta

import msgspec

from handwerk.domain.jobs.model import QueueCount, Status

# Upper ends in seconds; what takes longer falls into one more.
BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)


class Tally(msgspec.Struct, frozen=True):
    """Runs of one kind with one end: how many fell into each bucket, and their seconds in all."""

    kind: str
    outcome: Status
    buckets: tuple[int, ...]
    seconds: float


class Tallies:
    """What this process counted since it was last asked."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, Status], tuple[list[int], list[float]]] = {}

    def add(self, kind: str, outcome: Status, seconds: float) -> None:
        """Count a run."""
        buckets, total = self._runs.setdefault((kind, outcome), ([0] * (len(BUCKETS) + 1), [0.0]))
        buckets[bisect_left(BUCKETS, seconds)] += 1
        total[0] += seconds

    def taken(self) -> list[Tally]:
        """What was counted, which is forgotten here."""
        runs, self._runs = self._runs, {}
        return [Tally(*key, tuple(buckets), total[0]) for key, (buckets, total) in runs.items()]

    def put_back(self, tallies: list[Tally]) -> None:
        """Count again what could not be handed over."""
        for tally in tallies:
            key = (tally.kind, tally.outcome)
            buckets, total = self._runs.setdefault(key, ([0] * (len(BUCKETS) + 1), [0.0]))
            buckets[:] = [a + b for a, b in zip(buckets, tally.buckets, strict=True)]
            total[0] += tally.seconds


class Load(msgspec.Struct, frozen=True):
    """How the work stands for who watches the whole: queues, ages, failures, all tallies."""

    queues: dict[str, QueueCount]
    # How long the job that has been due longest waits, by queue.
    oldest: dict[str, timedelta]
    tallies: list[Tally]
    workers: int
