"""What some hundred rows do to the materials and prices that are there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.kernel.transaction import Change
from handwerk.domain.materials.importing.lines import Line, Wanted
from handwerk.domain.materials.importing.placing import Overlap, held_already, placed
from handwerk.domain.materials.importing.ports import Known
from handwerk.domain.materials.model import Material
from handwerk.domain.materials.prices import MaterialPrice, Revision
from handwerk.domain.tables.language import Said

_MASTER = ("name", "category", "unit", "datanorm_id")


class Refused(Exception):
    """The row can't be taken in; the field that is at fault, and why."""

    def __init__(self, field: str, said: Said) -> None:
        super().__init__()
        self.field = field
        self.said = said


class Shelf:
    """The materials that some rows name, as the rows before have left them."""

    def __init__(self, actor_id: UUID | None, *, ends_are_told: bool) -> None:
        self.added: dict[UUID, Material] = {}
        self.changed: dict[UUID, Material] = {}
        self.added_prices: dict[UUID, MaterialPrice] = {}
        self.changed_prices: dict[UUID, MaterialPrice] = {}
        self.changes: list[Change] = []
        self._actor_id = actor_id
        self._ends_are_told = ends_are_told
        self._same: dict[Wanted, Material] = {}
        self._prices: dict[UUID, dict[UUID, MaterialPrice]] = {}

    def lay_out(self, prices: Mapping[UUID, Sequence[MaterialPrice]]) -> None:
        """Know what materials cost that are there."""
        for material_id, history in prices.items():
            self._prices[material_id] = {price.id: price for price in history}

    def take_in(self, line: Line, known: Known) -> tuple[bool, bool]:
        """Whether the row has made something new, and whether it has changed something else.

        `Refused` where it can't; then nothing is changed.
        """
        material, is_new = self._meant(line, known)
        revision = self._revision(line, material)
        is_changed = not is_new and self._bring_up_to_date(line, material)
        if is_new:
            self._add(material, line.wanted)
        self._revise(revision)
        made = is_new or revision.added is not None
        return made, is_changed or revision.changed is not None

    def _meant(self, line: Line, known: Known) -> tuple[Material, bool]:
        if line.material is None:
            return _counted_so(_named(line.wanted, known), line.per), False
        same = self._same.get(line.wanted) or known.same
        if same is not None:
            return same, False
        if len(known.numbered) > 1:
            raise Refused("datanorm_id", _SEVERAL)
        fresh = [each for each in known.numbered if each.id not in self.changed]
        return (fresh[0], False) if fresh else (line.material, True)

    def _revision(self, line: Line, material: Material) -> Revision:
        if line.price is None:
            return Revision()
        history = list(self._prices.get(material.id, {}).values())
        new = msgspec.structs.replace(line.price, material_id=material.id)
        if not line.says_day and held_already(history, new):
            return Revision()
        try:
            return placed(history, new, ends_are_told=self._ends_are_told)
        except Overlap as overlap:
            raise Refused("valid_from", _overlaps(overlap.other)) from overlap

    def _bring_up_to_date(self, line: Line, material: Material) -> bool:
        """Let the material be what the row says of it."""
        told = line.material
        if told is None or _master(told) == _master(material):
            return False
        new = msgspec.structs.replace(
            material, **_master(told), updated_at=told.updated_at, version=material.version + 1
        )
        self.changed[new.id] = self._same[line.wanted] = new
        self._record("material", new.id, "update", material, new)
        return True

    def _add(self, material: Material, wanted: Wanted) -> None:
        self.added[material.id] = self._same[wanted] = material
        self._record("material", material.id, "import", None, material)

    def _revise(self, revision: Revision) -> None:
        changed, added = revision.changed, revision.added
        if changed is not None:
            prices = self._prices[changed.material_id]
            self._record("material_price", changed.id, "update", prices[changed.id], changed)
            prices[changed.id] = changed
            where = self.added_prices if changed.id in self.added_prices else self.changed_prices
            where[changed.id] = changed
        if added is not None:
            self._prices.setdefault(added.material_id, {})[added.id] = added
            self.added_prices[added.id] = added
            self._record("material_price", added.id, "import", None, added)

    def _record(self, table: str, record_id: UUID, action: str, old: Any, new: Any) -> None:
        before = None if old is None else msgspec.structs.asdict(old)
        after = msgspec.structs.asdict(new)
        self.changes.append(Change(table, record_id, action, self._actor_id, before, after))


def _named(wanted: Wanted, known: Known) -> Material:
    """The one material that a row of prices names: by id, else by number, else by name."""
    found: tuple[Material, ...]
    if wanted.material_id is not None:
        field, found = "material_id", (known.by_id,) if known.by_id else ()
    elif wanted.datanorm_id is not None:
        field, found = "datanorm_id", known.numbered
    else:
        field, found = "name", known.named
    if not found:
        raise Refused(field, _NONE)
    if len(found) > 1:
        raise Refused(field, _SEVERAL)
    return found[0]


def _counted_so(material: Material, per: int) -> Material:
    if per > 1 and not material.unit.startswith(f"{per} "):
        raise Refused("price_unit", _OTHER_UNIT)
    return material


def _master(material: Material) -> dict[str, Any]:
    return {field: getattr(material, field) for field in _MASTER}


_NONE = Said(
    "there is no such material; a table that has category and unit as well creates it",
    "dieses Material gibt es nicht; eine Tabelle auch mit Kategorie und Einheit legt es an",
)
_SEVERAL = Said(
    "there are several such materials; name it by its id",
    "es gibt mehrere solche Materialien; bitte die ID (material_id) angeben",
)


_OTHER_UNIT = Said(
    "the price is for more than the material's unit",
    "der Preis gilt für mehr als die Einheit des Materials",
)


def _overlaps(other: MaterialPrice) -> Said:
    end = other.valid_to
    return Said(
        f"overlaps another price of this material in this region, {other.price} € from"
        f" {other.valid_from}" + (f" to {end}" if end else " on"),
        "überschneidet sich mit einem anderen Preis dieses Materials in dieser Region:"
        f" {str(other.price).replace('.', ',')} € ab {other.valid_from:%d.%m.%Y}"
        + (f" bis {end:%d.%m.%Y}" if end else ""),
    )
