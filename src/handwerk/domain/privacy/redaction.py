"""Names in free texts: where a text occurs, and what is put in its place."""

import re
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks

SHORTEST_TEXT = 3
LONGEST_TEXT = 200
LONGEST_REPLACEMENT = 50
REPLACEMENT = "[geschwärzt]"
# In one request; what remains is told, and asked for again.
MOST_RECORDS = 500


class RedactionInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which text is to go, whatever its case, and what stands there then.

    `dry_run` tells where it occurs and changes nothing.
    """

    text: str
    replacement: str = REPLACEMENT
    dry_run: bool = False

    def checked(self) -> "RedactionInput":
        """With texts trimmed; `InvalidInput` names what is wrong."""
        checks = Checks()
        text = checks.text("text", self.text, LONGEST_TEXT) or ""
        checks.that(len(text) >= SHORTEST_TEXT, "text", f"needs {SHORTEST_TEXT} characters or more")
        replacement = checks.text("replacement", self.replacement, LONGEST_REPLACEMENT, shortest=1)
        held = text and text.lower() in (replacement or "").lower()
        checks.that(not held, "replacement", "holds the text that is to go")
        checks.refuse_if_any()
        return RedactionInput(text, replacement or "", self.dry_run)


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A record that holds the text. `redacted` says whether it was taken out; `note` why not."""

    record: str
    id: UUID
    fields: list[str]
    occurrences: int
    redacted: bool = False
    note: str | None = None


class Redaction(msgspec.Struct, frozen=True, kw_only=True):
    """What a redaction found. `more` says that other records hold the text still: ask again.

    `in_history` counts entries of the sealed history that hold it. They stay as they are.
    """

    dry_run: bool
    found: list[Occurrence]
    redacted: int
    kept: int
    in_history: int
    more: bool
    notes: list[str]


# What holds free text within JSON; the others are dates, ids, prices and the program's words.
FREE = frozenset(
    {"name", "description", "cancel_reason", "value", "words", "error", "message", "detail", "text"}
)
KEPT_CLOSED = "Finalised and cancelled records are immutable and kept for ten years (GoBD)."
KEPT_HISTORY = (
    "The sealed history keeps what was recorded for ten years (GoBD, § 147 AO; Art. 17 (3) b "
    "DSGVO); it is read by admins alone."
)
KEPT_FILES = (
    "Texts that were read from documents are redacted, the uploaded files are not: delete the "
    "document where its file must go."
)


class Redactor:
    """Takes one text out of others, whatever its case; counts how often."""

    def __init__(self, text: str, replacement: str) -> None:
        self._pattern = re.compile(re.escape(text), re.IGNORECASE)
        self._replacement = replacement

    def text(self, text: str | None, longest: int | None = None) -> tuple[str | None, int]:
        """`text` without it, at most so long, and how often it was there."""
        if text is None:
            return None, 0
        cleaned, times = self._pattern.subn(lambda _: self._replacement, text)
        return cleaned[:longest], times

    def value(self, value: Any, key: str | None = None) -> tuple[Any, int]:
        """The same for the free texts within a JSON value, known by their keys; all else stays."""
        if isinstance(value, str):
            return self.text(value) if key is None or key in FREE else (value, 0)
        if isinstance(value, list):
            parts = [self.value(part, key) for part in value]
            return [part for part, _ in parts], sum(times for _, times in parts)
        if isinstance(value, dict):
            found = [(name, *self.value(part, name)) for name, part in value.items()]
            return {name: part for name, part, _ in found}, sum(times for *_, times in found)
        return value, 0
