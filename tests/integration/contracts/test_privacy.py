"""Consents, exports, redactions and purges, over every implementation of their ports."""

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.integration.contracts.houses import VAULT, House, memory_house, postgres_house
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.filesystem.access_lines import AccessFiles
from handwerk.adapters.memory.files import MemoryFiles
from handwerk.domain.identity.model import SYSTEM, Actor, User
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Forbidden, InvalidInput, NotFound
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.privacy.model import ConsentInput
from handwerk.domain.privacy.redaction import RedactionInput
from handwerk.domain.privacy.retention import PERIODS, Retention
from handwerk.domain.privacy.use_cases import own_data
from handwerk.domain.privacy.use_cases.purging import purge_personal
from handwerk.domain.privacy.use_cases.redacting import redact
from handwerk.domain.projects.model import ProjectInput
from handwerk.domain.projects.use_cases import create_project

RETENTION = Retention(PERIODS)
ADMIN = Actor(new_id(), Role.ADMIN)


class SetClock(SystemClock):
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 8, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self.moment


@pytest.fixture(params=["memory", "postgres"])
async def house(
    request: pytest.FixtureRequest, database_urls: DatabaseUrls
) -> AsyncIterator[House]:
    if request.param == "memory":
        yield memory_house()
        return
    async with postgres_house(database_urls) as house:
        yield house


async def _hired(house: House, email: str) -> Actor:
    now = datetime.now(UTC)
    user = User(new_id(), email, "Petra Huber", Role.VIEWER, True, now, now, 1)
    async with house.transactions() as tx:
        tx.users.add(user, "hash")
        await tx.commit()
    return Actor(user.id, user.role)


async def test_each_person_has_words_of_its_own(house: House) -> None:
    """Newest first, a part at a time, and nobody else's."""
    petra = await _hired(house, "petra@firma.example")
    anna = await _hired(house, "anna@firma.example")
    for number in range(3):
        await own_data.say_consent(
            ConsentInput("newsletter", f"v{number}", number != 1),
            actor=petra,
            records=house.personal,
            transactions=house.transactions,
            clock=SystemClock(),
        )
    said, total = await own_data.my_consents(0, 2, actor=petra, records=house.personal)
    assert total == 3
    assert [consent.wording_version for consent in said] == ["v2", "v1"]
    [oldest], _ = await own_data.my_consents(2, 2, actor=petra, records=house.personal)
    assert oldest.withdrawn_at == said[1].at
    assert await own_data.my_consents(0, 2, actor=anna, records=house.personal) == ([], 0)


async def test_an_export_lives_for_a_week(house: House, tmp_path: Path) -> None:
    """It is the person's until then; afterwards it and its file are removed, and that recorded."""
    petra, clock, files = await _hired(house, "petra@firma.example"), SetClock(), MemoryFiles()
    assert petra.user_id is not None
    access = AccessFiles(tmp_path)
    export = await own_data.export_person(
        petra.user_id,
        users=house.users,
        records=house.personal,
        access=access,
        sealing=VAULT,
        files=files,
        retention=RETENTION,
        transactions=house.transactions,
        clock=clock,
    )
    means: dict[str, Any] = {
        "records": house.personal,
        "sealing": VAULT,
        "files": files,
        "clock": clock,
    }
    content = await own_data.fetch_export(export.id, actor=petra, **means)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        account = msgspec.json.decode(archive.read("account.json"))
    assert account["email"] == "petra@firma.example"
    with pytest.raises(NotFound):
        await own_data.fetch_export(export.id, actor=ADMIN, **means)
    clock.moment += timedelta(days=7)
    with pytest.raises(NotFound):
        await own_data.fetch_export(export.id, actor=petra, **means)
    removed = await purge_personal(
        actor=SYSTEM,
        access=access,
        files=files,
        retention=RETENTION,
        transactions=house.transactions,
        clock=clock,
    )
    assert removed == {"privacy_exports": 1, "access_log": 0}
    assert await house.personal.export(export.id) is None


async def test_a_name_is_found_and_taken_out(house: House) -> None:
    """In open projects by any case; a rehearsal changes nothing."""
    made = await create_project(
        ProjectInput(name="Küche Obermeier", project_type="Möbel", description="für OBERMEIER"),
        actor=ADMIN,
        transactions=house.transactions,
        clock=SystemClock(),
    )
    asked = RedactionInput("obermeier", dry_run=True)
    rehearsed = await redact(asked, actor=ADMIN, transactions=house.transactions)
    assert [found.occurrences for found in rehearsed.found] == [2]
    asked = RedactionInput("obermeier", "[Kunde]")
    done = await redact(asked, actor=ADMIN, transactions=house.transactions)
    assert (done.redacted, done.kept) == (1, 0)
    assert done.in_history >= 1
    assert done.notes
    project = await house.projects.get(made.id)
    assert project is not None
    assert (project.name, project.description) == ("Küche [Kunde]", "für [Kunde]")
    assert (await redact(asked, actor=ADMIN, transactions=house.transactions)).found == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (RedactionInput("ab"), "text"),
        (RedactionInput("x" * 201), "text"),
        (RedactionInput("Huber", "Herr Huber"), "replacement"),
        (RedactionInput("Huber", " "), "replacement"),
    ],
)
async def test_what_can_not_be_redacted_is_named(asked: RedactionInput, field: str) -> None:
    """Too short a text would hit everything; a replacement that holds it would change nothing."""
    house = memory_house()
    with pytest.raises(InvalidInput) as refused:
        await redact(asked, actor=ADMIN, transactions=house.transactions)
    assert [error.field for error in refused.value.errors] == [field]


async def test_only_who_manages_users_redacts() -> None:
    """The use case asks too, whoever calls it."""
    with pytest.raises(Forbidden):
        await redact(
            RedactionInput("Huber"),
            actor=Actor(new_id(), Role.MANAGER),
            transactions=memory_house().transactions,
        )
