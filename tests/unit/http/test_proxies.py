"""Whose word on the client's address counts."""

from ipaddress import ip_network
from typing import Any

import pytest

from handwerk.entrypoints.http.proxies import Proxies

OURS = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def seen(client: str, *headers: tuple[bytes, bytes]) -> tuple[str, str]:
    """Client and scheme behind the firm's proxies."""
    scope: Any = {"client": (client, 1), "scheme": "http", "headers": list(headers)}
    Proxies(OURS).look_through(scope)
    return scope["client"][0], scope["scheme"]


@pytest.mark.parametrize(
    ("client", "forwarded", "told"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:5123", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
        ("10.0.0.1", "6.6.6.6, unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "x" * 9000, "10.0.0.1"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("testclient", "203.0.113.9", "testclient"),
    ],
)
def test_the_client_behind_proxies(client: str, forwarded: str, told: str) -> None:
    """The last address that is none of ours; from strangers nothing is believed."""
    assert seen(client, (b"x-forwarded-for", forwarded.encode()))[0] == told


def test_several_headers_are_one_list() -> None:
    """As a proxy that adds its own line may send them."""
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.9")]
    assert seen("10.0.0.1", *headers)[0] == "203.0.113.9"


def test_tls_is_believed_of_ours_only() -> None:
    """So that nobody makes a plain connection look safe."""
    told = (b"x-forwarded-proto", b"https")
    assert seen("10.0.0.1", told)[1] == "https"
    assert seen("198.51.100.7", told)[1] == "http"
    assert not Proxies([])
