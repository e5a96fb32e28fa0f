"""Starting and stopping on a data folder."""

import psycopg
import pytest
from tests.integration.databases import DatabaseUrls


def test_application_reads_and_writes_but_makes_no_tables(database_urls: DatabaseUrls) -> None:
    """The application's role can write to a table of the owner's and can't make one."""
    with psycopg.connect(database_urls.owner) as owner:
        owner.execute("CREATE TABLE wood (name text)")
        owner.execute("GRANT SELECT, INSERT ON wood TO handwerk_app")
    with psycopg.connect(database_urls.app) as application:
        application.execute("INSERT INTO wood VALUES ('Eiche')")
        assert application.execute("SELECT name FROM wood").fetchall() == [("Eiche",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TABLE steel (name text)")
