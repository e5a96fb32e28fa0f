"""PDF: the text layer where it is good, else what a picture of the page shows."""

from collections.abc import Iterator
from contextlib import closing

import pypdfium2 as pdfium

from handwerk.adapters.extraction.e_invoice import embedded_xml, read_e_invoice
from handwerk.adapters.extraction.images import RESOLUTION, prepared
from handwerk.adapters.extraction.ocr import Recognition
from handwerk.adapters.extraction.quality import is_readable
from handwerk.domain.documents.e_invoice import EInvoice
from handwerk.domain.documents.errors import Unreadable
from handwerk.domain.documents.pages import Page, Source

POINTS_PER_INCH = 72
# A page is never drawn with more pixels than this, however large it is.
MOST_PIXELS = 40_000_000
_PASSWORD = 4
# Letters of a text layer, and the share of a page.
SCARCE = 200
MOST_OF_PAGE = 0.6


def opened(data: bytes) -> pdfium.PdfDocument:
    """The document; `Unreadable` where it is encrypted or damaged."""
    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "assword" in str(error):
            raise Unreadable(
                "The PDF is encrypted. Save it without a password and upload it again."
            ) from error
        raise Unreadable("The PDF is damaged and can't be read.") from error
    if not count:
        raise Unreadable("The PDF has no pages.")
    return document


def pages(document: pdfium.PdfDocument, recognition: Recognition) -> Iterator[Page]:
    """Every page in turn."""
    for index in range(len(document)):
        try:
            page = document[index]
        except pdfium.PdfiumError:
            yield Page(index + 1, "", Source.TEXT)
            continue
        with closing(page):
            yield _read(index + 1, page, recognition)


def invoice_in(data: bytes, document: pdfium.PdfDocument) -> EInvoice | None:
    """The e-invoice that the PDF carries along; one that can't be read is none."""
    if not document.count_attachments():
        return None
    xml = embedded_xml(data)
    try:
        return None if xml is None else read_e_invoice(xml)
    except Unreadable:
        return None


def _read(number: int, page: pdfium.PdfPage, recognition: Recognition) -> Page:
    text = _text_layer(page)
    readable = is_readable(text)
    is_whole = readable and not (_is_scarce(text) and _is_scan(page))
    if is_whole or not _shows_anything(page):
        return Page(number, text, Source.TEXT)
    recognised = recognition.text(_picture(page))
    if readable and len(recognised) < len(text):
        return Page(number, text, Source.TEXT)
    return Page(number, recognised, Source.OCR)


def _is_scarce(text: str) -> bool:
    """Whether it may be a stamp or a header on a page whose own text is a picture."""
    return len(text) < 4 * SCARCE and sum(map(str.isalpha, text)) < SCARCE


def _is_scan(page: pdfium.PdfPage) -> bool:
    """Whether one picture covers most of the page."""
    width, height = page.get_size()
    for image in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = image.get_bounds()
        if (right - left) * (top - bottom) >= MOST_OF_PAGE * width * height:
            return True
    return False


def _text_layer(page: pdfium.PdfPage) -> str:
    with closing(page.get_textpage()) as layer:
        text: str = layer.get_text_bounded()
    return text


def _shows_anything(page: pdfium.PdfPage) -> bool:
    return next(iter(page.get_objects(max_depth=3)), None) is not None


def _picture(page: pdfium.PdfPage) -> "pdfium.PILImage":
    width, height = page.get_size()
    scale = RESOLUTION / POINTS_PER_INCH
    largest = (MOST_PIXELS / max(width * height, 1)) ** 0.5
    bitmap = page.render(scale=min(scale, largest), grayscale=True)
    return prepared(bitmap.to_pil(), is_photo=False)
