"""One part is killed, or frozen, while people work; what that did to them."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import msgspec
from tests.topology.people import People, lost, works_again

# In seconds: work before and after what happens, and how long a part is frozen.
CALM = 2.0
FROZEN = 5.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What people met. Times are in seconds since the blow.

    `recovered` is when a new job could be created, changed, found by the index and deleted again;
    after a freeze it counts from its end. `pause` is the longest time in which nobody at all got
    an answer, `longest` the longest that somebody waited for one.
    """

    part: str
    blow: str
    answers: int
    degraded: int
    errors: dict[str, int]
    pause: float
    longest: float
    recovered: float
    lost: list[str]
    wrong: list[str]

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing wrong, and no error but 503 with Retry-After."""
        return not self.lost and not self.wrong and set(self.errors) <= {"503"}


async def struck(people: People, part: str, blow: str, strike: Callable[[], Any]) -> Outcome:
    """Have people work, strike, and wait until all works again; `strike` returns when it is over.

    It is called in a thread.
    """
    async with people.at_work():
        await asyncio.sleep(CALM)
        tally = people.fresh_tally()
        await asyncio.to_thread(strike)
        over = monotonic()
        await works_again(people)
        recovered = monotonic() - over
        await asyncio.sleep(CALM)
    return Outcome(
        part=part,
        blow=blow,
        answers=tally.answers,
        degraded=tally.degraded,
        errors=dict(tally.errors),
        pause=tally.pause,
        longest=tally.longest,
        recovered=recovered,
        lost=await lost(people),
        wrong=list(tally.wrong),
    )


def told(outcomes: list[Outcome]) -> str:
    """The outcomes as a table."""
    names = ("part", "blow", "answers", "by words alone", "errors", "longest pause", "longest wait")
    heads = (*names, "works again after", "lost writes", "wrong answers")
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for one in outcomes:
        errors = ", ".join(f"{what}: {count}" for what, count in sorted(one.errors.items()))
        lines.append(
            f"| {one.part} | {one.blow} | {one.answers} | {one.degraded} | {errors or 'none'} "
            f"| {one.pause:.2f} s | {one.longest:.2f} s | {one.recovered:.2f} s "
            f"| {len(one.lost)} | {len(one.wrong)} |"
        )
    return "\n".join(lines)
