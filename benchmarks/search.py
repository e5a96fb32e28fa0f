"""How fast a question is answered, beside faiss and an exact scan, over up to 100,000 projects.

`python -m benchmarks.search [SIZE …]` needs nothing running. The vectors are clustered at random
around many centres, as texts are; words are those of made-up jobs. Embedding 100,000 texts would
take a quarter of an hour and say nothing of searching, so the index is filled with these vectors,
and the server then searches it with the real vectors of real questions.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen
from uuid import UUID

import faiss
import numpy as np
import psycopg
from benchmarks._stage import ADMIN, awaited, is_ready, listening, process, signed_in, temporary

from handwerk.adapters.embedded import DataFolder, EmbeddedServices
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.qdrant import EdgeSearchIndex
from handwerk.adapters.qdrant.layout import BUILD_EF, LINKS, SEARCH_EF
from handwerk.adapters.sentence_transformers.locating import PACKAGED
from handwerk.domain.search.model import Collection, Fields, Filters, Item, Kind, SparseVector
from handwerk.domain.search.ngrams import SCHEME, passage_vector, query_vector

DIMENSIONS = 384
TOP = 10
ASKED = 200
CHUNK = 500
NOTHING = SparseVector((), ())
TYPES = ("Treppenbau", "Möbel", "Küchen", "Dachstuhl", "Türen", "Fenster", "Polsterei", "Spezial")
WOODS = ("Eiche", "Nussbaum", "Kiefer", "Esche", "Fichte", "Buche", "Ahorn", "Lärche")
THINGS = ("Einbauschrank", "Wangentreppe", "Kücheninsel", "Haustür", "Sitzbank", "Dachgaube")
ROOMS = ("Diele", "Wohnzimmer", "Gasthof", "Praxis", "Altbau", "Werkstatt", "Kindergarten")
TRAITS = ("geölt", "lackiert", "furniert", "massiv", "mit Schubladen", "nach Aufmaß", "rustikal")
PEOPLE = ("Brandt", "Huber", "Meier", "Vogel", "Schreiner", "Lang", "Winter", "Sommer", "Koch")
FILL = """
COPY project (id, name, description, project_type, region, wood_type, complexity, project_date,
    is_finalized, created_at, updated_at, version) FROM STDIN
"""


class Job(NamedTuple):
    """A made-up project."""

    id: UUID
    name: str
    text: str
    kind: str
    wood: str


class Result(NamedTuple):
    """One line of the table; times in milliseconds."""

    what: str
    p50: float
    p95: float
    note: str = ""


def main() -> None:
    """Print one table for each size."""
    sizes = [int(each) for each in sys.argv[1:]] or [10_000, 100_000]
    for size in sizes:
        print(f"\n## {size:,} projects\n", flush=True)
        for result in measured(size):
            print(f"| {result.what} | {result.p50:.2f} | {result.p95:.2f} | {result.note} |")


def measured(size: int) -> Iterator[Result]:
    """Everything at one size, one after the other."""
    chance = np.random.default_rng(size)
    centres = chance.normal(size=(max(20, size // 50), DIMENSIONS))
    vectors, questions = (_clustered(centres, count, chance) for count in (size, ASKED))
    print("| what | p50 ms | p95 ms | |\n| --- | --- | --- | --- |")
    truth, exact = _exact(vectors, questions)
    yield exact
    yield from _faiss(vectors, questions, truth)
    with temporary() as base:
        yield from _handwerk(base, _jobs(size), vectors, questions, truth)


def _clustered(centres: Any, count: int, chance: np.random.Generator) -> Any:
    noise = 0.6 * chance.normal(size=(count, DIMENSIONS))
    raw = centres[chance.integers(0, len(centres), count)] + noise
    return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)


def _exact(vectors: Any, questions: Any) -> tuple[list[set[int]], Result]:
    truth, times = [], []
    for question in questions:
        begun = time.perf_counter()
        near = np.argpartition(-(vectors @ question), TOP)[:TOP]
        times.append(time.perf_counter() - begun)
        truth.append(set(near.tolist()))
    return truth, _result("exact, numpy", times, "recall 1")


def _faiss(vectors: Any, questions: Any, truth: list[set[int]]) -> Iterator[Result]:
    faiss.omp_set_num_threads(1)
    graph = faiss.IndexHNSWFlat(DIMENSIONS, LINKS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = BUILD_EF
    begun = time.perf_counter()
    graph.add(vectors)
    built = time.perf_counter() - begun
    for effort in (32, SEARCH_EF):
        graph.hnsw.efSearch = effort
        found, times = [], []
        for question in questions:
            begun = time.perf_counter()
            _, near = graph.search(question[None], TOP)
            times.append(time.perf_counter() - begun)
            found.append(set(near[0].tolist()))
        note = f"recall {_recall(found, truth)}, built in {built:.0f} s"
        yield _result(f"faiss HNSW, ef {effort}", times, note)


def _recall(found: Sequence[set[int]], truth: Sequence[set[int]]) -> str:
    hits = sum(len(one & other) for one, other in zip(found, truth, strict=True))
    return f"{hits / (TOP * len(truth)):.4f}"


def _result(what: str, seconds: Sequence[float], note: str = "") -> Result:
    ordered = sorted(1000 * each for each in seconds)
    return Result(what, statistics.median(ordered), ordered[int(0.95 * len(ordered))], note)


def _jobs(size: int) -> list[Job]:
    chance = random.Random(size)  # noqa: S311  # made-up data
    return [_job(number, chance) for number in range(size)]


def _job(number: int, chance: random.Random) -> Job:
    thing, room, person = (chance.choice(each) for each in (THINGS, ROOMS, PEOPLE))
    kind, wood = chance.choice(TYPES), chance.choice(WOODS)
    traits = ", ".join(chance.sample(TRAITS, 3))
    size = f"{chance.randint(40, 400)} x {chance.randint(30, 260)} cm"
    name = f"{thing} {room} {person} {number}"
    return Job(
        UUID(int=number + 1), name, f"{traits}, {wood}, {size}, Auftrag {number}", kind, wood
    )


def _handwerk(
    base: Path, jobs: list[Job], vectors: Any, questions: Any, truth: list[set[int]]
) -> Iterator[Result]:
    collection = Collection.of(Kind.PROJECT, PACKAGED, DIMENSIONS, SCHEME)
    data = base / "data"
    with DataFolder.open(data) as folder:
        services = EmbeddedServices(folder)
        try:
            urls = services.start()
            migrate(str(urls.database_owner_url), str(urls.database_url))
            _save(str(urls.database_owner_url), jobs, collection)
        finally:
            services.stop()
        yield from asyncio.run(_indexed(folder.index, collection, jobs, vectors, questions, truth))
    yield from _served(base, data, jobs)


def _save(url: str, jobs: list[Job], collection: Collection) -> None:
    moment = "2026-01-01T00:00:00Z"
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(FILL) as copy:
            for job in jobs:
                day = _day(job)
                row = (job.id, job.name, job.text, job.kind, "Bayern", job.wood, 3, day)
                copy.write_row((*row, False, moment, moment, 1))
        cursor.execute(
            "INSERT INTO active_collection (kind, name, model, dimensions) VALUES (%s, %s, %s, %s)",
            (collection.kind, collection.name, collection.model, collection.dimensions),
        )


def _day(job: Job) -> date:
    return date.fromordinal(date(2020, 1, 1).toordinal() + job.id.int % 2000)


async def _indexed(
    folder: Path,
    collection: Collection,
    jobs: list[Job],
    vectors: Any,
    questions: Any,
    truth: list[set[int]],
) -> list[Result]:
    """The index alone, through its port: as it is filled, then with its graph."""
    index = EdgeSearchIndex(folder)
    await index.ensure(collection)
    before, begun = _memory(os.getpid()), time.perf_counter()
    numbered = iter(zip(jobs, vectors, strict=True))
    while chunk := list(islice(numbered, CHUNK)):
        await index.put(collection, [_item(job, vector) for job, vector in chunk])
    filled, begun = time.perf_counter() - begun, time.perf_counter()

    async def ask(vector: Any, words: SparseVector, filters: Filters) -> Sequence[UUID]:
        return (await index.search(collection, words, vector.tolist(), filters, TOP)).meaning

    async def asked(what: str, words: Sequence[SparseVector], filters: Filters) -> Result:
        found, times = [], []
        for question, each in zip(questions, words, strict=True):
            start = time.perf_counter()
            near = await ask(question, each, filters)
            times.append(time.perf_counter() - start)
            found.append({known.int - 1 for known in near})
        note = "" if filters != Filters() else f"recall {_recall(found, truth)}"
        return _result(what, times, note)

    plain = [NOTHING] * ASKED
    first = await asked("index by meaning, no graph yet", plain, Filters())
    begun = time.perf_counter()
    await index.tidy(collection)
    tidied = time.perf_counter() - begun
    took = f"filled in {filled:.0f} s, graph in {tidied:.0f} s, {_disk(folder)} MB on disk"
    worded = [query_vector(text) for text in _questions(jobs, ASKED)]
    results = [
        first._replace(note=f"{first.note}, {took}"),
        await asked("index by meaning", plain, Filters()),
        await asked("index by meaning, one type of eight", plain, Filters(TYPES[0])),
        await asked("index by words and meaning", worded, Filters()),
    ]
    memory = f"memory {_memory(os.getpid()) - before} MB more than before"
    results[-1] = results[-1]._replace(note=f"{results[-1].note}, {memory}")
    index.close()
    return results


def _item(job: Job, vector: Any) -> Item:
    fields = Fields(job.kind, "Bayern", job.wood, _day(job), is_finalized=False)
    words = passage_vector(f"{job.name}\n{job.kind}\n{job.wood}\n{job.text}")
    return Item(job.id, fields, words, vector.tolist())


def _questions(jobs: list[Job], count: int) -> list[str]:
    """Questions that nobody has asked before: some words of a job, and a number."""
    chance = random.Random(count)  # noqa: S311  # made-up data
    asked = []
    for number in range(count):
        job = chance.choice(jobs)
        thing, room, *_ = job.name.split()
        trait = job.text.split(",")[0]
        asked.append(f"{thing} {room} {job.wood} {trait} {number}{count}")
    return asked


def _disk(folder: Path) -> int:
    files = (file for file in folder.rglob("*") if file.is_file())
    return sum(file.stat().st_blocks * 512 for file in files) >> 20


def _memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [told] = [line for line in lines if line.startswith("VmRSS")]
    return int(told.split()[1]) // 1024


def _served(base: Path, data: Path, jobs: list[Job]) -> Iterator[Result]:
    """The whole request over HTTP, everything on but the rate limit."""
    settings = {
        "HANDWERK_DATA_DIR": str(data),
        "HANDWERK_EMBEDDING_MODEL": PACKAGED,
        "HANDWERK_RATE_LIMIT_PER_MINUTE": "0",
        "HANDWERK_ADMIN_EMAIL": ADMIN[0],
        "HANDWERK_ADMIN_PASSWORD": ADMIN[1],
        "PORT": "0",
    }
    log = base / "handwerk.log"
    with process([sys.executable, "-m", "handwerk", "serve"], settings, log) as running:
        url = awaited(running, lambda: listening(data), log)
        awaited(running, lambda: is_ready(url), log)
        ask = _asker(url)
        for question in _questions(jobs, 20):
            ask("find-similar", {"query": question})
        yield from _requests(ask, jobs, running.pid)
        yield _together(ask, jobs)
        memory = f"memory of the server {_memory(running.pid)} MB"
        counted = [ask("find-similar", {"query": "Einbauschrank"}) for _ in range(ASKED)]
        yield _result("the same question again and again", counted, memory)


def _requests(ask: Callable[[str, Any], float], jobs: list[Job], server: int) -> Iterator[Result]:
    """Distinct questions, one after the other, with the processor time that each took the server.

    That depends less on what else the machine does than how long an answer took.
    """

    def asked(what: str, operation: str, bodies: Sequence[Any]) -> Result:
        before = _worked(server)
        times = [ask(operation, body) for body in bodies]
        each = 1000 * (_worked(server) - before) / len(bodies)
        return _result(what, times, f"distinct queries, {each:.1f} ms of the server's processor")

    queries = _questions(jobs, ASKED + 1)[:ASKED]
    yield asked("whole find-similar", "find-similar", [{"query": each} for each in queries])
    queries = _questions(jobs, ASKED + 2)[:ASKED]
    bodies = [{"query": each, "project_type": TYPES[0]} for each in queries]
    yield asked("whole find-similar, one type", "find-similar", bodies)
    queries = _questions(jobs, ASKED + 3)[:ASKED]
    fives = [{"queries": queries[start : start + 5]} for start in range(0, ASKED, 5)]
    yield asked("whole batch-similar of five", "batch-similar", fives)


def _worked(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _together(ask: Callable[[str, Any], float], jobs: list[Job]) -> Result:
    queries = _questions(jobs, ASKED + 4)[:ASKED]
    begun = time.perf_counter()
    with ThreadPoolExecutor(16) as clients:
        times = list(clients.map(lambda each: ask("find-similar", {"query": each}), queries))
    rate = ASKED / (time.perf_counter() - begun)
    return _result("whole find-similar, 16 clients at once", times, f"{rate:.0f} a second")


def _asker(url: str) -> Callable[[str, Any], float]:
    """Asks, and answers how long that took, in seconds."""
    headers = {"Authorization": f"Bearer {signed_in(url)}", "Content-Type": "application/json"}

    def ask(operation: str, body: Any) -> float:
        sent = json.dumps(body).encode()
        request = Request(f"{url}/api/v1/similarity/{operation}", sent, headers)  # noqa: S310  # our own server
        begun = time.perf_counter()
        with urlopen(request, timeout=60) as answer:  # noqa: S310  # likewise
            told = json.loads(answer.read())
        took = time.perf_counter() - begun
        if not told["results"]:
            sys.exit(f"Nothing was found for {body}.")
        return took

    return ask


if __name__ == "__main__":
    main()
