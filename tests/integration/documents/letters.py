# ruff: noqa: E501 - lines of letters are as long as they are printed
"""Letters as firms write them: letterhead, recipient, a table with amounts to the right, totals.

Each is a list of placed texts, so that what is printed is known to the letter, line by line.
"""

import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

LEFT, RIGHT = 60, 535
WIDTH, HEIGHT = 595, 842


class Text(NamedTuple):
    """A text on a page: its left edge, or with `right` its right one; `y` counts from the top."""

    x: float
    y: float
    text: str
    size: float = 10
    font: str = "Helvetica"
    right: bool = False


class Letter(NamedTuple):
    """A page, and the totals that are printed on it, `None` where there is none."""

    name: str
    texts: tuple[Text, ...]
    net: str | None
    gross: str | None

    @property
    def lines(self) -> list[str]:
        """What is printed, row by row from the left to the right."""
        rows: dict[float, list[Text]] = {}
        for text in self.texts:
            rows.setdefault(text.y, []).append(text)
        return [
            " ".join(each.text for each in sorted(row, key=lambda one: one.x))
            for _, row in sorted(rows.items())
        ]


def _rows(y: float, rows: Sequence[Sequence[str]], columns: Sequence[float]) -> Iterator[Text]:
    for row in rows:
        for place, (text, x) in enumerate(zip(row, columns, strict=True)):
            if text:
                yield Text(x, y, text, right=place > 1)
        y += 17


def _paragraph(y: float, lines: Sequence[str], size: float = 10, **more: object) -> Iterator[Text]:
    for line in lines:
        yield Text(LEFT, y, line, size, **more)  # type: ignore[arg-type]  # font
        y += size * 1.5


_TABLE = (LEFT, 90, 365, 450, RIGHT)
OFFER = Letter(
    "offer",
    (
        *_paragraph(60, ["Schreinerei Holzinger GmbH"], 16),
        *_paragraph(80, ["Gewerbestraße 4 · 93047 Regensburg · Tel. 0941 567890"], 9),
        *_paragraph(130, ["Familie Maier", "Am Schlosshügel 12", "93051 Regensburg"]),
        *_paragraph(200, ["Angebot Nr. 2026-118"], 13),
        *_paragraph(225, ["Regensburg, den 14. März 2026"]),
        *_paragraph(
            255,
            [
                "Sehr geehrte Familie Maier,",
                "vielen Dank für Ihre Anfrage. Für den Einbauschrank im Schlafzimmer bieten wir an:",
            ],
        ),
        *_rows(
            305,
            [
                ("Pos.", "Bezeichnung", "Menge", "Einzelpreis", "Gesamt"),
                (
                    "1",
                    "Korpus Eiche furniert, geölt, 2,40 x 0,60 m",
                    "1 Stk",
                    "2.850,00",
                    "2.850,00",
                ),
                ("2", "Schiebetüren, Füllung satiniert", "3 Stk", "310,00", "930,00"),
                ("3", "Schubladen mit Softeinzug", "6 Stk", "85,50", "513,00"),
                ("4", "Lieferung und Montage", "12 Std", "68,00", "816,00"),
            ],
            _TABLE,
        ),
        *_rows(
            410,
            [
                ("", "Summe netto", "", "", "5.109,00 €"),
                ("", "zzgl. 19 % MwSt.", "", "", "970,71 €"),
                ("", "Angebotssumme", "", "", "6.079,71 €"),
            ],
            _TABLE,
        ),
        *_paragraph(
            490,
            [
                "Wir halten uns vier Wochen an dieses Angebot gebunden. Die Lieferzeit beträgt etwa",
                "acht Wochen ab Auftragserteilung. Zahlbar innerhalb von 14 Tagen ohne Abzug.",
                "",
                "Mit freundlichen Grüßen",
                "Josef Holzinger, Schreinermeister",
            ],
        ),
        *_paragraph(
            790,
            ["Sparkasse Regensburg · IBAN DE12 7505 0000 0012 3456 78 · USt-IdNr. DE123456789"],
            8,
        ),
    ),
    "5109.00",
    "6079.71",
)
INVOICE = Letter(
    "invoice",
    (
        *_paragraph(60, ["TREPPENBAU NIEDERMAYER"], 15, font="Times-Roman"),
        *_paragraph(
            80, ["Inh. Anna Niedermayer, Ahornweg 7, 84028 Landshut"], 9, font="Times-Roman"
        ),
        *_paragraph(
            130,
            ["Bauunternehmung Größl KG", "Ziegelstraße 31", "84034 Landshut"],
            font="Times-Roman",
        ),
        *_paragraph(200, ["Schlussrechnung Nr. R-4711"], 13, font="Times-Roman"),
        *_paragraph(
            225,
            [
                "Rechnungsdatum: 05.11.2025",
                "Leistungszeitraum: 06.10.2025 bis 24.10.2025",
                "Bauvorhaben: Wohnhaus Ganslmeier, 84036 Kumhausen",
            ],
            font="Times-Roman",
        ),
        *_rows(
            300,
            [
                ("1", "Wangentreppe Buche massiv, 15 Steigungen", "1 St", "7.480,00", "7.480,00"),
                ("2", "Handlauf Ø 42 mm, Edelstahl geschliffen", "4,80 m", "145,00", "696,00"),
                ("3", "Geländerstäbe, pulverbeschichtet", "28 St", "39,50", "1.106,00"),
            ],
            _TABLE,
        ),
        *_rows(
            370,
            [
                ("", "Nettobetrag", "", "", "9.282,00"),
                ("", "Umsatzsteuer 19 %", "", "", "1.763,58"),
                ("", "Rechnungsbetrag brutto", "", "", "11.045,58"),
                ("", "abzüglich Abschlagszahlung vom 12.10.2025", "", "", "5.000,00"),
                ("", "Noch zu zahlen", "", "", "6.045,58"),
            ],
            _TABLE,
        ),
        *_paragraph(
            480,
            [
                "Der Betrag ist fällig bis 19.11.2025. Bei Zahlung bis 12.11.2025 gewähren wir 2 % Skonto.",
                "Es gelten unsere Allgemeinen Geschäftsbedingungen. Vielen Dank für Ihren Auftrag!",
            ],
            font="Times-Roman",
        ),
    ),
    "9282.00",
    "11045.58",
)
UPHOLSTERY = Letter(
    "upholstery",
    (
        *_paragraph(60, ["Polsterei & Raumausstattung Öttl"], 15),
        *_paragraph(85, ["Rechnung 2025/0093 vom 30.06.2025"], 12),
        *_paragraph(
            120,
            [
                "Für die Neupolsterung Ihrer Eckbank (Sitzfläche 2,10 m x 0,55 m) und zweier Sessel",
                "berechnen wir Ihnen wie vereinbart:",
            ],
        ),
        *_rows(
            170,
            [
                ("1", "Möbelstoff „Salzburg“, dunkelgrün", "7,5 m", "48,90", "366,75"),
                ("2", "Schaumstoff RG 4050, 10 cm", "2,31 m²", "62,00", "143,22"),
                ("3", "Keder und Reißverschlüsse", "1 psch", "74,00", "74,00"),
                ("4", "Arbeitszeit Polsterei", "16,5 Std", "58,00", "957,00"),
            ],
            _TABLE,
        ),
        *_rows(
            255,
            [
                ("", "Zwischensumme", "", "", "1.540,97 €"),
                ("", "19 % Umsatzsteuer", "", "", "292,78 €"),
                ("", "Gesamtbetrag", "", "", "1.833,75 €"),
            ],
            _TABLE,
        ),
    ),
    "1540.97",
    "1833.75",
)
PROSE = Letter(
    "prose",
    (
        *_paragraph(60, ["Zimmerei Unterholzner"], 15),
        *_paragraph(
            100,
            [
                "Sehr geehrter Herr Dr. Weiß,",
                "",
                "nach unserer Besichtigung am 3. September schlagen wir vor, den Dachstuhl über dem",
                "Anbau vollständig zu erneuern. Die Sparren sind auf einer Länge von etwa 4,20 m durch",
                "Feuchtigkeit geschädigt, ebenso die Fußpfette auf der Nordseite. Wir würden Brettschicht-",
                "holz aus Fichte verwenden, gehobelt und gefast, Querschnitt 10/20 cm.",
                "",
                "Die Arbeiten dauern voraussichtlich drei Wochen; das Gerüst stellt die Firma Kögl.",
                "Größere Öffnungen sichern wir täglich mit Planen, sodass kein Wasser eindringen kann.",
                "Für Rückfragen erreichen Sie mich unter 0871 / 44 55 66 oder buero@unterholzner.example.",
                "",
                "Die Kosten schätzen wir auf 18.500 € netto zuzüglich Mehrwertsteuer.",
            ],
            11,
        ),
    ),
    None,
    None,
)
LETTERS = (OFFER, INVOICE, UPHOLSTERY, PROSE)


def printed(letter: Letter) -> bytes:
    """The letter as a born-digital PDF."""
    document = pdfium.PdfDocument.new()
    page = document.new_page(WIDTH, HEIGHT)
    fonts: dict[str, object] = {}
    for each in letter.texts:
        if each.font not in fonts:
            fonts[each.font] = pdfium.raw.FPDFText_LoadStandardFont(document, each.font.encode())
        made = pdfium.raw.FPDFPageObj_CreateTextObj(document, fonts[each.font], each.size)
        encoded = (each.text + "\0").encode("utf-16-le")
        wide = (pdfium.raw.FPDF_WCHAR * (len(encoded) // 2)).from_buffer_copy(encoded)
        pdfium.raw.FPDFText_SetText(made, wide)
        x = each.x - _width(made) if each.right else each.x
        pdfium.raw.FPDFPageObj_Transform(made, 1, 0, 0, 1, x, HEIGHT - each.y)
        pdfium.raw.FPDFPage_InsertObject(page, made)
    page.gen_content()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _width(made: object) -> float:
    edges = [pdfium.raw.c_float() for _ in range(4)]
    pdfium.raw.FPDFPageObj_GetBounds(made, *edges)
    return float(edges[2].value - edges[0].value)


def scanned(pdf: bytes, *, dpi: int, noise: float, skew: float, seed: int = 1) -> bytes:
    """`pdf` as a scanner gives it back: pictures, a little turned, with noise on them."""
    chance = np.random.default_rng(seed)
    pages = []
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            picture = page.render(scale=dpi / 72, grayscale=True).to_pil()
            turned = picture.rotate(skew, Image.Resampling.BICUBIC, fillcolor=255)
            shades = np.asarray(turned, dtype=np.float32)
            noisy = shades + chance.normal(0, noise, shades.shape)
            pages.append(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)))
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=dpi, quality=85)
    return out.getvalue()


def errors(read: str, truth: str) -> float:
    """The share of characters that are wrong: edits by the length of the truth, spaces as one."""
    one, other = " ".join(read.split()), " ".join(truth.split())
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, 1):
        before, row[0] = row[0], at
        for place, wanted in enumerate(other, 1):
            change = before + (char != wanted)
            before = row[place]
            row[place] = min(change, before + 1, row[place - 1] + 1)
    return row[-1] / max(1, len(other))
