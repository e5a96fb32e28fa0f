"""The chain, its seals, and the ends that are noted outside."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.records.chain import GENESIS, Mark, Seal, SealKeys, Unsealed, chained
from handwerk.domain.records.model import moment_of
from handwerk.domain.records.verdict import KnownEnd

OLD, NEW = "the old secret, of 32 characters and more", "the new secret, of 32 characters and more"


def seal(number: int = 1, place: int = 5) -> Seal:
    return Seal(
        number=number,
        place=place,
        hash=bytes(range(32)),
        lineage="here",
        until=Mark(7, 9),
        sealed_at=SystemClock().now(),
        key_id="",
        signature=b"",
    )


def entries(digests: list[bytes]) -> list[Unsealed]:
    return [Unsealed(Mark(1, place), digest) for place, digest in enumerate(digests, 1)]


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20), st.data())
def test_a_chain_in_parts_is_the_same_chain(digests: list[bytes], data: st.DataObject) -> None:
    """Wherever a batch ends, places go on without a gap and the hashes are the same."""
    cut = data.draw(st.integers(0, len(digests)))
    whole = chained(None, entries(digests))
    first = chained(None, entries(digests)[:cut])
    parts = [*first, *chained(first[-1] if first else None, entries(digests)[cut:])]
    assert parts == whole
    assert [link.place for link in whole] == list(range(1, len(digests) + 1))


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=20, unique=True))
def test_any_change_changes_the_end(digests: list[bytes]) -> None:
    """Another digest, another order, one less: the last hash is another one."""
    end = chained(None, entries(digests))[-1].hash
    assert end != GENESIS
    for other in (digests[::-1], digests[1:], [GENESIS, *digests[1:]]):
        if other != digests:
            assert chained(None, entries(other))[-1].hash != end


def test_a_seal_is_genuine_as_it_was_made_and_not_otherwise() -> None:
    """Each field counts, and so does the seal before it."""
    keys = SealKeys([OLD])
    before = keys.signed(seal(1), None)
    made = keys.signed(seal(2), before)
    assert keys.is_genuine(made, before)
    assert not keys.is_genuine(made, None)
    changes = {"number": 3, "place": 4, "hash": bytes(32), "lineage": "there", "until": Mark(7, 8)}
    for field, value in changes.items():
        forged = msgspec.structs.replace(made, **{field: value})
        assert not keys.is_genuine(forged, before), field


def test_secrets_rotate() -> None:
    """Today's key signs, older ones verify, and one that is gone is said to be unknown."""
    made = SealKeys([OLD]).signed(seal(), None)
    both, new = SealKeys([NEW, OLD]), SealKeys([NEW])
    assert both.is_genuine(made, None)
    assert not new.knows(made)
    assert not new.is_genuine(made, None)
    assert new.is_genuine(both.signed(seal(2), made), made)


def test_a_noted_end_is_read_back() -> None:
    """As text there and back; anything else is refused by its field."""
    end = KnownEnd(12, bytes(range(32)))
    assert KnownEnd.parse(end.text()) == end
    for text in ("", "12", "x:" + "0" * 64, "12:" + "g" * 64, "12:00", "-1:" + "0" * 64):
        with pytest.raises(InvalidInput, match="head"):
            KnownEnd.parse(text)


@pytest.mark.parametrize(
    ("text", "field", "told"),
    [
        ("2026-01-31", "from", "2026-01-31 00:00:00+00:00"),
        ("2026-01-31", "to", "2026-01-31 23:59:59.999999+00:00"),
        ("2026-01-31T08:30:00Z", "from", "2026-01-31 08:30:00+00:00"),
        ("2026-01-31T08:30:00 01:00", "from", "2026-01-31 07:30:00+00:00"),
        ("2026-01-31T08:30:00", "to", "2026-01-31 08:30:00+00:00"),
    ],
)
def test_a_moment_is_read(text: str, field: str, told: str) -> None:
    """A day is whole, a moment without a zone is in UTC, a blank is a plus that was not escaped."""
    assert str(moment_of(text, field)) == told


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "0001-01-01T00:00:00+14:00", "9" * 999])
def test_no_moment_is_refused_by_its_field(text: str) -> None:
    """Never a crash."""
    with pytest.raises(InvalidInput, match="from"):
        moment_of(text, "from")
