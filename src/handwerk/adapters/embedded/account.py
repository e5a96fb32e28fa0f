"""Whom the services run as: ourselves, or `nobody` for root, as which PostgreSQL won't run."""

import os
import pwd
import subprocess
from pathlib import Path
from typing import TypedDict

import msgspec

from handwerk.domain.kernel.errors import Unavailable

# It has to stand in the passwd file: initdb looks its name up.
SERVICE_USER = "nobody"


class Identity(TypedDict, total=False):
    """What `subprocess` needs to start a child as another user; empty for our own."""

    user: int
    group: int
    extra_groups: list[int]


class Account(msgspec.Struct, frozen=True):
    """A user by its numbers; `switched` where it is another than the one we are."""

    name: str
    uid: int
    gid: int
    switched: bool

    @classmethod
    def for_services(cls) -> "Account":
        """The user for the services; `Unavailable` where this machine has no name for it."""
        switched = os.geteuid() == 0
        try:
            entry = pwd.getpwnam(SERVICE_USER) if switched else pwd.getpwuid(os.geteuid())
        except KeyError as error:
            raise Unavailable(_NAMELESS) from error
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, switched)

    def identity(self) -> Identity:
        """Arguments for `subprocess`."""
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_execute(self, path: Path) -> bool:
        """Whether the user may run the file (or enter the folder) at `path`, asked by trying."""
        command = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        done = subprocess.run(  # noqa: S603 - the script is fixed, the path is an argument
            command, check=False, cwd="/", env={}, **self.identity()
        )
        return done.returncode == 0

    def make_private(self, folder: Path) -> None:
        """Make `folder` where it is missing, for this user alone."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.switched:
            os.chown(folder, self.uid, self.gid)


_NAMELESS = (
    "PostgreSQL needs a user with a name that is not root: as root, this machine must have the"
    f" user '{SERVICE_USER}'; else your user must have an entry in /etc/passwd."
)
