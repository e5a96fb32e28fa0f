"""E-mails and names in the table of accounts: sealed, rotated, and never mixed up."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.cryptography import KeyedVault
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.identity import PostgresUsers
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.model import User
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id

OLD, NEW = (
    "the older data key, 32 characters and more",
    "the newer data key, 32 characters and more",
)
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NAMES = ("Änne Größer", "Petra Huber", "José Müller-Lüdenscheidt")


@pytest.fixture
async def database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    migrate(database_urls.owner, database_urls.app)
    database = Database(database_urls.app)
    await database.open()
    yield database
    await database.close()


def _user(number: int) -> User:
    email = f"mensch{number}@firma.example"
    return User(new_id(), email, NAMES[number], Role.VIEWER, True, NOW, NOW, 1)


async def _saved(database: Database, secret: str) -> list[User]:
    users = [_user(number) for number in range(len(NAMES))]
    async with PostgresTransaction(database, KeyedVault([secret])) as tx:
        for user in users:
            tx.users.add(user, "hash")
        await tx.commit()
    return users


async def _written(database: Database) -> str:
    rows = await database.all("SELECT user_account::text FROM user_account")
    return " ".join(row[0] for row in rows)


async def test_the_table_holds_no_name_and_no_email(database: Database) -> None:
    """Neither as text nor as its bytes does a row say whose it is."""
    await _saved(database, OLD)
    written = await _written(database)
    for plain in (*NAMES, "mensch0@firma.example", "firma.example", "Huber"):
        assert plain not in written
        assert plain.encode().hex() not in written


async def test_what_an_older_release_wrote_is_sealed_once(
    database: Database, database_urls: DatabaseUrls
) -> None:
    """Text becomes sealed at the next start, nobody is lost, and a second start finds nothing."""
    ids = [new_id() for _ in NAMES]
    with psycopg.connect(database_urls.owner) as connection:
        for number, user_id in enumerate(ids):
            connection.execute(
                "INSERT INTO user_account (id, email, name, role, is_active, password_hash,"
                " created_at, updated_at, version)"
                " VALUES (%s, %s, %s, 'viewer', true, 'hash', now(), now(), 1)",
                (user_id, f"mensch{number}@firma.example", NAMES[number]),
            )
    users = PostgresUsers(database, KeyedVault([OLD]))
    assert await users.seal_all() == len(NAMES)
    assert await users.seal_all() == 0
    assert "firma.example" not in await _written(database)
    for number, user_id in enumerate(ids):
        known = await users.credentials(f"mensch{number}@firma.example")
        assert known is not None
        assert (known.user.id, known.user.name) == (user_id, NAMES[number])


async def test_the_firms_key_is_rotated_without_losing_anybody(database: Database) -> None:
    """With the new secret in front all are found at once; sealed anew, the old one can go."""
    saved = await _saved(database, OLD)
    both = PostgresUsers(database, KeyedVault([NEW, OLD]))
    for user in saved:
        known = await both.credentials(user.email)
        assert known is not None
        assert known.user == user
    assert await both.seal_all() == len(saved)
    alone = PostgresUsers(database, KeyedVault([NEW]))
    assert [await alone.get(user.id) for user in saved] == saved
    assert await alone.credentials(saved[0].email) is not None


async def test_without_the_key_nobody_is_overwritten(database: Database) -> None:
    """A start with another secret is refused by name, and leaves every row as it was."""
    saved = await _saved(database, OLD)
    before = await _written(database)
    with pytest.raises(Unavailable, match="HANDWERK_DATA_KEY"):
        await PostgresUsers(database, KeyedVault([NEW])).seal_all()
    assert await _written(database) == before
    assert await PostgresUsers(database, KeyedVault([OLD])).get(saved[0].id) == saved[0]


@pytest.mark.parametrize("column", ["person_key", "personal"])
async def test_one_persons_fields_do_not_pass_for_anothers(
    database: Database, database_urls: DatabaseUrls, column: str
) -> None:
    """Whoever copies sealed fields from row to row in the database gets nothing opened."""
    one, other, _ = await _saved(database, OLD)
    _copy(database_urls, column, one.id, other.id)
    with pytest.raises(Unavailable, match="was changed"):
        await PostgresUsers(database, KeyedVault([OLD])).get(other.id)


def _copy(urls: DatabaseUrls, column: str, source: UUID, target: UUID) -> None:
    with psycopg.connect(urls.owner) as connection:
        connection.execute(
            f"UPDATE user_account SET {column} ="  # noqa: S608 - a name of the test's own
            f" (SELECT {column} FROM user_account WHERE id = %s) WHERE id = %s",
            (source, target),
        )
