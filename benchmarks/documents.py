"""Documents: uploads, reading beside plain pypdfium2 and plain tesserocr, uploads through kill -9.

    python -m benchmarks.documents [--only uploads|reading|kills] [--rounds 3] [--kills 100]

Starts everything itself on temporary folders, and removes them. Prints Markdown. The plain readers
run in processes of the same priority as ours, and round by round beside them.
"""

import argparse
import asyncio
import io
import multiprocessing
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import httpx
import msgspec
import pypdfium2 as pdfium
import tesserocr
from benchmarks._stage import temporary
from tests.integration.documents.letters import LETTERS, OFFER, printed, scanned
from tests.integration.whole.program import Program, until

from handwerk.adapters.extraction.limits import NICENESS
from handwerk.adapters.extraction.ocr import DATA
from handwerk.adapters.extraction.sandbox import SandboxedExtractor
from handwerk.domain.documents.model import FileType

MEGABYTE = 1024 * 1024
SMALL, LARGE = MEGABYTE, 50 * MEGABYTE
UPLOADS = 100
PRINTED_PAGES, SCANNED_PAGES = 400, 4
DPI = 300
_TITLE = """# Documents

- command: `python -m benchmarks.documents {command}`
- date: {date} UTC
- machine: 2 shared cores, 24 GiB; busy with other work, load average {load:.1f}: what stands side
  by side was measured in turn, so ratios say more than rates
"""
_UPLOADS = """## Uploads

{count} PDFs of 1 MB, one after the other, each answered when file, row and job are on disk; then
one of 50 MB. Documents are read behind the answers meanwhile.

| | |
| --- | ---: |
| 1 MB, p50 | {p50:.1f} ms |
| 1 MB, p95 | {p95:.1f} ms |
| the same bytes written and fsynced by a plain program, p50 | {disk50:.1f} ms |
| the same, p95 | {disk95:.1f} ms |
| 50 MB | {large:.0f} ms |
| memory of the server before it | {before:.0f} MB |
| highest memory while it came in | {peak:.0f} MB |
"""
_READING = """## Reading

One file of {printed:,} printed pages and one of {scanned} pages scanned straight at 300 dpi with
noise; a warm child; {rounds} rounds in turn, medians. The plain readers take the text as it comes:
no look at contrast and slant, no limits, no other process to tell.

| pages a second | plain | handwerk | share |
| --- | ---: | ---: | ---: |
| text layer (pypdfium2) | {plain_text:.0f} | {text:.0f} | {text_share:.2f} |
| OCR (tesserocr) | {plain_ocr:.2f} | {ocr:.2f} | {ocr_share:.2f} |
| OCR of two files, two children instead of one | {one:.2f} | {two:.2f} | {two_share:.2f} |
"""
_KILLS = """## kill -9

{rounds} rounds: documents come in without pause, then the server, PostgreSQL and Redis are killed
at once and started again.

| | |
| --- | ---: |
| acknowledged documents | {acknowledged:,} |
| of them there at the end, with the same content | {there:,} |
| of them read (`completed`) | {completed:,} |
| documents of which there are two | {doubled:,} |
| files without a document | {orphans:,} |

**{verdict}**
"""


def uploads() -> str:
    """How long an upload takes, and what memory."""
    with temporary() as base:
        program = Program(base / "data")
        program.comes_up()
        with program.client() as client:
            _upload(client, SMALL)
            times, disk = [], []
            for _ in range(UPLOADS):
                times.append(_timed(lambda: _upload(client, SMALL)))
                disk.append(_timed(lambda: _written(base, SMALL)))
            before = _memory(program.pid)
            _reset_peak(program.pid)
            large = _timed(lambda: _upload(client, LARGE))
            peak = _memory(program.pid, "VmHWM")
        program.stop()
    return _UPLOADS.format(
        count=UPLOADS,
        p50=_at(times, 0.5),
        p95=_at(times, 0.95),
        disk50=_at(disk, 0.5),
        disk95=_at(disk, 0.95),
        large=large,
        before=before,
        peak=peak,
    )


def reading(rounds: int) -> str:
    """Pages a second, beside plain readers."""
    letters = [printed(letter) for letter in LETTERS]
    text_file = _joined(letters, PRINTED_PAGES)
    scan = scanned(_joined(letters, SCANNED_PAGES), dpi=DPI, noise=8, skew=0)
    text, plain_text, ocr, plain_ocr, one, two = ([] for _ in range(6))
    with multiprocessing.get_context("spawn").Pool(1, os.nice, (NICENESS,)) as plain:
        for _ in range(rounds):
            plain_text.append(PRINTED_PAGES / plain.apply(_plain_text, (text_file,)))
            text.append(PRINTED_PAGES / asyncio.run(_read([text_file], 1)))
            plain_ocr.append(SCANNED_PAGES / plain.apply(_plain_ocr, (scan,)))
            ocr.append(SCANNED_PAGES / asyncio.run(_read([scan], 1)))
            one.append(2 * SCANNED_PAGES / asyncio.run(_read([scan, scan], 1)))
            two.append(2 * SCANNED_PAGES / asyncio.run(_read([scan, scan], 2)))
    found = {
        "plain_text": plain_text,
        "text": text,
        "plain_ocr": plain_ocr,
        "ocr": ocr,
        "one": one,
        "two": two,
    }
    medians = {name: statistics.median(values) for name, values in found.items()}
    return _READING.format(
        printed=PRINTED_PAGES,
        scanned=SCANNED_PAGES,
        rounds=rounds,
        text_share=medians["text"] / medians["plain_text"],
        ocr_share=medians["ocr"] / medians["plain_ocr"],
        two_share=medians["two"] / medians["one"],
        **medians,
    )


def kills(rounds: int) -> str:
    """Uploads through kill -9 of everything, again and again."""
    acknowledged: dict[str, str] = {}
    with temporary() as base:
        data = base / "data"
        for number in range(rounds):
            program = Program(data)
            program.comes_up()
            with program.client() as client:
                for _ in range(3 + number % 5):
                    made = _upload(client, 2_000)
                    acknowledged[made["id"]] = made["sha256"]
                program.kill_everything(number % 3)
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
        program = Program(data)
        program.comes_up()
        with program.client() as client:
            until(lambda: _waiting(client) == 0, "all documents are read")
            listed = list(_listed(client))
        program.stop()
        files = [path.name[:64] for path in (data / "files/documents").glob("??/*")]
    there = [one for one in listed if acknowledged.get(one["id"]) == one["sha256"]]
    contents = [one["sha256"] for one in listed]
    completed = sum(one["status"] == "completed" for one in there)
    orphans = len(set(files) - set(contents))
    doubled = len(contents) - len(set(contents))
    good = len(there) == completed == len(acknowledged) and not doubled
    return _KILLS.format(
        rounds=rounds,
        acknowledged=len(acknowledged),
        there=len(there),
        completed=completed,
        doubled=doubled,
        orphans=orphans,
        verdict="Every acknowledged document is there and was read." if good else "LOST.",
    )


def _upload(client: httpx.Client, size: int) -> dict[str, str]:
    """A letter of its own, made as large as is wanted by what a reader passes over."""
    text = OFFER.texts[0]._replace(text=f"Angebot {uuid4()}")
    pdf = printed(OFFER._replace(texts=(text, *OFFER.texts[1:])))
    content = pdf + b"\n%" + b"x" * max(0, size - len(pdf) - 2)
    answer = client.post("/documents/upload", files={"file": ("angebot.pdf", content)})
    answer.raise_for_status()
    made: dict[str, str] = answer.json()
    return made


def _written(base: Path, size: int) -> None:
    with tempfile.NamedTemporaryFile(dir=base) as file:
        file.write(b"x" * size)
        file.flush()
        os.fsync(file.fileno())


def _waiting(client: httpx.Client) -> int:
    waiting = [client.get(f"/documents/?status={one}&limit=1") for one in ("pending", "processing")]
    return sum(int(answer.headers["X-Total-Count"]) for answer in waiting)


def _listed(client: httpx.Client) -> Iterator[dict[str, str]]:
    url = "/documents/?limit=200"
    while url:
        answer = client.get(url)
        yield from answer.json()
        url = answer.links.get("next", {}).get("url", "")


def _joined(pdfs: list[bytes], pages: int) -> bytes:
    document = pdfium.PdfDocument.new()
    for page in range(pages):
        document.import_pages(pdfium.PdfDocument(pdfs[page % len(pdfs)]))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


async def _read(files: list[bytes], most: int) -> float:
    """Seconds for all files, with warm children."""
    extractor = SandboxedExtractor(most)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(place) for place in range(len(files))]
        for path, content in zip(paths, files, strict=True):
            path.write_bytes(content)
        small = Path(folder) / "small"
        small.write_bytes(printed(OFFER))
        await asyncio.gather(*(_extract(extractor, small) for _ in range(most)))
        # A child that has just been born is warm when it has loaded its libraries.
        await asyncio.sleep(3)
        begun = perf_counter()
        await asyncio.gather(*(_extract(extractor, path) for path in paths))
        seconds = perf_counter() - begun
    await extractor.close()
    return seconds


async def _extract(extractor: SandboxedExtractor, path: Path) -> None:
    async def progress(_done: int, _total: int) -> None:
        return

    with path.open("rb") as file:
        await extractor.extract(file, FileType.PDF, progress=progress)


def _plain_text(pdf: bytes) -> float:
    begun = perf_counter()
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            page.get_textpage().get_text_bounded()
    return perf_counter() - begun


def _plain_ocr(pdf: bytes) -> float:
    os.environ["OMP_THREAD_LIMIT"] = "1"
    begun = perf_counter()
    engine = tesserocr.PyTessBaseAPI(
        path=str(DATA), lang="deu", psm=tesserocr.PSM.SINGLE_COLUMN, oem=tesserocr.OEM.LSTM_ONLY
    )
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            engine.SetImage(page.render(scale=DPI / 72, grayscale=True).to_pil())
            engine.SetSourceResolution(DPI)
            engine.GetUTF8Text()
            engine.MeanTextConf()
    return perf_counter() - begun


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = perf_counter()
    work()
    return (perf_counter() - begun) * 1000


def _at(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def _memory(pid: int, what: str = "VmRSS") -> float:
    """Megabytes of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(what)


def _reset_peak(pid: int) -> None:
    """Let the highest memory be counted anew from now on (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


class _Part(msgspec.Struct, frozen=True):
    name: str
    work: Callable[[argparse.Namespace], str]


_PARTS = (
    _Part("uploads", lambda _: uploads()),
    _Part("reading", lambda given: reading(given.rounds)),
    _Part("kills", lambda given: kills(given.kills)),
)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[part.name for part in _PARTS])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    command, now = " ".join(sys.argv[1:]), datetime.now(UTC)
    print(_TITLE.format(command=command, date=f"{now:%Y-%m-%d %H:%M}", load=os.getloadavg()[0]))
    for part in _PARTS:
        if given.only in {None, part.name}:
            print(part.work(given), flush=True)


if __name__ == "__main__":
    main()
