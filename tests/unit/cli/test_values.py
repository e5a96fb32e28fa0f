from datetime import date
from decimal import Decimal

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.entrypoints.cli.text import day, euros, percent, printable, quantity
from handwerk.entrypoints.cli.values import DAY, NUMBER


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("0.123", "0.123"),
        ("1.234.567", "1234567"),
        ("-3", "-3"),
    ],
)
def test_numbers_are_read_in_both_forms(text: str, number: str) -> None:
    """A number of one meaning is read, whichever form it has."""
    assert NUMBER.convert(text, None, None) == Decimal(number)


@pytest.mark.parametrize("text", ["1.234", "1,234", "", "NaN", "1e9", "12 €", "٣"])
def test_doubtful_numbers_are_refused(text: str) -> None:
    """A number of two meanings, or of none, is not guessed."""
    with pytest.raises(click.BadParameter):
        NUMBER.convert(text, None, None)


def test_both_meanings_of_a_number_are_told() -> None:
    """A refusal shows what the number could mean."""
    with pytest.raises(click.BadParameter, match="can mean 1234 or 1,234; write 1234, or 1,2340"):
        NUMBER.convert("1.234", None, None)


@pytest.mark.parametrize("text", ["2026-12-31", "31.12.2026", "31/12/2026", "12/31/2026"])
def test_days_are_read_in_every_form_of_one_meaning(text: str) -> None:
    """A day of one meaning is read."""
    assert DAY.convert(text, None, None) == date(2026, 12, 31)


@pytest.mark.parametrize("text", ["03/04/2026", "2026-02-30", "gestern", "", "1.1."])
def test_doubtful_days_are_refused(text: str) -> None:
    """A day of two meanings, or of none, is not guessed."""
    with pytest.raises(click.BadParameter):
        DAY.convert(text, None, None)


@given(st.decimals(-(10**9), 10**9, places=2))
def test_euros_are_read_as_they_are_written(amount: Decimal) -> None:
    """What is printed as euros is the same amount when typed."""
    assert NUMBER.convert(euros(amount).removesuffix(" €"), None, None) == amount


@given(st.dates())
def test_days_are_read_as_they_are_written(when: date) -> None:
    """What is printed as a day is the same day when typed."""
    assert DAY.convert(day(when), None, None) == when


@pytest.mark.parametrize(
    ("amount", "told"),
    [("1234.500", "1.234,5"), ("1200", "1.200"), ("0.00", "0"), ("1E+3", "1.000")],
)
def test_quantities_have_no_idle_zeros(amount: str, told: str) -> None:
    """A quantity has the decimals that it needs."""
    assert quantity(Decimal(amount)) == told


def test_percents_are_german() -> None:
    """A share is told in percent with a comma."""
    assert (percent(0.1364), percent(0.8, 0)) == ("13,6 %", "80 %")


@given(st.text())
def test_printable_text_is_one_line_that_steers_nothing(text: str) -> None:
    """No text can break its line, begin an escape sequence or turn the writing."""
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert not set(shown) & set("\x1b\x9b\r\n\u202e")
    assert len(shown) == len(text)
    shown.encode()


def test_printable_text_keeps_what_people_write() -> None:
    """Umlauts, emoji that are joined, and writing from right to left stay."""
    for text in ("Größe: 5 m²", "👩\u200d🔧 Tischlerin", "خزانة"):
        assert printable(text) == text
