"""Codes, measures and numbers, written alike."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.codes import codes, digits_of, plain, readings, rows_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RG 4050", "Schaum RG4050, 8 cm"),
        ("rg 4050", "RG-4050"),
        ("DIN 68800", "nach DIN 68800"),
        ("DIN 14351-1", "DIN EN 14351-1"),
        ("DIN 18355", "VOB/C DIN 18 355"),
        ("T 30", "T30-Tür"),
        ("RAL 7016", "anthrazit RAL7016"),
        ("27 mm", "27,0 mm"),
        ("27mm", "Stärke 27 mm"),
        ("2,7 cm", "27 mm"),
        ("2,40 x 0,60", "240 x 60 cm"),
        ("2,40 m x 0,60 m", "2400 x 600 mm"),
        ("600x1200", "600 \N{MULTIPLICATION SIGN} 1200 mm"),
        ("38 qm", "38 m²"),
        ("1.200 mm", "1200mm"),
        ("42dB", "Rw 42 dB"),
        ("C25/30", "Beton C 25/30"),
        ("4711-08/15", "Art.-Nr. 4711-08/15"),
        ("DN100", "Fallrohr DN 100"),
    ],
)
def test_one_finds_the_other(one: str, other: str) -> None:
    """The most exact reading of a code is among the readings of the same code written otherwise."""
    assert codes(one)
    assert all(code.readings[0] in readings(other) for code in codes(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RG 4050", "RG 4060"),
        ("27 mm", "28 mm"),
        ("27 mm", "27 Stück"),
        ("T30", "T90"),
        ("2,40 m", "240 Stück"),
    ],
)
def test_one_does_not_find_another(one: str, other: str) -> None:
    """Near is not exact."""
    assert codes(one)[0].readings[0] not in readings(other)


@pytest.mark.parametrize("text", ["", "Treppe", "m² im Bad", "🪚"])
def test_words_are_no_codes(text: str) -> None:
    """Without a digit, or with a unit alone, there is none."""
    assert codes(text) == []


@given(st.text(max_size=200))
def test_codes_stand_where_they_say(text: str) -> None:
    """Whatever the text: places are in order, apart, and hold a digit."""
    found = codes(text)
    said = plain(text)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(any(map(str.isdigit, said[code.start : code.end])) for code in found)
    assert all(code.readings for code in found)
    assert {code.readings[0] for code in found} <= readings(text)


signs = st.text("aAcCmRG 0124.,/-x²_", max_size=30)


@given(signs | st.text(max_size=60), signs | st.text(max_size=60))
def test_no_text_is_spared_that_holds_a_code(query: str, text: str) -> None:
    """Where any reading of a code is among those of a text, its digits are seen in the text."""
    for code in codes(query):
        if readings(text) & set(code.readings):
            assert rows_of(text).may_hold([digits_of(code)])


def test_texts_without_the_digits_are_spared() -> None:
    """Other numbers, and no numbers, are told at a glance; units and zeros make no difference."""
    [code] = codes("27,0 mm")
    digits = [digits_of(code)]
    assert not rows_of("Eiche, 28 mm, 4 Stück").may_hold(digits)
    assert not rows_of("Wandschrank").may_hold(digits)
    assert rows_of("2,7 cm").may_hold(digits)
