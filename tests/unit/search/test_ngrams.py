"""Words as character n-grams."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.ngrams import folded, grams, passage_vector, query_vector, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tür", "Tuer"),
        ("MÖBEL", "moebel"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("Crème", "creme"),
        ("m²", "M2"),
        ("Käfig", unicodedata.normalize("NFD", "Käfig")),
    ],
)
def test_spellings_of_a_word_are_one(one: str, other: str) -> None:
    """Umlauts, ß, case, accents and Unicode forms make no difference."""
    assert query_vector(one) == query_vector(other)


def test_a_word_is_cut_between_spaces() -> None:
    """The n-grams have 4 and 5 characters and tell where the word begins and ends."""
    assert list(grams("tuer")) == [" tue", "tuer", "uer ", " tuer", "tuer "]


@pytest.mark.parametrize("short", ["x", "rg"])
def test_a_short_word_is_an_n_gram_as_a_whole(short: str) -> None:
    """Units, codes and single digits can be found."""
    assert list(grams(short)) == [f" {short} "]


def test_a_compound_shares_n_grams_with_its_part() -> None:
    """A wall cupboard meets a cupboard, although no word is the same."""
    assert set(grams(folded("Wandschrank"))) & set(grams(folded("Schrank")))


@pytest.mark.parametrize("empty", ["🙂🪵", "… — !?", "  ", "'; --"])
def test_what_has_no_letter_has_no_n_gram(empty: str) -> None:
    """Emoji, punctuation and white space are no words."""
    assert query_vector(empty).indices == passage_vector(empty).indices == ()


def test_the_hash_is_the_same_in_every_process() -> None:
    """What one release has stored the next must find: this value may only change with SCHEME."""
    assert query_vector("RG").indices == (3_352_367_540,)


def test_a_repeated_word_counts_more_but_ever_less() -> None:
    """BM25 saturates: the second mention adds less than the first, and none beyond K1 + 1."""
    (once,), (twice,), (often,) = (
        passage_vector(" ".join(["RG"] * times)).values for times in (1, 2, 50)
    )
    assert 0 < twice - once < once
    assert twice < often < 2.2


def test_a_mention_in_a_long_text_counts_less() -> None:
    """The same word weighs more in a short text."""
    short = dict(zip(*_pairs("RG"), strict=True))
    long = dict(zip(*_pairs("RG " + "Treppe Geländer " * 50), strict=True))
    [index] = query_vector("RG").indices
    assert long[index] < short[index]


@given(st.text())
def test_vectors_are_what_an_index_takes(text: str) -> None:
    """Whatever the text: 32-bit indices, each once, and positive values."""
    for vector in (passage_vector(text), query_vector(text)):
        assert len(set(vector.indices)) == len(vector.indices) == len(vector.values)
        assert all(0 <= index < 2**32 for index in vector.indices)
        assert all(0 < value < 2.2 for value in vector.values)


@given(st.text())
def test_a_folded_word_is_a_word(text: str) -> None:
    """Folding neither empties nor splits a word, and folding again changes nothing."""
    for word in words(text):
        plain = folded(word)
        assert plain
        assert words(plain) == [plain]
        assert folded(plain) == plain


@given(st.text(), st.text())
def test_a_text_holds_the_n_grams_of_its_parts(one: str, other: str) -> None:
    """Words next to a text don't change the n-grams of its own words."""
    assert set(query_vector(one).indices) <= set(query_vector(f"{one} {other}").indices)


def _pairs(text: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    vector = passage_vector(text)
    return vector.indices, vector.values
