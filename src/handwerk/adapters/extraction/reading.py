"""Which reader opens which kind of file."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec

from handwerk.adapters.extraction import images, pdf, plain, word
from handwerk.adapters.extraction.e_invoice import MAX_XML, read_e_invoice
from handwerk.adapters.extraction.ocr import Recognition
from handwerk.domain.documents.e_invoice import EInvoice
from handwerk.domain.documents.errors import Unreadable
from handwerk.domain.documents.model import FileType
from handwerk.domain.documents.pages import Page, Source, mended

LONGEST_PAGE = 1_000_000


class Reading(msgspec.Struct, frozen=True):
    """A file that has been opened: how many pages, the pages one by one, the invoice inside."""

    count: int
    pages: Iterable[Page]
    invoice: EInvoice | None = None


def read(file: BinaryIO, kind: str, max_pages: int) -> Reading:
    """Open `file`, which is of `kind`; `Unreadable` where that can't be done."""
    reading = _READERS[FileType(kind)](file)
    if reading.count > max_pages:
        raise Unreadable(
            f"The document has {reading.count:,} pages; {max_pages:,} are the most that are read."
        )
    return Reading(reading.count, _whole(reading.pages), reading.invoice)


def _whole(pages: Iterable[Page]) -> Iterator[Page]:
    for page in pages:
        yield Page(page.number, mended(page.text)[:LONGEST_PAGE], page.source)


def _read_pdf(file: BinaryIO) -> Reading:
    data = file.read()
    document = pdf.opened(data)
    return Reading(
        len(document), pdf.pages(document, Recognition()), pdf.invoice_in(data, document)
    )


def _read_image(file: BinaryIO) -> Reading:
    return Reading(1, images.pages(file, Recognition()))


def _read_word(file: BinaryIO) -> Reading:
    texts = word.texts(file)
    return Reading(len(texts), _printed(texts))


def _read_plain(file: BinaryIO) -> Reading:
    texts = plain.texts(file.read())
    return Reading(len(texts), _printed(texts))


def _read_xml(file: BinaryIO) -> Reading:
    invoice = read_e_invoice(file.read(MAX_XML + 1))
    return Reading(1, [Page(1, invoice.text(), Source.E_INVOICE)], invoice)


def _printed(texts: Iterable[str]) -> Iterator[Page]:
    for number, text in enumerate(texts, 1):
        yield Page(number, text, Source.TEXT)


_READERS: dict[FileType, Callable[[BinaryIO], Reading]] = {
    FileType.PDF: _read_pdf,
    FileType.DOCX: _read_word,
    FileType.JPG: _read_image,
    FileType.PNG: _read_image,
    FileType.TXT: _read_plain,
    FileType.XML: _read_xml,
}
