"""E-invoices read as data, and compared with their print."""

from datetime import date
from decimal import Decimal

import pytest

from handwerk.adapters.extraction.e_invoice import embedded_xml, read_e_invoice
from handwerk.domain.documents.e_invoice import EInvoice, checked
from handwerk.domain.documents.errors import Unreadable
from handwerk.domain.documents.features.model import FeatureName
from handwerk.domain.documents.features.reading import read_features
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.pages import Page, Source

CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:{root} xmlns:rsm="urn:a" xmlns:ram="urn:b" xmlns:udt="urn:c">
  <rsm:{head}>
    <ram:ID>R-7</ram:ID>
    <ram:IssueDateTime><udt:DateTimeString format="102">20250305</udt:DateTimeString>
    </ram:IssueDateTime>
    <ram:IncludedNote><ram:Content>Treppe nach Aufmaß</ram:Content></ram:IncludedNote>
  </rsm:{head}>
  <rsm:SupplyChainTradeTransaction>
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:SpecifiedTradeProduct><ram:SellerAssignedID>TR-12</ram:SellerAssignedID>
        <ram:Name>Montage</ram:Name></ram:SpecifiedTradeProduct>
      <ram:BilledQuantity unitCode="HUR">12.5000</ram:BilledQuantity>
      <ram:LineTotalAmount>775.00</ram:LineTotalAmount>
    </ram:IncludedSupplyChainTradeLineItem>
    <ram:ApplicableHeaderTradeDelivery><ram:ShipToTradeParty><ram:PostalTradeAddress>
      <ram:CityName>Göppingen</ram:CityName>
    </ram:PostalTradeAddress></ram:ShipToTradeParty></ram:ApplicableHeaderTradeDelivery>
    <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
    <ram:{sums}>
      <ram:TaxBasisTotalAmount>775.00</ram:TaxBasisTotalAmount>
      <ram:GrandTotalAmount>922.25</ram:GrandTotalAmount>
    </ram:{sums}>
  </rsm:SupplyChainTradeTransaction>
</rsm:{root}>"""
UBL = """<{root} xmlns="urn:x" xmlns:cac="urn:y" xmlns:cbc="urn:z">
  <cbc:ID>R-7</cbc:ID><cbc:IssueDate>2025-03-05</cbc:IssueDate>
  <cbc:Note>Treppe nach Aufmaß</cbc:Note>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:Delivery><cac:DeliveryLocation><cac:Address><cbc:CityName>Göppingen</cbc:CityName>
  </cac:Address></cac:DeliveryLocation></cac:Delivery>
  <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>775</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount>922.25</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal>
  <cac:{root}Line><cbc:{quantity} unitCode="HUR">12.5</cbc:{quantity}>
    <cbc:LineExtensionAmount>775</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Montage</cbc:Name><cac:SellersItemIdentification><cbc:ID>TR-12</cbc:ID>
    </cac:SellersItemIdentification></cac:Item></cac:{root}Line>
</{root}>"""
ZUGFERD_2 = CII.format(
    root="CrossIndustryInvoice",
    head="ExchangedDocument",
    sums="SpecifiedTradeSettlementHeaderMonetarySummation",
)
ZUGFERD_1 = CII.format(
    root="CrossIndustryDocument",
    head="HeaderExchangedDocument",
    sums="SpecifiedTradeSettlementMonetarySummation",
)


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(ZUGFERD_2, id="ZUGFeRD 2, Factur-X, XRechnung in CII"),
        pytest.param(ZUGFERD_1, id="ZUGFeRD 1"),
        pytest.param(UBL.format(root="Invoice", quantity="InvoicedQuantity"), id="UBL"),
        pytest.param(UBL.format(root="CreditNote", quantity="CreditedQuantity"), id="UBL credit"),
    ],
)
def test_every_syntax_says_the_same(xml: str) -> None:
    """Day, totals, place, hours and article are exact, whichever syntax they come in."""
    invoice = read_e_invoice(xml.encode())
    features = {(one.name, str(one.value)) for one in invoice.features()}
    assert invoice.issued == date(2025, 3, 5)
    assert (invoice.net, invoice.gross) == (Decimal(775), Decimal("922.25"))
    assert {(name, value) for name, value in features if "price" not in name} == {
        (FeatureName.DATE, "2025-03-05"),
        (FeatureName.REGION, "Göppingen"),
        (FeatureName.ARTICLE_NUMBER, "TR-12"),
        (FeatureName.LABOR_HOURS, str(invoice.items[0].quantity)),
    }
    assert "Treppe nach Aufmaß" in invoice.text()


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(b"<offer/>", id="another root"),
        pytest.param(b"<Invoice><ID>", id="cut in the middle"),
        pytest.param(b"", id="empty"),
        pytest.param(b"<!DOCTYPE Invoice><Invoice/>", id="a document type"),
        pytest.param(
            b'<!DOCTYPE I [<!ENTITY f SYSTEM "file:///etc/passwd">]><Invoice><ID>&f;</ID></Invoice>',
            id="an external entity",
        ),
        pytest.param(
            b'<!DOCTYPE I [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><Invoice>&b;</Invoice>',
            id="entities in entities",
        ),
    ],
)
def test_what_is_no_e_invoice_is_refused(xml: bytes) -> None:
    """In a sentence; no entity is ever followed."""
    with pytest.raises(Unreadable):
        read_e_invoice(xml)


def test_amounts_that_are_none_are_left_out() -> None:
    """`NaN` or a word where an amount should be is nothing, not an error."""
    xml = ZUGFERD_2.replace("922.25", "NaN").replace("20250305", "someday")
    invoice = read_e_invoice(xml.encode())
    assert (invoice.gross, invoice.issued, invoice.net) == (None, None, Decimal(775))


def test_a_file_without_an_invoice_inside_has_none() -> None:
    """Neither a damaged PDF nor any other bytes raise anything."""
    assert embedded_xml(b"%PDF-1.7 broken") is None


def _print(gross: str) -> tuple[EInvoice, list[Page]]:
    text = f"Rechnungsdatum 05.03.2025\nSumme netto 775,00 €\nGesamt brutto {gross} €"
    return read_e_invoice(ZUGFERD_2.encode()), [Page(1, text, Source.TEXT)]


def test_a_print_that_agrees_adds_nothing() -> None:
    """The data stand once, from the e-invoice."""
    invoice, pages = _print("922,25")
    features, differences = checked(invoice, read_features(pages, Vocabulary()))
    assert differences == []
    assert {one.source for one in features} == {Source.E_INVOICE}


def test_a_print_that_says_something_else_is_told() -> None:
    """Both totals stand, and a sentence names them with the page."""
    invoice, pages = _print("992,25")
    features, differences = checked(invoice, read_features(pages, Vocabulary()))
    assert [one.value for one in features if one.name is FeatureName.PRICE_GROSS] == [
        Decimal("922.25"),
        Decimal("992.25"),
    ]
    assert len(differences) == 1
    assert "says 922.25, the print 992.25 (page 1" in differences[0]
