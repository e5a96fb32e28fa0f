"""The columns of tables of materials and of prices, as suppliers and offices head them."""

from handwerk.domain.tables.fields import Field, Form
from handwerk.domain.tables.readings import DAY, EUROS, TEXT, WHOLE

_NAME = Field(
    "name",
    "Bezeichnung",
    TEXT,
    (
        ("Materialbezeichnung", "Artikelbezeichnung", "Materialname", "Artikelname"),
        ("Material", "Artikel", "material name", "article", "product", "Produkt", "item"),
        ("Kurztext", "Kurztext 1", "Kurzbezeichnung", "Bezeichnung 1", "Artikeltext", "Name 1"),
        ("Beschreibung", "description", "Text", "Langtext"),
    ),
)
_NUMBER = Field(
    "datanorm_id",
    "Artikelnummer",
    TEXT,
    (
        ("Datanorm-Nr.", "Datanorm", "Datanorm-ID", "Datanormnummer", "Datanorm Nummer"),
        ("Artikel-Nr.", "Art.-Nr.", "ArtNr", "Artikel Nr", "article number", "sku", "item number"),
        ("Bestellnummer", "Bestell-Nr.", "Lieferantenartikelnummer", "Materialnummer"),
        ("Material-Nr.", "Nummer", "number", "Nr."),
    ),
)
_PRICE_FIELDS = (
    Field(
        "price",
        "Preis",
        EUROS,
        (
            ("unit_price", "Einzelpreis", "EP", "Stückpreis", "Materialpreis"),
            ("Einkaufspreis", "EK-Preis", "EK", "EK netto", "Nettopreis", "net price", "cost"),
            ("Preis je Einheit", "EK je Einheit", "EP je Einheit", "price per unit"),
            ("EK-Preis je Einheit", "Einzelpreis je Einheit", "Preis € je Einheit"),
            ("Preis netto", "Listenpreis", "Preis 1", "Betrag"),
        ),
    ),
    Field("region", "Region", TEXT, (("Preisregion", "Gebiet", "area", "Ort"),)),
    Field(
        "valid_from",
        "gültig ab",
        DAY,
        (
            ("gültig von", "gueltig_ab", "valid from", "from", "ab", "von", "Gültigkeit ab"),
            ("Preisdatum", "Preisstand", "Stand", "Datum", "date", "Preis vom", "Beginn"),
        ),
    ),
    Field(
        "valid_to",
        "gültig bis",
        DAY,
        (("valid until", "to", "until", "bis", "Gültigkeit bis", "Ende", "end"),),
    ),
    Field(
        "price_unit",
        "Preiseinheit",
        WHOLE,
        (("PE", "Preis je", "Preismenge", "price per", "per"),),
    ),
)

MATERIALS = Form(
    "materials",
    (
        _NAME,
        Field(
            "category",
            "Kategorie",
            TEXT,
            (
                ("Materialgruppe", "Materialart", "group", "material group", "type"),
                ("Warengruppe", "Hauptwarengruppe", "Artikelgruppe", "Gruppe", "WG", "Art"),
                ("Warengruppenbezeichnung", "Produktgruppe", "Rabattgruppe"),
            ),
        ),
        Field(
            "unit",
            "Einheit",
            TEXT,
            (
                ("Mengeneinheit", "ME", "Maßeinheit", "unit of measure", "uom"),
                ("EH", "Verkaufseinheit", "Bestelleinheit", "VPE-Einheit"),
            ),
        ),
        _NUMBER,
        *_PRICE_FIELDS,
    ),
    (("name",), ("category",), ("unit",)),
)
PRICES = Form(
    "prices",
    (Field("material_id", "Material-ID", TEXT, (("id",),)), _NUMBER, _NAME, *_PRICE_FIELDS),
    (("price",), ("material_id", "datanorm_id", "name")),
)
