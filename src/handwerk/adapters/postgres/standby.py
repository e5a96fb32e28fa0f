"""Finds projects and passages by their words in PostgreSQL, for while the index is away.

Every stretch of letters is looked up in the index of three-letter runs on its own. So many rows are
taken of each, as they lie, so that what two of them have in common stays among them.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text

from handwerk.adapters.postgres.database import Database, Statement, compiled
from handwerk.domain.search.model import Filters
from handwerk.domain.search.standby import Sought

# Rows of each stretch of letters: enough to meet those that hold several, few enough to be read in
# some milliseconds.
ROWS = 1_000
# Rows of each kind of project that the query names.
NAMED_ROWS = 200

_SOUGHT = """
sought AS (
    SELECT * FROM unnest(CAST(:letters AS text[]), CAST(:terms AS integer[]),
        CAST(:weights AS double precision[])) AS given (letters, term, weight)
)"""
_FITS = """
    (CAST(:project_type AS text) IS NULL OR project_type = :project_type)
    AND (CAST(:region AS text) IS NULL OR region = :region)
    AND (CAST(:wood_type AS text) IS NULL OR wood_type = :wood_type)
    AND (CAST(:is_finalized AS boolean) IS NULL OR is_finalized = :is_finalized)
    AND (CAST(:from_date AS date) IS NULL OR project_date >= :from_date)
    AND (CAST(:to_date AS date) IS NULL OR project_date <= :to_date)"""
# Kind and wood are not among the words of a row: what they hold of the query is added, worked out
# once for each pair of them. Kinds are few, and walked along their index.
_PROJECTS = f"""
WITH RECURSIVE {_SOUGHT}, kind AS (
    SELECT min(project_type) AS word FROM project
    UNION ALL
    SELECT (SELECT min(project_type) FROM project WHERE project_type > kind.word)
    FROM kind WHERE kind.word IS NOT NULL
), hit AS MATERIALIZED (
    SELECT found.*, sought.term, sought.weight
    FROM sought CROSS JOIN LATERAL (
        SELECT id, project_type, wood_type FROM project
        WHERE grams(said) @> sought_grams(sought.letters)
            AND strpos(said, sought.letters) > 0 AND {_FITS}
        LIMIT :rows
    ) AS found
    UNION ALL
    SELECT found.*, -1, 0
    FROM kind CROSS JOIN LATERAL (
        SELECT id, project_type, wood_type FROM project
        WHERE project_type = kind.word AND {_FITS}
        LIMIT :named_rows
    ) AS found
    WHERE EXISTS (SELECT FROM sought WHERE strpos(said(kind.word), sought.letters) > 0)
), pair AS (
    SELECT DISTINCT project_type, wood_type,
        said(concat_ws(' ', project_type, wood_type)) AS words
    FROM hit
), held AS (
    SELECT project_type, wood_type, (
        SELECT coalesce(sum(best.weight), 0) FROM (
            SELECT max(sought.weight) AS weight FROM sought
            WHERE strpos(pair.words, sought.letters) > 0 GROUP BY sought.term
        ) AS best
    ) AS weight FROM pair
), scored AS (
    SELECT id, project_type, wood_type, sum(weight) AS weight FROM (
        SELECT id, project_type, wood_type, max(weight) AS weight FROM hit
        GROUP BY id, project_type, wood_type, term
    ) AS once GROUP BY id, project_type, wood_type
)
SELECT scored.id FROM scored JOIN held ON held.project_type = scored.project_type
    AND held.wood_type IS NOT DISTINCT FROM scored.wood_type
ORDER BY scored.weight + held.weight DESC, scored.id DESC LIMIT :limit
"""  # noqa: S608  # made of constants
_PASSAGES = f"""
WITH {_SOUGHT}, hit AS MATERIALIZED (
    SELECT found.id, sought.term, sought.weight
    FROM sought CROSS JOIN LATERAL (
        SELECT document_passage.id
        FROM document_passage JOIN document ON document.id = document_passage.document_id
        WHERE grams(said(document_passage.text)) @> sought_grams(sought.letters)
            AND document.deleted_at IS NULL
            AND (CAST(:project_id AS uuid) IS NULL OR document.project_id = :project_id)
        LIMIT :rows
    ) AS found
)
SELECT id FROM (SELECT id, term, max(weight) AS weight FROM hit GROUP BY id, term) AS once
GROUP BY id ORDER BY sum(weight) DESC, id LIMIT :limit
"""  # noqa: S608  # made of constants
PROJECTS, PASSAGES = compiled(text(_PROJECTS)), compiled(text(_PASSAGES))


async def worded(
    database: Database,
    statement: Statement,
    wanted: Sequence[Sought],
    filters: Filters,
    limit: int,
) -> list[UUID]:
    """The ids of what holds most of `wanted`, the best first; none where nothing is wanted."""
    if not wanted:
        return []
    values: dict[str, Any] = msgspec.structs.asdict(filters) | {
        "letters": [one.letters for one in wanted],
        "terms": [one.term for one in wanted],
        "weights": [one.weight for one in wanted],
        "rows": ROWS,
        "named_rows": NAMED_ROWS,
        "limit": limit,
    }
    rows = await database.all(statement.sql, statement.params(values), planned=True)
    return [row[0] for row in rows]
