"""People who work steadily, and know exactly what was acknowledged to them.

Each has records of their own, so that what an answer must say is known. A write whose answer did
not come may or may not have been done: both are right afterwards. A creation is sent again with its
Idempotency-Key until it is acknowledged, and must then be there exactly once.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import msgspec

THINKS = (0.05, 0.15)
# So long a person waits for an answer; a part that is frozen for seconds holds some up.
PATIENCE = 30.0
WORDS = ("Einbauschrank", "Treppe", "Fenster", "Küche", "Regal", "Tisch", "Haustür", "Sitzbank")
WOODS = ("Eiche", "Buche", "Kiefer", "Esche")


class Known(msgspec.Struct):
    """A job that somebody created: what it may say by now; `None` stands for deleted."""

    name: str
    id: str
    may_say: set[str | None]


class Tally(msgspec.Struct):
    """What happened while something went on."""

    answers: int = 0
    degraded: int = 0
    errors: Counter[str] = msgspec.field(default_factory=Counter)
    wrong: list[str] = msgspec.field(default_factory=list)
    longest: float = 0.0
    pause: float = 0.0
    _last: float = 0.0

    def begin(self) -> None:
        """Count from now."""
        self._last = monotonic()

    def succeeded(self, seconds: float) -> None:
        """An answer came, after so long."""
        now = monotonic()
        self.answers += 1
        self.longest = max(self.longest, seconds)
        self.pause = max(self.pause, now - self._last)
        self._last = now


class People:
    """A number of them, at one address."""

    def __init__(self, url: str, token: str, number: int = 6, seed: int = 1) -> None:
        self.known: dict[str, Known] = {}
        self.tally = Tally()
        self._url = url
        self._token = token
        self._number = number
        self._chance = random.Random(seed)  # noqa: S311  # guards nothing
        self._names = count()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """While the context lasts."""
        over = asyncio.Event()
        working = [asyncio.create_task(self._work(over)) for _ in range(self._number)]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*working)

    def fresh_tally(self) -> Tally:
        """A new tally, from now on."""
        self.tally = Tally()
        self.tally.begin()
        return self.tally

    def client(self) -> httpx.AsyncClient:
        """A client of somebody who may do everything."""
        return httpx.AsyncClient(
            base_url=f"{self._url}/api/v1",
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=PATIENCE,
            trust_env=False,
        )

    async def _work(self, over: asyncio.Event) -> None:
        async with self.client() as client:
            person = Person(self, client, self._chance, self._names)
            while not over.is_set():
                await person.do_something()
                await asyncio.sleep(self._chance.uniform(*THINKS))
            await person.finish()


class Person:
    """One of them: what is their own, and what they do."""

    def __init__(
        self,
        people: People,
        client: httpx.AsyncClient,
        chance: random.Random,
        names: "count[int]",
    ) -> None:
        self._people = people
        self._client = client
        self._chance = chance
        self._names = names
        self._own: list[Known] = []
        self._deeds: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self._read, 40),
            (self._list, 15),
            (self._search, 15),
            (self._price, 10),
            (self._create, 12),
            (self._change, 6),
            (self._delete, 2),
        ]

    async def do_something(self) -> None:
        """One deed, whichever it is the turn of."""
        deeds, weights = zip(*self._deeds, strict=True)
        [deed] = self._chance.choices(deeds, weights)
        await deed()

    async def finish(self) -> None:
        """Read once more all that is one's own."""
        for known in self._own:
            await self._look_at(known)

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        """The answer; `None` where it is an error that an outage excuses, which is counted."""
        tally, began = self._people.tally, monotonic()
        try:
            told = await self._client.request(method, path, **more)
        except httpx.TransportError as error:
            tally.errors[type(error).__name__] += 1
            return None
        if told.status_code >= 500:
            waits = "" if "retry-after" in told.headers else " without Retry-After"
            tally.errors[f"{told.status_code}{waits}"] += 1
            return None
        tally.succeeded(monotonic() - began)
        tally.degraded += "x-search-degraded" in told.headers
        return told

    def _wrong(self, what: str, told: httpx.Response) -> None:
        self._people.tally.wrong.append(f"{what}: {told.status_code} {told.text[:200]}")

    async def _create(self) -> None:
        number = next(self._names)
        name = f"{self._chance.choice(WORDS)} {number} {uuid4().hex[:6]}"
        wood, says = self._chance.choice(WOODS), f"Zuerst {number}"
        body = {"name": name, "project_type": "Möbel", "wood_type": wood, "description": says}
        key = {"Idempotency-Key": str(uuid4())}
        ask = partial(self._ask, "POST", "/projects/", json=body, headers=key)
        while (told := await ask()) is None:  # noqa: ASYNC110  # asks a server
            await asyncio.sleep(0.2)
        if told.status_code == 409 and "retry-after" in told.headers:
            return  # The first try still runs; that is not acknowledged, and not counted on.
        if told.status_code != 201 or told.json()["name"] != name:
            self._wrong("create", told)
            return
        known = Known(name, told.json()["id"], {says})
        self._own.append(known)
        self._people.known[known.id] = known

    async def _read(self) -> None:
        if self._own:
            await self._look_at(self._chance.choice(self._own))

    async def _look_at(self, known: Known) -> None:
        told = await self._ask("GET", f"/projects/{known.id}")
        if told is None:
            return
        says = told.json()["description"] if told.status_code == 200 else None
        if told.status_code not in {200, 404} or says not in known.may_say:
            self._wrong(f"read, {known.may_say} expected", told)

    async def _change(self) -> None:
        if not self._own:
            return
        known = self._chance.choice(self._own)
        says = f"Dann {next(self._names)}"
        told = await self._ask("PUT", f"/projects/{known.id}", json={"description": says})
        if told is None:
            known.may_say = known.may_say | {says}
        elif told.status_code == 200 and told.json()["description"] == says:
            known.may_say = {says}
        elif told.status_code != 404 or None not in known.may_say:
            self._wrong("change", told)

    async def _delete(self) -> None:
        if not self._own:
            return
        known = self._chance.choice(self._own)
        told = await self._ask("DELETE", f"/projects/{known.id}")
        if told is None:
            known.may_say = known.may_say | {None}
        elif told.status_code == 204 or (told.status_code == 404 and None in known.may_say):
            known.may_say = {None}
        else:
            self._wrong("delete", told)

    async def _list(self) -> None:
        told = await self._ask("GET", "/projects/?limit=20")
        if told is None:
            return
        rows = told.json() if told.status_code == 200 else []
        times = [row["created_at"] for row in rows]
        if told.status_code != 200 or len(rows) > 20 or times != sorted(times, reverse=True):
            self._wrong("list", told)

    async def _search(self) -> None:
        asked = f"{self._chance.choice(WORDS)} {self._chance.choice(WOODS)}"
        body = {"query": asked, "top_k": 5}
        told = await self._ask("POST", "/similarity/find-similar", json=body)
        if told is None:
            return
        hits = told.json()["results"] if told.status_code == 200 else []
        scores = [hit["similarity_score"] for hit in hits]
        in_order = scores == sorted(scores, reverse=True) and all(0.3 <= s <= 1 for s in scores)
        if told.status_code != 200 or not in_order or self._gone(hits):
            self._wrong(f"search {asked}", told)

    def _gone(self, hits: list[dict[str, Any]]) -> list[str]:
        """Hits of this person's own that were certainly deleted before."""
        own = {known.id: known for known in self._own}
        return [hit["id"] for hit in hits if hit["id"] in own and own[hit["id"]].may_say == {None}]

    async def _price(self) -> None:
        body = {
            "total_area_sqm": 12,
            "complexity": 3,
            "project_type": "Möbel",
            "description": self._chance.choice(WORDS),
            "calculated_price": 4800,
        }
        told = await self._ask("POST", "/predictions/predict/", json=body)
        if told is None:
            return
        if told.status_code != 200 or not told.json()["predicted_price"] > 0:
            self._wrong("price", told)


async def lost(people: People) -> list[str]:
    """What was acknowledged and is not there, or not as it was acknowledged, or twice."""
    async with people.client() as client:
        there = await _all(client)
    found = []
    names = Counter(row["name"] for row in there.values())
    for known in people.known.values():
        says = there[known.id]["description"] if known.id in there else None
        if says not in known.may_say:
            found.append(f"{known.name}: says {says!r}, may say {known.may_say}")
        if names[known.name] > 1:
            found.append(f"{known.name}: there {names[known.name]} times")
    return found


async def _all(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    page = (await client.get("/projects/?limit=200")).raise_for_status()
    rows |= {row["id"]: row for row in page.json()}
    while link := page.links.get("next"):
        page = (await client.get(page.url.join(link["url"]))).raise_for_status()
        rows |= {row["id"]: row for row in page.json()}
    return rows


async def works_again(people: People) -> float:
    """Wait until a new job is created, read, changed, found in the index; the seconds of that."""
    began = monotonic()
    async with people.client() as client:
        while not await _works(client):  # noqa: ASYNC110  # asks a server
            await asyncio.sleep(0.05)
    return monotonic() - began


async def _works(client: httpx.AsyncClient) -> bool:
    """Everything once, a job's way from its creation into the index included."""
    name = f"Prüfstück {uuid4().hex}"
    with suppress(httpx.TransportError, KeyError, ValueError, AssertionError):
        made = await client.post("/projects/", json={"name": name, "project_type": "Möbel"})
        assert made.status_code == 201
        path = f"/projects/{made.json()['id']}"
        changed = await client.put(path, json={"description": "geprüft"})
        assert changed.status_code == 200
        for _ in range(100):
            asked = {"query": name, "top_k": 3}
            found = await client.post("/similarity/find-similar", json=asked)
            assert found.status_code == 200
            hits = [hit["name"] for hit in found.json()["results"]]
            if name in hits and "x-search-degraded" not in found.headers:
                return (await client.delete(path)).status_code == 204
            await asyncio.sleep(0.05)
    return False


async def index_differs(people: People) -> dict[str, Any]:
    """What a check of the whole index had to repair, once no work is left."""
    async with people.client() as client:
        summary = partial(client.get, "/tasks/summary")
        while _left((await summary()).json()["tasks"]):  # noqa: ASYNC110  # asks a server
            await asyncio.sleep(0.1)
        queued = await client.post("/similarity/reindex", json={"mode": "check"})
        path = f"/tasks/task/{queued.raise_for_status().json()['task_id']}"
        while not (told := (await client.get(path)).json())["ready"]:  # noqa: ASYNC110  # asks a server
            await asyncio.sleep(0.1)
    assert told["successful"], told
    return {key: told["result"][key] for key in ("missing", "changed", "orphans")}


def _left(tasks: dict[str, int]) -> int:
    return tasks["waiting"] + tasks["active"] + tasks["scheduled"]
