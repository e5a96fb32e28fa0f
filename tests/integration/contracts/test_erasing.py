"""Erased persons stay erased, also when a backup brings them back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.integration.contracts.houses import House, memory_house, postgres_house
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.filesystem.erasures import ErasureFiles
from handwerk.domain.identity.errors import LastAdmin, NotSignedIn
from handwerk.domain.identity.model import SYSTEM, Actor, User
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.use_cases.erasing import erase_me, keep_erasures, replay_erasures
from handwerk.domain.kernel.errors import Forbidden
from handwerk.domain.kernel.ids import new_id

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(params=["memory", "postgres"])
async def house(
    request: pytest.FixtureRequest, database_urls: DatabaseUrls
) -> AsyncIterator[House]:
    if request.param == "memory":
        yield memory_house()
        return
    async with postgres_house(database_urls) as house:
        yield house


@pytest.fixture
def listed(tmp_path: Path) -> ErasureFiles:
    return ErasureFiles([tmp_path / "erasures.jsonl", tmp_path / "files" / "erasures.jsonl"])


async def _hired(house: House, email: str, role: Role = Role.VIEWER) -> User:
    user = User(new_id(), email, "Petra Huber", role, True, NOW, NOW, 1)
    await _saved(house, user)
    return user


async def _saved(house: House, user: User) -> None:
    async with house.transactions() as tx:
        tx.users.add(user, "hash")
        await tx.commit()


async def test_who_erases_oneself_is_gone(house: House, listed: ErasureFiles) -> None:
    """The account is not found any more, by id or e-mail; the list holds the id and the time."""
    petra = await _hired(house, "petra@firma.example")
    await erase_me(Actor(petra.id, petra.role), transactions=house.transactions)
    assert await house.users.get(petra.id) is None
    assert await house.users.credentials(petra.email) is None
    assert await keep_erasures(transactions=house.transactions, listed=listed) == 1
    [erasure] = await listed.all()
    assert erasure.user_id == petra.id


async def test_the_last_admin_cannot_erase_himself(house: House) -> None:
    """Somebody must be able to manage users."""
    chief = await _hired(house, "chef@firma.example", Role.ADMIN)
    with pytest.raises(LastAdmin):
        await erase_me(Actor(chief.id, chief.role), transactions=house.transactions)
    assert await house.users.get(chief.id) == chief


async def test_only_persons_erase_themselves(house: House) -> None:
    """Strangers may not, and the program is nobody."""
    with pytest.raises(Forbidden):
        await erase_me(Actor(None, Role.ANONYMOUS), transactions=house.transactions)
    with pytest.raises(NotSignedIn):
        await erase_me(SYSTEM, transactions=house.transactions)


async def test_a_restored_backup_brings_nobody_back(house: House, listed: ErasureFiles) -> None:
    """Who is on the list and in the database again is erased again, once; others stay."""
    petra = await _hired(house, "petra@firma.example")
    other = await _hired(house, "anna@firma.example")
    await erase_me(Actor(petra.id, petra.role), transactions=house.transactions)
    await keep_erasures(transactions=house.transactions, listed=listed)
    await _saved(house, petra)  # as an older backup would
    assert await replay_erasures(transactions=house.transactions, listed=listed) == 1
    assert await house.users.get(petra.id) is None
    assert await house.users.get(other.id) == other
    assert await replay_erasures(transactions=house.transactions, listed=listed) == 0


async def test_list_and_database_learn_from_each_other(
    house: House, listed: ErasureFiles, tmp_path: Path
) -> None:
    """After a start both hold every erasure, whichever of them was set back."""
    petra = await _hired(house, "petra@firma.example")
    await erase_me(Actor(petra.id, petra.role), transactions=house.transactions)
    await replay_erasures(transactions=house.transactions, listed=listed)
    (tmp_path / "erasures.jsonl").unlink()  # one of the two files is lost
    fresh = memory_house()
    await replay_erasures(transactions=fresh.transactions, listed=listed)
    async with fresh.transactions() as tx:
        assert [erasure.user_id for erasure in await tx.users.erased()] == [petra.id]


async def test_a_torn_line_hides_no_other(listed: ErasureFiles, tmp_path: Path) -> None:
    """What a crash left of a line costs that line only."""
    (tmp_path / "erasures.jsonl").write_bytes(b'{"user_id":"0190')
    house = memory_house()
    petra = await _hired(house, "petra@firma.example")
    await erase_me(Actor(petra.id, petra.role), transactions=house.transactions)
    await keep_erasures(transactions=house.transactions, listed=listed)
    assert [erasure.user_id for erasure in await listed.all()] == [petra.id]
