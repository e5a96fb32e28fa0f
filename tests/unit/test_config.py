"""Settings: what is understood, and what is refused before anything starts."""

from pathlib import Path

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
    with pytest.raises(WrongSetting, match=r"^PORT can't be used: Expected `int`"):
        from_environment({"PORT": port})


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    """`…_FILE` names where, as containers mount their secrets; the line's end is none of it."""
    (tmp_path / "key").write_text(f"{SECRET}\n")
    environ = {"HANDWERK_SECRET_KEY_FILE": str(tmp_path / "key"), "HANDWERK_ENV": "production"}
    assert from_environment(environ).secret_key == SECRET


def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A start without the secret that was meant would be worse than none."""
    with pytest.raises(WrongSetting, match="HANDWERK_REDIS_URL_FILE can't be read"):
        from_environment({"HANDWERK_REDIS_URL_FILE": str(tmp_path / "none")})


def test_a_setting_is_not_taken_from_two_places(tmp_path: Path) -> None:
    """Neither wins silently."""
    (tmp_path / "url").write_text("redis://a")
    with pytest.raises(WrongSetting, match="both set"):
        from_environment(
            {"HANDWERK_REDIS_URL": "redis://b", "HANDWERK_REDIS_URL_FILE": str(tmp_path / "url")}
        )


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


def test_old_secrets_and_proxies_are_lists() -> None:
    """Commas separate them; each secret is long enough, each proxy a network."""
    config = from_environment(
        {
            "HANDWERK_SECRET_KEYS_OLD": f"{SECRET}, {SECRET}y,",
            "HANDWERK_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7, fd00::/8",
        }
    )
    assert config.old_secret_keys == (SECRET, f"{SECRET}y")
    assert [str(network) for network in config.proxies] == [
        "10.0.0.0/8",
        "192.0.2.7/32",
        "fd00::/8",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"HANDWERK_SECRET_KEYS_OLD": f"{SECRET},short"},
        {"HANDWERK_TRUSTED_PROXIES": "everybody"},
        {"HANDWERK_TRUSTED_PROXIES": "10.0.0.0/99"},
        {"HANDWERK_UPLOADS_PER_MINUTE": "0"},
        {"HANDWERK_TRAININGS_PER_HOUR": "-1"},
        {"HANDWERK_SECRET_KEY": "short"},
        {"HANDWERK_TRACES_URL": "collector:4318"},
        {"HANDWERK_QDRANT_REPLICAS": "0"},
        {"HANDWERK_LOG_FORMAT": "xml"},
    ],
    ids=str,
)
def test_a_wrong_safeguard_is_named(wrong: dict[str, str]) -> None:
    """By its name: a proxy that is none, or a limit that would let nobody through."""
    name = next(iter(wrong)).removeprefix("HANDWERK_")
    with pytest.raises(WrongSetting, match=f"(?i){name}"):
        from_environment(wrong)
