"""The `handwerk` command."""

import click


@click.group()
def cli() -> None:
    """What a craft job should cost, how sure that is, and which past jobs say so."""
