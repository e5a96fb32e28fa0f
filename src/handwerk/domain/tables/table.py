"""A table as rows of cells, whatever file it comes from."""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from handwerk.domain.tables.cells import Cell, Flaw, shown
from handwerk.domain.tables.language import Said


class Row(msgspec.Struct, frozen=True):
    """One row, counted as a spreadsheet does; `problem` says why its cells can't be had."""

    number: int
    cells: list[Cell]
    problem: Said | None = None

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return self.problem is None and not any(map(_is_filled, self.cells))

    @property
    def texts(self) -> list[str]:
        """The cells as texts, without blanks around them."""
        return [shown(cell) for cell in self.cells]


def _is_filled(cell: Cell) -> bool:
    if isinstance(cell, str):
        return bool(cell) and not cell.isspace()
    return not isinstance(cell, Flaw) or bool(cell.text)


class Table(Protocol):
    """A table that can be read as often as one likes, from the top, in bounded memory."""

    @property
    def is_text(self) -> bool:
        """Whether its cells are parted by signs, so that one too many has moved the others."""
        ...

    @property
    def counts_from_1904(self) -> bool:
        """Whether its days are counted from 1904, not from 1900."""
        ...

    def rows(self) -> Iterator[Row]:
        """Every row in order, the heading among them. One iterator at a time may be used."""
        ...

    def close(self) -> None:
        """Let go of what it takes on disk."""
        ...
