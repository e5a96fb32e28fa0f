"""The database and its two roles: the owner migrates, the application only reads and writes."""

import psycopg
from psycopg import sql

from handwerk.adapters.embedded.listening import LOOPBACK
from handwerk.adapters.embedded.postgres import SUPERUSER
from handwerk.domain.kernel.errors import Unavailable

DATABASE = "handwerk"
OWNER = "handwerk_owner"
APPLICATION = "handwerk_app"
BACKUP = "handwerk_backup"


def ensure_roles(
    port: int, superuser_password: str, owner: str, application: str, backup: str
) -> None:
    """Make the database and its roles where they are missing, and set the given passwords."""
    try:
        with psycopg.connect(
            host=LOOPBACK,
            port=port,
            user=SUPERUSER,
            password=superuser_password,
            dbname="postgres",
            sslmode="disable",
            connect_timeout=10,
            autocommit=True,
        ) as connection:
            # CREATEDB, so that tests and rehearsed restores can make databases beside it.
            _ensure_role(connection, OWNER, owner, "CREATEDB")
            _ensure_role(connection, APPLICATION, application, "NOCREATEDB")
            # Reads every page and all changes, and can write nothing.
            _ensure_role(connection, BACKUP, backup, "REPLICATION")
            # To see how far it has come.
            connection.execute(
                sql.SQL("GRANT pg_read_all_stats TO {}").format(sql.Identifier(BACKUP))
            )
            _ensure_database(connection)
    except psycopg.Error as error:
        raise Unavailable(f"The database's roles could not be set up: {error}") from error


def _ensure_role(connection: psycopg.Connection, name: str, password: str, right: str) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    # Hashed here: the password itself is in no statement, so in no log either.
    hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
    statement = sql.SQL(
        "{verb} ROLE {name} WITH LOGIN NOSUPERUSER NOCREATEROLE {right} PASSWORD {hashed}"
    )
    connection.execute(
        statement.format(
            verb=sql.SQL("ALTER" if found else "CREATE"),
            name=sql.Identifier(name),
            right=sql.SQL(right),
            hashed=sql.Literal(hashed.decode()),
        )
    )


def _ensure_database(connection: psycopg.Connection) -> None:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    if connection.execute(query, (DATABASE,)).fetchone() is None:
        statement = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
