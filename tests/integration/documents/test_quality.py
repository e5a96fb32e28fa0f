"""How well scans are read: letters as firms write them, scanned with noise and askew."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader, PdfWriter
from tests.integration.documents.letters import (
    INVOICE,
    LETTERS,
    OFFER,
    PROSE,
    Letter,
    errors,
    printed,
    scanned,
)

from handwerk.adapters.extraction.reading import read
from handwerk.domain.documents.features.model import FeatureName
from handwerk.domain.documents.features.reading import read_features
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.pages import Page, Source


def _pages(pdf: bytes) -> list[Page]:
    return list(read(io.BytesIO(pdf), "pdf", 10).pages)


def _totals(pages: list[Page]) -> tuple[Decimal | None, Decimal | None]:
    found = {one.name: one.value for one in read_features(pages, Vocabulary())}
    return found.get(FeatureName.PRICE_NET), found.get(FeatureName.PRICE_GROSS)


@pytest.mark.parametrize("letter", LETTERS, ids=[letter.name for letter in LETTERS])
def test_a_printed_letter_is_read_as_it_stands(letter: Letter) -> None:
    """The text layer is right to the letter, but for a hyphen at a line's end."""
    [page] = _pages(printed(letter))
    assert page.source is Source.TEXT
    assert errors(page.text, "\n".join(letter.lines)) < 0.005


@pytest.mark.parametrize(
    ("letter", "dpi", "noise", "skew"),
    [(OFFER, 300, 10, -1.5), (INVOICE, 150, 12, 0.7), (PROSE, 150, 8, 1.5)],
    ids=["offer-300", "invoice-150", "prose-150"],
)
def test_a_scan_reads_like_the_print(letter: Letter, dpi: int, noise: float, skew: float) -> None:
    """At most 1 character in 100 is wrong, in the order of the rows; both totals are right."""
    pages = _pages(scanned(printed(letter), dpi=dpi, noise=noise, skew=skew))
    assert pages[0].source is Source.OCR
    assert errors(pages[0].text, "\n".join(letter.lines)) < 0.01
    expected = tuple(None if one is None else Decimal(one) for one in (letter.net, letter.gross))
    if letter.net is not None:
        assert _totals(pages) == expected


def test_a_stamp_on_a_scan_is_not_its_text() -> None:
    """A page that is a picture is recognised although a few printed words lie upon it."""
    words = "Eingegangen am 03.11.2025, geprüft durch die Buchhaltung"
    stamp = OFFER._replace(texts=(OFFER.texts[0]._replace(text=words, y=20),))
    writer = PdfWriter(clone_from=io.BytesIO(scanned(printed(OFFER), dpi=150, noise=5, skew=0)))
    writer.pages[0].merge_page(PdfReader(io.BytesIO(printed(stamp))).pages[0])
    out = io.BytesIO()
    writer.write(out)
    [page] = _pages(out.getvalue())
    assert page.source is Source.OCR
    assert "Einbauschrank im Schlafzimmer" in page.text
