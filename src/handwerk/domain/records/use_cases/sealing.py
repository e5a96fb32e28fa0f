"""Sealing: chaining the history's entries behind the writes, in the order of their commits."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, HandwerkError
from handwerk.domain.records.chain import Link, Mark, Seal, SealKeys, Unsealed, chained
from handwerk.domain.records.ports import Heads, Here, Ledger, SealingTurn

# So many entries are chained in one transaction.
AT_ONCE = 1_000
# In seconds, between two looks.
PAUSE = 0.5
# In seconds. So often the log says that the history can't be sealed.
REPEAT = 60.0


class BrokenChain(Conflict):
    """The end of the chain is not as it was left: to go on would cover up what was done to it."""


async def keep_sealed(
    *, ledger: Ledger, keys: SealKeys, heads: Heads, clock: Clock, notice: Callable[[str], None]
) -> NoReturn:
    """Seal what was written, again and again. What is in the way is told, at most once a minute."""
    told_at = float("-inf")
    while True:
        try:
            while await seal_some(ledger=ledger, keys=keys, heads=heads, clock=clock) == AT_ONCE:
                pass
        except Exception as error:  # noqa: BLE001  # whatever it is: it must go on, and be told
            now = clock.now().timestamp()
            if now - told_at >= REPEAT:
                told_at = now
                said = error.detail if isinstance(error, HandwerkError) else type(error).__name__
                notice(f"The history can't be sealed: {said}")
        await asyncio.sleep(PAUSE)


async def seal_some(*, ledger: Ledger, keys: SealKeys, heads: Heads, clock: Clock) -> int:
    """Chain the next entries and seal them; how many, 0 also where another sealer has the turn."""
    async with ledger.turn() as turn:
        if turn is None:
            return 0
        newest = await _trusted(turn, keys)
        here = await turn.here()
        found, until = await _ripe(turn, newest, here)
        if not found and (newest is None or newest.lineage == here.lineage):
            return 0
        links = chained(await turn.tail(), found)
        seal = _seal(links[-1] if links else None, newest, until, here, clock, len(found))
        seal = keys.signed(seal, newest)
        await turn.append(links, seal)
        await turn.commit()
    await heads.keep(seal)
    return len(found)


async def _trusted(turn: SealingTurn, keys: SealKeys) -> Seal | None:
    """The newest seal, once it is ours and holds the chain's end; else `BrokenChain`."""
    seals, tail = await turn.newest(), await turn.tail()
    if not seals:
        if tail is not None:
            raise BrokenChain("Its seals are gone. `handwerk audit verify` says more.")
        return None
    newest, before = seals[0], seals[1] if len(seals) > 1 else None
    if not keys.knows(newest):
        raise BrokenChain(
            "The newest seal was made with another secret key. Put that one into "
            "HANDWERK_SECRET_KEYS_OLD."
        )
    ends = (tail.place, tail.hash) if tail else None
    if not keys.is_genuine(newest, before) or ends != (newest.place, newest.hash):
        raise BrokenChain("Its end was changed. `handwerk audit verify` says more.")
    return newest


async def _ripe(
    turn: SealingTurn, newest: Seal | None, here: Here
) -> tuple[list[Unsealed], Mark | None]:
    """What is to be chained now, and up to where everything is then; `None` where not all is."""
    if newest is None or newest.lineage == here.lineage:
        found = await turn.ripe(newest.until if newest else Mark(), here, AT_ONCE)
        return found, found[-1].mark if len(found) == AT_ONCE else Mark(here.unfinished)
    found = await turn.left_behind(here, AT_ONCE)
    return found, None if len(found) == AT_ONCE else Mark(here.unfinished)


def _seal(
    last: Link | None,
    newest: Seal | None,
    until: Mark | None,
    here: Here,
    clock: Clock,
    added: int,
) -> Seal:
    """The seal, not signed yet. While a copied database is not whole it keeps the old lineage."""
    end = last or newest
    assert end is not None
    assert added or newest is not None
    kept = newest if until is None else None
    return Seal(
        number=1 if newest is None else newest.number + 1,
        place=end.place,
        hash=end.hash,
        lineage=kept.lineage if kept else here.lineage,
        until=kept.until if kept else until or Mark(),
        sealed_at=clock.now(),
        key_id="",
        signature=b"",
    )
