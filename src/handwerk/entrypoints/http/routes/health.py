"""Whether the server lives, and whether all that it needs is there. Open to all."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from litestar import Router, get

from handwerk.domain.kernel.errors import HandwerkError, Unavailable
from handwerk.entrypoints.http.json import JSONResponse
from handwerk.entrypoints.http.needs import Need
from handwerk.entrypoints.http.permissions import open_to_all

PATIENCE = 2.0
Probe = Callable[[], Awaitable[str]]
ProbesNeed = Need[dict[str, Probe]]


class Health(msgspec.Struct, frozen=True):
    """`parts` says of each part a word: `ok`, or `loading` for a model on its way."""

    status: str
    parts: dict[str, str]


@get("/live", opt=open_to_all())
async def live() -> JSONResponse[Health]:
    """Say that the process answers."""
    return JSONResponse(Health("ok", {}))


@get("/serving", opt=open_to_all())
async def serving() -> JSONResponse[Health]:
    """Say that requests are welcome here: what a load balancer asks.

    503 once the server is about to stop. It does not ask what is away: then each server is better
    off answering what it can.
    """
    return JSONResponse(Health("ok", {}))


@get(["/", "/ready"], opt=open_to_all())
async def ready(probes: ProbesNeed) -> JSONResponse[Health]:
    """Ask every part; 503 names the parts that are away, or says that the server is about to stop.

    A loading model is no reason for it.
    """
    words = await asyncio.gather(*(_word(probe) for probe in probes.values()))
    parts = dict(zip(probes, words, strict=True))
    away = [name for name, word in parts.items() if word == "away"]
    if away:
        raise Unavailable(f"Away: {', '.join(away)}.")
    return JSONResponse(Health("ok", parts))


async def _word(probe: Probe) -> str:
    try:
        return await asyncio.wait_for(probe(), PATIENCE)
    except (TimeoutError, HandwerkError, OSError):
        return "away"


router = Router("/health", route_handlers=[live, serving, ready], tags=["Health"])
