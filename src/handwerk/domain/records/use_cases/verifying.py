"""Proving that the sealed history is whole, in parts, whatever its length."""

from collections.abc import AsyncIterator, Callable, Iterable

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.transaction import Change, Transaction
from handwerk.domain.records.chain import GENESIS, Seal, SealKeys, hash_behind
from handwerk.domain.records.ports import Evidence, Heads, Proved
from handwerk.domain.records.standing import CHECK, CHECKED, THE_HISTORY
from handwerk.domain.records.verdict import ChainError, Fault, KnownEnd, Verdict

# Entries read at a time: others are served in between.
AT_ONCE = 1_000
# Entries that are counted at a time.
COUNTED = 100_000
# No id lies below: whoever slips an entry in may number it as he likes.
LOWEST = -(2**63)


class _Found(Exception):
    def __init__(self, error: ChainError) -> None:
        super().__init__(error.detail)
        self.error = error


async def head(actor: Actor, evidence: Evidence) -> KnownEnd | None:
    """Where the chain ends, to be noted outside; `None` before the first seal."""
    actor.require(Permission.AUDIT_READ)
    newest = await evidence.newest()
    return None if newest is None else KnownEnd(newest.place, newest.hash)


async def verify(
    actor: Actor,
    *,
    evidence: Evidence,
    keys: SealKeys,
    heads: Heads,
    known: KnownEnd | None = None,
) -> Verdict:
    """Prove every sealed entry, every seal, and that nothing was slipped in or cut off.

    `known` is an end that was noted earlier, which the chain must have come by.
    """
    actor.require(Permission.AUDIT_READ)
    newest = await evidence.newest()
    lineage = await evidence.lineage()
    ends = [KnownEnd(each.place, each.hash) for each in await heads.kept(lineage)]
    proof = _Proof(evidence, keys, newest, [*ends, *([known] if known else [])])
    try:
        await proof.chain()
        await proof.unsealed()
    except _Found as found:
        return _verdict(proof, newest, found.error)
    return _verdict(proof, newest, None)


async def verify_and_record(
    actor: Actor,
    *,
    evidence: Evidence,
    keys: SealKeys,
    heads: Heads,
    transactions: Callable[[], Transaction],
) -> Verdict:
    """Do the same, and write into the history that it was done and what it came to."""
    verdict = await verify(actor, evidence=evidence, keys=keys, heads=heads)
    told = {"valid": verdict.valid, "checked": verdict.checked}
    async with transactions() as tx:
        tx.record(Change(CHECKED, THE_HISTORY, CHECK, actor.user_id, None, told))
        await tx.commit()
    return verdict


def _verdict(proof: "_Proof", newest: Seal | None, error: ChainError | None) -> Verdict:
    return Verdict(
        valid=error is None,
        checked=proof.checked,
        sealed_until=newest.sealed_at if newest else None,
        unsealed=proof.waiting,
        first_error=error,
    )


class _Proof:
    """One walk along the chain, with what must be met on the way."""

    def __init__(
        self, evidence: Evidence, keys: SealKeys, newest: Seal | None, ends: Iterable[KnownEnd]
    ) -> None:
        self.checked = 0
        self.waiting = 0
        self._evidence = evidence
        self._keys = keys
        self._newest = newest
        self._ends = {end.place: end.hash for end in ends}
        self._hash = GENESIS

    async def chain(self) -> None:
        """Prove links and seals side by side, up to the newest seal."""
        last = self._newest.place if self._newest else 0
        self._refuse_if_cut(last)
        await self._refuse_unless_sealed(last)
        seals = self._seals()
        seal = await anext(seals, None)
        while seal is not None and seal.place == 0:
            seal = await anext(seals, None)
        while self.checked < last:
            part = await self._evidence.links(self.checked, min(AT_ONCE, last - self.checked))
            if not part:
                raise _fault(Fault.REMOVED, "The link is gone.", place=self.checked + 1)
            for proved in part:
                self._prove(proved)
                while seal is not None and seal.place <= self.checked:
                    self._prove_seal(seal)
                    seal = await anext(seals, None)
        async for late in seals:
            self._prove_seal(late)

    async def unsealed(self) -> None:
        """Count what waits for its seal; an entry that should have one was slipped in."""
        counted = await self._evidence.unsealed(LOWEST, COUNTED)
        while counted is not None:
            self.waiting += counted.number
            if counted.slipped is not None:
                raise _fault(
                    Fault.ADDED,
                    "The entry is in no link, though all that was written then is: it was "
                    "slipped in afterwards.",
                    entry_id=counted.slipped,
                )
            counted = await self._evidence.unsealed(counted.last, COUNTED)

    def _prove(self, proved: Proved) -> None:
        link = proved.link
        if link.place != self.checked + 1:
            raise _fault(Fault.REMOVED, "The link is gone.", place=self.checked + 1)
        named: dict[str, object] = {"table": proved.table, "record_id": proved.record_id}
        named |= {"place": link.place, "entry_id": link.entry_id}
        if proved.digest is None:
            raise _fault(Fault.REMOVED, "The entry is gone, its link is still there.", **named)
        made = hash_behind(self._hash, proved.digest)
        if made != link.hash:
            raise _fault(
                Fault.EDITED,
                "The entry, its place or its hash is not what was sealed.",
                **named,
            )
        if self._ends.get(link.place, made) != made:
            raise _fault(
                Fault.FORGED, "The chain up to here is not the one that was told then.", **named
            )
        self._hash = made
        self.checked += 1

    def _prove_seal(self, seal: Seal) -> None:
        if seal.place != self.checked or seal.hash != self._hash:
            raise _fault(
                Fault.FORGED, f"Seal {seal.number} was made for another chain.", place=seal.place
            )

    async def _seals(self) -> AsyncIterator[Seal]:
        """The seals up to the newest, each proved by its signature and its number."""
        before: Seal | None = None
        newest = self._newest
        while newest is not None and (before is None or before.number < newest.number):
            behind = before.number if before else 0
            part = await self._evidence.seals(behind, min(AT_ONCE, newest.number - behind))
            for seal in part:
                self._prove_signature(seal, before)
                before = seal
                yield seal
            if not part:
                raise _fault(Fault.REMOVED, f"Seal {behind + 1} is gone.")

    def _prove_signature(self, seal: Seal, before: Seal | None) -> None:
        expected = before.number + 1 if before else 1
        if seal.number != expected:
            raise _fault(Fault.REMOVED, f"Seal {expected} is gone.", place=seal.place)
        if before is not None and seal.place < before.place:
            raise _fault(Fault.REORDERED, f"Seal {seal.number} is out of order.", place=seal.place)
        if not self._keys.knows(seal):
            # An old key may be gone; the newest seal signs all that was before it.
            if seal == self._newest:
                raise _fault(
                    Fault.UNPROVABLE,
                    "The newest seal was made with a secret key that is not here; put it into "
                    "HANDWERK_SECRET_KEYS_OLD.",
                    place=seal.place,
                )
        elif not self._keys.is_genuine(seal, before):
            raise _fault(
                Fault.FORGED, f"Seal {seal.number} is not as it was made.", place=seal.place
            )

    def _refuse_if_cut(self, last: int) -> None:
        furthest = max(self._ends, default=0)
        if furthest > last:
            raise _fault(
                Fault.CUT,
                f"The chain once reached place {furthest:,} and ends at {last:,} now: its end was "
                "cut off.",
                place=last + 1,
            )

    async def _refuse_unless_sealed(self, last: int) -> None:
        """A link behind the newest seal was forged, unless a seal has been added meanwhile."""
        behind = await self._evidence.links(last, 1)
        if behind and await self._evidence.newest() == self._newest:
            raise _fault(
                Fault.FORGED,
                "The link belongs to no seal: the seals behind it are gone, or it was slipped in.",
                place=behind[0].link.place,
                entry_id=behind[0].link.entry_id,
            )


def _fault(kind: Fault, detail: str, **where: object) -> _Found:
    return _Found(ChainError(kind=kind, detail=detail, **where))  # type: ignore[arg-type]  # named above
