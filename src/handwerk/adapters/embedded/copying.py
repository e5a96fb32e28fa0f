"""Copies of a running database: of its pages, where its role may, else of its rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from handwerk.adapters.embedded.clients import ask, client, output, way_to
from handwerk.domain.backup.model import Method, Names
from handwerk.domain.kernel.errors import Unavailable

CLUSTER = "SELECT system_identifier FROM pg_control_system()"
# Nothing between begin and end of the copy may be recycled; the slot is gone with its connection.
_HOLD = "SELECT pg_create_physical_replication_slot(%s, true, true)"


class PhysicalSource:
    """Fills `Source` by `pg_basebackup`: the log up to its end is in the copy, too."""

    method = Method.PHYSICAL

    def __init__(self, url: str, names: Names) -> None:
        """`url` is of a role that may replicate."""
        self._url = url
        self._names = names

    def cluster(self) -> str | None:
        """The system's identifier."""
        return ask(self._url, CLUSTER)

    def segment(self) -> str | None:
        """The piece of the log that is being written now."""
        return ask(self._url, "SELECT pg_walfile_name(pg_current_wal_lsn())")

    def names(self) -> Names:
        """How the database and its roles are called."""
        return self._names

    def copy(self) -> Iterator[bytes]:
        """A tar archive of the data folder, with a manifest of checksums in it."""
        way, environment = way_to(self._url)
        arguments = [client("pg_basebackup"), "-d", way, "-D", "-", "-F", "tar", "-X", "fetch"]
        arguments += ["-c", "fast", "--no-password", "--manifest-checksums=SHA256"]
        with _held(self._url):
            yield from output(arguments, environment, "The database can't be copied")


class LogicalSource:
    """Fills `Source` by `pg_dump`, which any owner may do; later changes can't be added."""

    method = Method.LOGICAL

    def __init__(self, owner_url: str, names: Names) -> None:
        self._url = owner_url
        self._names = names

    def cluster(self) -> str | None:
        """None: rows have no place to which later changes would fit."""
        return None

    def segment(self) -> str | None:
        """None, too."""
        return None

    def names(self) -> Names:
        """How the database and its roles are called."""
        return self._names

    def copy(self) -> Iterator[bytes]:
        """An archive for `pg_restore`, of one snapshot."""
        yield from dumped(self._url)


def dumped(url: str) -> Iterator[bytes]:
    """An archive for `pg_restore`."""
    way, environment = way_to(url)
    # Uncompressed: it is squeezed like all that is kept.
    arguments = [client("pg_dump"), "-d", way, "-F", "custom", "-Z", "0", "--no-owner"]
    arguments += ["--no-password", "--lock-wait-timeout=60s"]
    return output(arguments, environment, "The database can't be copied")


def names_of(owner_url: str, application_url: str) -> Names:
    """The names in both roles' URLs."""
    owner, application = conninfo_to_dict(owner_url), conninfo_to_dict(application_url)
    return Names(str(owner["user"]), str(application["user"]), str(owner["dbname"]))


@contextmanager
def _held(url: str) -> Iterator[None]:
    try:
        connection = psycopg.connect(url, connect_timeout=10, autocommit=True)
    except psycopg.Error as error:
        raise Unavailable("The database does not answer, or refuses the backup's role.") from error
    with connection:
        name = f"handwerk_copy_{connection.info.backend_pid}"
        try:
            connection.execute(_HOLD, (name,))
        except psycopg.Error as error:
            raise Unavailable(f"The backup's role may not replicate: {error}") from error
        yield
