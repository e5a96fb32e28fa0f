"""The original's settings, and its book of changes."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from handwerk.domain.identity.model import Actor
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.moving.legacy.model import (
    Fate,
    Findings,
    LegacyBatch,
    LegacyRow,
    Outcome,
    shown,
)
from handwerk.domain.moving.legacy.ports import LegacyStore
from handwerk.domain.moving.legacy.reading import NO_JSON, Reader, as_number
from handwerk.domain.moving.legacy.saying import (
    KEPT_HERE,
    NO_ACTION,
    NO_RECORD,
    NO_TABLE,
    NOT_ALLOWED,
    SECOND_SETTINGS,
    TWICE,
)
from handwerk.domain.moving.legacy.writing import Written
from handwerk.domain.settings.model import FirmSettings, SettingsInput, first_settings

SETTINGS = "calculator_settings"
AUDIT = "calculator_accountingaudit"
_NUMBERS = (
    "labor_rate_per_hour",
    "material_markup_percentage",
    "overhead_percentage",
    "profit_margin_percentage",
    "polster_fabric_base_price",
    "polster_labor_rate",
    "antirutsch_price",
    "zipper_price",
)
_LISTS = ("foam_types", "seam_extras")
_ACTIONS = {"INSERT": "create", "UPDATE": "update", "DELETE": "delete"}
_TABLES = {
    "materialprice": "material_price",
    "projectmaterial": "project_material",
    "priceprediction": "prediction",
    "settings": "firm_settings",
}
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Under this name the history keeps what the original wrote down, and when.
ORIGINAL = "_original"


def settings_in(
    batch: LegacyBatch, here: FirmSettings, findings: Findings, now: datetime
) -> tuple[list[Fate], FirmSettings]:
    """The firm's settings with the original's: where they were changed here, they stay."""
    fates = [Fate(Outcome.LEFT_OUT) for _ in batch.records]
    newest, *older = sorted(
        range(len(batch.records)),
        key=lambda place: str(batch.records[place].row.get("updated_at") or ""),
        reverse=True,
    )
    for place in older:
        findings.tell(SETTINGS, batch.records[place].row, SECOND_SETTINGS, left_out=True)
    read = Reader(SETTINGS, batch.records[newest].row, findings)
    wanted = _wanted(read, here, now, replace=batch.all_settings)
    changed = here.changed(SettingsInput(**wanted), now) if wanted else here
    fates[newest] = Fate(Outcome.CREATED if wanted else Outcome.UNCHANGED)
    return fates, changed


def _wanted(read: Reader, here: FirmSettings, now: datetime, *, replace: bool) -> dict[str, Any]:
    """Those of the original's values that are sound, differ, and may come here."""
    told: dict[str, Any] = {name: read.number(name) for name in _NUMBERS}
    told |= {name: _list(read, name) for name in _LISTS}
    usual = first_settings(now)
    wanted = {}
    for name, value in told.items():
        if value is None:
            continue
        try:
            tried = getattr(here.changed(SettingsInput(**{name: value}), now), name)
        except InvalidInput:
            read.tell(NOT_ALLOWED, name)
            continue
        current = getattr(here, name)
        if tried == current:
            continue
        if replace or current == getattr(usual, name):
            wanted[name] = value
        else:
            read.tell(KEPT_HERE, name)
    return wanted


def _list(read: Reader, name: str) -> dict[str, Decimal] | None:
    told = read.json(name)
    if told is None:
        return None
    prices = {str(key): as_number(value) for key, value in told.items()} if _is_list(told) else {}
    sound = {key: price for key, price in prices.items() if price is not None}
    if not sound or len(sound) < len(prices):
        read.tell(NO_JSON, name)
    return sound if sound and len(sound) == len(prices) else None


def _is_list(told: object) -> bool:
    return isinstance(told, dict)


async def audit_in(
    batch: LegacyBatch, store: LegacyStore, findings: Findings, actor: Actor, today: date
) -> tuple[list[Fate], Written]:
    """The entries of a batch that are new; what they say of time and person stays with them."""
    del today
    readers = [Reader(AUDIT, record.row, findings) for record in batch.records]
    records = (read.id("record_id") for read in readers)
    known = set(await store.audited([each for each in records if each is not None]))
    there, written, fates = set(known), Written(), []
    for read in readers:
        change = _change(read, actor)
        key = _key(read.row)
        if change is None:
            fates.append(Fate(Outcome.LEFT_OUT))
        elif key in known:
            fates.append(Fate(Outcome.UNCHANGED))
        elif key in there:
            read.tell(TWICE, "id", left_out=True)
            fates.append(Fate(Outcome.LEFT_OUT))
        else:
            there.add(key)
            written.changes.append(change)
            fates.append(Fate(Outcome.CREATED))
    return fates, written


def _key(row: LegacyRow) -> str:
    return shown(row.get("id"))


def _change(read: Reader, actor: Actor) -> Change | None:
    name = str(read.row.get("table_name") or "").strip().lower().removeprefix("calculator_")
    table = _TABLES.get(name, name)
    record_id: UUID | None = read.id("record_id")
    action = _ACTIONS.get(str(read.row.get("action_type") or "").strip().upper())
    wrong = (
        (not _TABLE.fullmatch(table), NO_TABLE, "table_name"),
        (record_id is None, NO_RECORD, "record_id"),
        (action is None, NO_ACTION, "action_type"),
    )
    for is_wrong, said, column in wrong:
        if is_wrong:
            read.tell(said, column, left_out=True)
            return None
    assert record_id is not None
    assert action is not None
    moment = read.moment("timestamp")
    original = {
        "audit_id": _key(read.row),
        "at": None if moment is None else moment.isoformat(),
        "user_id": shown(read.row.get("user_id")) or None,
    }
    old, new = _values(read, "old_values"), _values(read, "new_values")
    return Change(table, record_id, action, actor.user_id, old, {**(new or {}), ORIGINAL: original})


def _values(read: Reader, column: str) -> dict[str, Any] | None:
    told = read.json(column)
    if told is None or isinstance(told, dict):
        return told
    return {"value": told}
