"""Who asks, where proxies stand in between: only theirs is the word that counts."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from litestar.types import HTTPScope

_Address = IPv4Address | IPv6Address
_LONGEST = 64


class Proxies:
    """The proxies of the firm, by their networks.

    `X-Forwarded-For` is read from its end: each proxy adds whom it was asked by, so the first
    address that is none of ours is the client's. What stands in front of it anybody can write.
    """

    def __init__(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._networks)

    def look_through(self, scope: HTTPScope) -> None:
        """Put the client's address and scheme into `scope`, where one of ours has passed it on."""
        client = scope.get("client")
        nearest = _parsed(client[0]) if client else None
        if nearest is None or not self._is_ours(nearest):
            return
        said = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        address = self._client(b",".join(said).decode("latin-1").split(","), nearest)
        scope["client"] = (str(address), 0)
        schemes = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
        if schemes[-1:] == [b"https"]:
            scope["scheme"] = "https"

    def _client(self, said: list[str], nearest: _Address) -> _Address:
        address = nearest
        for text in reversed(said):
            behind = _parsed(text)
            if behind is None:
                break
            address = behind
            if not self._is_ours(behind):
                break
        return address

    def _is_ours(self, address: _Address) -> bool:
        return any(address in network for network in self._networks)


def _parsed(text: str) -> _Address | None:
    text = text.strip()[:_LONGEST]
    if text.startswith("["):  # with a port, as some proxies write IPv6
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
