"""What nearly every price and search begins with, read for all who ask at a time by one statement.

The settings, the model that answers and the collections that are searched each take a line to
read, and a way to PostgreSQL and back takes ten times as long as the reading. What is answered was
read behind the question, never before. The settings are sent again only when they have changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, literal_column, select

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.tables.pricing import price_model, price_model_activation
from handwerk.adapters.postgres.tables.search import active_collection
from handwerk.adapters.postgres.tables.settings import firm_settings
from handwerk.domain.kernel.gathering import Gathered
from handwerk.domain.pricing.learned import RECIPE
from handwerk.domain.search.model import Collection, Kind
from handwerk.domain.settings.model import FirmSettings

# Price lists come as text, so that no price passes through a float.
PRICE_LISTS = ("foam_types", "seam_extras", "seam_hours")
WORDS = "search_words"
AS_TEXT = (*PRICE_LISTS, WORDS)
SETTINGS: list[Any] = [
    cast(firm_settings.c[field], Text) if field in AS_TEXT else firm_settings.c[field]
    for field in FirmSettings.__struct_fields__
]

_ONE: Any = literal_column("1")
_RECIPE: Any = literal_column(str(RECIPE))
_MODEL = (
    select(price_model.c.version)
    .join(price_model_activation, price_model_activation.c.version == price_model.c.version)
    .where(price_model.c.recipe == _RECIPE)
    .order_by(price_model_activation.c.id.desc())
    .limit(_ONE)
)
_FIELDS = ("name", "model", "dimensions")
_KINDS = tuple(Kind)
_COLLECTIONS = ", ".join(f"{kind}.{field}" for kind in _KINDS for field in _FIELDS)
_JOINED = " ".join(
    f"LEFT JOIN {active_collection.name} AS {kind} ON {kind}.kind = '{kind}'" for kind in _KINDS
)
# The column by which PostgreSQL tells one version of a row from the next, whoever wrote it.
_STAMP = "firm_settings.xmin::text"
_SQL = f"""
SELECT (SELECT {_STAMP} FROM firm_settings), ({compiled(_MODEL).sql}), {_COLLECTIONS}
FROM (SELECT) AS always {_JOINED}
"""  # noqa: S608  # names of our own
_SETTINGS = compiled(select(cast(literal_column("firm_settings.xmin"), Text), *SETTINGS)).sql


class Now(NamedTuple):
    """How things stood when somebody asked. `settings` is the same object until they change."""

    settings: Row | None
    model: str | None
    collections: Mapping[Kind, Collection]


class Standing:
    """Tells how things stand. It belongs to one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stamp: str | None = None
        self._settings: Row | None = None
        self._gathered = Gathered[None, Now](self._together)

    async def now(self) -> Now:
        """How things stand now."""
        return await self._gathered.ask(None)

    async def _together(self, asked: Sequence[None]) -> Sequence[Now]:
        [[stamp, model, *told]] = await self._database.all(_SQL)
        if stamp != self._stamp:
            row = await self._database.one(_SETTINGS)
            self._stamp, self._settings = (None, None) if row is None else (row[0], row[1:])
        return [Now(self._settings, model, _collections(told))] * len(asked)


def _collections(told: Sequence[Any]) -> dict[Kind, Collection]:
    found = {}
    for place, kind in enumerate(_KINDS):
        name, model, dimensions = told[place * len(_FIELDS) : (place + 1) * len(_FIELDS)]
        if name is not None:
            found[kind] = Collection(name, kind, model, dimensions)
    return found
