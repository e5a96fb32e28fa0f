"""What an export says of itself, and the checks that it passes before anything is written."""

import re
from datetime import datetime

import msgspec

from handwerk.domain.kernel.errors import InvalidInput, Unanswerable
from handwerk.domain.moving.whole import DOCUMENTS, MANIFEST, MODELS, TAKEN

FORMAT = "handwerk-firm"
FORMAT_VERSION = 1
_NAME = re.compile(
    rf"tables/(?P<table>[a-z_]{{1,63}})-[0-9]{{5}}\.jsonl"
    rf"|{MODELS.folder}/[0-9a-f-]{{36}}{re.escape(MODELS.ending)}"
    rf"|{DOCUMENTS}/[0-9a-f]{{64}}-[0-9a-f]{{32}}"
)


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of an export: its size in bytes, its SHA-256 in hex."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An export: the rows of each table, every file, and which documents have lost theirs."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    release: str
    schema: str
    written_at: datetime
    tables: dict[str, int]
    files: dict[str, Listed]
    missing: list[str] = []


def understood(text: bytes) -> Manifest:
    """The manifest that `text` spells; `InvalidInput` where it is none of this format."""
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput.of(MANIFEST, f"can't be read: {error}") from error
    known = (manifest.format, manifest.format_version) == (FORMAT, FORMAT_VERSION)
    if not known:
        raise InvalidInput.of(MANIFEST, f"is not of the format {FORMAT} {FORMAT_VERSION}")
    strange = next((name for name in manifest.files if not _NAME.fullmatch(name)), None)
    if strange is not None:
        raise InvalidInput.of(MANIFEST, f"names '{strange[:100]}', which no export holds")
    if set(manifest.tables) != set(TAKEN):
        raise InvalidInput.of(MANIFEST, "does not name the tables of an export")
    return manifest


def refuse_other_schema(manifest: Manifest, schema: str) -> None:
    """Raise `Unanswerable` where the export was written by a release with other tables."""
    if manifest.schema != schema:
        raise Unanswerable(
            f"The export was written by release {manifest.release} (schema {manifest.schema}); "
            f"this one has schema {schema}. Bring it into that release, then update it."
        )


def refuse_unlike(manifest: Manifest, found: dict[str, Listed]) -> None:
    """Raise `InvalidInput` for files that are missing, too many or not what the manifest says."""
    for name, listed in manifest.files.items():
        if name not in found:
            raise InvalidInput.of(name, "is missing from the export")
        if found[name] != listed:
            raise InvalidInput.of(name, "is damaged: its SHA-256 is not what the manifest says")
    for name in found.keys() - manifest.files.keys():
        raise InvalidInput.of(name[:200], "is not in the manifest")


def table_of(name: str) -> str | None:
    """The table whose rows a file holds; `None` for any other file."""
    match = _NAME.fullmatch(name)
    return match["table"] if match else None
