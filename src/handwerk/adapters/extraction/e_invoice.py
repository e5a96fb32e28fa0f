"""Reads e-invoices: UN/CEFACT CII (ZUGFeRD 1 and 2, Factur-X, XRechnung) and UBL.

The XML inside a PDF is found by the library factur-x. Names of elements stand in EN 16931-3-2 (UBL)
and EN 16931-3-3 (CII); namespaces differ between versions, names do not, so only names are asked.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from handwerk.domain.documents.e_invoice import EInvoice, Item
from handwerk.domain.documents.errors import Unreadable

MAX_XML = 20 * 1024 * 1024
MAX_ITEMS = 2_000
CII_ROOTS = frozenset({"CrossIndustryInvoice", "CrossIndustryDocument"})
UBL_ROOTS = frozenset({"Invoice", "CreditNote"})

# It tells much of what is in the files.
logging.getLogger("factur-x").setLevel(logging.CRITICAL)
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def embedded_xml(pdf: bytes) -> bytes | None:
    """The invoice's XML inside a PDF; `None` where there is none."""
    # It takes as long to load as all else together, and few files carry an invoice.
    from facturx import get_xml_from_pdf  # noqa: PLC0415 - see above

    try:
        name, xml = get_xml_from_pdf(pdf, check_xsd=False)
    except Exception:  # noqa: BLE001 - a damaged attachment must not cost the pages' text
        return None
    return xml if name and isinstance(xml, bytes) else None


def is_e_invoice(root: str) -> bool:
    """Whether an element of that name is an e-invoice."""
    return root in CII_ROOTS or root in UBL_ROOTS


def read_e_invoice(xml: bytes) -> EInvoice:
    """What the XML says; `Unreadable` where it is none, too large or has a document type."""
    root = _parsed(xml)
    name = etree.QName(root).localname
    if name in CII_ROOTS:
        return _cii(root)
    if name in UBL_ROOTS:
        return _ubl(root)
    raise Unreadable(f"The XML is no e-invoice: its root element is {name[:60]}.")


def _parsed(xml: bytes) -> etree._Element:
    if len(xml) > MAX_XML:
        raise Unreadable("The XML is larger than 20 MB.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("The XML is damaged and can't be read.") from error
    # An e-invoice has none; entities have no other use here than to do harm.
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("The XML declares a document type, which no e-invoice has.")
    return root


def _cii(root: etree._Element) -> EInvoice:
    head = _first(root, "ExchangedDocument", "HeaderExchangedDocument")
    sums = _first(
        root,
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        "SpecifiedTradeSettlementMonetarySummation",
    )
    return EInvoice(
        syntax="CII",
        number=_text(head, "ID"),
        issued=_day(_text(_first(head, "IssueDateTime"), "DateTimeString")),
        currency=_text(root, "InvoiceCurrencyCode"),
        net=_amount(sums, "TaxBasisTotalAmount"),
        gross=_amount(sums, "GrandTotalAmount"),
        site=_text(_first(root, "ShipToTradeParty"), "CityName"),
        notes=tuple(_texts(head, "Content")),
        items=tuple(_cii_item(line) for line in _each(root, "IncludedSupplyChainTradeLineItem")),
    )


def _cii_item(line: etree._Element) -> Item:
    product = _first(line, "SpecifiedTradeProduct")
    quantity = _first(line, "BilledQuantity")
    numbers = (_text(product, name) for name in ("SellerAssignedID", "GlobalID"))
    return Item(
        name=_text(product, "Name") or "",
        description=_text(product, "Description"),
        article_numbers=tuple(number for number in numbers if number),
        quantity=_amount(line, "BilledQuantity"),
        unit_code=None if quantity is None else quantity.get("unitCode"),
        total=_amount(line, "LineTotalAmount"),
    )


def _ubl(root: etree._Element) -> EInvoice:
    sums = _child(root, "LegalMonetaryTotal")
    delivery = _child(root, "Delivery")
    return EInvoice(
        syntax="UBL",
        number=_child_text(root, "ID"),
        issued=_day(_child_text(root, "IssueDate")),
        currency=_child_text(root, "DocumentCurrencyCode"),
        net=_amount(sums, "TaxExclusiveAmount"),
        gross=_amount(sums, "TaxInclusiveAmount"),
        site=_text(_first(delivery, "DeliveryLocation"), "CityName"),
        notes=tuple(" ".join((note.text or "").split()) for note in root.iterfind("{*}Note")),
        items=tuple(_ubl_item(line) for line in _each(root, "InvoiceLine", "CreditNoteLine")),
    )


def _ubl_item(line: etree._Element) -> Item:
    item = _child(line, "Item")
    quantity = _first(line, "InvoicedQuantity", "CreditedQuantity")
    ids = ("SellersItemIdentification", "StandardItemIdentification")
    numbers = (_text(_first(item, name), "ID") for name in ids)
    return Item(
        name=_child_text(item, "Name") or "",
        description=_child_text(item, "Description"),
        article_numbers=tuple(number for number in numbers if number),
        quantity=_number(quantity),
        unit_code=None if quantity is None else quantity.get("unitCode"),
        total=_number(_child(line, "LineExtensionAmount")),
    )


def _each(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    for count, found in enumerate(root.iter(*(f"{{*}}{name}" for name in names))):
        if count == MAX_ITEMS:
            return
        yield found


def _first(node: etree._Element | None, *names: str) -> etree._Element | None:
    """The first element of one of these names, however deep below `node`."""
    if node is None:
        return None
    return next(node.iter(*(f"{{*}}{name}" for name in names)), None)


def _child(node: etree._Element | None, name: str) -> etree._Element | None:
    return None if node is None else node.find(f"{{*}}{name}")


def _content(node: etree._Element | None) -> str | None:
    return None if node is None or not node.text else " ".join(node.text.split()) or None


def _text(node: etree._Element | None, name: str) -> str | None:
    return _content(_first(node, name))


def _child_text(node: etree._Element | None, name: str) -> str | None:
    return _content(_child(node, name))


def _texts(node: etree._Element | None, name: str) -> Iterator[str]:
    if node is not None:
        for found in node.iter(f"{{*}}{name}"):
            if text := _content(found):
                yield text


def _amount(node: etree._Element | None, name: str) -> Decimal | None:
    return _number(_first(node, name))


def _number(node: etree._Element | None) -> Decimal | None:
    text = _content(node)
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _day(text: str | None) -> date | None:
    """The day of `20180305` (CII's format 102) or `2018-03-05` (UBL)."""
    for pattern in ("%Y%m%d", "%Y-%m-%d"):
        try:
            return datetime.strptime(text or "", pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
