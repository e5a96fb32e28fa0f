"""What an e-invoice (ZUGFeRD, Factur-X, XRechnung) says as data, and whether the print agrees."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from handwerk.domain.documents.features.model import Feature, FeatureName
from handwerk.domain.documents.pages import Source

# UN/ECE Recommendation 20.
HOUR, SQUARE_METRE = "HUR", "MTK"
_CHECKED = (FeatureName.PRICE_NET, FeatureName.PRICE_GROSS, FeatureName.DATE)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One position. `unit_code` is of UN/ECE Recommendation 20; the ids are article numbers."""

    name: str
    description: str | None = None
    article_numbers: tuple[str, ...] = ()
    quantity: Decimal | None = None
    unit_code: str | None = None
    total: Decimal | None = None


class EInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as data, exactly as it says; amounts in `currency`, before and with tax."""

    syntax: str
    number: str | None
    issued: date | None
    currency: str | None
    net: Decimal | None
    gross: Decimal | None
    site: str | None
    notes: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()

    def features(self) -> Iterator[Feature]:
        """Everything in it that is a feature of a job."""
        if self.issued is not None:
            yield _said(FeatureName.DATE, self.issued, "issue date")
        if self.net is not None:
            yield _said(FeatureName.PRICE_NET, self.net, "total without tax", self.currency)
        if self.gross is not None:
            yield _said(FeatureName.PRICE_GROSS, self.gross, "total with tax", self.currency)
        if self.site:
            yield _said(FeatureName.REGION, self.site, "place of delivery")
        for item in self.items:
            yield from _of_item(item)

    def text(self) -> str:
        """A readable page of it, for where there is no print."""
        head = [f"E-invoice {self.number or ''}".strip(), *self.notes]
        return "\n".join([*head, *(_line(item) for item in self.items)])


def _of_item(item: Item) -> Iterator[Feature]:
    if item.quantity is not None and item.unit_code == HOUR:
        yield _said(FeatureName.LABOR_HOURS, item.quantity, item.name or "position", "h")
    if item.quantity is not None and item.unit_code == SQUARE_METRE:
        yield _said(FeatureName.AREA, item.quantity, item.name or "position", "m²")
    for number in item.article_numbers:
        yield _said(FeatureName.ARTICLE_NUMBER, number, item.name or "position")


def _said(
    name: FeatureName, value: str | Decimal | date, words: str, unit: str | None = None
) -> Feature:
    return Feature(
        name=name,
        value=value,
        unit=unit,
        page=1,
        words=" ".join(words.split())[:120],
        confidence=1.0,
        source=Source.E_INVOICE,
    )


def _line(item: Item) -> str:
    quantity = "" if item.quantity is None else f"{item.quantity.normalize():f} "
    numbers = " ".join(item.article_numbers)
    return " ".join(f"{quantity}{item.name} {item.description or ''} {numbers}".split())


def checked(invoice: EInvoice, printed: Sequence[Feature]) -> tuple[list[Feature], list[str]]:
    """The invoice's data and what else was read from the print; a sentence for each difference.

    What the print says otherwise of totals or date is kept and told, never dropped.
    """
    said = {(one.name, str(one.value)): one for one in invoice.features()}
    totals = {one.name: one for one in said.values() if one.name in _CHECKED}
    features, differences = list(said.values()), []
    for read in printed:
        told = totals.get(read.name)
        if told is None:
            features += [read] if (read.name, str(read.value)) not in said else []
        elif told.value != read.value:
            features.append(read)
            differences.append(
                f"{read.name}: the e-invoice says {told.value}, the print {read.value} "
                f"(page {read.page}: {read.words})"
            )
    return features, differences
