"""A group of commands that are known by name and summary until one of them is used."""

from importlib import import_module
from typing import Any, NamedTuple

import click


class _Later(NamedTuple):
    where: str
    summary: str


class LazyGroup(click.Group):
    """A group whose help imports none of the commands that were given to `later`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._later: dict[str, _Later] = {}

    def later(self, name: str, where: str, summary: str) -> None:
        """Add the command `name` that is found at `where` (`module:attribute`) once it is used."""
        self._later[name] = _Later(where, summary)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which they were added."""
        return [*self._later, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported where it was not yet."""
        if cmd_name not in self._later:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._later[cmd_name].where.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and summaries."""
        rows = [(name, self._summary(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _summary(self, ctx: click.Context, name: str) -> str:
        if name in self._later:
            return self._later[name].summary
        command = super().get_command(ctx, name)
        return command.get_short_help_str(80) if command else ""
