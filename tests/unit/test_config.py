"""Settings: what is understood, and what is refused before anything starts."""

import pytest

from handwerk.config import SHORTEST_SECRET, Config, WrongSetting, from_environment

SECRET = "x" * SHORTEST_SECRET
PRODUCTION = {"HANDWERK_ENV": "production", "HANDWERK_SECRET_KEY": SECRET}


def test_nothing_set_stays_on_this_machine() -> None:
    """Without any setting no server elsewhere is used, and nobody elsewhere can reach us."""
    config = from_environment({})
    assert config == Config()
    assert config.host == "127.0.0.1"
    assert config.database_url is config.redis_url is config.qdrant_url is None


def test_an_empty_setting_is_none() -> None:
    """`HANDWERK_REDIS_URL=` in a file of settings means the same as no such line."""
    assert from_environment({"HANDWERK_REDIS_URL": "", "PORT": ""}) == Config()


@pytest.mark.parametrize(
    ("environ", "port"),
    [({"PORT": "8001"}, 8001), ({"PORT": "8001", "HANDWERK_PORT": "8002"}, 8002)],
)
def test_the_own_name_of_the_port_wins(environ: dict[str, str], port: int) -> None:
    """PORT is understood; HANDWERK_PORT is meant for handwerk alone."""
    assert from_environment(environ).port == port


@pytest.mark.parametrize("port", ["-1", "65536", "80a", "8000.5"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    """In a sentence that names the setting."""
    with pytest.raises(WrongSetting, match="port"):
        from_environment({"PORT": port})


def test_origins_are_told_apart() -> None:
    """Commas separate them, spaces and empty ones do not count."""
    config = from_environment({"HANDWERK_CORS_ORIGINS": "https://a.de, https://b.de,,"})
    assert config.origins == {"https://a.de", "https://b.de"}


def test_an_application_role_needs_the_owner_beside_it() -> None:
    """A database of one's own is migrated by another role than the one that works in it."""
    with pytest.raises(WrongSetting, match="HANDWERK_DATABASE_OWNER_URL is missing"):
        from_environment({"HANDWERK_DATABASE_URL": "postgresql://app@db/handwerk"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"HANDWERK_SECRET_KEY": SECRET[1:]},
        {"HANDWERK_ANONYMOUS_ROLE": "viewer"},
        {"HANDWERK_RATE_LIMIT_PER_MINUTE": "0"},
    ],
)
def test_production_takes_no_chances(wrong: dict[str, str]) -> None:
    """A short secret, anonymous requests or no limit are refused there, each by its name."""
    assert from_environment(PRODUCTION).env == "production"
    with pytest.raises(WrongSetting, match=next(iter(wrong))):
        from_environment(PRODUCTION | wrong)
