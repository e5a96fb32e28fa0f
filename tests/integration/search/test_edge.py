"""What Qdrant Edge adds to the contract: a folder that outlives the process."""

import asyncio
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from handwerk.adapters.qdrant.edge import LOG, EdgeSearchIndex
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.search.model import Collection, Fields, Filters, Item, Kind
from handwerk.domain.search.ngrams import passage_vector, query_vector

COLLECTION = Collection.of(Kind.PROJECT, "three-dimensions", 3, scheme=1)
FIELDS = Fields("Möbel", None, None, date(2024, 5, 17), is_finalized=True)
# Writes items into the folder that it is given, says that they are acknowledged, and is gone.
WRITER = """
import asyncio, os, sys
from pathlib import Path
from tests.integration.search.test_edge import COLLECTION, items
from handwerk.adapters.qdrant.edge import EdgeSearchIndex

async def write():
    index = EdgeSearchIndex(Path(sys.argv[1]))
    await index.ensure(COLLECTION)
    for _ in range(10):
        await index.put(COLLECTION, items(20))
    print("acknowledged", flush=True)
    sys.stdin.readline()
    os._exit(9)

asyncio.run(write())
"""


def items(count: int) -> list[Item]:
    """Wardrobes, all alike."""
    words = passage_vector("Kleiderschrank")
    return [Item(new_id(), FIELDS, words, (1.0, 0.0, 0.0)) for _ in range(count)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where no index is yet."""
    return tmp_path / "data" / "search"


def names(folder: Path) -> list[str]:
    """What lies in the folder."""
    return sorted(path.name for path in folder.iterdir())


def writer(folder: Path) -> subprocess.Popen[str]:
    """Another process that has written and holds the folder."""
    process = subprocess.Popen(  # noqa: S603  # this very interpreter
        [sys.executable, "-c", WRITER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout
    assert process.stdout.readline() == "acknowledged\n"
    return process


async def test_what_was_acknowledged_survives_a_hard_exit(folder: Path) -> None:
    """A process that ends without closing loses nothing, neither words, meaning nor fields."""
    writer(folder).communicate("go\n", timeout=30)
    index = EdgeSearchIndex(folder)
    assert await index.count(COLLECTION) == 200
    finalised = Filters(is_finalized=True)
    query = query_vector("Kleiderschrank")
    legs = await index.search(COLLECTION, query, (1.0, 0.0, 0.0), finalised, 500)
    assert len(legs.words) == len(legs.meaning) == 200
    index.close()


async def test_the_log_alone_brings_back_what_was_never_flushed(folder: Path) -> None:
    """After a power cut, what was written since the last flush is read from the log."""
    early, late = items(3), items(3)
    first = EdgeSearchIndex(folder)
    await first.ensure(COLLECTION)
    await first.put(COLLECTION, early)
    first.close()
    flushed = shutil.copytree(folder, folder.with_name("after the cut"))
    second = EdgeSearchIndex(folder)
    await second.put(COLLECTION, late)
    await second.remove(COLLECTION, [early[0].id])
    shutil.rmtree(flushed / COLLECTION.name / LOG)
    shutil.copytree(folder / COLLECTION.name / LOG, flushed / COLLECTION.name / LOG)
    second.close()
    third = EdgeSearchIndex(flushed)
    kept = sorted(item.id for item in early[1:] + late)
    assert await third.ids(COLLECTION, None, 10) == kept
    third.close()


async def test_a_folder_in_use_is_refused(folder: Path) -> None:
    """A second process is told in clear words, and the folder is left alone."""
    other = writer(folder)
    index = EdgeSearchIndex(folder)
    with pytest.raises(Unavailable, match="Another process"):
        await index.count(COLLECTION)
    other.communicate("go\n", timeout=30)
    assert await index.count(COLLECTION) == 200
    index.close()


async def test_closing_and_opening_keeps_everything(folder: Path) -> None:
    """A clean end and a new start find the same items."""
    kept = items(3)
    first = EdgeSearchIndex(folder)
    await first.ensure(COLLECTION)
    await first.put(COLLECTION, kept)
    first.close()
    second = EdgeSearchIndex(folder)
    assert await second.ids(COLLECTION, None, 10) == sorted(item.id for item in kept)
    second.close()


async def test_a_closed_index_is_unavailable(folder: Path) -> None:
    """After the end no call hangs or reopens the folder; closing again does no harm."""
    index = EdgeSearchIndex(folder)
    await index.ensure(COLLECTION)
    index.close()
    index.close()
    with pytest.raises(Unavailable, match="closed"):
        await index.count(COLLECTION)


async def test_a_damaged_collection_is_set_aside(folder: Path) -> None:
    """What the engine can't read is kept under another name, and can be made anew."""
    first = EdgeSearchIndex(folder)
    await first.ensure(COLLECTION)
    await first.put(COLLECTION, items(3))
    first.close()
    damaged = next((folder / COLLECTION.name).glob("*.json"))
    damaged.write_text("no configuration")
    second = EdgeSearchIndex(folder)
    assert await second.count(COLLECTION) == 0
    [aside] = names(folder)
    assert aside.startswith(f"{COLLECTION.name}.damaged-")
    await second.ensure(COLLECTION)
    await second.put(COLLECTION, items(2))
    assert await second.count(COLLECTION) == 2
    second.close()


async def test_a_half_made_collection_is_made_anew(folder: Path) -> None:
    """What an interrupted first start left behind is not taken for a collection."""
    half = folder / f"{COLLECTION.name}.new"
    half.mkdir(parents=True)
    (half / "edge_config.json").write_text("{")
    index = EdgeSearchIndex(folder)
    await index.ensure(COLLECTION)
    assert await index.count(COLLECTION) == 0
    assert not half.exists()
    index.close()


async def test_the_engine_tells_its_version(folder: Path) -> None:
    """The name goes into the statistics."""
    index = EdgeSearchIndex(folder)
    assert index.engine.startswith("qdrant-edge 0.")
    index.close()


async def test_what_is_written_while_it_is_tidied_is_kept(folder: Path) -> None:
    """Searches and writes go on beside the optimiser, and nothing of them is lost by the swap."""
    index = EdgeSearchIndex(folder, graph_from=100)
    await index.ensure(COLLECTION)
    first, late = items(300), items(20)
    await index.put(COLLECTION, first)
    tidying = asyncio.ensure_future(index.tidy(COLLECTION))
    searches = 0
    while not tidying.done():
        if searches < len(late):
            await index.put(COLLECTION, [late[searches]])
            await index.remove(COLLECTION, [first[searches].id])
        legs = await index.search(COLLECTION, query_vector("Schrank"), None, Filters(), 5)
        assert len(legs.words) == 5
        searches += 1
    await tidying
    expected = sorted(item.id for item in [*first[20:], *late])
    assert await index.ids(COLLECTION, None, 1000) == expected
    assert names(folder) == [COLLECTION.name, f"{COLLECTION.name}.graph"]
    index.close()
    again = EdgeSearchIndex(folder)
    assert await again.ids(COLLECTION, None, 1000) == expected
    again.close()


async def test_a_collection_is_tidied_once(folder: Path) -> None:
    """What has hardly changed since is left alone; a few items are never worth it."""
    index = EdgeSearchIndex(folder, graph_from=100)
    await index.ensure(COLLECTION)
    await index.put(COLLECTION, items(99))
    await index.tidy(COLLECTION)
    assert names(folder) == [COLLECTION.name]
    await index.put(COLLECTION, items(1))
    await index.tidy(COLLECTION)
    made = (folder / f"{COLLECTION.name}.graph").stat().st_mtime_ns
    await index.put(COLLECTION, items(1))
    await index.tidy(COLLECTION)
    assert (folder / f"{COLLECTION.name}.graph").stat().st_mtime_ns == made
    index.close()


async def test_a_swap_that_was_cut_off_is_undone(folder: Path) -> None:
    """Killed while the optimised copy takes its place, the original is taken again."""
    kept = items(3)
    first = EdgeSearchIndex(folder)
    await first.ensure(COLLECTION)
    await first.put(COLLECTION, kept)
    first.close()
    (folder / COLLECTION.name).rename(folder / f"{COLLECTION.name}.old")
    second = EdgeSearchIndex(folder)
    assert await second.count(COLLECTION) == 3
    assert names(folder) == [COLLECTION.name]
    second.close()


async def test_dropping_beside_the_optimiser_leaves_nothing(folder: Path) -> None:
    """A collection that is dropped while it is tidied does not come back."""
    index = EdgeSearchIndex(folder, graph_from=100)
    await index.ensure(COLLECTION)
    await index.put(COLLECTION, items(200))
    tidying = asyncio.ensure_future(index.tidy(COLLECTION))
    while not (folder / f"{COLLECTION.name}.tidying").exists() and not tidying.done():  # noqa: ASYNC110  # files ring no bell
        await asyncio.sleep(0)
    await index.drop(COLLECTION)
    await asyncio.gather(tidying, return_exceptions=True)
    assert await index.count(COLLECTION) == 0
    index.close()
    assert names(folder) == []
