"""Texts that people write, wherever they lie: found, and redacted, by record.

Looked for text by text, since no index knows a part of a word; a million projects take seconds,
for an admin's rare request.
"""

from typing import Any, NamedTuple
from uuid import UUID

from handwerk.adapters.postgres.database import Statement
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.privacy.redaction import KEPT_CLOSED, Occurrence, Redactor


class Place(NamedTuple):
    """A table of records. `closed` is SQL for those that may not change any more.

    `of` is the record's name and its id's column, `keys` tell the table's rows apart. `texts` hold
    text (and how long at most), `jsons` texts within JSON.
    """

    table: str
    of: tuple[str, str]
    keys: tuple[str, ...]
    texts: dict[str, int | None]
    jsons: tuple[str, ...] = ()
    closed: str = "false"
    versioned: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns with texts."""
        return (*self.texts, *self.jsons)


_OPEN_PROJECT = (
    "is_finalized OR cancels IS NOT NULL OR "
    "EXISTS (SELECT FROM project AS reversal WHERE reversal.cancels = project.id)"
)
PLACES = (
    Place(
        "project",
        ("project", "id"),
        ("id",),
        {"name": 255, "description": 10_000, "cancel_reason": 1_000},
        closed=_OPEN_PROJECT,
        versioned=True,
    ),
    Place("project_bin", ("project_bin", "id"), ("id",), {}, ("project",)),
    Place("material", ("material", "id"), ("id",), {"name": 255}, versioned=True),
    Place(
        "document",
        ("document", "id"),
        ("id",),
        {"filename": 255, "preview": None, "error": None},
        ("extracted_features", "notes"),
        versioned=True,
    ),
    Place("document_page", ("document", "document_id"), ("document_id", "number"), {"text": None}),
    Place("document_passage", ("document", "document_id"), ("id",), {"text": None}),
    Place("prediction", ("prediction", "id"), ("id",), {}, ("given", "answer")),
    Place(
        "job",
        ("job", "id"),
        ("id",),
        {"error": None, "progress_word": None},
        ("result", "history"),
        closed="status IN ('PENDING', 'STARTED', 'RETRY')",
    ),
)
_RUNS = "The task has not ended; redact again when it has."
_NOTES = {"job": _RUNS}


class FreeTexts:
    """Free texts inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def holding(self, text: str, most: int) -> list[Occurrence]:
        """Which records hold `text`; rows of one record are told together."""
        redactor = Redactor(text, "")
        found: dict[tuple[str, UUID], Occurrence] = {}
        for place in PLACES:
            for row in await self._rows(place, "strpos(lower({}), lower(%s)) > 0", text, most):
                _note(found, place, row, redactor)
        return list(found.values())

    async def redact(self, found: Occurrence, redactor: Redactor) -> None:
        """Take the text out of all rows of that record."""
        for place in PLACES:
            if place.of[0] == found.record:
                await self._redact_in(place, found.id, redactor)

    async def in_history(self, text: str, most: int) -> int:
        """How many entries of the history hold `text`; counting ends at `most`."""
        sql = (
            "SELECT count(*) FROM (SELECT FROM record_history "
            "WHERE strpos(lower(old::text), lower(%s)) > 0 "
            "OR strpos(lower(new::text), lower(%s)) > 0 LIMIT %s) AS held"
        )
        return int((await self._unit.read(sql, (text, text, most)))[0][0])

    async def _rows(self, place: Place, test: str, text: str, most: int) -> list[Any]:
        tests = " OR ".join(test.format(f"{column}::text") for column in place.columns)
        sql = (
            f"SELECT {place.of[1]}, {place.closed}, {_told(place)} FROM {place.table} "  # noqa: S608 - names of our own
            f"WHERE {tests} ORDER BY {', '.join(place.keys)} LIMIT %s"
        )
        return await self._unit.read(sql, (text,) * len(place.columns) + (most,))

    async def _redact_in(self, place: Place, record_id: UUID, redactor: Redactor) -> None:
        sql = (
            f"SELECT {', '.join(place.keys)}, {_told(place)} FROM {place.table} "  # noqa: S608 - names of our own
            f"WHERE {place.of[1]} = %s{'' if place.table == 'prediction' else ' FOR UPDATE'}"
        )
        for row in await self._unit.read(sql, (record_id,)):
            keys, values = row[: len(place.keys)], row[len(place.keys) :]
            cleaned = _cleaned(place, values, redactor)
            if cleaned:
                self._unit.write(_save(place, tuple(cleaned)), _values(place, cleaned, keys))


def _told(place: Place) -> str:
    return ", ".join(place.columns)


def _cleaned(place: Place, values: Any, redactor: Redactor) -> dict[str, Any]:
    """The columns that held the text, without it."""
    cleaned = {}
    for column, value in zip(place.columns, values, strict=True):
        if column in place.texts:
            new, times = redactor.text(value, place.texts[column])
        else:
            new, times = redactor.value(value)
        if times:
            cleaned[column] = new if column in place.texts else json_text(new)
    return cleaned


def _save(place: Place, columns: tuple[str, ...]) -> Statement:
    sets = [f"{column} = %s{'::jsonb' if column in place.jsons else ''}" for column in columns]
    if place.versioned:
        sets += ["version = version + 1", "updated_at = now()"]
    wanted = " AND ".join(f"{key} = %s" for key in place.keys)
    sql = f"UPDATE {place.table} SET {', '.join(sets)} WHERE {wanted}"  # noqa: S608 - names of our own
    return Statement(sql, (*columns, *(f"key {key}" for key in place.keys)), {})


def _values(place: Place, cleaned: dict[str, Any], keys: Any) -> dict[str, Any]:
    named = zip(place.keys, keys, strict=True)
    return cleaned | {f"key {key}": value for key, value in named}


def _note(
    found: dict[tuple[str, UUID], Occurrence], place: Place, row: Any, redactor: Redactor
) -> None:
    record_id, closed, *values = row
    counted = _counted(place, values, redactor)
    if not counted:
        return  # it stands in a date or an id within JSON
    known = found.get((place.of[0], record_id))
    fields = sorted({*(known.fields if known else ()), *counted})
    found[place.of[0], record_id] = Occurrence(
        record=place.of[0],
        id=record_id,
        fields=fields,
        occurrences=sum(counted.values()) + (known.occurrences if known else 0),
        note=_NOTES.get(place.table, KEPT_CLOSED) if closed else None,
    )


def _counted(place: Place, values: Any, redactor: Redactor) -> dict[str, int]:
    counted = {}
    for column, value in zip(place.columns, values, strict=True):
        _, times = redactor.text(value) if column in place.texts else redactor.value(value)
        if times:
            counted[column] = times
    return counted
