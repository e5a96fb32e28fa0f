"""Counts that are kept for a moment."""

from handwerk.adapters.postgres.keeping import FEW, Kept


class _Rows:
    """Something that can be counted."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.counted = 0

    async def count(self) -> int:
        self.counted += 1
        return self.rows


async def test_few_are_always_counted_anew() -> None:
    """Whoever has just added a row sees it."""
    rows, kept = _Rows(FEW - 2), Kept[int](lambda count: count)
    assert await kept.of("rows", rows.count) == FEW - 2
    rows.rows += 1
    assert await kept.of("rows", rows.count) == FEW - 1


async def test_many_are_counted_once_for_a_while() -> None:
    """Looking often costs no more than looking once."""
    rows, kept = _Rows(FEW), Kept[int](lambda count: count)
    for _ in range(10):
        assert await kept.of("rows", rows.count) == FEW
    assert rows.counted == 1


async def test_counts_of_two_names_do_not_mix() -> None:
    """Each name has its own."""
    kept = Kept[int](lambda count: count)
    assert await kept.of("some", _Rows(FEW).count) == FEW
    assert await kept.of("others", _Rows(2 * FEW).count) == 2 * FEW
