"""What descriptions tell."""

from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.pricing.descriptions import (
    MAX_NUMBERS,
    MAX_TERMS,
    read,
    telling_numbers,
    telling_words,
)


def test_numbers_are_known_by_the_words_beside_them() -> None:
    """Both neighbours name a number, and each of them alone."""
    told = read("Treppe, 14 Stufen, Laufbreite 90,5 cm")
    assert told.numbers["|stufen"] == 14
    assert told.numbers["laufbreite|cm"] == 90.5
    assert "laufbreite" in told.words


def test_a_number_that_many_jobs_have_is_told_once() -> None:
    """The number of steps is one column, not three; a number that never changes is none."""
    told = [read(f"Treppe mit {count} Stufen, Norm 18065") for count in range(10, 30)]
    assert telling_numbers(told) == ["mit|stufen"]


def test_words_of_everybody_and_of_nobody_tell_nothing() -> None:
    """Only what some jobs have and others have not can matter."""
    told = [read(f"Treppe {'im Altbau' if at % 3 == 0 else ''}") for at in range(30)]
    assert telling_words([*told, read("Sonderwunsch")]) == ["altbau"]


@given(st.lists(st.text(max_size=300), max_size=30))
def test_any_text_can_be_read(texts: list[str]) -> None:
    """Whatever stands there, nothing breaks, and columns stay few."""
    told = [read(text) for text in texts]
    assert len(telling_numbers(told)) <= MAX_NUMBERS
    assert len(telling_words(told)) <= MAX_TERMS


def test_no_description_tells_nothing() -> None:
    """Missing and empty are the same."""
    assert read(None) == read("")
