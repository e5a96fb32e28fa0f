"""Sealing the history in PostgreSQL."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from tests.integration.databases import copied_database
from tests.integration.records.archive import Archive, change

from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.records.chain import Mark, SealKeys
from handwerk.domain.records.model import HistoryFilter
from handwerk.domain.records.use_cases.sealing import BrokenChain
from handwerk.domain.records.verdict import Fault, KnownEnd


async def test_an_empty_history_is_whole(archive: Archive) -> None:
    """Nothing to seal, nothing wrong."""
    assert await archive.seal() == 0
    verdict = await archive.verify()
    assert (verdict.valid, verdict.checked, verdict.sealed_until) == (True, 0, None)


async def test_what_is_written_is_sealed_and_proved(archive: Archive) -> None:
    """Before the seal entries wait; behind it all of them are checked."""
    await archive.write(7)
    waiting = await archive.verify()
    assert (waiting.valid, waiting.checked, waiting.unsealed) == (True, 0, 7)
    assert await archive.seal() == 7
    assert await archive.seal() == 0
    await archive.write(3)
    assert await archive.seal() == 3
    verdict = await archive.verify()
    assert (verdict.valid, verdict.checked, verdict.unsealed) == (True, 10, 0)
    assert verdict.sealed_until is not None


async def test_an_open_transaction_holds_back_what_came_after_it(archive: Archive) -> None:
    """Nothing is sealed that an entry could still precede; then both are, and it is found once."""
    async with PostgresTransaction(archive.database) as early:
        early.record(change(1))
        await early.unit.flush()
        await archive.write(2)
        assert await archive.seal() == 0
        await early.commit()
    assert await archive.seal() == 3
    assert (await archive.verify()).checked == 3


async def test_a_batch_larger_than_one_turn(archive: Archive) -> None:
    """2,500 entries of one transaction take three turns, and none is left out or sealed twice."""
    async with PostgresTransaction(archive.database) as tx:
        await tx.unit.read(
            "INSERT INTO record_history (table_name, record_id, action)"
            " SELECT 'project', uuidv7(), 'import' FROM generate_series(1, 2500)"
        )
        await tx.commit()
    assert [await archive.seal() for _ in range(4)] == [1000, 1000, 500, 0]
    verdict = await archive.verify()
    assert (verdict.valid, verdict.checked, verdict.unsealed) == (True, 2500, 0)


async def test_of_many_sealers_one_has_the_turn(archive: Archive) -> None:
    """Ten at once chain every entry exactly once."""
    await archive.write(20)
    async with archive.ledger.turn() as mine:
        assert mine is not None
        assert await archive.seal() == 0
    sealed = await asyncio.gather(*(archive.seal() for _ in range(10)))
    assert sum(sealed) == 20
    assert (await archive.verify()).checked == 20


async def test_writers_and_sealers_at_once(archive: Archive) -> None:
    """While eight write, two seal: in the end all is chained, in one piece."""
    done = asyncio.Event()

    async def sealer() -> None:
        while not done.is_set():
            await archive.seal()
            await asyncio.sleep(0)

    sealers = [asyncio.create_task(sealer()) for _ in range(2)]
    await asyncio.gather(*(archive.write(25) for _ in range(8)))
    done.set()
    await asyncio.gather(*sealers)
    while await archive.seal():
        pass
    verdict = await archive.verify()
    assert (verdict.valid, verdict.checked, verdict.unsealed) == (True, 200, 0)


async def test_a_turn_that_ends_in_the_middle_leaves_nothing(archive: Archive) -> None:
    """A sealer whose connection is cut before its commit has sealed nothing; the next one does."""
    await archive.write(5)
    async with archive.ledger.turn() as turn:
        assert turn is not None
        here = await turn.here()
        assert len(await turn.ripe(Mark(), here, 10)) == 5
        with psycopg.connect(archive.urls.app, autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    await archive.close()
    await archive.open()
    assert await archive.seal() == 5
    assert (await archive.verify()).valid


async def test_old_secrets_still_prove_their_seals(archive: Archive) -> None:
    """After a rotation the chain goes on; without the old secret it stops, and says what to do."""
    await archive.write(2)
    await archive.seal()
    await archive.write(2)
    archive.keys = SealKeys(["another secret, of more than 32 characters"])
    with pytest.raises(BrokenChain, match="HANDWERK_SECRET_KEYS_OLD"):
        await archive.seal()
    lost = await archive.verify()
    assert lost.first_error is not None
    assert lost.first_error.kind is Fault.UNPROVABLE
    both = ["another secret, of more than 32 characters"]
    archive.keys = SealKeys([*both, "the secret of a test, 32 characters and more"])
    assert await archive.seal() == 2
    assert (await archive.verify()).valid
    archive.keys = SealKeys(both)
    assert (await archive.verify()).valid
    await archive.write(1)
    assert await archive.seal() == 1


async def test_a_copied_database_goes_on(archive: Archive, tmp_path: Path) -> None:
    """In a copy, where transactions may count anew, all is sealed, once."""
    await archive.write(3)
    await archive.seal()
    await archive.write(1)
    archive.tamper("UPDATE record_history SET transaction = '9000000000'::xid8 WHERE id = 4")
    await archive.close()
    with copied_database(archive.urls) as urls:
        copy = Archive(urls, tmp_path)
        await copy.open()
        assert [await copy.seal() for _ in range(3)] == [1, 0, 0]
        await copy.write(2)
        assert [await copy.seal() for _ in range(2)] == [2, 0]
        verdict = await copy.verify()
        await copy.close()
    assert (verdict.valid, verdict.checked, verdict.unsealed) == (True, 6, 0)
    await archive.open()


async def test_a_head_that_was_noted_is_met_again(archive: Archive) -> None:
    """An end that was noted outside lies on the chain, or the chain is another one."""
    await archive.write(4)
    await archive.seal()
    newest = await archive.evidence.newest()
    assert newest is not None
    known = KnownEnd(newest.place, newest.hash)
    await archive.write(2)
    await archive.seal()
    assert (await archive.verify(KnownEnd.parse(known.text()))).valid
    other = await archive.verify(KnownEnd(3, bytes(32)))
    assert other.first_error is not None
    assert (other.first_error.kind, other.first_error.place) == (Fault.FORGED, 3)
    further = await archive.verify(KnownEnd(99, bytes(32)))
    assert further.first_error is not None
    assert further.first_error.kind is Fault.CUT


async def test_the_history_is_read_newest_first(archive: Archive) -> None:
    """By pages, filters and cursors; a made-up cursor is refused by the list."""
    await archive.write(5)
    request = PageRequest(limit=2, sort="-id")
    page = await archive.history.page(HistoryFilter(table="project"), request)
    assert [entry.id for entry in page.items] == [5, 4]
    assert (page.total, page.items[0].new["name"] if page.items[0].new else None) == (5, "Treppe 5")
    walked = await archive.history.page(
        HistoryFilter(), PageRequest(limit=9, sort="-id", cursor=page.next)
    )
    assert [entry.id for entry in walked.items] == [3, 2, 1]
    one = page.items[1]
    mine = await archive.history.page(
        HistoryFilter(record_id=one.record_id, actor_id=one.actor_id, from_at=one.at), request
    )
    assert mine.items == [one]
    assert (await archive.history.page(HistoryFilter(action="delete"), request)).total == 0
