"""Stems of German words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.ngrams import folded, words
from handwerk.domain.search.stems import stem, stem_of


@pytest.mark.parametrize(
    "same",
    [
        "Schrank Schränke Schränken Schranks",
        "Treppe Treppen",
        "Tür Türen",
        "Innentür Innentüren",
        "lackieren lackiert Lackierung Lack",
        "dämmen gedämmt Dämmung",
        "einbauen eingebaut Einbau",
        "polstern gepolstert Polsterung Polster",
        "Eiche Eichen eichene",
        "Handlauf Handläufe",
        "Stuhl Stühle",
        "massiv massive massiver massives",
        "renovieren renoviert Renovierung",
        "verkleiden verkleidet Verkleidung",
    ],
)
def test_forms_of_a_word_have_one_stem(same: str) -> None:
    """Number, case, participle and noun of a verb."""
    assert len({stem_of(word) for word in same.split()}) == 1


@pytest.mark.parametrize(
    "apart", ["Buch Buche", "Tür Tor", "Wand Wange", "Leiste Leiter", "Bett Brett", "Armatur Tür"]
)
def test_other_words_have_other_stems(apart: str) -> None:
    """What looks alike is not the same."""
    one, other = map(stem_of, apart.split())
    assert one != other
    assert not one.endswith(other)


@given(st.text(max_size=30))
def test_a_stem_is_never_empty(text: str) -> None:
    """And its own stem."""
    for word in words(text):
        bare = stem(folded(word))
        assert bare
        assert len(bare) <= len(folded(word))
