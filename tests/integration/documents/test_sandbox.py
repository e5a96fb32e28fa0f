"""Reading of real files in real child processes."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.integration.documents import files
from tests.unit.documents.test_e_invoices import ZUGFERD_2

from handwerk.adapters.extraction.sandbox import SandboxedExtractor
from handwerk.domain.documents.errors import Unreadable
from handwerk.domain.documents.features.model import FeatureName
from handwerk.domain.documents.features.reading import read_features
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.model import Extracted, FileType
from handwerk.domain.documents.pages import Source
from handwerk.domain.kernel.errors import Unavailable

SECRET = "nobody-shall-inherit-this"


@pytest.fixture
async def extractor() -> AsyncIterator[SandboxedExtractor]:
    extractor = SandboxedExtractor()
    yield extractor
    await extractor.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator["Put"]:
    put = Put(tmp_path / "file")
    yield put
    put.close()


class Put:
    """Lays bytes into a file and opens it: a child is handed the descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: list[BinaryIO] = []

    def __call__(self, data: bytes) -> BinaryIO:
        self._path.write_bytes(data)
        self._opened.append(self._path.open("rb"))
        return self._opened[-1]

    def close(self) -> None:
        for one in self._opened:
            one.close()


async def unheard(_: int, __: int) -> None:
    """Progress that nobody watches."""


async def read(extractor: SandboxedExtractor, file: BinaryIO, kind: FileType) -> Extracted:
    return await extractor.extract(file, kind, progress=unheard)


def totals(extracted: Extracted) -> tuple[str, ...]:
    features = read_features(extracted.pages, Vocabulary())
    wanted = (FeatureName.PRICE_NET, FeatureName.PRICE_GROSS, FeatureName.DATE)
    return tuple(str(one.value) for name in wanted for one in features if one.name is name)


READ = ("4585.00", "5456.15", "2025-03-14")


async def test_a_printed_pdf_is_read_from_its_text_layer(
    extractor: SandboxedExtractor, file: Put
) -> None:
    """Page by page, with progress, and no recognition."""
    told: list[tuple[int, int]] = []

    async def progress(done: int, total: int) -> None:
        told.append((done, total))

    pdf = files.printed_pdf(files.OFFER, ["Seite zwei mit ein wenig Text"])
    extracted = await extractor.extract(file(pdf), FileType.PDF, progress=progress)
    assert [(page.number, page.source) for page in extracted.pages] == [
        (1, Source.TEXT),
        (2, Source.TEXT),
    ]
    assert told == [(1, 2), (2, 2)]
    assert totals(extracted) == READ


@pytest.mark.parametrize("skew", [0.0, -1.7], ids=["straight", "askew"])
async def test_a_scan_is_recognised(extractor: SandboxedExtractor, file: Put, skew: float) -> None:
    """A PDF without text is read by its pictures, askew as well."""
    page = files.drawn().rotate(skew, fillcolor=255)
    extracted = await read(extractor, file(files.scanned_pdf(page)), FileType.PDF)
    assert extracted.pages[0].source is Source.OCR
    assert totals(extracted) == READ


@pytest.mark.parametrize("turn", [90, 180], ids=["on its side", "on its head"])
async def test_a_photo_is_turned_upright(
    extractor: SandboxedExtractor, file: Put, turn: int
) -> None:
    """However it was held."""
    photo = files.picture(files.drawn().rotate(turn, expand=True), "JPEG")
    assert totals(await read(extractor, file(photo), FileType.JPG)) == READ


async def test_word_documents_are_read_with_tables_headers_and_footnotes(
    extractor: SandboxedExtractor, file: Put
) -> None:
    """In their order, rows of tables as lines, pages where the file marks them."""
    extracted = await read(extractor, file(files.word_document()), FileType.DOCX)
    assert [page.text.strip() for page in extracted.pages] == [
        "Kopf der Firma\nTreppe in Esche\nPos 1\tWange\t450,00 €",
        "Zweite Seite\nPreis freibleibend",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
async def test_text_is_read_in_its_encoding(
    extractor: SandboxedExtractor, file: Put, encoding: str
) -> None:
    """Umlauts and the euro stand as they were written; a form feed begins a page."""
    data = "Größe 5 m², 12 €\fSeite 2".encode(encoding)
    extracted = await read(extractor, file(data), FileType.TXT)
    assert [page.text for page in extracted.pages] == ["Größe 5 m², 12 €", "Seite 2"]


async def test_an_e_invoice_inside_a_pdf_comes_along(
    extractor: SandboxedExtractor, file: Put
) -> None:
    """The pages are read, and the data beside them."""
    pdf = files.carrying(files.printed_pdf(files.OFFER), ZUGFERD_2.encode())
    extracted = await read(extractor, file(pdf), FileType.PDF)
    assert extracted.invoice is not None
    assert str(extracted.invoice.gross) == "922.25"
    assert extracted.pages[0].source is Source.TEXT


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        pytest.param(FileType.PNG, files.huge_png(), "megapixels", id="a huge picture"),
        pytest.param(FileType.DOCX, files.zip_bomb(), "300 MB", id="a zip bomb"),
        pytest.param(FileType.DOCX, b"PK\x03\x04 and no more", "damaged", id="a torn document"),
        pytest.param(FileType.PDF, b"%PDF-1.7\nand no more", "damaged", id="a torn PDF"),
        pytest.param(
            FileType.PDF,
            files.encrypted(files.printed_pdf(["geheim"])),
            "encrypted",
            id="an encrypted PDF",
        ),
        pytest.param(FileType.JPG, b"\xff\xd8\xff\xe0 no picture", "damaged", id="a torn picture"),
        pytest.param(FileType.XML, b"<a/>", "no e-invoice", id="another XML"),
    ],
)
async def test_a_bad_file_is_refused_in_a_sentence(
    extractor: SandboxedExtractor, file: Put, kind: FileType, data: bytes, reason: str
) -> None:
    """And the next one is read as if nothing had been."""
    with pytest.raises(Unreadable, match=reason):
        await read(extractor, file(data), kind)
    assert (await read(extractor, file(b"gut"), FileType.TXT)).pages[0].text == "gut"


async def test_too_many_pages_are_refused(file: Put) -> None:
    """Before the first is read."""
    extractor = SandboxedExtractor(max_pages=2)
    pdf = files.printed_pdf(*([["Seite"]] * 3))
    with pytest.raises(Unreadable, match="3 pages; 2 are the most"):
        await read(extractor, file(pdf), FileType.PDF)
    await extractor.close()


async def test_a_page_without_end_is_given_up(file: Put) -> None:
    """The child that is busy with it is killed."""
    extractor = SandboxedExtractor(page_time=0.01)
    with pytest.raises(Unreadable, match="takes longer"):
        await read(extractor, file(files.scanned_pdf(files.drawn())), FileType.PDF)
    await extractor.close()
    assert _children() == []


async def test_a_child_that_somebody_killed_is_no_fault_of_the_file(
    extractor: SandboxedExtractor, file: Put
) -> None:
    """The job may try again; a crash inside the reader is the file's."""
    pdf = file(files.scanned_pdf(*([files.drawn()] * 3)))
    for number, error in ((signal.SIGKILL, Unavailable), (signal.SIGSEGV, Unreadable)):
        killed: list[int] = []

        async def kill(
            _: int, __: int, number: signal.Signals = number, killed: list[int] = killed
        ) -> None:
            if not killed:
                killed += _children()
                os.kill(killed[0], number)

        with pytest.raises(error):
            await extractor.extract(pdf, FileType.PDF, progress=kill)
        pdf.seek(0)


async def test_a_child_inherits_no_secret(
    extractor: SandboxedExtractor, file: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the environment nor a descriptor of the server is there for a file to find."""
    monkeypatch.setenv("HANDWERK_SECRET_KEY", SECRET)
    seen: list[str] = []

    async def look(done: int, _: int) -> None:
        if done == 1:  # the child is at the second page
            seen.extend(line for child in _children() for line in _belongings(child))

    pdf = files.scanned_pdf(files.drawn(), files.drawn())
    with (tmp_path / "database").open("wb") as other:
        await extractor.extract(file(pdf), FileType.PDF, progress=look)
    assert seen
    assert not [line for line in seen if SECRET in line or other.name in line]


async def test_what_reads_a_file_can_t_be_handed_the_next(
    extractor: SandboxedExtractor, file: Put
) -> None:
    """The socket on which files come is not open where somebody's file is read."""
    sockets: list[set[str]] = []

    async def look(done: int, _: int) -> None:
        if done == 1:
            sockets.extend(
                {line for line in _belongings(child) if line.startswith("socket:")}
                for child in _children()
            )

    pdf = files.scanned_pdf(files.drawn(), files.drawn())
    await extractor.extract(file(pdf), FileType.PDF, progress=look)
    [reading, handing] = sockets
    assert reading
    assert handing
    assert not reading & handing


def _belongings(child: int) -> list[str]:
    folder = Path("/proc", str(child))
    links = [str(link.readlink()) for link in (folder / "fd").iterdir()]
    return [(folder / "environ").read_text(), *links]


def _children() -> list[int]:
    """The living reading children of this process, those first that have a file open."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent = stat.rpartition(")")[2].split()[:2]
        if state != "Z" and b"extraction.child" in command:
            parents[int(folder.name)] = int(parent)
    children = [pid for pid, parent in parents.items() if parent == os.getpid()]
    return [pid for pid, parent in parents.items() if parent in children] + children
