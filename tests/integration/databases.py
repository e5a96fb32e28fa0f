"""Fresh databases for tests, on whichever PostgreSQL the session runs on."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import msgspec
import psycopg
from psycopg import sql


class DatabaseUrls(msgspec.Struct, frozen=True):
    """One database as its owner (migrates) and as the application (reads and writes) see it."""

    owner: str
    app: str


@contextmanager
def fresh_database(server: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """An empty database beside the one that `server` names, dropped at the end."""
    name = f"handwerk_test_{uuid4().hex[:12]}"
    with psycopg.connect(server.owner, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield DatabaseUrls(_renamed(server.owner, name), _renamed(server.app, name))
        finally:
            _drop(connection, name)


@contextmanager
def copied_database(source: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """A copy of a database that nobody is connected to, dropped at the end."""
    original, name = urlsplit(source.owner).path[1:], f"handwerk_copy_{uuid4().hex[:12]}"
    with psycopg.connect(_renamed(source.owner, "postgres"), autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(original)))
        try:
            yield DatabaseUrls(_renamed(source.owner, name), _renamed(source.app, name))
        finally:
            _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    # Plain first: FORCE is refused while an autovacuum worker, the superuser's, is in there.
    drop = sql.SQL("DROP DATABASE {}").format(sql.Identifier(name))
    try:
        connection.execute(drop)
    except psycopg.errors.ObjectInUse:
        connection.execute(drop + sql.SQL(" WITH (FORCE)"))


def _renamed(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
