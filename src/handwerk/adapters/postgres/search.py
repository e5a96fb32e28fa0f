"""What the search reads and keeps in PostgreSQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from handwerk.adapters.postgres.database import Database, Row, Statement, compiled
from handwerk.adapters.postgres.projects import COUNTS
from handwerk.adapters.postgres.recent import RecentProjects
from handwerk.adapters.postgres.standby import PROJECTS, worded
from handwerk.adapters.postgres.standing import WORDS, Standing
from handwerk.adapters.postgres.tables.projects import project
from handwerk.adapters.postgres.tables.search import active_collection
from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import Collection, Filters, Kind
from handwerk.domain.search.standby import Sought
from handwerk.domain.settings.model import FirmSettings

_LIMIT: Any = bindparam("limit")
_IDS = select(project.c.id).where(COUNTS).order_by(project.c.id).limit(_LIMIT)
_FIRST_IDS = compiled(_IDS)
_NEXT_IDS = compiled(_IDS.where(project.c.id > bindparam("after")))

# Enough texts to know a firm's words, and enough words to know its typing errors.
_MAX_TEXTS = 20_000
_MAX_WORDS = 30_000
# Words of two letters and more, letters beyond ASCII included under every locale of the server.
_VOCABULARY = """
WITH text AS (
    SELECT id, lower(concat_ws(' ', name, project_type, wood_type, description)
                     COLLATE pg_c_utf8) AS said
    FROM project ORDER BY id DESC LIMIT %s
), word AS (
    SELECT DISTINCT text.id, found.word
    FROM text, regexp_split_to_table(text.said, '[^[:alnum:]]+') AS found(word)
    WHERE length(found.word) BETWEEN 2 AND 40
)
SELECT word, count(*), (SELECT count(*) FROM text) FROM word
GROUP BY word ORDER BY count(*) DESC, word LIMIT %s
"""
_WORDS_AT = FirmSettings.__struct_fields__.index(WORDS)

_FIELDS = ("name", "kind", "model", "dimensions")
_SET = (*_FIELDS, "chosen")
_NEW: Any = insert(active_collection).values({field: bindparam(field) for field in _SET})
_ACTIVATE = compiled(
    _NEW.on_conflict_do_update(
        index_elements=["kind"],
        set_={field: _NEW.excluded[field] for field in ("name", "model", "dimensions", "chosen")}
        | {"activated_at": func.now()},
    )
)
_CHOSEN = compiled(
    select(active_collection.c.chosen).where(active_collection.c.kind == bindparam("wanted"))
).sql


def choosing(collection: Collection) -> tuple[Statement, dict[str, Any]]:
    """The write that lets `collection` answer, as a migration chose it."""
    return _ACTIVATE, _values(collection) | {"chosen": True}


def _values(collection: Collection) -> dict[str, Any]:
    return {field: getattr(collection, field) for field in _FIELDS}


class PostgresFindableProjects:
    """Reads the projects that may be found."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent = RecentProjects(database)

    async def of(self, ids: Sequence[UUID]) -> list[Project]:
        """Those of `ids` that exist."""
        return await self._recent.of(ids)

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        statement = _FIRST_IDS if after is None else _NEXT_IDS
        params = statement.params({"after": after, "limit": limit})
        return [row[0] for row in await self._database.all(statement.sql, params)]

    async def worded(self, wanted: Sequence[Sought], filters: Filters, limit: int) -> list[UUID]:
        """Those that hold most of `wanted`."""
        return await worded(self._database, PROJECTS, wanted, filters, limit)


class PostgresCollections:
    """Remembers which collection answers."""

    def __init__(self, database: Database, standing: Standing | None = None) -> None:
        """It may share `standing` with other readers."""
        self._database = database
        self._standing = standing or Standing(database)

    async def active(self, kind: Kind) -> Collection | None:
        """The collection that answers for `kind`."""
        return (await self._standing.now()).collections.get(kind)

    async def activate(self, collection: Collection) -> None:
        """From now on `collection` answers for its kind."""
        values = _values(collection) | {"chosen": False}
        await self._database.run(_ACTIVATE.sql, _ACTIVATE.params(values))

    async def chosen(self, kind: Kind) -> bool:
        """Whether a migration made it answer."""
        row = await self._database.one(_CHOSEN, (kind,))
        return row is not None and bool(row[0])


class PostgresFirmWords:
    """Reads the firm's words from its projects and its settings."""

    def __init__(self, database: Database, standing: Standing | None = None) -> None:
        """It may share `standing` with other readers."""
        self._database = database
        self._standing = standing or Standing(database)
        self._read: Row | None = None
        self._groups: tuple[str, ...] = ()

    async def groups(self) -> tuple[str, ...]:
        """The firm's own synonyms."""
        row = (await self._standing.now()).settings
        if row is not self._read:
            words = "[]" if row is None else row[_WORDS_AT]
            self._read, self._groups = row, msgspec.json.decode(words, type=tuple[str, ...])
        return self._groups

    async def vocabulary(self) -> tuple[dict[str, int], int]:
        """The words of the newest projects."""
        rows = await self._database.all(_VOCABULARY, (_MAX_TEXTS, _MAX_WORDS))
        return {word: count for word, count, _ in rows}, rows[0][2] if rows else 0
