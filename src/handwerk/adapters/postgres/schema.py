"""Brings a database to the schema of this release; refuses one that is newer."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from handwerk.domain.kernel.errors import Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do, as long as every process that migrates takes the same.
_MIGRATION_LOCK = 7_209_313


def migrate(owner_url: str, application_url: str) -> None:
    """Bring the database at `owner_url` to this release's schema, one process at a time.

    The role of `application_url` is granted what the application needs. A schema that this release
    does not know raises `Unavailable` and is left alone. Everything happens in one transaction.
    """
    with _connection(owner_url) as connection, connection.begin():
        config = _config(connection, application_url)
        current = _current(connection)
        if not _is_known(config, current):
            raise Unavailable(
                f"The database has schema {current}, which this release does not know: it was "
                "written by a newer one. Start that release, or restore an older backup."
            )
        command.upgrade(config, "head")


def downgrade(owner_url: str, application_url: str, revision: str = "base") -> None:
    """Take the schema back to `revision`; the data of what is dropped are lost."""
    with _connection(owner_url) as connection, connection.begin():
        command.downgrade(_config(connection, application_url), revision)


def current_revision(owner_url: str) -> str | None:
    """The schema's revision, `None` for an empty database."""
    with _connection(owner_url) as connection:
        return _current(connection)


def _config(connection: Connection, application_url: str) -> Config:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    role = make_url(application_url).username or "handwerk_app"
    config.attributes["connection"] = connection
    config.attributes["application_role"] = '"' + role.replace('"', '""') + '"'
    return config


def _connection(url: str) -> Connection:
    psycopg_url = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(psycopg_url, poolclass=NullPool).connect()


def _current(connection: Connection) -> str | None:
    options = {"version_table": "schema_version"}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _is_known(config: Config, revision: str | None) -> bool:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return revision is None or revision in known
