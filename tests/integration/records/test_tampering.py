"""Whoever changes the sealed history in the database itself is found, whatever is done."""
# ruff: noqa: S608  # the statements are made of constants of this file

import random
from collections.abc import Callable

import psycopg
import pytest
from tests.integration.databases import DatabaseUrls
from tests.integration.records.archive import Archive

from handwerk.domain.records.chain import GENESIS
from handwerk.domain.records.verdict import Fault

ENTRIES = 60
WAYS = 100
Deed = Callable[[Archive, random.Random], object]


def _entry(archive: Archive, chance: random.Random, change: str) -> int:
    return archive.tamper(
        f"UPDATE record_history SET {change} WHERE id = %s", (chance.randint(1, ENTRIES),)
    )


def _edit(archive: Archive, chance: random.Random) -> object:
    changes = [
        "action = action || 'd'",
        "actor_id = uuidv7()",
        "actor_id = NULL",
        "record_id = uuidv7()",
        "table_name = 'material'",
        "at = at + interval '1 microsecond'",
        "transaction = (transaction::text::bigint + 1)::text::xid8",
        "new = jsonb_set(new, '{final_price}', '1300.250')",
        "new = jsonb_set(new, '{name}', '\"Treppe\"')",
        "new = new || '{\"more\": null}'",
        "new = NULL",
        "old = 'null'",
    ]
    return _entry(archive, chance, chance.choice(changes))


def _remove_entry(archive: Archive, chance: random.Random) -> object:
    return archive.tamper("DELETE FROM record_history WHERE id = %s", (chance.randint(1, ENTRIES),))


def _remove_whole(archive: Archive, chance: random.Random) -> object:
    place = chance.randint(1, ENTRIES)
    archive.tamper("DELETE FROM record_history WHERE id = %s", (place,))
    return archive.tamper("DELETE FROM sealed_history WHERE entry_id = %s", (place,))


def _close_the_gap(archive: Archive, chance: random.Random) -> object:
    _remove_whole(archive, chance)
    return archive.tamper(
        "WITH places AS (SELECT entry_id, row_number() OVER (ORDER BY place) AS place"
        " FROM sealed_history), gone AS (SELECT max(place) AS last FROM sealed_history)"
        " UPDATE sealed_history AS s SET place = p.place + 1000000 FROM places AS p"
        " WHERE p.entry_id = s.entry_id"
    ) and archive.tamper("UPDATE sealed_history SET place = place - 1000000")


def _cut_the_end(archive: Archive, chance: random.Random) -> object:
    """Entries, links and seals go together: only what was noted outside still tells."""
    first = chance.randint(2, ENTRIES)
    archive.tamper("DELETE FROM record_history WHERE id >= %s", (first,))
    archive.tamper("DELETE FROM sealed_history WHERE place >= %s", (first,))
    return archive.tamper("DELETE FROM history_seal WHERE place >= %s", (first,))


def _swap_entries(archive: Archive, chance: random.Random) -> object:
    one, other = chance.sample(range(1, ENTRIES + 1), 2)
    fields = "actor_id, record_id, action, old, new, at, transaction, table_name"
    kept = ", ".join(f"{name.strip()} = o.{name.strip()}" for name in fields.split(","))
    return archive.tamper(
        f"UPDATE record_history AS h SET {kept} FROM record_history AS o"
        " WHERE (h.id, o.id) IN ((%s, %s), (%s, %s))",
        (one, other, other, one),
    )


def _swap_links(archive: Archive, chance: random.Random) -> object:
    one, other = chance.sample(range(1, ENTRIES + 1), 2)
    swap = (
        "UPDATE sealed_history SET {0} = CASE {0} WHEN %s THEN %s ELSE %s END WHERE {0} = ANY(%s)"
    )
    column = chance.choice(["place", "entry_id"])
    archive.tamper("ALTER TABLE sealed_history DROP CONSTRAINT IF EXISTS sealed_history_once")
    archive.tamper("ALTER TABLE sealed_history DROP CONSTRAINT IF EXISTS sealed_history_pkey")
    return archive.tamper(swap.format(column), (one, other, one, [one, other]))


def _change_link(archive: Archive, chance: random.Random) -> object:
    return archive.tamper(
        "UPDATE sealed_history SET hash = sha256(hash) WHERE place = %s",
        (chance.randint(1, ENTRIES),),
    )


def _chain_anew(archive: Archive, chance: random.Random) -> object:
    """The cleverest: an entry is changed, and every hash behind it made anew, the seals' too."""
    _edit(archive, chance)
    archive.tamper(REWRITE, (GENESIS,))
    return archive.tamper(
        "UPDATE history_seal AS e SET hash = s.hash FROM sealed_history AS s"
        " WHERE s.place = e.place"
    )


def _slip_in(archive: Archive, chance: random.Random) -> object:
    return archive.tamper(
        "INSERT INTO record_history (table_name, record_id, action, transaction, at, id)"
        " OVERRIDING SYSTEM VALUE SELECT table_name, uuidv7(), action, transaction, at, -id"
        " FROM record_history WHERE id = %s",
        (chance.randint(1, ENTRIES - 1),),
    )


def _slip_in_behind(archive: Archive, chance: random.Random) -> object:
    """An entry with a link of its own behind the end, and no seal."""
    archive.tamper(
        "INSERT INTO record_history (table_name, record_id, action)"
        " SELECT 'project', uuidv7(), 'update'"
    )
    return archive.tamper(
        "INSERT INTO sealed_history (place, entry_id, hash)"
        " SELECT (SELECT max(place) + 1 FROM sealed_history), max(id), sha256('x')"
        " FROM record_history"
    )


def _change_seal(archive: Archive, chance: random.Random) -> object:
    changes = [
        "hash = sha256(hash)",
        "place = place - 1",
        "signature = sha256(signature)",
        "key_id = 'another'",
        "until_entry = until_entry + 5",
        "sealed_at = sealed_at - interval '1 day'",
        "number = number + 100",
    ]
    change = chance.choice(changes)
    return archive.tamper(f"UPDATE history_seal SET {change} WHERE number = 6")


def _remove_seals(archive: Archive, chance: random.Random) -> object:
    return archive.tamper("DELETE FROM history_seal WHERE number >= %s", (chance.randint(1, 6),))


def _renumber(archive: Archive, chance: random.Random) -> object:
    archive.tamper("ALTER TABLE record_history ALTER COLUMN id SET GENERATED BY DEFAULT")
    return _entry(archive, chance, "id = id + 1000000")


REWRITE = """
WITH RECURSIVE digests AS (
    SELECT s.place, sha256(convert_to(jsonb_build_array(
        h.id, h.transaction::text, extract(epoch FROM h.at), h.actor_id, h.table_name, h.record_id,
        h.action, h.old IS NULL, h.old, h.new IS NULL, h.new
    )::text, 'UTF8')) AS digest
    FROM sealed_history AS s JOIN record_history AS h ON h.id = s.entry_id
), chain AS (
    SELECT 0::bigint AS place, %s::bytea AS hash
    UNION ALL
    SELECT d.place, sha256(c.hash || d.digest) FROM chain AS c JOIN digests AS d
        ON d.place = c.place + 1
)
UPDATE sealed_history AS s SET hash = c.hash FROM chain AS c WHERE c.place = s.place
"""
DEEDS: list[Deed] = [
    _edit,
    _edit,
    _edit,
    _renumber,
    _remove_entry,
    _remove_whole,
    _close_the_gap,
    _cut_the_end,
    _swap_entries,
    _swap_links,
    _change_link,
    _chain_anew,
    _slip_in,
    _slip_in_behind,
    _change_seal,
    _remove_seals,
]


async def _sealed(archive: Archive) -> None:
    """Sixty entries under six seals."""
    for _ in range(6):
        await archive.write(ENTRIES // 6)
        await archive.seal()


async def test_a_hundred_ways_to_tamper_are_found_a_hundred_times(archive: Archive) -> None:
    """Random deeds as the owner, all guards off; each is found, and undone for the next."""
    await _sealed(archive)
    _remember(archive)
    assert (await archive.verify()).valid
    for number in range(WAYS):
        chance = random.Random(number)  # noqa: S311  # to be repeatable
        deed = DEEDS[number % len(DEEDS)]
        deed(archive, chance)
        verdict = await archive.verify()
        assert not verdict.valid, (number, deed.__name__)
        assert verdict.first_error is not None
        _restore(archive)
    assert (await archive.verify()).valid


@pytest.mark.parametrize("place", [1, 17, ENTRIES])
async def test_the_first_edited_entry_is_named(archive: Archive, place: int) -> None:
    """Of several edited entries the first in the chain is named, with its record."""
    await _sealed(archive)
    archive.tamper("UPDATE record_history SET action = 'x' WHERE id >= %s", (place,))
    error = (await archive.verify()).first_error
    assert error is not None
    assert (error.kind, error.place, error.entry_id) == (Fault.EDITED, place, place)
    assert (error.table, error.record_id is None) == ("project", False)


async def test_the_first_removed_entry_is_named(archive: Archive) -> None:
    """By its place and its number: the record that it spoke of is gone."""
    await _sealed(archive)
    archive.tamper("DELETE FROM record_history WHERE id IN (23, 40)")
    verdict = await archive.verify()
    assert verdict.first_error is not None
    assert (verdict.first_error.kind, verdict.first_error.entry_id) == (Fault.REMOVED, 23)
    assert verdict.checked == 22


async def test_a_sealer_covers_nothing_up(archive: Archive) -> None:
    """Where the chain's end was changed, nothing is sealed behind it: the fault stays visible."""
    await _sealed(archive)
    archive.tamper("UPDATE sealed_history SET hash = sha256(hash) WHERE place = %s", (ENTRIES,))
    await archive.write(1)
    with pytest.raises(Exception, match="audit verify"):
        await archive.seal()
    archive.tamper("DELETE FROM history_seal")
    with pytest.raises(Exception, match="audit verify"):
        await archive.seal()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sealed_history SET hash = hash",
        "DELETE FROM sealed_history",
        "TRUNCATE sealed_history",
        "UPDATE history_seal SET hash = hash",
        "DELETE FROM history_seal",
        "TRUNCATE history_seal",
        "UPDATE record_history SET action = action",
        "DELETE FROM record_history",
        "TRUNCATE record_history",
        "TRUNCATE record_history, sealed_history, history_seal CASCADE",
        "UPDATE security_event SET kind = kind",
        "TRUNCATE security_event",
        "ALTER TABLE record_history DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_can_only_append(fresh: DatabaseUrls, statement: str) -> None:
    """Its role has no right to change or empty what is kept, nor to lift the guards."""
    with (
        psycopg.connect(fresh.app) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


@pytest.mark.parametrize("table", ["record_history", "sealed_history", "history_seal"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET hash = hash", "DELETE FROM {}", "TRUNCATE {}"])
async def test_triggers_stop_the_owner_too(archive: Archive, table: str, deed: str) -> None:
    """Even the owner has to lift the guards first: no slip of a hand changes the history."""
    await archive.write(1)
    await archive.seal()
    statement = deed.format(table)
    if table == "record_history":
        statement = statement.replace("hash", "action")
    with (
        psycopg.connect(archive.urls.owner) as owner,
        pytest.raises(psycopg.DatabaseError) as refused,
    ):
        owner.execute(statement.encode())
    assert refused.value.sqlstate == "HW001"


def _remember(archive: Archive) -> None:
    for table in ("record_history", "sealed_history", "history_seal"):
        archive.tamper(f"CREATE TABLE kept_{table} AS TABLE {table}")


def _restore(archive: Archive) -> None:
    archive.tamper(
        "DELETE FROM record_history; DELETE FROM sealed_history; DELETE FROM history_seal;"
        " INSERT INTO record_history OVERRIDING SYSTEM VALUE TABLE kept_record_history;"
        " INSERT INTO sealed_history TABLE kept_sealed_history;"
        " INSERT INTO history_seal TABLE kept_history_seal"
    )
