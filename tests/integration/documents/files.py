"""Documents for tests, made here: pages of text as PDF, scans, pictures, Word."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

import pypdfium2 as pdfium
from docx import Document
from docx.enum.text import WD_BREAK
from PIL import Image
from pypdf import PdfReader, PdfWriter

OFFER = (
    "Schreinerei Holzinger",
    "Angebot Nr. 118 vom 14.03.2025",
    "Einbauschrank in Eiche, geölt",
    "Fläche 5,76 m², Montage 12,5 Stunden",
    "Summe netto 4.585,00 €",
    "zzgl. 19 % MwSt. 871,15 €",
    "Angebotssumme 5.456,15 €",
)


def drawn(lines: Sequence[str] = OFFER) -> Image.Image:
    """A picture of a page of A4 at 200 dpi with `lines` on it, black on white."""
    with pdfium.PdfDocument(printed_pdf(lines)) as document:
        picture: Image.Image = document[0].render(scale=200 / 72, grayscale=True).to_pil()
    return picture


def scanned_pdf(*pages: Image.Image) -> bytes:
    """A PDF of pictures only."""
    out = io.BytesIO()
    first, *others = pages
    first.save(out, "PDF", save_all=True, append_images=others, resolution=200)
    return out.getvalue()


def printed_pdf(*pages: Sequence[str]) -> bytes:
    """A born-digital PDF, a page for each list of lines."""
    document = pdfium.PdfDocument.new()
    for lines in pages:
        page = document.new_page(595, 842)
        font = pdfium.raw.FPDFText_LoadStandardFont(document, b"Helvetica")
        for row, line in enumerate(lines):
            text = pdfium.raw.FPDFPageObj_CreateTextObj(document, font, 11)
            encoded = (line + "\0").encode("utf-16-le")
            pdfium.raw.FPDFText_SetText(
                text, (pdfium.raw.FPDF_WCHAR * (len(encoded) // 2)).from_buffer_copy(encoded)
            )
            pdfium.raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, 60, 780 - 20 * row)
            pdfium.raw.FPDFPage_InsertObject(page, text)
        page.gen_content()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def encrypted(pdf: bytes) -> bytes:
    """`pdf` behind a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def carrying(pdf: bytes, xml: bytes) -> bytes:
    """`pdf` with an e-invoice inside."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.add_attachment("factur-x.xml", xml)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(image: Image.Image, kind: str = "PNG") -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def word_document() -> bytes:
    """Two pages with a header, a table and a footnote's part."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Kopf der Firma"
    document.add_paragraph("Treppe in Esche")
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("Pos 1", "Wange", "450,00 €"), strict=True):
        cell.text = text
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("Zweite Seite")
    out = io.BytesIO()
    document.save(out)
    return _with_footnote(out.getvalue())


_FOOTNOTES = """<?xml version="1.0"?>
<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:footnote w:id="1"><w:p><w:r><w:t>Preis freibleibend</w:t></w:r></w:p></w:footnote>
</w:footnotes>"""
_RELATION = (
    '<Relationship Id="rId99" Target="footnotes.xml" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/footnotes"/></Relationships>'
)
_TYPE = (
    '<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.footnotes+xml"/></Types>'
)


def _with_footnote(docx: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "word/_rels/document.xml.rels":
                body = body.replace(b"</Relationships>", _RELATION.encode())
            if name == "[Content_Types].xml":
                body = body.replace(b"</Types>", _TYPE.encode())
            new.writestr(name, body)
        new.writestr("word/footnotes.xml", _FOOTNOTES)
    return out.getvalue()


def zip_bomb() -> bytes:
    """A Word document of a few kilobytes that would unpack to more than 300 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as part:
            for _ in range(310):
                part.write(b"\0" * 2**20)
    return out.getvalue()


def huge_png() -> bytes:
    """A picture that says of itself to be 30,000 by 30,000 pixels."""
    header = bytearray(picture(Image.new("1", (1, 1))))

    header[16:24] = struct.pack(">II", 30_000, 30_000)
    header[29:33] = struct.pack(">I", zlib.crc32(bytes(header[12:29])))
    return bytes(header)
