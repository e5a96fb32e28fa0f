"""Progress on stderr: a live bar on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

from handwerk.entrypoints.cli.text import printable

_LINES = 10


class Bar(Protocol):
    """Shows how far the work is."""

    def say(self, line: str) -> None:
        """Print a line that stays."""
        ...

    def now(self, word: str) -> None:
        """Show that something else is being done, no one knows how far."""
        ...

    def tell(self, share: float, note: str | None = None) -> None:
        """Show that `share` (0 to 1) is done, with a note on it."""
        ...


@contextmanager
def progress(word: str) -> Iterator[Bar]:
    """A bar that is gone when the context is left; `word` says what is being done."""
    with bars() as begin:
        yield begin(word)


@contextmanager
def bars() -> Iterator[Callable[[str], Bar]]:
    """Any number of bars, one below the other, each begun with its word."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        Elapsed(),
    )
    with Progress(*columns, console=console, transient=True) as live:
        yield partial(_Live, live)


class _Live:
    def __init__(self, live: Progress, word: str) -> None:
        self._live = live
        self._word = word
        self._task = live.add_task(word, total=None)

    def say(self, line: str) -> None:
        self._live.console.print(printable(line), markup=False, highlight=False)

    def now(self, word: str) -> None:
        self._word = word
        # A total once set can't be taken back from a task.
        self._live.remove_task(self._task)
        self._task = self._live.add_task(word, total=None)

    def tell(self, share: float, note: str | None = None) -> None:
        told = f"{self._word}: {printable(note)}" if note else self._word
        self._live.update(self._task, total=1.0, completed=share, description=told)


class _Lines:
    """One line for each thing that takes a while, and one for each tenth of it."""

    def __init__(self, word: str) -> None:
        self._word = word
        self._tenth: int | None = None

    def say(self, line: str) -> None:
        click.echo(printable(line), err=True)

    def now(self, word: str) -> None:
        self._word, self._tenth = word, 0
        self.say(word)

    def tell(self, share: float, note: str | None = None) -> None:
        tenth = int(share * _LINES)
        if tenth == self._tenth:
            return
        self._tenth = tenth
        done = f": {tenth * 100 // _LINES} %" if tenth else ""
        self.say(f"{self._word}{done} ({note})" if note else f"{self._word}{done}")
