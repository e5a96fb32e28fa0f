# ruff: noqa: ISC004, E501 - each case is a document of many lines, long as they are printed
"""Totals and measures as firms print them: invoices with payments taken off, mixed rates, Skonto.

Each is written as such documents are, the amounts worked out by hand.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from handwerk.domain.documents.features.model import FeatureName
from handwerk.domain.documents.features.reading import read_features
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.pages import Page, Source


def _values(text: str, name: FeatureName) -> list[Any]:
    features = read_features([Page(1, text, Source.TEXT)], Vocabulary())
    return [feature.value for feature in features if feature.name is name]


TOTALS: list[tuple[str, str, str | None, str | None]] = [
    (
        "offer",
        "Pos. Menge Bezeichnung EP GP\n1 1 Stk Haustür Lärche 3.850,00 3.850,00\n"
        "2 8 Std Montage 64,00 512,00\nSumme netto 4.362,00\n"
        "19 % MwSt 828,78\nGesamtsumme 5.190,78 €",
        "4362.00",
        "5190.78",
    ),
    (
        "discount",
        "Summe der Positionen 10.000,00 €\nabzgl. 5 % Nachlass -500,00 €\nNettosumme 9.500,00 €\n"
        "zzgl. 19 % USt 1.805,00 €\nAngebotsendpreis brutto 11.305,00 €",
        "9500.00",
        "11305.00",
    ),
    (
        "options",
        "Pos. 1 Wangentreppe Eiche 6.480,00 €\nAlternativposition: Nussbaum 8.120,00 €\n"
        "Eventualposition: LED im Handlauf 690,00 €\nNetto 6.480,00 €\nMwSt. 19 % 1.231,20 €\n"
        "Angebotssumme 7.711,20 €",
        "6480.00",
        "7711.20",
    ),
    (
        "advance",
        "1. Abschlagsrechnung\nLeistungsstand bis 30.09.2025\nAbschlag netto 8.000,00 €\n"
        "zzgl. 19 % MwSt. 1.520,00 €\nAbschlagsbetrag brutto 9.520,00 €\n"
        "Zahlbar sofort ohne Abzug.",
        "8000.00",
        "9520.00",
    ),
    (
        "final",
        "Schlussrechnung\nGesamtleistung netto 25.000,00 €\n19 % MwSt. 4.750,00 €\n"
        "Gesamtbetrag brutto 29.750,00 €\nabzgl. 1. Abschlagszahlung brutto 9.520,00 €\n"
        "abzgl. 2. Abschlagszahlung brutto 11.900,00 €\nRestbetrag 8.330,00 €",
        "25000.00",
        "29750.00",
    ),
    (
        "final-with-rest-net",
        "Schlussrechnung 2025-77\nAuftragssumme netto 12.000,00\nMwSt 19% 2.280,00\n"
        "Auftragssumme brutto 14.280,00\nbereits gezahlt netto 5.000,00 MwSt 950,00 brutto 5.950,00\n"
        "Restforderung netto 7.000,00\nMwSt 19% 1.330,00\nRestforderung brutto 8.330,00",
        "12000.00",
        "14280.00",
    ),
    (
        "skonto",
        "Nettobetrag 1.250,00 €\nUSt 19 % 237,50 €\nRechnungsbetrag 1.487,50 €\n"
        "Bei Zahlung innerhalb von 8 Tagen 2 % Skonto (29,75 €): 1.457,75 €",
        "1250.00",
        "1487.50",
    ),
    (
        "13b",
        "Rechnungsbetrag 3.480,00 €\nSteuerschuldnerschaft des Leistungsempfängers gemäß "
        "§ 13b UStG. Es wird keine Umsatzsteuer ausgewiesen.",
        "3480.00",
        "3480.00",
    ),
    (
        "small-business",
        "Stuhl neu bezogen 240,00 €\nAnfahrt 25,00 €\nGesamtbetrag 265,00 €\n"
        "Gemäß § 19 UStG wird keine Umsatzsteuer berechnet.",
        "265.00",
        "265.00",
    ),
    (
        "credit",
        "Gutschrift zu Rechnung 4711\nRücknahme Beschläge netto 180,00 €\n19 % MwSt. 34,20 €\n"
        "Gutschriftbetrag 214,20 €",
        "180.00",
        "214.20",
    ),
    (
        "two-rates",
        "Summe 7 % netto 200,00 € MwSt 14,00 €\nSumme 19 % netto 1.000,00 € MwSt 190,00 €\n"
        "Summe netto 1.200,00 €\nSumme MwSt 204,00 €\nRechnungsbetrag 1.404,00 €",
        "1200.00",
        "1404.00",
    ),
    (
        "tax-within",
        "Polsterarbeiten 476,00 €\nGesamtbetrag 476,00 €\nim Betrag enthaltene 19 % MwSt. 76,00 €\n"
        "Nettobetrag 400,00 €",
        "400.00",
        "476.00",
    ),
    (
        "tax-within-without-net",
        "Rechnungsbetrag 1.190,00 EUR\ndarin enthalten 19 % MwSt. 190,00 EUR",
        None,
        "1190.00",
    ),
    (
        "carried-over",
        "Übertrag 4.200,00\n7 Sockelleiste 180,00\nZwischensumme 4.380,00\nÜbertrag 4.380,00\n"
        "8 Entsorgung 120,00\nNettosumme 4.500,00\nMehrwertsteuer 19,00 % 855,00\n"
        "Endbetrag 5.355,00",
        "4500.00",
        "5355.00",
    ),
    (
        "titles",
        "Titel 1 Rohbau 14.000,00\nTitel 2 Ausbau 6.000,00\nSumme aller Titel 20.000,00\n"
        "zzgl. 19 % 3.800,00\nAngebotssumme brutto 23.800,00",
        "20000.00",
        "23800.00",
    ),
    (
        "wage-share",
        "Summe netto 2.000,00 €\n19 % MwSt 380,00 €\nGesamt 2.380,00 €\n"
        "Im Rechnungsbetrag enthaltener Lohnanteil gemäß § 35a EStG: 950,00 € zzgl. 19 % MwSt. "
        "180,50 € = 1.130,50 €",
        "2000.00",
        "2380.00",
    ),
    (
        "table-of-sums",
        "Netto MwSt-Satz MwSt-Betrag Brutto\n3.360,00 19 % 638,40 3.998,40",
        "3360.00",
        "3998.40",
    ),
    (
        "amount-first",
        "1.680,67 € netto\n319,33 € MwSt. (19 %)\n2.000,00 € brutto",
        "1680.67",
        "2000.00",
    ),
    (
        "euro-before",
        "Summe netto EUR 845,50\nMwSt. 19% EUR 160,65\nGesamtsumme EUR 1.006,15",
        "845.50",
        "1006.15",
    ),
    (
        "dash-cents",
        "Festpreis netto 3.200,-- €\nMwSt 608,-- €\nGesamtpreis 3.808,-- €",
        "3200",
        "3808",
    ),
    (
        "no-thousands",
        "Netto: 12500,00 EUR\nUSt: 2375,00 EUR\nBrutto: 14875,00 EUR",
        "12500.00",
        "14875.00",
    ),
    (
        "spaced-thousands",
        "Nettosumme 12\u202f500,00 €\n19 % MwSt 2\u202f375,00 €\nBruttosumme 14\u00a0875,00 €",
        "12500.00",
        "14875.00",
    ),
    (
        "austria",
        "Nettobetrag € 5.000,00\n20 % USt € 1.000,00\nRechnungsbetrag € 6.000,00",
        "5000.00",
        "6000.00",
    ),
    (
        "english",
        "Subtotal 2,400.00\nVAT 19% 456.00\nTotal due 2,856.00 EUR",
        "2400.00",
        "2856.00",
    ),
    (
        "english-paid",
        "Net amount: EUR 980.00\nVAT (19 %): EUR 186.20\nInvoice total: EUR 1,166.20\n"
        "Paid: EUR 500.00\nBalance due: EUR 666.20",
        "980.00",
        "1166.20",
    ),
    (
        "security-kept",
        "Rechnungssumme netto 40.000,00\n19 % MwSt 7.600,00\nRechnungssumme brutto 47.600,00\n"
        "abzgl. 5 % Sicherheitseinbehalt 2.380,00\nZahlbetrag 45.220,00",
        "40000.00",
        "47600.00",
    ),
    (
        "estimate",
        "Kostenvoranschlag\nvoraussichtliche Kosten netto ca. 1.850,00 €\n"
        "zzgl. 19 % MwSt. 351,50 €\nvoraussichtliche Gesamtkosten 2.201,50 €",
        "1850.00",
        "2201.50",
    ),
    (
        "unit-prices",
        "Parkett Eiche 28,00 m² à 79,00 €/m² 2.212,00 €\nSockel 24,00 lfm à 9,50 €/lfm 228,00 €\n"
        "Netto 2.440,00 €\nMwSt 19 % 463,60 €\nBrutto 2.903,60 €",
        "2440.00",
        "2903.60",
    ),
    (
        "gaeb",
        "01.01.0010 12,000 m2 Unterkonstruktion herstellen 18,50 222,00\n"
        "01.01.0020 12,000 m2 Holzschalung Lärche 62,40 748,80\nSumme LV 970,80\n"
        "zzgl. 19,00 % MwSt. 184,45\nGesamtsumme 1.155,25",
        "970.80",
        "1155.25",
    ),
    (
        "datanorm",
        "Art.-Nr. 0815-4711 Topfband 110° 20 Stk 3,85 77,00\nArt.-Nr. 112233 Griff 10 Stk 6,20 62,00\n"
        "Warenwert 139,00\nFracht 9,90\nNettowert 148,90\nMwSt 19,00% 28,29\nEndbetrag EUR 177,19",
        "148.90",
        "177.19",
    ),
    (
        "stacked-labels",
        "Nettobetrag\nMwSt 19 %\nBruttobetrag\n500,00 €\n95,00 €\n595,00 €",
        "500.00",
        "595.00",
    ),
    (
        "net-only",
        "Gesamtsumme netto: 7.420,00 €\nAlle Preise verstehen sich zuzüglich der gesetzlichen "
        "Mehrwertsteuer.",
        "7420.00",
        None,
    ),
    (
        "dunning",
        "Mahnung\nRechnungsbetrag 1.190,00 €\nMahngebühr 5,00 €\nzu zahlen 1.195,00 €",
        None,
        "1190.00",
    ),
    (
        "reduced-2020",
        "Nettobetrag 1.000,00 €\n16 % MwSt. 160,00 €\nRechnungsbetrag 1.160,00 €",
        "1000.00",
        "1160.00",
    ),
    (
        "rounding",
        "Netto 333,33\nMwSt 19% 63,34\nGesamt 396,67",
        "333.33",
        "396.67",
    ),
    (
        "vat-ids",
        "USt-IdNr. DE123456789\nSteuernummer 133/8150/8159\nKundennr. 10023\nNetto 60,00 €\n"
        "19 % MwSt 11,40 €\nBetrag 71,40 €",
        "60.00",
        "71.40",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "net", "gross"), [case[1:] for case in TOTALS], ids=[case[0] for case in TOTALS]
)
def test_the_totals_of_a_document(text: str, net: str | None, gross: str | None) -> None:
    """What the job comes to, not what is still to be paid, was paid, or stands by the way."""
    assert _values(text, FeatureName.PRICE_NET) == [Decimal(one) for one in (net,) if one]
    assert _values(text, FeatureName.PRICE_GROSS) == [Decimal(one) for one in (gross,) if one]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Treppe 90x28 cm", FeatureName.DIMENSIONS, ["90 x 28"]),
        ("Platte 2.400 x 600 x 27 mm", FeatureName.DIMENSIONS, ["2400 x 600 x 27"]),
        ("B/H/T: 120/200/60 cm", FeatureName.DIMENSIONS, ["120 x 200 x 60"]),
        ("Tür 0,985 m x 2,11 m", FeatureName.DIMENSIONS, ["0.985 x 2.11"]),
        ("Schaumstoff 60×60×10 cm", FeatureName.DIMENSIONS, ["60 x 60 x 10"]),  # noqa: RUF001
        ("Balkon 3 m mal 1,5 m", FeatureName.DIMENSIONS, ["3 x 1.5"]),
        ("Dachfläche 120 qm", FeatureName.AREA, [Decimal(120)]),
        ("1.250,50 m² Fassade", FeatureName.AREA, [Decimal("1250.50")]),
        ("Deckenverkleidung 35 Quadratmeter", FeatureName.AREA, [Decimal(35)]),
        ("Stoffbedarf 2,31 m2", FeatureName.AREA, [Decimal("2.31")]),
        ("16,5 Std à 58,00 €", FeatureName.LABOR_HOURS, [Decimal("16.5")]),
        ("Arbeitszeit: 40 h", FeatureName.LABOR_HOURS, [Decimal(40)]),
        ("24,00 Facharbeiterstunden", FeatureName.LABOR_HOURS, [Decimal("24.00")]),
        ("Montage (2 Mann) 16 Stunden", FeatureName.LABOR_HOURS, [Decimal(16)]),
        ("Stundensatz 62,00 €/h", FeatureName.LABOR_HOURS, []),
        ("Geschwindigkeit 50 km/h", FeatureName.LABOR_HOURS, []),
        ("Landshut, den 3. Feb. 2025", FeatureName.DATE, [date(2025, 2, 3)]),
        ("Rechnung vom 7.1.25", FeatureName.DATE, [date(2025, 1, 7)]),
        ("Datum: 2025-06-30", FeatureName.DATE, [date(2025, 6, 30)]),
        ("Angebotsdatum 30.06.2025, gültig bis 31.07.2025", FeatureName.DATE, [date(2025, 6, 30)]),
        ("Telefon 0941 56.78.90", FeatureName.DATE, []),
        ("Neupolsterung zweier Sessel mit Keder", FeatureName.PROJECT_TYPE, ["Polsterei"]),
        ("Gestemmte Wangentreppe mit Setzstufen", FeatureName.PROJECT_TYPE, ["Treppenbau"]),
        ("Carport aus Lärchenholz", FeatureName.WOOD_TYPE, ["Lärche"]),
        ("Tischplatte Eichenholz geölt", FeatureName.WOOD_TYPE, ["Eiche"]),
        ("Stuhl aus Rotbuche", FeatureName.WOOD_TYPE, ["Buche"]),
        ("Bitte buchen Sie den Betrag", FeatureName.WOOD_TYPE, []),
        ("Artikelnummer: HF-4711/B", FeatureName.ARTICLE_NUMBER, ["HF-4711/B"]),
        ("IBAN DE12 7505 0000 0012 3456 78", FeatureName.ARTICLE_NUMBER, []),
    ],
)
def test_one_line(text: str, name: FeatureName, expected: list[Any]) -> None:
    """What a line tells, in the ways in which it is written, and what it does not."""
    assert _values(text, name) == expected
