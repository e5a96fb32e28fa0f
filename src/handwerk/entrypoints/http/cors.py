"""Which web pages may call the API from a browser (Fetch standard, CORS protocol)."""

METHODS = b"GET, POST, PUT, DELETE"
REQUEST_HEADERS = (
    b"Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, "
    b"Accept-Language"
)
EXPOSED = b"ETag, X-Total-Count, Link, Retry-After, Location, Idempotency-Replayed"


class Cors:
    """Allows the pages of `origins`, and no other."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = {origin.encode() for origin in origins}

    def allowance(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        """The headers that let the page at `origin` read an answer."""
        if origin is None or origin not in self._origins:
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED),
            (b"vary", b"Origin"),
        ]

    def is_preflight(self, method: str, headers: dict[bytes, bytes]) -> bool:
        """Whether a browser asks if it may ask."""
        return method == "OPTIONS" and b"access-control-request-method" in headers

    def preflight(self, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """What a browser is told that asks; without the allowance it is a no."""
        if headers.get(b"origin") not in self._origins:
            return []
        return [
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", REQUEST_HEADERS),
            (b"access-control-max-age", b"600"),
        ]
