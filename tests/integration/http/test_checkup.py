"""`GET /checkup` on a running firm."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from tests.integration.http.firm import Firm


def _errors(firm: Firm) -> dict[str, str]:
    told = firm.admin.get("/checkup").json()
    return {each["check"]: each["told"] for each in told["findings"] if each["level"] == "error"}


@contextmanager
def _granted(firm: Firm, rights: str) -> Iterator[None]:
    with psycopg.connect(firm.database.owner, autocommit=True) as connection:
        role = firm.database.app.split("://")[1].split(":")[0]
        connection.execute(f"GRANT {rights} TO {role}".encode())
        yield
        connection.execute(f"REVOKE {rights} FROM {role}".encode())


def test_a_running_firm_is_checked_whole(firm: Firm) -> None:
    """Every part is looked at; the database's rights, schema and clock are as they must be."""
    told = firm.admin.get("/checkup").json()
    levels = {each["check"]: each["level"] for each in told["findings"]}
    for check in ("history", "schema", "clocks", "personal data", "database owner", "durability"):
        assert levels[check] == "ok", check
    assert levels["Redis password"] == "ok"
    assert levels["request limit"] == "error"  # the tests' firm has it off
    assert not told["sound"]


def test_a_right_too_many_is_found(firm: Firm) -> None:
    """Where the application could remove history, it is said which right to take away."""
    assert "rights on record_history" not in _errors(firm)
    with _granted(firm, "DELETE ON record_history"):
        assert "DELETE" in _errors(firm)["rights on record_history"]


@pytest.mark.parametrize("role", ["manager", "technician", "viewer"])
def test_others_are_refused(firm: Firm, role: str) -> None:
    """Only who may read the audit may look."""
    assert firm.of(role).get("/checkup").status_code == 403


def test_no_secret_is_told(firm: Firm) -> None:
    """Neither keys nor passwords of URLs are in the answer."""
    told = firm.admin.get("/checkup").text
    password = firm.database.app.split(":")[2].split("@")[0]
    for secret in ("the secret of a test", "the local token of a test", password):
        assert secret not in told
