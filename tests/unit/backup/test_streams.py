"""Sealed streams: whole, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.adapters.cryptography import StreamKeys
from handwerk.domain.backup.model import Damaged

KEYS = StreamKeys("k" * 32)
CHUNK = 64
HEAD, TAG = 34, 16
STEP = CHUNK + TAG


def sealed(content: bytes, *, squeezed: bool = False, name: str = "it") -> bytes:
    return b"".join(KEYS.sealed([content], name, squeezed=squeezed, chunk=CHUNK))


def opened(stream: bytes, *, name: str = "it", keys: StreamKeys = KEYS) -> bytes:
    return b"".join(keys.opened([stream], name))


@given(st.lists(st.binary(max_size=200), max_size=8), st.booleans(), st.integers(1, 97))
def test_any_stream_comes_back_however_it_is_cut(
    pieces: list[bytes], squeezed: bool, cut: int
) -> None:
    """What goes in comes out, whatever the pieces that it is written and read in."""
    stream = b"".join(KEYS.sealed(pieces, "it", squeezed=squeezed, chunk=CHUNK))
    read = [stream[start : start + cut] for start in range(0, len(stream), cut)]
    assert b"".join(KEYS.opened(read, "it")) == b"".join(pieces)


@given(st.data(), st.binary(min_size=1, max_size=400), st.booleans())
def test_any_changed_bit_is_refused(data: st.DataObject, content: bytes, squeezed: bool) -> None:
    """One flipped bit, wherever it is, is noticed."""
    stream = bytearray(sealed(content, squeezed=squeezed))
    at = data.draw(st.integers(0, len(stream) - 1))
    stream[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Damaged):
        opened(bytes(stream))


@given(st.data(), st.binary(max_size=400))
def test_any_cut_is_refused(data: st.DataObject, content: bytes) -> None:
    """A stream that ends early is refused, also between two chunks; so is one that goes on."""
    stream = sealed(content)
    with pytest.raises(Damaged):
        opened(stream[: data.draw(st.integers(0, len(stream) - 1))])
    with pytest.raises(Damaged):
        opened(stream + data.draw(st.binary(min_size=1, max_size=90)))


@given(st.data(), st.integers(3, 6))
def test_moved_chunks_are_refused(data: st.DataObject, count: int) -> None:
    """Chunks in another order, doubled, or left out are noticed though each is genuine."""
    stream = sealed(bytes(range(CHUNK)) * count)
    head, chunks = stream[:HEAD], [stream[at : at + STEP] for at in range(HEAD, len(stream), STEP)]
    first, second = data.draw(
        st.lists(st.integers(0, count - 1), min_size=2, max_size=2, unique=True)
    )
    swapped, without = list(chunks), list(chunks)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    without.pop(first)
    for wrong in (swapped, without, [*chunks[:first], chunks[first], *chunks[first:]]):
        with pytest.raises(Damaged):
            opened(head + b"".join(wrong))


def test_a_stream_belongs_to_its_name_and_its_key() -> None:
    """No stream passes for another one's, and none opens with another key."""
    stream = sealed(b"a price list")
    with pytest.raises(Damaged):
        opened(stream, name="another")
    with pytest.raises(Damaged, match="another key"):
        opened(stream, keys=StreamKeys("l" * 32))
    with pytest.raises(Damaged):
        opened(sealed(b"one")[:HEAD] + sealed(b"two")[HEAD:])


def test_nothing_of_the_content_shows() -> None:
    """The stream holds nothing readable, and is another one each time."""
    content = b"Tischlerei Muster " * 20
    assert b"Muster" not in sealed(content)
    assert sealed(content) != sealed(content)


def test_what_is_damaged_is_named() -> None:
    """The sentence says which chunk is damaged; what comes before it is given."""
    stream = bytearray(sealed(bytes(CHUNK * 4)))
    stream[HEAD + STEP * 2 + 5] ^= 1
    pieces = KEYS.opened([bytes(stream)], "it")
    assert [next(pieces), next(pieces)] == [bytes(CHUNK)] * 2
    with pytest.raises(Damaged, match="chunk 3"):
        next(pieces)
