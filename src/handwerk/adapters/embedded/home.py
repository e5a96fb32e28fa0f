"""Where the services' data lies: in the data folder, or where their user can get to."""

import logging
import os
import tempfile
from pathlib import Path

from handwerk.adapters.embedded.account import Account
from handwerk.adapters.embedded.folder import lock_folder
from handwerk.domain.kernel.errors import Unavailable

_log = logging.getLogger(__name__)


class ServiceHome:
    """The folder that holds `pg` and `redis`; with a lock of its own where it lies elsewhere."""

    def __init__(self, path: Path, lock: int | None = None) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def of(cls, root: Path, account: Account, elsewhere: Path) -> "ServiceHome":
        """The home for the data folder `root`.

        That is `root` itself where the services' user can pass through to it. Root's folders
        often can't be passed: then it is a folder below `elsewhere`, made once, to which the
        link `services` in the data folder leads.
        """
        link = root / "services"
        if not link.is_symlink():
            if account.can_execute(root):
                return cls(root)
            _refuse_hidden(root, account)
            link.symlink_to(_made_below(elsewhere))
        home = link.resolve()
        if not account.can_execute(home):
            raise Unavailable(f"{link} leads to {home}: gone, or closed to '{account.name}'.")
        _log.warning(
            "The user '%s' can't enter %s: PostgreSQL and Redis keep their data in %s.",
            account.name,
            root,
            home,
        )
        # A copied data folder leads to the same home: only one of the two may run.
        return cls(home, lock_folder(home))

    def close(self) -> None:
        """Let the next owner in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _refuse_hidden(root: Path, account: Account) -> None:
    if (root / "pg").exists():
        raise Unavailable(
            f"The database in {root} can't be reached by the user '{account.name}', as whom"
            f" PostgreSQL runs: allow others to pass (chmod o+x) {root} and the folders above it."
        )


def _made_below(elsewhere: Path) -> Path:
    if not elsewhere.exists():
        elsewhere.mkdir(parents=True)
        elsewhere.chmod(0o711)
    home = Path(tempfile.mkdtemp(prefix="data-", dir=elsewhere))
    home.chmod(0o711)
    return home
