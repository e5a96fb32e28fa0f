"""Past projects that are like a text, and the index that finds them."""

from collections.abc import Sequence
from typing import Any, Literal, Unpack

from handwerk.client import inputs
from handwerk.client.answers.search import (
    Found,
    IndexStats,
    Migration,
    QualityReport,
    SimilarBatch,
)
from handwerk.client.answers.tasks import Accepted
from handwerk.client.connecting import Connection, new_key
from handwerk.client.inputs import Id

# Each query is searched for three times, and a large firm has many projects.
QUALITY_SECONDS = 600.0


class Similarity:
    """Search by words and by meaning."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def find(self, query: str, **asked: Unpack[inputs.Similar]) -> Found:
        """The projects most like a text, each with the reason."""
        days = {"from_date": "from", "to_date": "to"}
        body: dict[str, Any] = {days.get(name, name): value for name, value in asked.items()}
        path = "/similarity/find-similar"
        return self._server.ask(Found, "POST", path, body={"query": query} | body, is_reading=True)

    def find_each(self, queries: Sequence[str], **asked: Unpack[inputs.Likeness]) -> SimilarBatch:
        """The same for up to 50 texts, in their order."""
        body: dict[str, Any] = {"queries": list(queries), **asked}
        path = "/similarity/batch-similar"
        return self._server.ask(SimilarBatch, "POST", path, body=body, is_reading=True)

    def stats(self) -> IndexStats:
        """What the index is made of, and how many projects can be found now."""
        return self._server.ask(IndexStats, "GET", "/similarity/stats")

    def quality(self, queries: Sequence[inputs.JudgedQuery]) -> QualityReport:
        """How well judged queries are answered."""
        return self._server.ask(
            QualityReport,
            "POST",
            "/similarity/quality",
            body={"queries": queries},
            is_reading=True,
            seconds=QUALITY_SECONDS,
        )

    def reindex(
        self, mode: Literal["all", "changed", "check"] = "changed", *, key: str | None = None
    ) -> Accepted:
        """Have the index brought up to date while it answers."""
        path = "/similarity/reindex"
        return self._server.ask(Accepted, "POST", path, body={"mode": mode}, key=key or new_key())

    def migrations(self) -> list[Migration]:
        """The newest moves of the index to another model."""
        return self._server.ask(list[Migration], "GET", "/similarity/migrations")

    def migration(self, migration_id: Id) -> Migration:
        """How far a move is, and its report."""
        return self._server.ask(Migration, "GET", f"/similarity/migrations/{migration_id}")

    def begin_migration(
        self,
        model: str,
        judged: Sequence[inputs.JudgedQuery] = (),
        *,
        key: str | None = None,
    ) -> Migration:
        """Have a second collection filled by another model, while the first answers."""
        body = {"model": model, "judged": list(judged)}
        path = "/similarity/migrations"
        return self._server.ask(Migration, "POST", path, body=body, key=key or new_key())

    def cut_over(self, migration_id: Id) -> Migration:
        """Let the new collection answer."""
        return self._moved(migration_id, "cut-over")

    def roll_back(self, migration_id: Id) -> Migration:
        """Let the old collection answer again."""
        return self._moved(migration_id, "roll-back")

    def abandon(self, migration_id: Id) -> Migration:
        """Drop the new collection."""
        return self._moved(migration_id, "abandon")

    def finish(self, migration_id: Id) -> Migration:
        """Drop the old collection. There is no way back."""
        return self._moved(migration_id, "finish")

    def _moved(self, migration_id: Id, step: str) -> Migration:
        return self._server.ask(Migration, "POST", f"/similarity/migrations/{migration_id}/{step}")
