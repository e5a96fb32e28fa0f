"""Judged queries out of a table."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from handwerk.client.inputs import JudgedQuery

SEPARATOR = "|"
_NAMES = {
    "query": ("query", "anfrage", "suche", "frage"),
    "relevant": ("relevant", "relevant name or id", "relevant_name", "relevant_id", "treffer"),
    "kind": ("kind", "art"),
    "use": ("use",),
}
# The server takes so many at once.
MOST = 500


def judged_queries(file: Path, use: str | None) -> list[JudgedQuery]:
    """The queries of `file` as the server takes them; a usage error says what is wrong with it."""
    found: dict[str, Any] = {}
    for line, row in enumerate(_rows(file), start=2):
        if use is not None and row.get("use", "").casefold() != use.casefold():
            continue
        query = row["query"].strip()
        relevant = [each.strip() for each in row["relevant"].split(SEPARATOR) if each.strip()]
        if not query or not relevant:
            raise click.UsageError(f"{file.name}, line {line}: query or relevant is empty.")
        one = found.setdefault(query, {"query": query, "relevant": [], "kind": row.get("kind", "")})
        one["relevant"] += relevant
    if not 1 <= len(found) <= MOST:
        raise click.UsageError(f"{file.name} holds {len(found)} queries; it takes 1 to {MOST}.")
    return list(found.values())


def _rows(file: Path) -> Iterable[dict[str, str]]:
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file.name} is not UTF-8: {error.reason}.") from error
    except OSError as error:
        raise click.UsageError(f"{file.name} can't be read: {error.strerror}.") from error
    first = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=";" if ";" in first else ",", strict=True)
    try:
        heading, *rows = list(reader) or [[]]
    except csv.Error as error:
        raise click.UsageError(f"{file.name} is no table: {error}.") from error
    places = _places(heading)
    missing = [name for name in ("query", "relevant") if name not in places]
    if missing:
        raise click.UsageError(f"{file.name} has no column `{'`, `'.join(missing)}`.")
    for row in rows:
        if any(cell.strip() for cell in row):
            yield {name: row[at] if at < len(row) else "" for name, at in places.items()}


def _places(heading: list[str]) -> dict[str, int]:
    """Which column holds what."""
    plain = [cell.strip().casefold() for cell in heading]
    return {
        name: plain.index(known)
        for name, alike in _NAMES.items()
        for known in alike[::-1]
        if known in plain
    }
