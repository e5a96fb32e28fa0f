"""Progress on stderr: a live bar on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

_LINES = 10


class Bar(Protocol):
    """Shows how far the work is."""

    def tell(self, share: float | None, word: str | None = None) -> None:
        """Show `share` (0 to 1; `None` where it is not known), and from now on `word`."""
        ...


@contextmanager
def progress(word: str) -> Iterator[Bar]:
    """A bar that is gone when the context is left."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(word)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        Elapsed(),
    )
    with Progress(*columns, console=console, transient=True) as live:
        yield _Live(live, word)


class _Live:
    def __init__(self, live: Progress, word: str) -> None:
        self._live = live
        self._task = live.add_task(word, total=None)

    def tell(self, share: float | None, word: str | None = None) -> None:
        total = None if share is None else 1.0
        self._live.update(self._task, total=total, completed=share or 0.0)
        if word is not None:
            self._live.update(self._task, description=word)


class _Lines:
    """One line for each word, and one for each tenth of its way."""

    def __init__(self, word: str) -> None:
        self._word = word
        self._tenth: int | None = None

    def tell(self, share: float | None, word: str | None = None) -> None:
        if word is not None and word != self._word:
            self._word, self._tenth = word, None
        tenth = int((share or 0.0) * _LINES)
        if tenth != self._tenth:
            self._tenth = tenth
            click.echo(
                f"{self._word}: {tenth * 100 // _LINES} %" if tenth else self._word, err=True
            )
