"""Long texts in pieces that a model can read whole."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.passages import Passage, passages

TEXT = "".join(f"Satz Nummer {number} über Holz. " for number in range(40)).strip()


def words(text: str) -> int:
    return len(text.split())


def test_a_short_text_is_one_piece() -> None:
    """What a model can read whole is not cut; an empty text has no piece."""
    assert passages(" Ein Tisch. ", words, 8) == [Passage(1, 11, "Ein Tisch.", 2)]
    assert passages(" \n ", words, 8) == []


def test_a_long_text_is_cut_where_sentences_end() -> None:
    """Every piece holds whole sentences and as many as fit."""
    pieces = passages(TEXT, words, 22)
    assert all(piece.text.startswith("Satz") and piece.text.endswith(".") for piece in pieces)
    assert {piece.tokens for piece in pieces[:-1]} == {20}


def test_neighbours_overlap() -> None:
    """A piece begins with the last sentence of the one before, where that is short enough."""
    pieces = passages(TEXT, words, 40)
    assert all(one.end > other.start for one, other in pairwise(pieces))


def test_an_abbreviation_is_no_end() -> None:
    """A dot before a small letter cuts no sentence."""
    [first, *_] = passages("Er misst ca. drei Meter. Er ist hoch und breit genug.", words, 8)
    assert first.text == "Er misst ca. drei Meter."


def test_what_has_no_border_is_cut_all_the_same() -> None:
    """A sentence without an end, and a word without one, are cut until they fit."""
    assert max(piece.tokens for piece in passages("wort " * 100, words, 8)) <= 8
    assert max(piece.tokens for piece in passages("x" * 1000, len, 8)) <= 8


@given(st.text(st.sampled_from("ab .!?\nÄ"), max_size=300), st.integers(8, 40))
def test_nothing_is_lost_or_too_long(text: str, longest: int) -> None:
    """Each piece fits and is a part of the text; together they hold all that is no space."""
    pieces = passages(text, len, longest)
    assert all(len(piece.text) <= longest for piece in pieces)
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces)
    covered = {place for piece in pieces for place in range(piece.start, piece.end)}
    assert all(place in covered for place, sign in enumerate(text) if not sign.isspace())
    assert [piece.start for piece in pieces] == sorted({piece.start for piece in pieces})
