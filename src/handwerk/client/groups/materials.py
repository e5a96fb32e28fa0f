"""Materials, and what they cost when and where."""

from collections.abc import Iterator
from typing import BinaryIO, Unpack

from handwerk.client import inputs
from handwerk.client.answers.materials import CurrentPrice, Material, MaterialPrice
from handwerk.client.answers.tables import ImportReport
from handwerk.client.answers.tasks import Accepted
from handwerk.client.connecting import Connection, new_key
from handwerk.client.files import Source, Told
from handwerk.client.groups.tables import OnError, Sending, TableFormat, fetch, import_table
from handwerk.client.inputs import Id
from handwerk.client.pages import Page


class Materials:
    """The firm's materials."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def create(self, *, key: str | None = None, **material: Unpack[inputs.NewMaterial]) -> Material:
        """Save a new material; its price, if one is said, is valid from today."""
        return self._server.ask(
            Material, "POST", "/materials/", body=material, key=key or new_key()
        )

    def get(self, material_id: Id) -> Material:
        """One material with today's price."""
        return self._server.ask(Material, "GET", f"/materials/{material_id}")

    def page(self, **asked: Unpack[inputs.Materials]) -> Page[Material]:
        """A part of the materials, newest first."""
        return self._server.page("/materials/", Material, asked)

    def each(self, **asked: Unpack[inputs.Materials]) -> Iterator[Material]:
        """All materials that are asked for, fetched as they are needed."""
        return self._server.each("/materials/", Material, asked)

    def change(
        self,
        material_id: Id,
        *,
        if_version: int | None = None,
        **change: Unpack[inputs.MaterialChange],
    ) -> Material:
        """Save what is said; another price holds from today."""
        path = f"/materials/{material_id}"
        return self._server.ask(Material, "PUT", path, body=change, version=if_version)

    def delete(self, material_id: Id, *, if_version: int | None = None) -> None:
        """Remove a material that stands in no project's list, with its prices."""
        self._server.tell("DELETE", f"/materials/{material_id}", version=if_version)

    def prices(self, material_id: Id, **asked: Unpack[inputs.Paged]) -> Page[MaterialPrice]:
        """A part of a material's prices in all regions, the latest first."""
        return self._server.page(f"/materials/{material_id}/prices", MaterialPrice, asked)

    def add_price(
        self, material_id: Id, *, key: str | None = None, **price: Unpack[inputs.NewPrice]
    ) -> MaterialPrice:
        """Add a price to a material's history."""
        path = f"/materials/{material_id}/prices"
        return self._server.ask(MaterialPrice, "POST", path, body=price, key=key or new_key())

    def current_prices(self, **asked: Unpack[inputs.CurrentPrices]) -> Page[CurrentPrice]:
        """A part of what the materials cost on a day."""
        return self._server.page("/material-prices/current", CurrentPrice, asked)

    def import_table(  # how a table is taken in, all by name
        self,
        table: Source,
        *,
        dry_run: bool = False,
        on_error: OnError = "abort",
        language: str = "en",
        name: str | None = None,
        told: Told | None = None,
        key: str | None = None,
    ) -> ImportReport | Accepted:
        """Take in materials, or prices of materials that are there; a large table is a task.

        `ImportRefused` holds the report where nothing was taken in.
        """
        how = Sending(
            dry_run=dry_run, on_error=on_error, language=language, name=name, told=told, key=key
        )
        return import_table(self._server, "/materials/import", table, how)

    def export_table(
        self,
        into: BinaryIO,
        *,
        format: TableFormat = "csv",  # noqa: A002  # the contract's word
        language: str = "en",
        **wanted: Unpack[inputs.SortedMaterials],
    ) -> None:
        """Write the materials that are wanted, with all their prices, into a file."""
        query: dict[str, object] = {**wanted, "format": format}
        fetch(self._server, "/materials/export", into, query, language)
