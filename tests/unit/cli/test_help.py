import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from handwerk.entrypoints.cli.lazy import LazyGroup
from handwerk.entrypoints.cli.main import cli

HEAVY = {"torch", "xgboost", "litestar", "sqlalchemy", "numpy", "httpx", "rich", "msgspec"}


def _commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)
        else:
            yield (*path, name)


COMMANDS = list(_commands(cli))


def test_help_imports_nothing_heavy() -> None:
    """`handwerk --help` comes at once, since it loads neither a model nor a client."""
    script = (
        "import sys; from click.testing import CliRunner;"
        "from handwerk.entrypoints.cli.main import cli;"
        "assert 'estimate' in CliRunner().invoke(cli, ['--help']).output;"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603  # our own script
    assert not HEAVY & set(run.stdout.split())


def test_the_commands_are_listed_in_the_order_of_their_use() -> None:
    """Help names every command with its summary."""
    told = CliRunner().invoke(cli, ["--help"]).output
    names = ["import", "train", "search", "estimate", "jobs", "user"]
    places = [told.index(f"  {name} ") for name in names]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["import", "train", "search", "estimate", "jobs", "user"])
def test_a_summary_is_what_the_command_says_itself(name: str) -> None:
    """The summary that help shows without loading a command is the command's own."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    told = CliRunner().invoke(cli, ["--help"]).output
    assert command.get_short_help_str(200) in told


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_teaches_by_example(command: tuple[str, ...]) -> None:
    """The help of each command shows how it is called."""
    result = CliRunner().invoke(cli, [*command, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output
    assert f"handwerk {' '.join(command)}" in result.output


def test_an_unknown_command_is_an_error_of_use() -> None:
    """A typing error is told."""
    assert CliRunner().invoke(cli, ["serach"]).exit_code == 2


def test_a_lazy_group_takes_commands_of_either_kind() -> None:
    """Commands can be added by name, or as they are; both are found and listed."""
    group = LazyGroup("g")
    group.later("import", "handwerk.entrypoints.cli.commands.importing:import_group", "Bring in.")
    group.add_command(click.Command("serve", help="Serve."))
    context = click.Context(group)
    assert group.list_commands(context) == ["import", "serve"]
    assert group.get_command(context, "serve") is not None
    told = CliRunner().invoke(group, ["--help"]).output
    assert "Bring in." in told
    assert "Serve." in told
