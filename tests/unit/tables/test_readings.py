from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.tables.readings import (
    DAY,
    EUROS,
    QUANTITY,
    TEXT,
    TRUTH,
    WHOLE,
    Kind,
    day_first,
    english_number,
    german_euros,
    german_number,
    month_first,
)

NUMBERS = st.decimals(-(10**9), 10**9, places=2) | st.decimals(0, 10**6, places=3)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
KINDS = [TEXT, QUANTITY, EUROS, WHOLE, DAY, TRUTH]


def english(number: Decimal) -> str:
    return f"{number:,f}"


def german(number: Decimal) -> str:
    return english(number).translate(str.maketrans(",.", ".,"))


@given(NUMBERS)
def test_a_number_written_with_groups_reads_back_in_its_own_form(number: Decimal) -> None:
    """Grouped numbers in either form come back as the number they were written from."""
    assert german_number(german(number)) == number
    assert english_number(english(number)) == number


@given(NUMBERS)
def test_a_number_written_plainly_reads_back(number: Decimal) -> None:
    """Numbers without groups come back too, whichever mark stands before the cents."""
    assert german_number(f"{number:f}".replace(".", ",")) == number
    assert english_number(f"{number:f}") == number


@given(NUMBERS)
def test_the_wrong_form_never_yields_the_right_looking_number(number: Decimal) -> None:
    """Two decimals can't be taken for thousands: the other form refuses such a text."""
    cents = f"{number:.2f}"
    assert german_number(cents) is None
    assert english_number(cents.replace(".", ",")) is None


@given(DAYS)
def test_a_day_reads_back_in_every_form(day: date) -> None:
    """ISO is understood by both readings, the others by their own."""
    assert day_first(day.isoformat()) == month_first(day.isoformat()) == day
    assert day_first(f"{day.day}.{day.month}.{day.year:04}") == day
    assert day_first(f"{day:%d/%m/%Y}") == day
    assert month_first(f"{day.month}/{day.day}/{day.year:04}") == day
    assert month_first(f"{day:%d.%m.%Y}") is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234,56 €", "1234.56"),
        ("€ 1.234,56", "1234.56"),
        ("1\u00a0234,56\u00a0EUR", "1234.56"),
        ("1\u202f234\u202f567", "1234567"),
        ("1.200,-", "1200"),
        ("1.200,-- Euro", "1200"),
        ("\u22125,00", "-5"),
        ("+7", "7"),
        ("0,5", "0.5"),
        ("007", "7"),
        ("1'234,50", "1234.50"),
        ("12,50-", "-12.50"),
        ("12,50 €/m²", "12.50"),
        ("1.234,56 EUR netto", "1234.56"),
    ],
)
def test_german_prices_as_people_write_them(text: str, amount: str) -> None:
    """Currency at either end, hard spaces, a dash for no cents, a real minus sign."""
    assert german_euros(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "abc", "NaN", "inf", "-Infinity", "1e5", "1E+3", "0x10", "1_000", "12 €€ 3"),
        *("1.23.456", "1.2345,00", "12.34,5", "1.234.56", "1,2,3", "1 2", "1.234 567", "01.234"),
        *("5 $", "19 %", "١٢٣", "½", "²", "9" * 41, "12,5 m", "(5)", "-5-", "--5"),
    ],
)
def test_what_is_no_number_in_german_form_is_none(text: str) -> None:
    """Nothing is guessed: other currencies, exponents, odd groups, foreign digits are none."""
    assert german_euros(text) is None


@pytest.mark.parametrize(
    "text", ["31.02.2025", "2025-13-01", "1.1.", "0.0.2025", "20251331", "heute", "1/1"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    """A day that isn't in the calendar is refused."""
    assert day_first(text) is None
    assert month_first(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "31.12.2025",
        "31.12.25",
        "31. 12. 2025",
        "31-12-2025",
        "31/12/25",
        "20251231",
        "2025/12/31",
        "31. Dezember 2025",
        "31. Dez. 2025",
        "31-Dec-25",
        "December 31, 2025",
        "2025-12-31T12:00:00",
        "31.12.2025 14:30",
        "31.12.2025, 14:30 Uhr",
        "2025-12-31T00:00:00.000Z",
    ],
)
def test_days_as_programs_write_them(text: str) -> None:
    """Two digits of a year, names of months, a time of day behind: it is the same day."""
    assert day_first(text) == date(2025, 12, 31)


def test_a_time_in_another_zone_could_be_another_day() -> None:
    """Half past eleven at night in London is the next day here; midnight is just a day."""
    assert day_first("2025-12-31T23:30:00Z") is None


@pytest.mark.parametrize("text", ["12,5 m²", "12,5 qm", "12,5m2", "12,5 Std.", "12,5 h"])
def test_a_quantity_may_carry_its_unit(text: str) -> None:
    """The unit stands in the cell where a form has it there."""
    assert QUANTITY.german(text) == Decimal("12.5")


def test_words_for_yes_and_no() -> None:
    """Each form has its own words, whatever their case; 1, 0, x and n belong to both."""
    assert [TRUTH.german(word) for word in ("Ja", "WAHR", "x", "1")] == [True] * 4
    assert [TRUTH.german(word) for word in ("nein", "FALSCH", "0", "N")] == [False] * 4
    assert [TRUTH.english(word) for word in ("Yes", "TRUE", "no", "false")] == [
        True,
        True,
        False,
        False,
    ]
    assert TRUTH.german("yes") is TRUTH.english("ja") is TRUTH.german("vielleicht") is None


def test_whole_numbers_have_nothing_behind_the_point() -> None:
    """3,0 is whole and 3,5 is not."""
    assert WHOLE.german("3,0") == WHOLE.english("3") == 3
    assert WHOLE.german("3,5") is None


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=60))
def test_no_text_makes_a_reading_fail(kind: Kind, text: str) -> None:
    """Whatever stands in a cell, it is a value or `None`, and no number is NaN or infinite."""
    for value in (kind.german(text), kind.english(text)):
        assert value is None or not isinstance(value, Decimal) or value.is_finite()


@given(DAYS, st.integers(0, 400))
def test_both_readings_of_a_slashed_day_agree_only_on_equal_numbers(day: date, later: int) -> None:
    """3/4 is two days, 4/4 is one: the forms never silently agree on different days."""
    day += timedelta(days=later)
    text = f"{day.month}/{day.day}/{day.year:04}"
    assert (day_first(text) == month_first(text)) == (day.month == day.day)
