"""How the firm stands with its books, as PostgreSQL tells it."""

from datetime import timedelta

from tests.integration.records.archive import Archive

from handwerk.adapters.postgres.oversight import PostgresOversight
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.privacy.jobs import export_request
from handwerk.domain.records.standing import Standing
from handwerk.domain.records.use_cases.verifying import verify_and_record


async def _standing(archive: Archive) -> Standing:
    return await PostgresOversight(archive.database).standing()


async def test_an_empty_firm_owes_nothing(archive: Archive) -> None:
    """Nothing is sealed, and nothing waits."""
    assert await _standing(archive) == Standing(
        sealed=0,
        sealed_at=None,
        unsealed_since=None,
        checked=None,
        requests=0,
        oldest_request=None,
        erasures=0,
        finalized=0,
        cancelled=0,
        overdue={},
    )


async def test_what_waits_for_its_seal_is_told_by_its_age(archive: Archive) -> None:
    """Until it is sealed; then by the seal's moment."""
    await archive.write(3)
    written = await _standing(archive)
    assert written.sealed == 0
    assert written.unsealed_since is not None
    await archive.seal()
    sealed = await _standing(archive)
    assert sealed.sealed == 3
    assert sealed.unsealed_since is None
    assert sealed.sealed_at is not None
    assert sealed.sealed_at >= written.unsealed_since


async def test_behind_a_copied_database_nothing_is_overlooked(archive: Archive) -> None:
    """Where transactions begin anew, entries below the seal's mark are unsealed all the same."""
    await archive.write(1)
    await archive.seal()
    archive.tamper("UPDATE history_seal SET until_transaction = '9000000000'")
    await archive.write(1)
    assert (await _standing(archive)).unsealed_since is not None


async def _checked(archive: Archive) -> None:
    await verify_and_record(
        SYSTEM,
        evidence=archive.evidence,
        keys=archive.keys,
        heads=archive.heads,
        transactions=lambda: PostgresTransaction(archive.database),
    )


async def test_the_last_proof_is_told(archive: Archive) -> None:
    """When it was, of how many entries, and what it came to; it stands in the history itself."""
    await archive.write(2)
    await archive.seal()
    await _checked(archive)
    good = (await _standing(archive)).checked
    assert good is not None
    assert (good.valid, good.entries) == (True, 2)
    archive.tamper("""UPDATE record_history SET new = '{"price": 1}' WHERE id = 2""")
    await _checked(archive)
    bad = (await _standing(archive)).checked
    assert bad is not None
    assert (bad.valid, bad.entries) == (False, 1)
    assert bad.at >= good.at


async def test_requests_for_data_are_counted_while_they_are_open(archive: Archive) -> None:
    """Waiting or running; the oldest tells for how long somebody has been waiting."""
    async with PostgresTransaction(archive.database) as tx:
        tx.enqueue(export_request(new_id()))
        tx.enqueue(export_request(new_id()))
        await tx.commit()
    archive.tamper("UPDATE job SET created_at = now() - interval '3 days' WHERE ctid = '(0,1)'")
    standing = await _standing(archive)
    assert standing.requests == 2
    assert standing.oldest_request is not None
    archive.tamper("UPDATE job SET status = 'STARTED'")
    assert (await _standing(archive)).oldest_request == standing.oldest_request
    archive.tamper("UPDATE job SET status = 'SUCCESS'")
    assert (await _standing(archive)).requests == 0


async def test_schedules_that_are_late_are_told(archive: Archive) -> None:
    """Those to come are not late."""
    archive.tamper(
        "INSERT INTO job_schedule (name, line, next_at) VALUES "
        "('late', '* * * * *', now() - interval '2 hours'), "
        "('soon', '* * * * *', now() + interval '2 hours')"
    )
    overdue = (await _standing(archive)).overdue
    assert overdue["soon"] == timedelta(0)
    assert overdue["late"] >= timedelta(hours=2)


async def test_erased_persons_and_cancelled_projects_are_counted(archive: Archive) -> None:
    """Finalised projects that were cancelled do not stand any more, nor do their reversals."""
    archive.tamper("INSERT INTO erasure (user_id, at) VALUES (gen_random_uuid(), now())")
    for number in range(3):
        archive.tamper(
            "INSERT INTO project (id, name, project_type, project_date, is_finalized, "
            "finalized_at, created_at, updated_at, version) VALUES "
            "(%s::uuid, 'Tür', 'Türen', now(), true, now(), now(), now(), 1)",
            (f"00000000-0000-0000-0000-00000000000{number}",),
        )
    archive.tamper(
        "INSERT INTO project (id, name, project_type, project_date, is_finalized, finalized_at, "
        "created_at, updated_at, version, cancels, cancel_reason) VALUES (gen_random_uuid(), "
        "'Storno', 'Türen', now(), true, now(), now(), now(), 1, "
        "'00000000-0000-0000-0000-000000000000', 'doppelt')"
    )
    standing = await _standing(archive)
    assert (standing.erasures, standing.finalized, standing.cancelled) == (1, 2, 1)
