"""What every search index promises: in memory, Qdrant Edge, qdrant-client's local mode, a server.

The server's runs where HANDWERK_TEST_QDRANT_URL is set, and says that it is skipped elsewhere.
"""

import os
import warnings
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from qdrant_client import AsyncQdrantClient

from handwerk.adapters.memory.search_index import MemorySearchIndex
from handwerk.adapters.qdrant.edge import EdgeSearchIndex
from handwerk.adapters.qdrant.server import QdrantSearchIndex
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.search.model import Collection, Fields, Filters, Item, Kind, SparseVector
from handwerk.domain.search.ngrams import passage_vector, query_vector
from handwerk.domain.search.ports import SearchIndex

NOTHING = SparseVector((), ())
ALL = Filters()
FIELDS = Fields("Möbel", "Bayern", "Eiche", date(2024, 5, 17), is_finalized=False)
EAST, NORTH = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
NORTH_EAST = (0.6, 0.8, 0.0)


@pytest.fixture(params=["memory", "edge", "client-local", "server"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SearchIndex]:
    """One implementation after the other."""
    match request.param:
        case "memory":
            yield MemorySearchIndex()
        case "edge":
            edge = EdgeSearchIndex(tmp_path / "search")
            yield edge
            edge.close()
        case "client-local":
            local = QdrantSearchIndex(AsyncQdrantClient(location=":memory:"))
            with warnings.catch_warnings():
                # Local mode needs no payload indexes, and says so.
                warnings.filterwarnings("ignore", message="Payload indexes have no effect")
                warnings.filterwarnings("ignore", message="Local mode performs exact")
                yield local
            await local.close()
        case _:
            url = os.environ.get("HANDWERK_TEST_QDRANT_URL")
            if not url:
                pytest.skip("HANDWERK_TEST_QDRANT_URL is not set: no Qdrant server to try")
            server = QdrantSearchIndex.at(url)
            yield server
            await server.close()


@pytest.fixture
async def collection(index: SearchIndex) -> Collection:
    """An empty collection of three dimensions."""
    fresh = Collection.of(Kind.PROJECT, f"test-{new_id()}", 3, scheme=1)
    await index.ensure(fresh)
    return fresh


def item(text: str = "", meaning: tuple[float, ...] = EAST, **fields: object) -> Item:
    """An item with other fields than the usual where `fields` says so."""
    sought = msgspec.structs.replace(FIELDS, **fields)
    return Item(new_id(), sought, passage_vector(text), meaning)


async def by_meaning(
    index: SearchIndex, collection: Collection, filters: Filters = ALL
) -> set[UUID]:
    """The ids of the items that match `filters`."""
    return set((await index.search(collection, NOTHING, EAST, filters, 100)).meaning)


async def test_a_missing_collection_holds_nothing(index: SearchIndex) -> None:
    """Searching, counting, walking and removing work before a collection was made."""
    missing = Collection.of(Kind.PROJECT, f"missing-{new_id()}", 3, scheme=1)
    legs = await index.search(missing, query_vector("Eiche"), EAST, ALL, 10)
    assert (legs.words, legs.meaning, legs.cosines) == ((), (), {})
    assert await index.count(missing) == 0
    assert await index.ids(missing, None, 10) == []
    await index.remove(missing, [new_id()])


async def test_putting_makes_no_collection(index: SearchIndex, collection: Collection) -> None:
    """Whoever still writes when a collection has been dropped does not bring it back."""
    await index.drop(collection)
    await index.put(collection, [item()])
    await index.ensure(collection)
    assert await index.count(collection) == 0


async def test_ensuring_twice_keeps_what_is_there(
    index: SearchIndex, collection: Collection
) -> None:
    """A collection that exists is left as it is."""
    await index.put(collection, [item()])
    await index.ensure(collection)
    assert await index.count(collection) == 1


async def test_meaning_orders_by_cosine(index: SearchIndex, collection: Collection) -> None:
    """The meaning leg is ordered by cosine, tells it, and stops at the limit."""
    near, middle, far = item(meaning=EAST), item(meaning=NORTH_EAST), item(meaning=NORTH)
    await index.put(collection, [far, near, middle])
    legs = await index.search(collection, NOTHING, EAST, ALL, 2)
    assert legs.meaning == (near.id, middle.id)
    assert legs.words == ()
    assert legs.cosines == pytest.approx({near.id: 1.0, middle.id: 0.6}, abs=1e-6)


async def test_words_order_by_rarity(index: SearchIndex, collection: Collection) -> None:
    """The words leg weighs by inverse document frequency: the rarer word decides."""
    common = [item("Tisch Buche") for _ in range(8)]
    rare = item("Schrank Eiche")
    await index.put(collection, [*common, rare])
    legs = await index.search(collection, query_vector("Tisch Eiche"), None, ALL, 20)
    assert legs.words[0] == rare.id
    assert set(legs.words) == {rare.id, *(one.id for one in common)}
    assert legs.cosines == {}


async def test_words_that_nothing_holds_find_nothing(
    index: SearchIndex, collection: Collection
) -> None:
    """What shares no n-gram is no hit of the words leg."""
    await index.put(collection, [item("Tisch Buche")])
    legs = await index.search(collection, query_vector("Fenster"), None, ALL, 10)
    assert legs.words == ()


async def test_what_only_words_found_has_its_cosine_too(
    index: SearchIndex, collection: Collection
) -> None:
    """Each candidate carries its cosine, also beyond the meaning leg's limit."""
    near = [item("Tisch", EAST) for _ in range(3)]
    worded = item("Wandschrank", NORTH_EAST)
    await index.put(collection, [*near, worded])
    legs = await index.search(collection, query_vector("Wandschrank"), EAST, ALL, 2)
    assert legs.words == (worded.id,)
    assert worded.id not in legs.meaning
    assert legs.cosines[worded.id] == pytest.approx(0.6, abs=1e-6)


async def test_putting_again_replaces(index: SearchIndex, collection: Collection) -> None:
    """The same id holds one item, the last that was put, in both legs and in the filters."""
    old, new = item("Wandschrank", EAST, region="Bayern"), item("Treppe", NORTH, region="Hessen")
    known = old.id
    await index.put(collection, [old])
    await index.put(collection, [msgspec.structs.replace(new, id=known)])
    assert await index.count(collection) == 1
    legs = await index.search(collection, query_vector("Wandschrank"), EAST, ALL, 10)
    assert legs.words == ()
    assert legs.cosines[known] == pytest.approx(0.0, abs=1e-6)
    assert await by_meaning(index, collection, Filters(region="Bayern")) == set()
    assert await by_meaning(index, collection, Filters(region="Hessen")) == {known}


async def test_removing_forgets(index: SearchIndex, collection: Collection) -> None:
    """A removed item is found by no leg; removing it again, or a stranger, does no harm."""
    going, staying = item("Wandschrank"), item("Wandschrank")
    await index.put(collection, [going, staying])
    await index.remove(collection, [going.id])
    await index.remove(collection, [going.id, new_id()])
    legs = await index.search(collection, query_vector("Wandschrank"), EAST, ALL, 10)
    assert legs.words == legs.meaning == (staying.id,)
    assert await index.count(collection) == 1
    assert await index.ids(collection, None, 10) == [staying.id]


async def test_ids_are_walked_in_order(index: SearchIndex, collection: Collection) -> None:
    """The walk in parts meets every id once, ascending, and ends."""
    items = [item() for _ in range(7)]
    await index.put(collection, items)
    walked: list[UUID] = []
    while page := await index.ids(collection, walked[-1] if walked else None, 3):
        walked += page
    assert walked == sorted(one.id for one in items)


async def test_collections_are_apart(index: SearchIndex, collection: Collection) -> None:
    """What is put into one collection is not found in another."""
    other = Collection.of(Kind.PROJECT, f"other-{new_id()}", 3, scheme=1)
    await index.ensure(other)
    await index.put(other, [item()])
    assert await index.count(collection) == 0
    assert await by_meaning(index, collection) == set()


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        (Filters(project_type="Türen"), {"project_type": "Türen"}),
        (Filters(region="Hessen"), {"region": "Hessen"}),
        (Filters(wood_type="Buche"), {"wood_type": "Buche"}),
        (Filters(is_finalized=True), {"is_finalized": True}),
        (Filters(from_date=date(2024, 5, 18)), {"project_date": date(2024, 5, 18)}),
        (Filters(to_date=date(2024, 5, 16)), {"project_date": date(2024, 5, 16)}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_filter_narrows_both_legs(
    index: SearchIndex, collection: Collection, filters: Filters, matches: dict[str, object]
) -> None:
    """Each filter keeps just what matches it, at the very bound of a date, in both legs."""
    wanted = item("Wandschrank", EAST, **matches)
    await index.put(collection, [item("Wandschrank"), wanted, item("Wandschrank")])
    legs = await index.search(collection, query_vector("Wandschrank"), EAST, filters, 10)
    assert legs.words == legs.meaning == (wanted.id,)
    assert set(legs.cosines) == {wanted.id}


async def test_false_is_a_value_to_filter_by(index: SearchIndex, collection: Collection) -> None:
    """Asking for what is not finalised leaves out what is."""
    open_, closed = item(is_finalized=False), item(is_finalized=True)
    await index.put(collection, [open_, closed])
    assert await by_meaning(index, collection, Filters(is_finalized=False)) == {open_.id}


async def test_filters_add_up_and_are_exact(index: SearchIndex, collection: Collection) -> None:
    """All filters must hold; values are compared letter by letter; an unset field matches none."""
    wanted = item(region="Bayern", wood_type="Eiche")
    others = [item(region="bayern"), item(region="Bayern", wood_type=None), item(region=None)]
    await index.put(collection, [wanted, *others])
    both = Filters(region="Bayern", wood_type="Eiche", from_date=FIELDS.project_date)
    assert await by_meaning(index, collection, both) == {wanted.id}


async def test_an_empty_query_finds_nothing(index: SearchIndex, collection: Collection) -> None:
    """With neither words nor meaning there is nothing to find."""
    await index.put(collection, [item("Wandschrank")])
    legs = await index.search(collection, NOTHING, None, ALL, 10)
    assert (legs.words, legs.meaning) == ((), ())


async def test_the_engine_has_a_name(index: SearchIndex) -> None:
    """People can be told what the index is made of."""
    assert index.engine


async def test_digests_are_told(index: SearchIndex, collection: Collection) -> None:
    """Which state of a thing an item is of can be asked; strangers are left out."""
    old = msgspec.structs.replace(item(), digest="one")
    await index.put(collection, [old, msgspec.structs.replace(item(), digest="other")])
    assert await index.digests(collection, [old.id, new_id()]) == {old.id: "one"}
    await index.put(collection, [msgspec.structs.replace(old, digest="two")])
    assert await index.digests(collection, [old.id]) == {old.id: "two"}
    assert await index.digests(collection, []) == {}
    missing = Collection.of(Kind.PROJECT, f"missing-{new_id()}", 3, scheme=1)
    assert await index.digests(missing, [old.id]) == {}


async def test_what_is_forgotten_leaves_every_collection(
    index: SearchIndex, collection: Collection
) -> None:
    """Forgetting reaches collections that nobody named, and leaves the others' items."""
    other = Collection.of(Kind.PROJECT, f"other-{new_id()}", 2, scheme=1)
    await index.ensure(other)
    going, staying = item(), item()
    await index.put(collection, [going, staying])
    await index.put(other, [msgspec.structs.replace(going, meaning=(0.0, 1.0))])
    await index.forget(Kind.PROJECT, [going.id, new_id()])
    assert await index.ids(collection, None, 10) == [staying.id]
    assert await index.count(other) == 0


async def test_a_dropped_collection_is_gone(index: SearchIndex, collection: Collection) -> None:
    """Dropping forgets all, may be repeated, and what is made anew is empty."""
    await index.put(collection, [item("Wandschrank")])
    await index.drop(collection)
    await index.drop(collection)
    legs = await index.search(collection, query_vector("Wandschrank"), EAST, ALL, 10)
    assert (legs.words, legs.meaning) == ((), ())
    await index.ensure(collection)
    assert await index.count(collection) == 0
    await index.put(collection, [item()])
    assert await index.count(collection) == 1


async def test_tidying_changes_no_answer(index: SearchIndex, collection: Collection) -> None:
    """What was found before is found afterwards, in both legs."""
    items = [item("Wandschrank", NORTH_EAST), item("Treppe", NORTH)]
    await index.put(collection, items)
    before = await index.search(collection, query_vector("Wandschrank"), EAST, ALL, 10)
    await index.tidy(collection)
    assert await index.search(collection, query_vector("Wandschrank"), EAST, ALL, 10) == before
