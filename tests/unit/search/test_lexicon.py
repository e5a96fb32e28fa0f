"""The words that a search knows."""

from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.lexicon import (
    MOST_REMEMBERED,
    NO_VOCABULARY,
    Lexicon,
    is_one_edit,
    vocabulary_of,
)
from handwerk.domain.search.stems import stem_of

TRADE = Lexicon(NO_VOCABULARY)
letters = st.text("abcde", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("meant", "typed"),
    [
        ("Wandschrank", "Wandschrnak"),
        ("Sofa", "Soffa"),
        ("Geländer", "Gelender"),
        ("Treppe", "Trepe"),
        ("Dachrinne", "Dachrine"),
        ("Badewanne", "Badewane"),
    ],
)
def test_one_typing_error_is_forgiven(meant: str, typed: str) -> None:
    """A letter too much, too few, another, or two exchanged."""
    assert TRADE.corrected(stem_of(typed)) == stem_of(meant)


@pytest.mark.parametrize("typed", ["Tor", "Bad", "xyzxyzxyz", "4050", ""])
def test_short_and_strange_words_are_left(typed: str) -> None:
    """Three letters can mean anything, and far is far."""
    assert TRADE.corrected(stem_of(typed)) is None


def test_the_firm_s_common_word_is_meant() -> None:
    """Of two words one letter away the one in more texts."""
    firm = Lexicon(vocabulary_of(["Hobelbank"] * 9 + ["Hobelbang"]))
    assert firm.corrected("hobelbanx") == "hobelbank"


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("eichentreppe", ("eich", "trepp")),
        ("ledersofa", ("leder", "sofa")),
        ("kuechentuer", ("kuch", "tuer")),
        ("badfliesen", ("bad", "flies")),
        ("treppenrenowierung", ("trepp", "renov")),
        ("wxyzschrank", ("wxyz", "schrank")),
        ("sofa", ()),
        ("4050", ()),
    ],
)
def test_compounds_come_apart(word: str, parts: tuple[str, ...]) -> None:
    """Into known words, one of them mistyped, or an unknown word and a known end."""
    assert TRADE.parts(word) == parts


def test_rarity_falls_with_the_texts_that_hold_a_word() -> None:
    """From 1 for a word in none to nearly 0 for a word in all."""
    firm = Lexicon(vocabulary_of(["Eiche Schrank", "Eiche Tisch", "Eiche Bett"] * 10))
    none, some, every = map(firm.rarity, ("sauna", "tisch", "eich"))
    assert 1 >= none > some > every >= 0


@given(letters, st.integers(0, 8), st.sampled_from("abcdex"), st.sampled_from("iderx"))
def test_one_edit_is_one_edit(word: str, place: int, letter: str, kind: str) -> None:
    """Whatever is done to one place is recognised, in both directions."""
    place = min(place, len(word) - 1)
    head, tail = word[:place], word[place:]
    other = {
        "i": head + letter + tail,
        "d": head + tail[1:],
        "r": head + letter + tail[1:],
        "e": head + tail[1:2] + tail[:1] + tail[2:],
        "x": word,
    }[kind]
    assert is_one_edit(word, other) == is_one_edit(other, word) == (word != other)


@given(letters, letters)
def test_two_edits_are_not_one(one: str, other: str) -> None:
    """Lengths that differ by two or more can't be one edit apart."""
    if abs(len(one) - len(other)) > 1:
        assert not is_one_edit(one, other)


@given(st.text(max_size=60))
def test_any_word_can_be_asked(word: str) -> None:
    """No word is too strange to be looked up."""
    assert isinstance(TRADE.parts(word), tuple)
    assert 0 <= TRADE.rarity(word) <= 1


def test_a_lexicon_goes_when_the_next_one_is_read() -> None:
    """What was worked out keeps no vocabulary alive, and is forgotten before it is too much."""
    lexicon = Lexicon(vocabulary_of(["Wandschrank aus Eiche"]))
    for number in range(MOST_REMEMBERED + 1):
        lexicon.parts(f"wandschrank{number}")
    assert lexicon.parts("wandschrank") == lexicon.parts("wandschrank") == ("wand", "schrank")
    assert lexicon.corrected("eihe") == lexicon.corrected("eihe")
    gone = ref(lexicon)
    del lexicon
    assert gone() is None
