"""The share of a query's words that a text holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.overlap import MAX_SHARED, Wording, overlap, shared_words, wanted

TEXT = Wording.of(
    "Einbauschrank Diele\nMöbel\nEiche\nWandschrank aus massiver Eiche mit vier Drehtüren, "
    "Maße 3 m², Schaum RG 4050"
)


def share(query: str, text: Wording = TEXT) -> float:
    return overlap(wanted(query), text)


def test_all_words_found_is_one() -> None:
    """A query whose words all occur overlaps fully, in whatever order, case and spelling."""
    assert share("EICHE wandschrank drehtueren") == 1.0


def test_no_word_found_is_zero() -> None:
    """A query about something else does not overlap."""
    assert share("Hochbett Kinderzimmer") < 0.1
    assert share("🙂") == 0.0


def test_parts_of_words_count_in_part() -> None:
    """An inflected or compound form is found in part: more than a stranger, less than the word."""
    assert share("Haustür") < share("Drehtür") < share("Drehtüren")
    assert 0.4 < share("massive") < 1


def test_function_words_say_nothing() -> None:
    """Words like "aus" and "mit" don't make two texts alike, unless nothing else is asked."""
    assert share("mit der Wendeltreppe aus Stahl") == share("Wendeltreppe Stahl")
    assert share("mit") == 1.0


def test_a_longer_word_weighs_more() -> None:
    """Finding the long word of a query counts more than finding the short one."""
    assert share("Wandschrank Kork") > share("Sauna Maße")


def test_shared_words_are_those_of_the_text() -> None:
    """The reason names words as they are written in the text, in the order of the query."""
    assert shared_words(wanted("massive Eiche, rg 4050, Sauna"), TEXT) == (
        "massiver",
        "Eiche",
        "RG",
        "4050",
    )


def test_shared_words_are_few() -> None:
    """However long the query, a person reads no more than a handful of words."""
    query = "Einbauschrank Diele Möbel Eiche Wandschrank Drehtüren Maße Schaum"
    assert len(shared_words(wanted(query), TEXT)) == MAX_SHARED


def test_the_best_word_is_named() -> None:
    """Where several words hold parts of the wanted one, the fullest is named."""
    text = Wording.of("Schranktür, Wandschränke und ein Wandschrank")
    assert shared_words(wanted("Wandschrank"), text) == ("Wandschrank",)


def test_a_long_text_is_compared_as_a_short_one() -> None:
    """Beyond the length from which a set of n-grams is used, the answers stay the same."""
    filler = "Treppe Geländer Handlauf " * 200
    long = Wording.of(f"{' '.join(TEXT.written)} {filler}")
    for query in ("Wandschrank", "massive Eiche", "RG 4050", "Hochbett", "Schränke aus Buche"):
        assert share(query, long) >= share(query)
    assert share("massive Eichen", long) == share("massive Eichen")
    assert shared_words(wanted("massive Eiche"), long) == ("massiver", "Eiche")


@given(st.text(), st.text())
def test_an_overlap_is_a_share(query: str, text: str) -> None:
    """Whatever is compared, the overlap is from 0 to 1."""
    assert 0 <= share(query, Wording.of(text)) <= 1


@given(st.text(min_size=1))
def test_a_text_holds_itself(text: str) -> None:
    """A text with a word in it overlaps with itself fully."""
    expected = 1.0 if wanted(text) else 0.0
    assert share(text, Wording.of(text)) == pytest.approx(expected)


@given(st.text(), st.text())
def test_shared_words_are_words_of_the_text(query: str, text: str) -> None:
    """Whatever is compared, each word that is named stands in the text."""
    wording = Wording.of(text)
    assert set(shared_words(wanted(query), wording)) <= set(wording.written)
