"""Word documents (DOCX): paragraphs and tables in their order, headers, footers, footnotes."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from handwerk.domain.documents.errors import Unreadable

MAX_PARTS = 5_000
MAX_UNPACKED = 300 * 2**20
_NOTES = ("/word/footnotes.xml", "/word/endnotes.xml")
_BREAKS = (qn("w:lastRenderedPageBreak"),)


def texts(file: BinaryIO) -> list[str]:
    """The text of each page, as far as the file marks its pages."""
    _refuse_bomb(file)
    try:
        document = Document(file)
    except (OpcError, KeyError, ValueError, etree.XMLSyntaxError, zipfile.BadZipFile) as error:
        raise Unreadable("The Word document is damaged and can't be read.") from error
    pages = [[*_frame(document)]]
    for block, begins_page in _blocks(document):
        if begins_page and any(pages[-1]):
            pages.append([])
        pages[-1].append(block)
    pages[-1] += _notes(document)
    return ["\n".join(lines) for lines in pages]


def _refuse_bomb(file: BinaryIO) -> None:
    """Look at the directory of the archive before anything is unpacked.

    A directory that lies does not help: zipfile never unpacks more of a part than that says.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise Unreadable("The Word document is damaged and can't be read.") from error
    finally:
        file.seek(0)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable("The Word document would unpack to more than 300 MB: nothing is read.")


def _frame(document: WordDocument) -> Iterator[str]:
    """Headers and footers, each once though every section may have them."""
    seen = set()
    for section in document.sections:
        for part in (section.header, section.first_page_header, section.footer):
            for paragraph in part.paragraphs:
                if paragraph.text.strip() and paragraph.text not in seen:
                    seen.add(paragraph.text)
                    yield paragraph.text


def _blocks(document: WordDocument) -> Iterator[tuple[str, bool]]:
    """Text of paragraphs and rows of tables, and whether a new page begins with it."""
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in _rows(block):
                yield row, False
        else:
            yield block.text, _begins_page(block)


def _begins_page(paragraph: Paragraph) -> bool:
    element = paragraph._p  # noqa: SLF001 - python-docx tells page breaks in no other way
    breaks = element.iter(qn("w:br"), *_BREAKS)
    return any(node.tag in _BREAKS or node.get(qn("w:type")) == "page" for node in breaks) or bool(
        paragraph.paragraph_format.page_break_before
    )


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        for cell in row.cells:
            text = " ".join(cell.text.split())
            # A merged cell is told once for every column that it covers.
            if not cells or cells[-1] != text:
                cells.append(text)
        yield "\t".join(cells)


def _notes(document: WordDocument) -> Iterator[str]:
    for part in document.part.package.iter_parts():
        if str(part.partname) in _NOTES:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            for note in etree.fromstring(part.blob, parser).iter(qn("w:footnote"), qn("w:endnote")):
                text = "".join(node.text or "" for node in note.iter(qn("w:t")))
                if text.strip():
                    yield text
