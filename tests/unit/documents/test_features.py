"""Features read from German craft documents."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.documents.features.model import Feature, FeatureName
from handwerk.domain.documents.features.reading import MAX_FEATURES, read_features
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.pages import Page, Source, mended


def read(*texts: str, source: Source = Source.TEXT, **own: tuple[str, ...]) -> Sequence[Feature]:
    pages = [Page(number, text, source) for number, text in enumerate(texts, 1)]
    return read_features(pages, Vocabulary(**own))


def values(features: Sequence[Feature], name: FeatureName) -> list[Any]:
    return [feature.value for feature in features if feature.name is name]


OFFER = """Schreinerei Holzinger · Werkstraße 4 · 72070 Tübingen
Familie Maier, Gartenweg 7, 73033 Göppingen
Angebot Nr. 2025-118 Tübingen, den 14. März 2025
Bauvorhaben: Wohnhaus Maier, 73033 Göppingen
Einbauschrank in Eiche massiv, geölt
Pos. Bezeichnung Menge Einheit E-Preis G-Preis
1 Schrankkorpus Eiche, 2,40 x 0,60 m 1 Stk 2.850,00 € 2.850,00 €
2 Schiebetüren, Fläche 5,76 m² 2 Stk 480,00 € 960,00 €
3 Montage vor Ort, 12,5 Std. 62,00 € 775,00 €
Beschlag Art.-Nr. 117.40.215
Summe netto 4.585,00 €
zzgl. 19 % MwSt. 871,15 €
Angebotssumme 5.456,15 €
Das Angebot ist gültig bis 30.04.2025."""


def test_an_offer_is_read_whole() -> None:
    """A joiner's offer gives its kind, wood, place, day, sizes, hours, article and both totals."""
    features = read(OFFER, regions=("Göppingen", "Tübingen"))
    found = {name: values(features, name) for name in FeatureName}
    assert found == {
        FeatureName.PROJECT_TYPE: ["Möbel"],
        FeatureName.WOOD_TYPE: ["Eiche"],
        FeatureName.AREA: [Decimal("5.76")],
        FeatureName.DIMENSIONS: ["2.4 x 0.6"],
        FeatureName.LABOR_HOURS: [Decimal("12.5")],
        FeatureName.PRICE_NET: [Decimal("4585.00")],
        FeatureName.PRICE_GROSS: [Decimal("5456.15")],
        FeatureName.DATE: [date(2025, 3, 14)],
        FeatureName.REGION: ["Göppingen"],
        FeatureName.ARTICLE_NUMBER: ["117.40.215"],
    }


def test_every_feature_says_where_it_was_read() -> None:
    """Page, words and a confidence between 0 and 1; an OCR reading is a little less sure."""
    page_two = "Gesamtbetrag brutto 1.190,00 €\nSumme netto 1.000,00 €\n19 % MwSt 190,00 €"
    printed = read("Angebot", page_two)
    scanned = read("Angebot", page_two, source=Source.OCR)
    assert {feature.page for feature in printed} == {2}
    assert all(0 < feature.confidence <= 1 for feature in printed)
    assert {feature.words for feature in printed} >= {"Gesamtbetrag brutto 1.190,00 €"}
    assert all(ocr.confidence < text.confidence for ocr, text in zip(scanned, printed, strict=True))


PREPAID = """Rechnungsbetrag brutto 215,14
zzgl. 7% 9,06
zzgl. 19% 12,25
netto 193,83
Bereits bezahlt 50,00
Offener Betrag 165,14"""


@pytest.mark.parametrize(
    ("text", "net", "gross"),
    [
        ("Nettobetrag: 496,00 €\nUSt. Gesamt: 75,04 €\nGesamtbetrag: 571,04 €", "496", "571.04"),
        ("Net total: 1,496.00 €\nVAT 19% 284.24 €\nDue payable: 1,780.24 €", "1496", "1780.24"),
        ("Warenwert MwSt Endbetrag\n448,99 85,31 EUR 534,30", "448.99", "534.30"),
        ("Summe\n1.000,00 €\nMwSt. 19 %\n190,00 €\nGesamt\n1.190,00 €", "1000", "1190"),
        (PREPAID, "193.83", "215.14"),
        ("Zwischensumme 100,00\nÜbertrag 100,00\nnetto 300,00\n19% 57,00\n357,00", "300", "357"),
        ("Gesamtpreis 2.500,- € zzgl. gesetzlicher MwSt.", "2500", None),
        ("Endsumme inkl. 19 % MwSt.: 1.190,00 €", None, "1190"),
        ("Leistung nach § 13b UStG\nRechnungsbetrag 4.200,00 €", "4200", "4200"),
        ("Gutschrift\nnetto -100,00 €\nMwSt 19 % -19,00 €\nbrutto -119,00 €", "-100", "-119"),
        (
            "SUMME NETTO 1.234.56 EUR\nMWST 19% 234.57 EUR\nBRUTTO 1.469.13 EUR",
            "1234.56",
            "1469.13",
        ),
        ("Betrag netto 1'000.00 CHF\nMWST 8.1% 81.00 CHF\nTotal 1'081.00 CHF", "1000", "1081"),
    ],
)
def test_totals_add_up_whatever_they_are_called(
    text: str, net: str | None, gross: str | None
) -> None:
    """Net and gross are told apart by arithmetic, by their labels where nothing adds up."""
    features = read(text)
    assert values(features, FeatureName.PRICE_NET) == [Decimal(one) for one in (net,) if one]
    assert values(features, FeatureName.PRICE_GROSS) == [Decimal(one) for one in (gross,) if one]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Rechnungsdatum 05.06.2013\nLeistungsdatum 03.06.2013", date(2013, 6, 5)),
        ("Lieferdatum: 01.02.2024\nRechnung Nr. 7 vom 03.02.24", date(2024, 2, 3)),
        ("Invoice # 12 issued at 2020-11-21\nOrder date 2020-11-01", date(2020, 11, 21)),
        ("Stuttgart, 5. Mai 2023\nzahlbar bis 19.05.2023", date(2023, 5, 5)),
        ("Datum\n17.08.2022", date(2022, 8, 17)),
        ("March 3, 2021\nTotal 1", date(2021, 3, 3)),
    ],
)
def test_the_documents_own_day_is_told_from_the_others(text: str, day: date) -> None:
    """Days of delivery, order and payment stand on it too, and are not meant."""
    assert values(read(text), FeatureName.DATE) == [day]


@pytest.mark.parametrize("text", ["31.02.2024", "Telefon 07071.12.3456", "Version 1.2.3"])
def test_what_is_no_day_is_not_read_as_one(text: str) -> None:
    """A day that no calendar has, or a number that looks like one, is left out."""
    assert values(read(text), FeatureName.DATE) == []


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("Platte 2,40 x 0,60 m", "2.4 x 0.6", "m"),
        ("Kissen 60\u00d760\u00d710 cm", "60 x 60 x 10", "cm"),
        ("Türblatt 860 mm x 1.985 mm", "860 x 1985", "mm"),
        ("Tisch L 2,20 m, B 90 cm, H 74 cm", "220 x 90 x 74", "cm"),
        ("Podest 1,20m * 1,20m", "1.2 x 1.2", "m"),
    ],
)
def test_dimensions_are_read_in_one_unit(text: str, value: str, unit: str) -> None:
    """However the sides are joined or labelled, they come out in the last side's unit."""
    (found,) = [one for one in read(text) if one.name is FeatureName.DIMENSIONS]
    assert (found.value, found.unit) == (value, unit)


@pytest.mark.parametrize("text", ["12 x 1,0l PET", "20 x 150g Becher", "4 x täglich", "3 x 3"])
def test_packs_are_no_dimensions(text: str) -> None:
    """Without a unit of length there is no size."""
    assert values(read(text), FeatureName.DIMENSIONS) == []


@pytest.mark.parametrize(
    ("text", "area"),
    [("Parkett 12 qm", "12"), ("1.250,5 m² Fassade", "1250.5"), ("3.5 m2", "3.5")],
)
def test_areas_are_square_metres(text: str, area: str) -> None:
    """In every way of writing them."""
    assert values(read(text), FeatureName.AREA) == [Decimal(area)]


@pytest.mark.parametrize("text", ["Preis 45,00 €/m²", "m² je Stück", "12 m³ Sand"])
def test_a_price_per_area_is_no_area(text: str) -> None:
    """Only a number right before the unit is one."""
    assert values(read(text), FeatureName.AREA) == []


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Montage 12,5 Std.", "12.5"),
        ("38 Arbeitsstunden à 62 €", "38"),
        ("Lohnstunden: 40", "40"),
        ("Aufmaß 2 h", "2"),
    ],
)
def test_hours_are_read(text: str, hours: str) -> None:
    """With the word behind or before the number."""
    assert values(read(text), FeatureName.LABOR_HOURS) == [Decimal(hours)]


def test_a_rate_per_hour_is_no_time() -> None:
    """Neither a wage nor a speed says how long it took."""
    assert values(read("Stundensatz: 62,00 €/Std\n80 km/h"), FeatureName.LABOR_HOURS) == []


def test_a_gtin_needs_its_check_digit() -> None:
    """Thirteen digits are an article only where the last one is right."""
    assert values(read("4012345001235"), FeatureName.ARTICLE_NUMBER) == ["4012345001235"]
    assert values(read("4012345001236"), FeatureName.ARTICLE_NUMBER) == []


def test_the_firms_own_words_are_understood() -> None:
    """A kind of job that only this firm has is read by its own name."""
    features = read("Betreff: Orgelbau St. Martin", project_types=("Orgelbau",))
    assert values(features, FeatureName.PROJECT_TYPE) == ["Orgelbau"]


def test_nothing_is_made_up() -> None:
    """A text that holds no fact gives none."""
    assert read("Sehr geehrte Damen und Herren,\nvielen Dank für Ihr Schreiben.") == ()


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), max_size=10))
def test_no_text_breaks_the_reading(texts: list[str]) -> None:
    """Whatever stands on the pages, there is an answer of bounded size."""
    assert len(read(*map(mended, texts))) <= MAX_FEATURES


CENTS = st.integers(min_value=1_00, max_value=999_999_99)


@given(net=CENTS, rate=st.sampled_from([7, 16, 19]), english=st.booleans())
def test_any_total_is_found_to_the_cent(net: int, rate: int, english: bool) -> None:
    """Whatever the amounts are, in German or English form."""
    tax = (net * rate + 50) // 100
    words = [_written(amount, english) for amount in (net, tax, net + tax)]
    text = f"Summe netto {words[0]} €\nMwSt. {rate} % {words[1]} €\nGesamt {words[2]} €"
    features = read(text)
    assert values(features, FeatureName.PRICE_NET) == [Decimal(net) / 100]
    assert values(features, FeatureName.PRICE_GROSS) == [Decimal(net + tax) / 100]


def _written(cents: int, english: bool) -> str:
    text = f"{cents / 100:,.2f}"
    return text if english else text.translate(str.maketrans(",.", ".,"))


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Trep\x02penbau", "Treppenbau"),
        ("Trep\x02\r\npenbau", "Treppenbau"),
        ("Ober-\nfläche geölt", "Oberfläche geölt"),
        ("Holz-\nund Metallbau", "Holz-\nund Metallbau"),
        ("Eiche-\nFurnier", "Eiche-\nFurnier"),
        ("Pos. 1-\n2 Stück", "Pos. 1-\n2 Stück"),
    ],
)
def test_words_that_a_lines_end_cut_are_whole_again(broken: str, whole: str) -> None:
    """A hyphen that belongs to the word stays."""
    assert mended(broken) == whole
