"""The firm's settings in PostgreSQL."""

from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, cast, insert, select, update

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
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
# Price lists come as text, so that no price passes through a float.
_PRICE_LISTS = ("foam_types", "seam_extras", "seam_hours")
_WORDS = "search_words"
_AS_TEXT = (*_PRICE_LISTS, _WORDS)
_RULES = {
    "polster_fabric_rule": FabricRule,
    "polster_zipper_rule": ZipperRule,
    "polster_antirutsch_rule": AntirutschRule,
}
_SELECT = select(
    *(
        cast(firm_settings.c[field], Text) if field in _AS_TEXT else firm_settings.c[field]
        for field in _FIELDS
    )
)
_READ = compiled(_SELECT).sql
_LOCK = compiled(_SELECT.with_for_update()).sql
_PLACES: dict[str, Any] = {field: bindparam(field) for field in _FIELDS}
_ADD = compiled(insert(firm_settings).values(_PLACES))
_SAVE = compiled(update(firm_settings).values(_PLACES))


class PostgresSettings:
    """Reads the settings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self) -> FirmSettings | None:
        """The settings as last saved, `None` before the first start has made them."""
        row = await self._database.one(_READ)
        return None if row is None else _settings(row)


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
    lists = {name: msgspec.json.decode(values[name], type=_PriceList) for name in _PRICE_LISTS}
    rules = {name: rule(values[name]) for name, rule in _RULES.items()}
    words = {_WORDS: msgspec.json.decode(values[_WORDS], type=tuple[str, ...])}
    return FirmSettings(**(values | lists | rules | words))


def _values(settings: FirmSettings) -> dict[str, Any]:
    lists = {name: json_text(getattr(settings, name)) for name in _AS_TEXT}
    return msgspec.structs.asdict(settings) | lists
