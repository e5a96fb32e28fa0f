"""The firm's settings in PostgreSQL."""

from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.standing import AS_TEXT, PRICE_LISTS, SETTINGS, WORDS, Standing
from handwerk.adapters.postgres.tables.settings import firm_settings
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.settings.model import (
    AntirutschRule,
    FabricRule,
    FirmSettings,
    ZipperRule,
)

_PriceList = dict[str, Decimal]
_FIELDS = FirmSettings.__struct_fields__
_RULES = {
    "polster_fabric_rule": FabricRule,
    "polster_zipper_rule": ZipperRule,
    "polster_antirutsch_rule": AntirutschRule,
}
_SELECT = select(*SETTINGS)
_LOCK = compiled(_SELECT.with_for_update()).sql
_PLACES: dict[str, Any] = {field: bindparam(field) for field in _FIELDS}
_ADD = compiled(insert(firm_settings).values(_PLACES))
_SAVE = compiled(update(firm_settings).values(_PLACES))


class PostgresSettings:
    """Reads the settings."""

    def __init__(self, database: Database, standing: Standing | None = None) -> None:
        """It may share `standing` with other readers."""
        self._standing = standing or Standing(database)
        self._read: Row | None = None
        self._settings: FirmSettings | None = None

    async def current(self) -> FirmSettings | None:
        """The settings as last saved, `None` before the first start has made them."""
        row = (await self._standing.now()).settings
        if row is not self._read:
            self._read, self._settings = row, None if row is None else _settings(row)
        return self._settings


class SettingsStore:
    """The settings inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def locked(self) -> FirmSettings | None:
        """The settings, locked until the transaction ends."""
        rows = await self._unit.read(_LOCK)
        return _settings(rows[0]) if rows else None

    def add(self, settings: FirmSettings) -> None:
        """Note the first settings."""
        self._unit.write(_ADD, _values(settings))

    def save(self, settings: FirmSettings) -> None:
        """Note changed settings."""
        self._unit.write(_SAVE, _values(settings))


def _settings(row: Row) -> FirmSettings:
    values = dict(zip(_FIELDS, row, strict=True))
    lists = {name: msgspec.json.decode(values[name], type=_PriceList) for name in PRICE_LISTS}
    rules = {name: rule(values[name]) for name, rule in _RULES.items()}
    words = {WORDS: msgspec.json.decode(values[WORDS], type=tuple[str, ...])}
    return FirmSettings(**(values | lists | rules | words))


def _values(settings: FirmSettings) -> dict[str, Any]:
    lists = {name: json_text(getattr(settings, name)) for name in AS_TEXT}
    return msgspec.structs.asdict(settings) | lists
