"""That a server can be replaced without a failed request: what proxy and containers are set to."""

import re
from typing import Any

from tests.topology import balancer
from tests.unit.deploy.test_deployment import COMPOSE, ROOT, SERVICES

from handwerk.config import from_environment
from handwerk.entrypoints.http.server import GRACE_SECONDS

CADDY = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()


def _seconds(word: str) -> float:
    found = re.search(rf"^\s*{word} (\d+)(ms|s)$", CADDY, re.MULTILINE)
    assert found, word
    return int(found[1]) / (1000 if found[2] == "ms" else 1)


def _drain() -> float:
    given: dict[str, Any] = SERVICES["api"]["environment"]
    only = {"HANDWERK_DRAIN_SECONDS": str(given["HANDWERK_DRAIN_SECONDS"])}
    return from_environment(only).drain_seconds


def test_the_proxy_notices_before_the_server_stops() -> None:
    """Within the drain it has asked twice, and closed what lay idle; then there is time to end."""
    assert 2 * (_seconds("health_interval") + _seconds("health_timeout")) <= _drain()
    assert _seconds("keepalive") < _drain()
    grace = float(SERVICES["api"]["stop_grace_period"].removesuffix("s"))
    assert grace >= _drain() + GRACE_SECONDS + 10


def test_the_proxy_knows_every_server() -> None:
    """By the names that Compose gives, as many as there are ports for."""
    first, last = re.findall(r"\d+", SERVICES["api"]["ports"][0])[4:6]
    named = re.findall(rf"\b{COMPOSE['name']}-api-(\d+):8000\b", CADDY)
    assert [int(number) for number in named] == list(range(1, int(last) - int(first) + 2))


def test_the_stand_in_is_set_as_the_proxy() -> None:
    """What the tests of rolling restarts and outages run on behaves as what is deployed."""
    assert _seconds("health_interval") == balancer.CHECK_EVERY
    assert _seconds("health_timeout") == balancer.CHECK_WITHIN
    assert _seconds("lb_try_duration") == balancer.TRY_FOR
    assert _seconds("lb_try_interval") == balancer.TRY_EVERY
    assert _seconds("fail_duration") == balancer.REST_FOR
    assert _seconds("keepalive") == balancer.KEEP_IDLE
    assert "health_uri /health/serving" in CADDY
    assert balancer.HEALTH.startswith(b"GET /health/serving ")
