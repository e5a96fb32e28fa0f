"""What commands print: JSON for scripts, tables and sentences for people."""

import sys
from collections.abc import Iterable, Sequence

import click
import msgspec
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from handwerk.entrypoints.cli.text import printable

# Where nobody looks at a terminal, lines are this long.
PLAIN_WIDTH = 120
_ENCODER = msgspec.json.Encoder(decimal_format="number")

as_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the answer as JSON, for scripts."
)


def examples(*lines: str) -> str:
    """The end of a command's help."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def print_json(value: object) -> None:
    """Print what was answered as JSON, indented."""
    click.echo(msgspec.json.format(_ENCODER.encode(value), indent=2))


def say(sentence: str, style: str = "") -> None:
    """Print a sentence; in a style where it is a terminal."""
    console = _console()
    console.print(Text(printable(sentence), style=style), soft_wrap=not console.is_terminal)


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under headings, indented by two; `>` before a heading aligns it to the right."""
    headed = any(column.removeprefix(">") for column in columns)
    table = Table(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=headed
    )
    for column in columns:
        side: JustifyMethod = "right" if column.startswith(">") else "left"
        table.add_column(column.removeprefix(">"), justify=side, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = _console()
    with console.capture() as printed:
        console.print(Padding(table, (0, 0, 0, 2), expand=False))
    click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def _console() -> Console:
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, highlight=False, markup=False)
