"""How a new price takes its place in a history."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.money import MAX_EUROS
from handwerk.domain.materials.errors import OverlappingPrices
from handwerk.domain.materials.prices import (
    MaterialPrice,
    PriceInput,
    Revision,
    begun,
    new_price,
    price_on,
    set_today,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST = date(2026, 1, 1)
OAK = new_id()
DAYS = some.integers(0, 60).map(lambda days: FIRST + timedelta(days=days))
EUROS = some.decimals(0, MAX_EUROS, places=2)


def told(
    start: date, end: date | None = None, region: str | None = None, price: str = "1"
) -> PriceInput:
    return PriceInput(price=Decimal(price), region=region, valid_from=start, valid_to=end)


def day(number: int) -> date:
    return date(2026, 1, number)


def after(history: Sequence[MaterialPrice], revision: Revision) -> list[MaterialPrice]:
    """The history once the revision is made."""
    kept: dict[UUID, MaterialPrice] = {price.id: price for price in history}
    if revision.removed is not None:
        del kept[revision.removed.id]
    for price in (revision.changed, revision.added):
        if price is not None:
            kept[price.id] = price
    return sorted(kept.values(), key=lambda price: price.valid_from)


def history_of(*prices: PriceInput) -> list[MaterialPrice]:
    history: list[MaterialPrice] = []
    for price in prices:
        history = after(history, begun(history, new_price(price, OAK, now=NOW)))
    return history


@given(some.lists(some.tuples(DAYS, some.none() | DAYS, some.sampled_from([None, "Bayern"]))))
def test_whatever_is_told_prices_never_overlap(said: list[tuple[date, date | None, str]]) -> None:
    """Of any sequence of prices those that are taken leave one price at most for each day."""
    history: list[MaterialPrice] = []
    for start, end, region in said:
        try:
            price = new_price(told(start, end, region), OAK, now=NOW)
            history = after(history, begun(history, price))
        except (InvalidInput, OverlappingPrices):
            continue
    assert not any(one.overlaps(other) for one, other in combinations(history, 2))
    assert all(price.valid_to is None or price.valid_to >= price.valid_from for price in history)


@given(some.lists(some.tuples(DAYS, some.none() | EUROS), max_size=12))
def test_a_price_set_today_holds_today(said: list[tuple[date, Decimal | None]]) -> None:
    """Whatever was set on days before, in order, the last one set is the price of that day."""
    history: list[MaterialPrice] = []
    for today, price in sorted(said, key=lambda each: each[0]):
        before = history
        revision = set_today(history, OAK, price, today=today, now=NOW)
        history = after(history, revision)
        held = price_on(history, today)
        assert (None if held is None else held.price) == price
        for past in (FIRST + timedelta(days=number) for number in range((today - FIRST).days)):
            assert price_on(history, past) == price_on(before, past) or same(history, before, past)
    assert not any(one.overlaps(other) for one, other in combinations(history, 2))


def same(one: Sequence[MaterialPrice], other: Sequence[MaterialPrice], on: date) -> bool:
    """Whether both histories tell the same price on that day."""
    first, second = price_on(one, on), price_on(other, on)
    return first is not None and second is not None and first.price == second.price


def test_a_price_until_further_notice_ends_when_the_next_begins() -> None:
    """It ends the day before, and both are there."""
    first, second = history_of(told(day(1)), told(day(10), price="2"))
    assert (first.valid_from, first.valid_to) == (day(1), day(9))
    assert (second.valid_from, second.valid_to) == (day(10), None)


def test_what_ends_leaves_a_gap() -> None:
    """After a price with a last day there is none, until another is told."""
    history = history_of(told(day(1)), told(day(10), day(12), price="2"))
    prices = [price_on(history, day(number)) for number in (9, 10, 12, 13)]
    assert [price and price.price for price in prices] == [1, 2, 2, None]


@pytest.mark.parametrize(
    ("start", "end"),
    [(10, 20), (10, None), (5, 10), (20, 25), (12, 15), (1, 31), (5, None), (20, None)],
)
def test_an_overlap_is_refused(start: int, end: int | None) -> None:
    """A price with a last day gives way to nothing, whether hit at its start, middle or end."""
    history = history_of(told(day(10), day(20)))
    new = new_price(told(day(start), day(end) if end else None), OAK, now=NOW)
    with pytest.raises(OverlappingPrices):
        begun(history, new)


def test_an_earlier_price_must_end_before_a_later_one() -> None:
    """What is planned is not pushed aside by a price until further notice that begins before."""
    history = history_of(told(day(10)))
    with pytest.raises(OverlappingPrices):
        begun(history, new_price(told(day(5)), OAK, now=NOW))
    assert begun(history, new_price(told(day(5), day(9)), OAK, now=NOW)).changed is None


def test_regions_do_not_touch_each_other() -> None:
    """The same days may have a price in each region and nationwide."""
    history = history_of(told(day(1)), told(day(1), None, "Bayern"), told(day(1), None, "Hessen"))
    assert [price.valid_to for price in history] == [None, None, None]


def test_a_region_comes_before_the_nation() -> None:
    """Its own price counts where it has one that day, else the nationwide one, else none."""
    history = history_of(told(day(5), price="1"), told(day(10), day(12), "Bayern", "2"))
    asked = [
        (4, "Bayern"),
        (5, "Bayern"),
        (10, "Bayern"),
        (10, "Hessen"),
        (10, None),
        (13, "Bayern"),
    ]
    prices = [price_on(history, day(number), region) for number, region in asked]
    assert [price and price.price for price in prices] == [None, 1, 2, 1, 1, 1]


def test_a_second_change_on_one_day_corrects_the_first() -> None:
    """One price is left for that day, with the id that it had; clearing it takes it away."""
    [first] = after([], set_today([], OAK, Decimal(5), today=day(3), now=NOW))
    revision = set_today([first], OAK, Decimal(6), today=day(3), now=NOW)
    assert revision == Revision(changed=msgspec.structs.replace(first, price=Decimal(6)))
    assert set_today([first], OAK, None, today=day(3), now=NOW) == Revision(removed=first)


def test_the_same_price_again_changes_nothing() -> None:
    """Neither a price that holds, nor none where none is."""
    history = history_of(told(day(1)))
    assert set_today(history, OAK, Decimal("1.00"), today=day(9), now=NOW) == Revision()
    assert set_today([], OAK, None, today=day(9), now=NOW) == Revision()


def test_what_is_planned_stays() -> None:
    """A price set today ends the day before the next planned one."""
    history = history_of(told(day(1), day(20)), told(day(21), price="3"))
    history = after(history, set_today(history, OAK, Decimal(2), today=day(5), now=NOW))
    assert [(p.price, p.valid_from, p.valid_to) for p in history] == [
        (Decimal(1), day(1), day(4)),
        (Decimal(2), day(5), day(20)),
        (Decimal(3), day(21), None),
    ]


def test_a_regional_price_is_not_todays() -> None:
    """Setting the nationwide price leaves the regions alone."""
    history = history_of(told(day(1), None, "Bayern", "9"))
    revision = set_today(history, OAK, Decimal(2), today=day(5), now=NOW)
    assert (revision.changed, revision.removed) == (None, None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (told(day(2), day(1)), "valid_to"),
        (told(date(1899, 12, 31)), "valid_from"),
        (told(day(1), price="NaN"), "price"),
        (told(day(1), price="Infinity"), "price"),
        (told(day(1), price="-0.01"), "price"),
        (told(day(1), price="1000000000"), "price"),
        (told(day(1), None, "x" * 101), "region"),
        (told(day(1), None, "a\0b"), "region"),
    ],
)
def test_a_wrong_price_is_refused_by_name(given: PriceInput, field: str) -> None:
    """Each field that is wrong is named, and no other."""
    with pytest.raises(InvalidInput) as refusal:
        new_price(given, OAK, now=NOW)
    assert [error.field for error in refusal.value.errors] == [field]


@pytest.mark.parametrize("region", ["", "  ", None])
def test_an_empty_region_is_nationwide(region: str | None) -> None:
    """So that no two spellings of "nowhere" hide an overlap."""
    assert new_price(told(day(1), None, region), OAK, now=NOW).region is None


@given(EUROS)
def test_a_price_is_kept_to_the_cent(price: Decimal) -> None:
    """What has two decimals stays what it is."""
    given_price = PriceInput(price=price, valid_from=FIRST)
    assert new_price(given_price, OAK, now=NOW).price == price
