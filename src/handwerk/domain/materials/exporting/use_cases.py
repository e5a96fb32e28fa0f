"""Taking materials and prices out as a table."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.pages import MAX_LIMIT, PageRequest
from handwerk.domain.materials.exporting.ports import PriceLists
from handwerk.domain.materials.model import SORTABLE, Material
from handwerk.domain.materials.ports import MaterialFilter, Materials
from handwerk.domain.materials.prices import MaterialPrice
from handwerk.domain.tables.language import Language
from handwerk.domain.tables.ports import Offload, SheetWriter
from handwerk.domain.tables.writing import Written, written

COLUMNS = (
    Written("name", "Bezeichnung"),
    Written("category", "Kategorie"),
    Written("unit", "Einheit"),
    Written("datanorm_id", "Artikelnummer"),
    Written("price", "Preis", "euros"),
    Written("region", "Region"),
    Written("valid_from", "gültig ab", "day"),
    Written("valid_to", "gültig bis", "day"),
)


class PricedMaterial(msgspec.Struct, frozen=True):
    """A row: a material and one of its prices, if it has any."""

    name: str
    category: str
    unit: str
    datanorm_id: str | None
    price: Decimal | None = None
    region: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


async def export_materials(
    wanted: MaterialFilter,
    sort: str,
    *,
    actor: Actor,
    materials: Materials,
    price_lists: PriceLists,
    today: date,
    writer: SheetWriter,
    language: Language,
    offload: Offload,
) -> AsyncIterator[bytes]:
    """The materials that `wanted` names, a row for each price, in pieces of a file."""
    actor.require(Permission.ANALYTICS_VIEW)
    request = PageRequest(limit=MAX_LIMIT, sort=sort).checked(SORTABLE)
    pages = _pages(wanted.checked(), request, materials, price_lists, today)
    async for piece in written(pages, COLUMNS, writer, language, offload):
        yield piece


async def _pages(
    wanted: MaterialFilter,
    request: PageRequest,
    materials: Materials,
    price_lists: PriceLists,
    today: date,
) -> AsyncIterator[list[PricedMaterial]]:
    while True:
        page = await materials.page(wanted, request, today)
        prices = await price_lists.of([material.id for material in page.items])
        yield [
            _priced(material, price)
            for material in page.items
            for price in (*prices.get(material.id, ()),) or (None,)
        ]
        if page.next is None:
            return
        request = msgspec.structs.replace(request, cursor=page.next)


def _priced(material: Material, price: MaterialPrice | None) -> PricedMaterial:
    said = (material.name, material.category, material.unit, material.datanorm_id)
    if price is None:
        return PricedMaterial(*said)
    return PricedMaterial(*said, price.price, price.region, price.valid_from, price.valid_to)
