"""What PostgreSQL itself guards, whoever writes."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.postgres.schema import migrate
from handwerk.domain.kernel.collation import german_key

Connection = psycopg.Connection[tuple[object, ...]]
LETTERS = "abcxyzäöüßÄÖÜẞéèêñçåøAZ 0123456789-/%&²³½€"


@pytest.fixture
def firm(module_database_urls: DatabaseUrls) -> Iterator[Connection]:
    """The application's own connection."""
    migrate(module_database_urls.owner, module_database_urls.app)
    with psycopg.connect(module_database_urls.app, autocommit=True) as connection:
        yield connection


def material(firm: Connection) -> UUID:
    made = uuid4()
    firm.execute(
        "INSERT INTO material VALUES (%s, 'Eiche', 'Holz', 'm²', NULL, now(), now(), 1)", (made,)
    )
    return made


def tell(
    firm: Connection, of: UUID, start: str, end: str | None = None, region: str | None = None
) -> None:
    firm.execute(
        "INSERT INTO material_price (id, material_id, price, region, valid_from, valid_to, "
        "created_at) VALUES (%s, %s, 1, %s, %s, %s, now())",
        (uuid4(), of, region, start, end),
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-10", "2026-01-20"),
        ("2026-01-20", None),
        ("2026-01-01", "2026-01-10"),
        ("2026-01-12", "2026-01-12"),
        ("1900-01-01", "9999-12-31"),
        ("1900-01-01", None),
    ],
)
@pytest.mark.parametrize("region", [None, "Bayern"])
def test_no_statement_makes_prices_overlap(
    firm: Connection, start: str, end: str | None, region: str | None
) -> None:
    """Neither an insert nor an update, open-ended or not, by any region."""
    oak = material(firm)
    tell(firm, oak, "2026-01-10", "2026-01-20", region)
    tell(firm, oak, "2026-01-21", "2026-01-21", region)
    tell(firm, oak, start, end, "Hessen")
    with pytest.raises(psycopg.errors.ExclusionViolation):
        tell(firm, oak, start, end, region)
    with pytest.raises(psycopg.errors.ExclusionViolation):
        firm.execute(
            "UPDATE material_price SET valid_to = NULL WHERE material_id = %s AND valid_to = %s",
            (oak, "2026-01-20"),
        )
    with pytest.raises(psycopg.errors.ExclusionViolation):
        firm.execute(
            "UPDATE material_price SET valid_from = %s, valid_to = %s, region = %s, series = 0 "
            "WHERE material_id = %s AND region = 'Hessen'",
            (start, end, region, oak),
        )


def test_writers_at_once_leave_no_overlap(
    firm: Connection, module_database_urls: DatabaseUrls
) -> None:
    """Eight connections that lock nothing and write the same day together: one price is left."""
    everybody = threading.Barrier(8)

    def race(of: UUID, region: str | None) -> bool:
        with psycopg.connect(module_database_urls.app) as connection:
            everybody.wait()
            try:
                tell(connection, of, "2026-01-01", None, region)
                connection.commit()
            except (psycopg.errors.ExclusionViolation, psycopg.errors.DeadlockDetected):
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        for region in (None, "Bayern", None, "Bayern"):
            oak = material(firm)
            won = [ended.result() for ended in [pool.submit(race, oak, region) for _ in range(8)]]
            assert won.count(True) == 1
            query = "SELECT count(*) FROM material_price WHERE material_id = %s"
            assert firm.execute(query, (oak,)).fetchone() == (1,)


def test_the_list_of_a_finalised_project_is_immutable(firm: Connection) -> None:
    """Insert, update and delete are refused; so is emptying the table."""
    oak, built, line = material(firm), uuid4(), uuid4()
    firm.execute(
        "INSERT INTO project (id, name, project_type, project_date, is_finalized, created_at, "
        "updated_at, version) VALUES (%s, 'x', 'y', '2026-01-01', false, now(), now(), 1)",
        (built,),
    )
    add = (
        "INSERT INTO project_material (id, project_id, material_id, name, unit, quantity, "
        "unit_price, total, created_at) VALUES (%s, %s, %s, 'Eiche', 'm²', 1, 2, 2, now())"
    )
    firm.execute(add, (line, built, oak))
    firm.execute(
        "UPDATE project SET is_finalized = true, finalized_at = now() WHERE id = %s", (built,)
    )
    for statement, params in [
        (add, (uuid4(), built, oak)),
        ("UPDATE project_material SET name = 'Fichte' WHERE id = %s", (line,)),
        ("DELETE FROM project_material WHERE id = %s", (line,)),
    ]:
        with pytest.raises(psycopg.errors.DatabaseError, match="closed"):
            firm.execute(statement.encode(), params)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        firm.execute("TRUNCATE project_material")


def test_nobody_finalises_while_a_line_is_written(
    firm: Connection, module_database_urls: DatabaseUrls
) -> None:
    """Who writes a line holds the project: finalising waits until that is committed."""
    oak, built = material(firm), uuid4()
    firm.execute(
        "INSERT INTO project (id, name, project_type, project_date, is_finalized, created_at, "
        "updated_at, version) VALUES (%s, 'x', 'y', '2026-01-01', false, now(), now(), 1)",
        (built,),
    )
    with psycopg.connect(module_database_urls.app) as writer:
        writer.execute(
            "INSERT INTO project_material (id, project_id, material_id, name, unit, quantity, "
            "unit_price, total, created_at) VALUES (%s, %s, %s, 'E', 'm²', 1, 2, 2, now())",
            (uuid4(), built, oak),
        )
        firm.execute("SET lock_timeout = '50ms'")
        close = "UPDATE project SET is_finalized = true, finalized_at = now() WHERE id = %s"
        with pytest.raises(psycopg.errors.LockNotAvailable):
            firm.execute(close, (built,))


@given(word=some.text(alphabet=LETTERS, max_size=80))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_keys_of_a_german_word_are_the_same(firm: Connection, word: str) -> None:
    """Memory and PostgreSQL sort alike, however the word is composed."""
    for form in ("NFC", "NFD"):
        query = f"SELECT german_key(normalize(%s, {form}))"
        assert firm.execute(query.encode(), (word,)).fetchone() == (german_key(word),)


def test_any_name_fits_into_the_index(firm: Connection) -> None:
    """Even letters that fall apart into many, 255 times, different ones."""
    hangul = "".join(chr(0xAC00 + number * 43) for number in range(255))
    notes = "".join(chr(0x1D15E + number % 7) for number in range(255))
    for name in (hangul, notes, "ß" * 255, "ﷺ" * 255):
        firm.execute(
            "INSERT INTO material VALUES (%s, %s, 'Holz', 'm²', NULL, now(), now(), 1)",
            (uuid4(), name),
        )
