"""The `handwerk` command. Subcommands are imported when they are used: help comes at once."""

import click

from handwerk.entrypoints.cli.lazy import LazyGroup

_COMMANDS = "handwerk.entrypoints.cli.commands"


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`handwerk COMMAND --help` shows examples.",
)
@click.version_option(package_name="handwerk")
def cli() -> None:
    """What a craft job should cost, how sure that is, and which past jobs say so.

    Commands talk to the server that runs on the data folder (HANDWERK_DATA_DIR); where none runs
    they open the folder themselves. --url and --token reach any other server.
    """


cli.later(
    "import",
    f"{_COMMANDS}.importing:import_group",
    "Bring in past work, materials and prices from tables.",
)
cli.later(
    "export", f"{_COMMANDS}.exporting:export_group", "Take projects or materials out as a table."
)
cli.later(
    "migrate-from",
    f"{_COMMANDS}.migrating:migrate_from",
    "Move over from the original: its database and its documents.",
)
cli.later(
    "documents", f"{_COMMANDS}.documents:documents", "Keep, read and find offers and invoices."
)
cli.later("train", f"{_COMMANDS}.training:train", "Learn prices from finished projects.")
cli.later(
    "models", f"{_COMMANDS}.models:models", "List price models, and choose which one answers."
)
cli.later("search", f"{_COMMANDS}.searching:search", "Find past projects that are like a text.")
cli.later(
    "search-quality", f"{_COMMANDS}.quality:search_quality", "Measure the search on judged queries."
)
cli.later("reindex", f"{_COMMANDS}.reindexing:reindex", "Bring the search index up to date.")
cli.later("estimate", f"{_COMMANDS}.estimating:estimate", "Say what a job should cost, and why.")
cli.later("jobs", f"{_COMMANDS}.jobs:jobs", "Watch the work that runs in the background.")
cli.later("backup", f"{_COMMANDS}.backup:backup", "Back everything up, encrypted and proved.")
cli.later("restore", f"{_COMMANDS}.backup:restore", "Restore a backup into an empty installation.")
cli.later("doctor", f"{_COMMANDS}.doctor:doctor", "Check the installation, and say what to do.")
cli.later(
    "smoke",
    f"{_COMMANDS}.smoke:smoke",
    "Touch every operation of a running server, and say what fails.",
)
cli.later("user", f"{_COMMANDS}.users:user", "Manage who can sign in.")
cli.later(
    "audit", f"{_COMMANDS}.audit:audit", "Show who changed what, and prove that nothing was lost."
)
