"""The original's database from one end to the other, in batches that can be sent."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from handwerk.domain.moving.legacy.firm import AUDIT, SETTINGS
from handwerk.domain.moving.legacy.materials import MATERIAL, PRICE
from handwerk.domain.moving.legacy.model import Kind, LegacyRecord, LegacyRow
from handwerk.domain.moving.legacy.ports import Original, Unread
from handwerk.domain.moving.legacy.predictions import PREDICTION
from handwerk.domain.moving.legacy.projects import LINE, PROJECT
from handwerk.domain.tables.language import Said

# Rows in one batch, parts counted, and parts of one record; a record is never cut in two.
ROWS = 400
MOST_PARTS = 5_000
DOCUMENT = "calculator_document"
DOCUMENT_COLUMNS = ("id", "filename", "file_path", "project_id", "created_at")


class Parts(NamedTuple):
    """The table of what belongs to records, and by which column it does."""

    table: str
    by: str
    columns: Sequence[str]


class Source(NamedTuple):
    """A table of the original, and what of it is taken."""

    kind: Kind
    table: str
    columns: Sequence[str]
    parts: Parts | None = None


SOURCES = (
    Source(
        Kind.SETTINGS,
        SETTINGS,
        (
            "id",
            "labor_rate_per_hour",
            "material_markup_percentage",
            "overhead_percentage",
            "profit_margin_percentage",
            "polster_fabric_base_price",
            "polster_labor_rate",
            "foam_types",
            "seam_extras",
            "antirutsch_price",
            "zipper_price",
            "updated_at",
        ),
    ),
    Source(
        Kind.MATERIALS,
        MATERIAL,
        ("id", "name", "category", "unit", "datanorm_id", "created_at", "updated_at"),
        Parts(
            PRICE,
            "material_id",
            ("id", "material_id", "price", "region", "valid_from", "valid_to", "recorded_at"),
        ),
    ),
    Source(
        Kind.PROJECTS,
        PROJECT,
        (
            "id",
            "name",
            "description",
            "project_type",
            "region",
            "total_area_sqm",
            "wood_type",
            "complexity",
            "final_price",
            "created_at",
            "project_date",
            "is_finalized",
            "finalized_at",
        ),
        Parts(
            LINE,
            "project_id",
            (
                "id",
                "project_id",
                "material_id",
                "quantity",
                "unit_price",
                "total_cost",
                "created_at",
            ),
        ),
    ),
    Source(
        Kind.PREDICTIONS,
        PREDICTION,
        (
            "id",
            "timestamp",
            "project_features",
            "predicted_price",
            "confidence_score",
            "similar_projects_count",
            "model_version",
            "actual_price",
            "was_accepted",
            "user_modified_price",
        ),
    ),
    Source(
        Kind.AUDIT,
        AUDIT,
        (
            "id",
            "table_name",
            "record_id",
            "action_type",
            "user_id",
            "timestamp",
            "old_values",
            "new_values",
        ),
    ),
)


class Met(NamedTuple):
    """A record with what belongs to it, and what of that belongs to nothing or is too much."""

    record: LegacyRecord | None
    orphans: list[LegacyRow]
    surplus: list[LegacyRow]


# Hears of a table that can't be read, or no further.
Tell = Callable[[str, Said], None]


def records_of(source: Source, original: Original, tell: Tell) -> Iterator[Met]:
    """The rows of a table with what belongs to them, both read once and side by side."""
    try:
        yield from _records_of(source, original, tell)
    except Unread as unread:
        tell(source.table, unread.said)


def _records_of(source: Source, original: Original, tell: Tell) -> Iterator[Met]:
    rows = original.rows(source.table, source.columns, "id")
    if source.parts is None:
        yield from (Met(LegacyRecord(row), [], []) for row in rows)
        return
    parts = _Side(source.parts, original, tell)
    for row in rows:
        key = key_of(row.get("id"))
        orphans = list(parts.before(key))
        own = list(parts.at(key))
        yield Met(LegacyRecord(row, own[:MOST_PARTS]), orphans, own[MOST_PARTS:])
    for orphan in parts.rest():
        yield Met(None, [orphan], [])


def key_of(value: Any) -> str:
    """The hex digits of an id, by which rows are sorted."""
    return "" if value is None else str(value).replace("-", "").lower()


class _Side:
    """The rows that belong to others, read as far as they are asked for."""

    def __init__(self, parts: Parts, original: Original, tell: Tell) -> None:
        self._parts = parts
        self._tell = tell
        self._rows = original.rows(parts.table, parts.columns, parts.by)
        self._next = self._read()

    def before(self, key: str) -> Iterator[LegacyRow]:
        """Rows that belong to something before `key`: to nothing, then."""
        while self._next is not None and self._key() < key:
            yield self._taken()

    def at(self, key: str) -> Iterator[LegacyRow]:
        """Rows that belong to `key`."""
        while self._next is not None and key and self._key() == key:
            yield self._taken()

    def rest(self) -> Iterator[LegacyRow]:
        """All that is left."""
        while self._next is not None:
            yield self._taken()

    def _key(self) -> str:
        return key_of((self._next or {}).get(self._parts.by))

    def _taken(self) -> LegacyRow:
        assert self._next is not None
        row, self._next = self._next, self._read()
        return row

    def _read(self) -> LegacyRow | None:
        try:
            return next(self._rows, None)
        except Unread as unread:
            self._tell(self._parts.table, unread.said)
            return None
