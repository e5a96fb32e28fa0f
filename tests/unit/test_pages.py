"""Cursors: what this server wrote is read back, whatever else is refused by name."""

from uuid import UUID

import msgspec
import pytest

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.pages import LONGEST_CURSOR, Cursor


@pytest.mark.parametrize("value", [None, "", "Bank", "😀" * 255, '"\\' * 127, "\x01" * 255])
def test_the_longest_that_is_issued_is_read_back(value: str | None) -> None:
    """A name of 255 characters, however it is escaped, stays within the bound."""
    cursor = Cursor("-calculated_price", value, new_id())
    assert len(cursor.opaque()) <= LONGEST_CURSOR
    assert Cursor.parse(cursor.opaque()) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "====",
        Cursor("name", "9" * LONGEST_CURSOR, UUID(int=0)).opaque(),
        "W" * 1_000_000,
        msgspec.json.encode(["name"]).decode(),
    ],
)
def test_what_was_not_issued_is_refused_by_name(text: str) -> None:
    """The error names the cursor, and a long one is not even decoded."""
    with pytest.raises(InvalidInput) as refused:
        Cursor.parse(text)
    assert [error.field for error in refused.value.errors] == ["cursor"]
