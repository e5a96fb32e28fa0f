"""How a price from a table takes its place among those that are there.

In a table that says when prices end, periods are taken at their word. In one that does not, each
price holds until the next one of its region begins.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from handwerk.domain.materials.prices import ONE_DAY, MaterialPrice, Revision


class Overlap(Exception):
    """Another price of the material in that region holds at that time."""

    def __init__(self, other: MaterialPrice) -> None:
        super().__init__()
        self.other = other


def placed(
    history: Sequence[MaterialPrice], new: MaterialPrice, *, ends_are_told: bool
) -> Revision:
    """What `new` does to its material's history; nothing where it is there already.

    What this import has brought before has the same `created_at` as `new`. `Overlap` names a price
    that can't give way: one of the same table, or one with an end of its own. A price that was
    there and begins on the same day is corrected; one until further notice ends the day before.
    """
    own = [price for price in history if price.region == new.region]
    if ends_are_told:
        return _by_word(own, new)
    return _until_next(own, new)


def held_already(history: Sequence[MaterialPrice], new: MaterialPrice) -> bool:
    """Whether the price that holds on the first day is the same."""
    return any(
        old.region == new.region and old.price == new.price and old.holds_on(new.valid_from)
        for old in history
    )


def _by_word(own: Sequence[MaterialPrice], new: MaterialPrice) -> Revision:
    changed = None
    for old in own:
        if not old.overlaps(new):
            continue
        if _says(old) == _says(new):
            return Revision()
        if changed is not None or old.created_at == new.created_at:
            raise Overlap(old)
        changed = _given_way(old, new)
    if changed is not None and changed.valid_from == new.valid_from:
        return Revision(changed=changed)
    return Revision(added=new, changed=changed)


def _given_way(old: MaterialPrice, new: MaterialPrice) -> MaterialPrice:
    if old.valid_from == new.valid_from and old.valid_to in {None, new.valid_to}:
        return msgspec.structs.replace(old, price=new.price, valid_to=new.valid_to)
    if old.valid_to is None and old.valid_from < new.valid_from:
        return msgspec.structs.replace(old, valid_to=new.valid_from - ONE_DAY)
    raise Overlap(old)


def _until_next(own: Sequence[MaterialPrice], new: MaterialPrice) -> Revision:
    same_day = next((old for old in own if old.valid_from == new.valid_from), None)
    if same_day is not None:
        if same_day.price == new.price:
            return Revision()
        if same_day.created_at == new.created_at:
            raise Overlap(same_day)
        return Revision(changed=msgspec.structs.replace(same_day, price=new.price))
    later = [old.valid_from for old in own if old.valid_from > new.valid_from]
    ending = min(later) - ONE_DAY if later else None
    held = next((old for old in own if old.holds_on(new.valid_from)), None)
    added = msgspec.structs.replace(new, valid_to=ending)
    if held is None:
        return Revision(added=added)
    if held.valid_to is not None and held.created_at != new.created_at:
        raise Overlap(held)
    return Revision(
        added=added, changed=msgspec.structs.replace(held, valid_to=new.valid_from - ONE_DAY)
    )


def _says(price: MaterialPrice) -> tuple[object, date, date | None]:
    return (price.price, price.valid_from, price.valid_to)
