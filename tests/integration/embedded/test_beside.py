"""The copy of a database, as it is unpacked."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from handwerk.adapters.embedded.account import Account
from handwerk.adapters.embedded.beside import SideServer
from handwerk.domain.backup.model import Damaged


def _archive(*members: tarfile.TarInfo) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return packed.getvalue()


def _member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, target, 0o4777
    member.size = 3 if kind == tarfile.REGTYPE else 0
    return member


@pytest.fixture
def server(tmp_path: Path) -> SideServer:
    home = tmp_path / "home"
    home.mkdir()
    return SideServer(home, Account("me", os.getuid(), os.getgid(), switched=False), durable=False)


def test_files_and_folders_are_unpacked_for_their_owner_alone(server: SideServer) -> None:
    """Whatever rights the archive names."""
    server.unpack(iter([_archive(_member("base", tarfile.DIRTYPE), _member("base/1"))]))
    assert (server.data / "base/1").read_bytes() == b"xxx"
    assert (server.data / "base/1").stat().st_mode & 0o7777 == 0o700


@pytest.mark.parametrize(
    "member",
    [
        _member("../beside"),
        _member("base/../../beside"),
        _member("/handwerk-beside"),
        _member("link", tarfile.SYMTYPE, "/etc"),
        _member("link", tarfile.LNKTYPE, "/etc/passwd"),
        _member("pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda member: member.name,
)
def test_what_leads_elsewhere_is_refused(server: SideServer, member: tarfile.TarInfo) -> None:
    """By name, before anything of it is written."""
    with pytest.raises(Damaged, match="is not its own"):
        server.unpack(iter([_archive(member)]))
    assert [path.name for path in server.data.parent.iterdir()] == ["pg"]
    assert list(server.data.iterdir()) == []
