"""Materials, their prices and the material lists of projects in memory."""

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from uuid import UUID

import msgspec

from handwerk.adapters.memory.lists import page_of
from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.wording import is_said
from handwerk.domain.materials.errors import OverlappingPrices
from handwerk.domain.materials.model import Material
from handwerk.domain.materials.ports import MaterialFilter, PriceDay
from handwerk.domain.materials.prices import CurrentPrice, MaterialPrice, price_on
from handwerk.domain.projects.materials.model import MaterialOnDay, ProjectMaterial
from handwerk.domain.projects.model import Project

_GERMAN = frozenset({"name"})


class Shelf:
    """What is saved: materials, prices, and the lines of the projects' lists."""

    def __init__(self) -> None:
        self.materials: dict[UUID, Material] = {}
        self.prices: dict[UUID, MaterialPrice] = {}
        self.lines: dict[UUID, ProjectMaterial] = {}

    def history(self, material_id: UUID) -> list[MaterialPrice]:
        """All prices of a material, nationwide ones last, by day."""
        found = [price for price in self.prices.values() if price.material_id == material_id]
        return sorted(found, key=lambda p: (p.region is None, p.region or "", p.valid_from))

    def price(self, material_id: UUID, wanted: PriceDay) -> MaterialPrice | None:
        """The price that counts then."""
        return price_on(self.history(material_id), wanted.day, wanted.region)

    def priced(self, material_id: UUID, today: date) -> Material | None:
        """The material with today's price."""
        found = self.materials.get(material_id)
        if found is None:
            return None
        held = self.price(material_id, PriceDay(today))
        return msgspec.structs.replace(found, unit_price=None if held is None else held.price)


class MemoryMaterials:
    """Reads materials."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def get(self, material_id: UUID, today: date) -> Material | None:
        """The material with that id, or `None`."""
        return self._shelf.priced(material_id, today)

    async def page(
        self, wanted: MaterialFilter, request: PageRequest, today: date
    ) -> Page[Material]:
        """The part of the list that `request` names."""
        all_of_them = (self._shelf.priced(each, today) for each in self._shelf.materials)
        found = [each for each in all_of_them if each is not None and _matches(wanted, each)]
        return page_of(found, request, _GERMAN)


class MemoryMaterialPrices:
    """Reads prices."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def history(self, material_id: UUID, request: PageRequest) -> Page[MaterialPrice]:
        """The part of a material's prices that `request` names."""
        return page_of(self._shelf.history(material_id), request)

    async def current(self, wanted: PriceDay, request: PageRequest) -> Page[CurrentPrice]:
        """The part of all materials that have a price then, each with that price."""
        held = {each: self._shelf.price(each, wanted) for each in self._shelf.materials}
        priced = [self._shelf.materials[each] for each, price in held.items() if price is not None]
        page = page_of(priced, request, _GERMAN)
        items = [
            _current(each, price) for each in page.items if (price := held[each.id]) is not None
        ]
        return Page(items, page.total, next=page.next)


class MemoryMaterialStore:
    """The materials inside a transaction."""

    def __init__(self, shelf: Shelf, projects: dict[UUID, Project], note: Note) -> None:
        self._shelf = shelf
        self._projects = projects
        self._note = note
        # The prices that this transaction changes; `None` for those that go.
        self._noted: dict[UUID, MaterialPrice | None] = {}

    async def locked(self, material_id: UUID, today: date) -> Material | None:
        """The material; memory has one writer, so nothing need be locked."""
        return self._shelf.priced(material_id, today)

    async def prices(self, material_id: UUID) -> list[MaterialPrice]:
        """All prices of a material, by region and day."""
        return self._shelf.history(material_id)

    async def is_used(self, material_id: UUID) -> bool:
        """Whether the material stands in a project's list, be the project in the bin."""
        return any(line.material_id == material_id for line in self._shelf.lines.values())

    def add(self, material: Material) -> None:
        """Note a new material."""
        plain = msgspec.structs.replace(material, unit_price=None)
        self._note(lambda: self._shelf.materials.__setitem__(material.id, plain))

    def save(self, material: Material) -> None:
        """Note what changed in a material."""
        self.add(material)

    def remove(self, material_id: UUID) -> None:
        """Note that a material goes, with its prices."""
        for price in self._shelf.history(material_id):
            self.remove_price(price.id)
        self._note(lambda: self._shelf.materials.__delitem__(material_id))

    def add_price(self, price: MaterialPrice) -> None:
        """Note a new price."""
        self._noted[price.id] = price
        self._note(lambda: self._shelf.prices.__setitem__(price.id, price), self._refuse_overlaps)

    def save_price(self, price: MaterialPrice) -> None:
        """Note what changed in a price."""
        self.add_price(price)

    def remove_price(self, price_id: UUID) -> None:
        """Note that a price goes."""
        self._noted[price_id] = None
        self._note(lambda: self._shelf.prices.__delitem__(price_id))

    def _refuse_overlaps(self) -> None:
        told = (self._shelf.prices | self._noted).values()
        touched = {price.material_id for price in self._noted.values() if price is not None}
        _refuse_overlaps(price for price in told if price and price.material_id in touched)


class MemoryProjectMaterials:
    """Reads material lists."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def page(
        self, project: Project, request: PageRequest, priced_at: date | None = None
    ) -> Page[ProjectMaterial]:
        """The part of the project's list that `request` names."""
        lines = [line for line in self._shelf.lines.values() if line.project_id == project.id]
        page = page_of(lines, request, _GERMAN)
        if priced_at is None:
            return page
        wanted = PriceDay(priced_at, project.region)
        items = [self._repriced(line, wanted) for line in page.items]
        return Page(items, page.total, next=page.next)

    def _repriced(self, line: ProjectMaterial, wanted: PriceDay) -> ProjectMaterial:
        held = self._shelf.price(line.material_id, wanted)
        return line.repriced(wanted.day, None if held is None else held.price)


class MemoryProjectMaterialStore:
    """The material lists inside a transaction."""

    def __init__(self, shelf: Shelf, note: Note) -> None:
        self._shelf = shelf
        self._note = note

    async def material_on(
        self, material_id: UUID, day: date, region: str | None
    ) -> MaterialOnDay | None:
        """The material and its price."""
        found = self._shelf.materials.get(material_id)
        if found is None:
            return None
        held = self._shelf.price(material_id, PriceDay(day, region))
        return MaterialOnDay(found.id, found.name, found.unit, None if held is None else held.price)

    async def find(self, project_id: UUID, line_id: UUID) -> ProjectMaterial | None:
        """That line of the project's list, or `None`."""
        line = self._shelf.lines.get(line_id)
        return line if line is not None and line.project_id == project_id else None

    def add(self, line: ProjectMaterial) -> None:
        """Note a new line."""
        self._note(lambda: self._shelf.lines.__setitem__(line.id, line))

    def remove(self, line_id: UUID) -> None:
        """Note that a line goes."""
        self._note(lambda: self._shelf.lines.__delitem__(line_id))


def _refuse_overlaps(prices: Iterable[MaterialPrice]) -> None:
    if any(one.overlaps(other) for one, other in combinations(prices, 2)):
        raise OverlappingPrices


def _matches(wanted: MaterialFilter, material: Material) -> bool:
    said = (material.name, material.category, material.datanorm_id)
    return wanted.category in {None, material.category} and (
        wanted.q is None or is_said(wanted.q, *said)
    )


def _current(material: Material, price: MaterialPrice) -> CurrentPrice:
    return CurrentPrice(
        material.id,
        material.name,
        material.category,
        material.unit,
        price.price,
        price.region,
        price.valid_from,
        price.valid_to,
    )
