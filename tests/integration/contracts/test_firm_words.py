"""What every reader of a firm's words promises."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.memory.search import MemoryFirmWords
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.search import PostgresFirmWords
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.projects.model import ProjectInput, new_project
from handwerk.domain.search.ports import FirmWords
from handwerk.domain.settings.model import SettingsInput, first_settings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Firm(msgspec.Struct, frozen=True):
    """One implementation of the port, and how projects and settings come into it."""

    transactions: Any
    words: FirmWords


@pytest.fixture(params=["memory", "postgres"])
async def firm(request: pytest.FixtureRequest) -> AsyncIterator[Firm]:
    """An empty firm, each implementation in turn."""
    if request.param == "memory":
        store = MemoryStore()
        yield Firm(store.transaction, MemoryFirmWords(store.projects, store.settings))
        return
    urls: DatabaseUrls = request.getfixturevalue("database_urls")
    migrate(urls.owner, urls.app)
    database = Database(urls.app)
    await database.open()
    yield Firm(lambda: PostgresTransaction(database), PostgresFirmWords(database))
    await database.close()


async def test_a_firm_without_texts_has_no_words(firm: Firm) -> None:
    """Neither a vocabulary nor synonyms of its own."""
    assert await firm.words.vocabulary() == ({}, 0)
    assert await firm.words.groups() == ()


async def test_words_are_counted_by_texts(firm: Firm) -> None:
    """In lower case, umlauts and all, each once in a text however often it says it."""
    async with firm.transactions() as tx:
        for name in ("Tür Tür", "Kellertür", "Küche und Tür"):
            given = ProjectInput(name=name, project_type="Möbel")
            tx.projects.add(new_project(given, now=NOW, today=NOW.date()))
        await tx.commit()
    counts, texts = await firm.words.vocabulary()
    assert texts == 3
    assert counts == {"tür": 2, "möbel": 3, "küche": 1, "und": 1, "kellertür": 1}


async def test_the_firm_s_synonyms_are_those_saved(firm: Firm) -> None:
    """As lines, in their order."""
    first = first_settings(NOW)
    async with firm.transactions() as tx:
        tx.settings.add(first)
        await tx.commit()
    assert await firm.words.groups() == ()
    lines = ("Sofa, Couch", "Sitzmöbel > Sofa, Sessel")
    async with firm.transactions() as tx:
        tx.settings.save(first.changed(SettingsInput(search_words=lines), NOW))
        await tx.commit()
    assert await firm.words.groups() == lines
