"""Projects that were read a moment ago: only what changed since is sent again.

A search reads some fifty projects to answer with five of them, and the next one many of the same.
PostgreSQL marks each version of a row (`xmin`), whoever wrote it, so what is kept is never stale.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from handwerk.adapters.postgres.database import Database, compiled
from handwerk.adapters.postgres.projects import COUNTS, STORED
from handwerk.adapters.postgres.tables.projects import project
from handwerk.domain.projects.model import Project

# With ordinary descriptions 20 MB; what is longer than this is read anew each time.
MOST = 8_192
LONGEST = 2_000
# No row has it.
_NEVER = "0"
_STORED = ", ".join(f"project.{field}" for field in STORED)
# The condition as the lists have it, without the SELECT before it.
_COUNTS = compiled(select(project.c.id).where(COUNTS)).sql.partition("WHERE")[2]
# Arrays go out as text, and a place comes back in place of an id: both are read many times faster.
_SQL = f"""
SELECT asked.place, project.xmin::text, said.*
FROM unnest(%s::text::uuid[], %s::text::text[]) WITH ORDINALITY AS asked (id, stamp, place)
JOIN project ON project.id = asked.id
LEFT JOIN LATERAL (SELECT {_STORED}) AS said ON project.xmin::text <> asked.stamp
WHERE {_COUNTS}
"""  # noqa: S608  # names of our own


class _Read(NamedTuple):
    """A version of a project, and PostgreSQL's mark of it."""

    stamp: str
    project: Project


class RecentProjects:
    """Reads projects that count, and keeps those read last. It belongs to one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[UUID, _Read] = OrderedDict()

    async def of(self, ids: Sequence[UUID]) -> list[Project]:
        """Those of `ids` that exist and count; of an unchanged one the very object of before."""
        kept = [self._kept.get(known) for known in ids]
        stamps = [read.stamp if read else _NEVER for read in kept]
        params = (f"{{{','.join(map(str, ids))}}}", f"{{{','.join(stamps)}}}")
        found: dict[UUID, Project] = {}
        for place, stamp, *said in await self._database.all(_SQL, params):
            before = kept[place - 1]
            if said[0] is not None or before is None:
                before = _Read(stamp, Project(*said))
            found[ids[place - 1]] = before.project
            self._keep(before)
        for gone in (known for known in ids if known not in found):
            self._kept.pop(gone, None)
        return list(found.values())

    def _keep(self, read: _Read) -> None:
        if len(read.project.description or "") > LONGEST:
            self._kept.pop(read.project.id, None)
            return
        self._kept[read.project.id] = read
        self._kept.move_to_end(read.project.id)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
