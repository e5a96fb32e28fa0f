"""What a batch comes to: rows to be put in, with their history."""

from typing import Any
from uuid import UUID

from msgspec.structs import asdict

from handwerk.domain.identity.model import Actor
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.materials.prices import MaterialPrice
from handwerk.domain.moving.legacy.model import Findings, LegacyRow, Outcome
from handwerk.domain.moving.legacy.ports import LegacyStore
from handwerk.domain.moving.legacy.saying import TWICE


class Written:
    """Rows by table, in the order in which they can go in."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[UUID, dict[str, Any]]] = {}
        self.ended: list[MaterialPrice] = []
        self.changes: list[Change] = []

    def take(
        self,
        table: str,
        record: Any,
        known: frozenset[UUID],
        row: LegacyRow,
        legacy_table: str,
        findings: Findings,
    ) -> Outcome:
        """Put a record in unless it is there; `None` is one that was left out."""
        if record is None:
            return Outcome.LEFT_OUT
        if record.id in known:
            return Outcome.UNCHANGED
        if self.has(table, record.id):
            findings.tell(legacy_table, row, TWICE, column="id", left_out=True)
            return Outcome.LEFT_OUT
        self.add(table, record)
        return Outcome.CREATED

    def has(self, table: str, record_id: UUID) -> bool:
        """Whether a row with that id goes in."""
        return record_id in self.rows.get(table, {})

    def add(self, table: str, record: Any) -> None:
        """Put a record in."""
        fields = asdict(record)
        self.rows.setdefault(table, {})[fields["id"]] = fields

    def correct(self, table: str, record: Any) -> None:
        """Put in a record that goes in anyway as it is now; any other is left alone."""
        if self.has(table, record.id):
            self.add(table, record)

    def ids(self, table: str) -> list[UUID]:
        """The ids of what goes into a table."""
        return list(self.rows.get(table, ()))

    async def save(self, store: LegacyStore, actor: Actor) -> None:
        """Put all of it in, with an entry of the history for each row."""
        if self.ended:
            await store.end_prices(self.ended)
        for table, rows in self.rows.items():
            await store.add(table, list(rows.values()))
        told = [
            Change("material_price", price.id, "update", actor.user_id, None, asdict(price))
            for price in self.ended
        ]
        told += [
            Change(table, record_id, "import", actor.user_id, None, row)
            for table, rows in self.rows.items()
            if table in _WITH_HISTORY
            for record_id, row in rows.items()
        ]
        await store.record_all([*told, *self.changes])


_WITH_HISTORY = frozenset({"material", "material_price", "project", "project_material"})
