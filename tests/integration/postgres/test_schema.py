"""The schema: there and back, as the tables say, and never a newer one."""

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.postgres.schema import current_revision, downgrade, migrate
from handwerk.adapters.postgres.tables import metadata
from handwerk.domain.kernel.errors import Unavailable


def test_migrations_run_forward_and_back_and_forward(database_urls: DatabaseUrls) -> None:
    """Every migration can be undone and done again, and leaves nothing behind."""
    migrate(database_urls.owner, database_urls.app)
    newest = current_revision(database_urls.owner)
    downgrade(database_urls.owner, database_urls.app)
    assert current_revision(database_urls.owner) is None
    assert _objects(database_urls) == []
    migrate(database_urls.owner, database_urls.app)
    assert current_revision(database_urls.owner) == newest


def test_migrating_twice_changes_nothing(database_urls: DatabaseUrls) -> None:
    """A second start finds the schema as it is."""
    migrate(database_urls.owner, database_urls.app)
    migrate(database_urls.owner, database_urls.app)
    assert current_revision(database_urls.owner)


def test_the_tables_are_what_the_migrations_make(database_urls: DatabaseUrls) -> None:
    """`tables/` and `migrations/` say the same."""
    migrate(database_urls.owner, database_urls.app)
    url = database_urls.owner.replace("postgresql://", "postgresql+psycopg://")
    with create_engine(url, poolclass=NullPool).connect() as connection:
        options = {"version_table": "schema_version", "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_a_newer_schema_is_refused(database_urls: DatabaseUrls) -> None:
    """A database that a newer release wrote is left alone, in clear words."""
    migrate(database_urls.owner, database_urls.app)
    with psycopg.connect(database_urls.owner) as connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="written by a newer one"):
        migrate(database_urls.owner, database_urls.app)
    assert current_revision(database_urls.owner) == "9999"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_history SET action = 'x'",
        "DELETE FROM record_history",
        "TRUNCATE record_history",
        "DROP TABLE project",
    ],
)
def test_the_application_cannot_touch_history_or_schema(
    database_urls: DatabaseUrls, statement: str
) -> None:
    """The application's role has no right to change history or to drop a table."""
    migrate(database_urls.owner, database_urls.app)
    with (
        psycopg.connect(database_urls.app) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def _objects(urls: DatabaseUrls) -> list[str]:
    query = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relname NOT LIKE 'schema_version%'
        UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """
    with psycopg.connect(urls.owner) as connection:
        return [str(row[0]) for row in connection.execute(query)]
