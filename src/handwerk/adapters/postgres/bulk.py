"""Rows that go in by the hundred, as one JSON array in one parameter."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, cast, column, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.database import compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.tables.records import record_history
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.transaction import Change

_HISTORY_FIELDS = ("actor_id", "table_name", "record_id", "action", "old", "new")


def given_rows(table: Table, fields: Sequence[str]) -> Any:
    """The JSON array in parameter `rows` as a table with those columns of `table`."""
    array = cast(bindparam("rows"), JSONB)
    columns = (column(field, table.c[field].type) for field in fields)
    rows = func.jsonb_to_recordset(array).table_valued(*columns)
    return rows.render_derived(name="given", with_types=True)


_CHANGES = given_rows(record_history, _HISTORY_FIELDS)
_RECORD_ALL = compiled(
    insert(record_history).from_select(
        _HISTORY_FIELDS, select(*(_CHANGES.c[field] for field in _HISTORY_FIELDS))
    )
).sql


async def record_all(unit: Unit, changes: Sequence[Change]) -> None:
    """Write `changes` into the record history, in order."""
    rows = [
        {
            "actor_id": change.actor_id,
            "table_name": change.table,
            "record_id": change.record_id,
            "action": change.action,
            "old": change.old,
            "new": change.new,
        }
        for change in changes
    ]
    await unit.read(_RECORD_ALL, (json_text(rows),))
