"""What `handwerk doctor` says of settings and folders."""

from pathlib import Path

import pytest

from handwerk.adapters.filesystem.checkup import FolderCheckup
from handwerk.checkup import settings_findings
from handwerk.config import Config, WrongSetting, from_environment
from handwerk.domain.checkup.model import Checkup, Finding, Level, summed_up
from handwerk.domain.checkup.use_cases import check_up
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Forbidden, Unavailable

SECRET = "a secret of forty characters for a test ."
SAFE = Config(
    env="production",
    secret_key=SECRET,
    data_key=SECRET,
    database_url="postgresql://app:hidden@postgres/handwerk",
    redis_url="redis://:hidden@redis:6379/0",
)


def _levels(config: Config) -> dict[str, Level]:
    return {finding.check: finding.level for finding in settings_findings(config)}


def test_a_safe_production_is_told_to_be_in_order() -> None:
    """Nothing is found where nothing is wrong."""
    assert set(_levels(SAFE).values()) == {Level.OK}


@pytest.mark.parametrize(
    ("config", "check", "level"),
    [
        (Config(anonymous_role="viewer"), "anonymous use", Level.ERROR),
        (Config(rate_limit_per_minute=0), "request limit", Level.ERROR),
        (Config(secret_key="short"), "secret key", Level.ERROR),
        (Config(cors_origins="*"), "CORS", Level.ERROR),
        (Config(cors_origins="http://shop.example"), "CORS", Level.WARNING),
        (Config(host="0.0.0.0"), "HTTP", Level.WARNING),  # noqa: S104 - what is warned of
        (Config(), "environment", Level.WARNING),
        (Config(database_url="postgresql://a:b@db.example/x"), "data key", Level.WARNING),
        (
            Config(database_url="postgresql://a:b@db.example/x"),
            "way to PostgreSQL",
            Level.WARNING,
        ),
        (Config(redis_url="redis://cache.example"), "way to Redis", Level.WARNING),
        (Config(qdrant_url="http://vectors.example"), "way to Qdrant", Level.WARNING),
        (Config(admin_password="Hobelbank-2026!"), "first admin", Level.WARNING),
    ],
)
def test_what_is_wrong_is_named(config: Config, check: str, level: Level) -> None:
    """Each weak setting is found by name, and something is advised."""
    assert _levels(config)[check] is level
    [found] = [finding for finding in settings_findings(config) if finding.check == check]
    assert found.advice


def test_no_secret_is_among_the_words() -> None:
    """Findings and the settings' own text can be pasted into a ticket."""
    told = repr(settings_findings(SAFE)) + repr(SAFE) + str(SAFE)
    assert "hidden" not in told
    assert SECRET not in told


def _weakened(folder: Path) -> Path:
    """A data folder with an open folder, a readable secret (answered) and a short one."""
    for name in ("secrets", "logs", "index", "files"):
        (folder / name).mkdir(mode=0o700)
    folder.chmod(0o700)
    (folder / "logs").chmod(0o755)
    good, readable, short = (folder / "secrets" / name for name in ("good", "readable", "short"))
    good.write_text(SECRET)
    good.chmod(0o600)
    readable.write_text(SECRET)
    readable.chmod(0o644)
    short.write_text("abc")
    short.chmod(0o600)
    return readable


async def test_open_folders_and_short_secrets_are_found(tmp_path: Path) -> None:
    """Whoever else could look in is told of, with the command that ends it."""
    readable = _weakened(tmp_path)
    found = {each.check: each for each in await FolderCheckup(tmp_path, tmp_path / "files").check()}
    bad = {check for check, finding in found.items() if finding.level is Level.ERROR}
    assert bad == {"folder logs", "secret readable", "secret short"}
    assert found["secret readable"].advice == f"chmod 600 {readable}"
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "settings",
    [
        {"HANDWERK_SECRET_KEY": SECRET, "PORT": "no port"},
        {"HANDWERK_DATA_KEY": f"{SECRET},short"},
        {"HANDWERK_SECRET_KEY": SECRET, "HANDWERK_SECRET_KEY_FILE": "/dev/null"},
        {"HANDWERK_DATABASE_URL": f"postgresql://a:{SECRET}@b/c"},
    ],
    ids=["bad-port", "short-key", "twice", "no-owner"],
)
def test_a_refused_setting_tells_no_secret(settings: dict[str, str]) -> None:
    """The sentence names the setting, and not what it holds."""
    with pytest.raises(WrongSetting) as refused:
        from_environment(settings)
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value.__cause__)


async def test_a_part_that_is_away_is_an_error_of_its_own() -> None:
    """The others are told all the same."""

    async def away() -> list[Finding]:
        raise Unavailable("The database is away.")

    async def well() -> list[Finding]:
        return [Finding("well", Level.OK, "is well")]

    told = await check_up(actor=SYSTEM, checks={"database": away, "well": well})
    assert not told.sound
    assert [finding.check for finding in told.findings] == ["database", "well"]


async def test_only_admins_look() -> None:
    """How the house is locked is nobody else's business."""
    for role in (Role.MANAGER, Role.TECHNICIAN, Role.VIEWER, Role.ANONYMOUS):
        with pytest.raises(Forbidden):
            await check_up(actor=Actor(None, role), checks={})


def test_the_worst_comes_first() -> None:
    """A warning leaves the installation sound, an error does not."""
    findings = [Finding("a", Level.OK, ""), Finding("b", Level.WARNING, "")]
    assert summed_up(findings) == Checkup(True, findings[::-1])
