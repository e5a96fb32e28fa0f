"""The history of a firm in a fresh database, and what seals and proves it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.filesystem.heads import HeadsFile
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.history import PostgresEvidence, PostgresHistory, PostgresLedger
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.records.chain import SealKeys
from handwerk.domain.records.use_cases.sealing import seal_some
from handwerk.domain.records.use_cases.verifying import verify
from handwerk.domain.records.verdict import KnownEnd, Verdict

SECRET = "the secret of a test, 32 characters and more"


class Archive:
    """Writes, seals and proves; `tamper` changes the database as its owner, past all guards."""

    def __init__(self, urls: DatabaseUrls, folder: Path) -> None:
        self.urls = urls
        self.heads = HeadsFile(folder)
        self.keys = SealKeys([SECRET])
        self.clock = SystemClock()

    async def open(self) -> None:
        """Connect."""
        self.database = Database(self.urls.app)
        self.ledger = PostgresLedger(self.database)
        self.history = PostgresHistory(self.database)
        self.evidence = PostgresEvidence(self.database)
        await self.database.open()

    async def close(self) -> None:
        """Hang up."""
        await self.database.close()

    async def write(self, number: int, record_id: UUID | None = None) -> None:
        """So many entries, each in a transaction of its own."""
        for place in range(number):
            async with PostgresTransaction(self.database) as tx:
                tx.record(change(place, record_id))
                await tx.commit()

    async def seal(self) -> int:
        """Seal what can be sealed; how many."""
        return await seal_some(
            ledger=self.ledger, keys=self.keys, heads=self.heads, clock=self.clock
        )

    async def verify(self, known: KnownEnd | None = None) -> Verdict:
        """The verdict."""
        return await verify(
            SYSTEM, evidence=self.evidence, keys=self.keys, heads=self.heads, known=known
        )

    def tamper(self, sql: str, params: Any = ()) -> int:
        """Run `sql` as the owner of the tables with their guards off; the rows it touched."""
        with psycopg.connect(self.urls.owner) as connection:
            for table in GUARDED:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
            done = connection.execute(sql.encode(), params).rowcount
            for table in GUARDED:
                connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())
        return done


GUARDED = ("record_history", "sealed_history", "history_seal")


def change(place: int, record_id: UUID | None = None) -> Change:
    """An entry such as a project leaves."""
    old = None if place % 3 == 0 else {"name": f"Treppe {place}", "final_price": 1200.5}
    new = {"name": f"Treppe {place + 1}", "final_price": 1300.25, "note": "geölt"}
    return Change("project", record_id or new_id(), "update", new_id(), old, new)
