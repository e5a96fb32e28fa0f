"""What backups are made of: archive, source, trees and trial restore of one installation."""

import asyncio
import importlib.metadata
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from handwerk.adapters.archive import FolderArchive
from handwerk.adapters.cryptography import StreamKeys
from handwerk.adapters.embedded.copying import LogicalSource, PhysicalSource, names_of
from handwerk.adapters.embedded.loading import TrialRestore
from handwerk.adapters.embedded.receiving import SlotTaken, WalReceiver
from handwerk.adapters.filesystem.trees import FirmTrees
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.history import PostgresEvidence
from handwerk.adapters.postgres.proving import RestoredDatabase
from handwerk.config import SHORTEST_SECRET, WrongSetting
from handwerk.domain.backup.model import Backup, Loaded, Secrets, State
from handwerk.domain.backup.ports import Source, Tell
from handwerk.domain.backup.retention import Keep
from handwerk.domain.backup.use_cases.making import make_backup, ship, tidy, verify
from handwerk.domain.backup.use_cases.restoring import chosen
from handwerk.domain.identity.discreet import Discreet
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.records.chain import SealKeys
from handwerk.domain.records.ports import Head
from handwerk.domain.records.use_cases import verifying

# In seconds, after something was in the way.
AGAIN = 30.0
SECRET_KEY, DATA_KEY = "secret.key", "data.key"


class Firm(Discreet, frozen=True, kw_only=True):
    """Where everything of an installation is that belongs into a backup.

    Without `backup_url`, whose role may replicate, rows are copied instead of pages.
    """

    owner_url: str
    application_url: str
    backup_url: str | None
    files: Path
    models: Path
    logs: Path
    secrets: Path
    keys: dict[str, str]
    erased: tuple[Path, ...]
    work: Path


class Backups:
    """The backups of a firm in the folder `folder`. Its calls block."""

    def __init__(self, firm: Firm, folder: Path, key: str, keep: Keep) -> None:
        self._firm = firm
        self._keep = keep
        self._clock = SystemClock()
        self.archive = archive_in(folder, key)
        self._rehearsal = TrialRestore(firm.work / "trials", proved)

    def make(self, tell: Tell) -> Backup:
        """A new backup, proved."""
        self.archive.prepare()
        return make_backup(
            archive=self.archive,
            source=self._source(),
            trees=self._trees(),
            rehearsal=self._rehearsal,
            keep=self._keep,
            program=importlib.metadata.version("handwerk"),
            clock=self._clock,
            tell=tell,
        )

    def verify(self, backup_id: str | None, tell: Tell) -> Backup:
        """Prove a backup again, all of it; the newest where none is named."""
        self.archive.check()
        backup = chosen(self.archive, backup_id, None)
        return verify(
            backup, archive=self.archive, rehearsal=self._rehearsal, clock=self._clock, tell=tell
        )

    def tidy(self) -> list[str]:
        """Remove what need not be kept; which backups went."""
        self.archive.check()
        with self.archive.turn():
            return tidy(self.archive, self._keep)

    def list(self) -> list[Backup]:
        """All backups, oldest first."""
        self.archive.check()
        return self.archive.backups()

    def state(self) -> State:
        """How the backups stand."""
        if not self.archive.folder.is_dir():
            return State(enabled=True)
        self.archive.check()
        return self.archive.state()

    def receiver(self) -> WalReceiver | None:
        """Who receives the database's log; `None` where its role may not be given."""
        if self._firm.backup_url is None:
            return None
        return WalReceiver(self._firm.backup_url, self._firm.work / "wal")

    def ship(self, receiver: WalReceiver) -> bool:
        """Keep what has come since the last time; whether there is a backup that it fits on."""
        self.archive.prepare()
        cluster = receiver.receive()
        at = self._clock.now()
        receiver.catch_up()
        pieces = receiver.arrived()
        marks = receiver.marks(pieces)
        ship(
            archive=self.archive,
            trees=self._trees(),
            cluster=cluster,
            segments=list(pieces),
            at=at,
        )
        receiver.forget(marks)
        return any(each.cluster == cluster for each in self.archive.backups())

    def _source(self) -> Source:
        names = names_of(self._firm.owner_url, self._firm.application_url)
        if self._firm.backup_url is None:
            return LogicalSource(self._firm.owner_url, names)
        return PhysicalSource(self._firm.backup_url, names)

    def _trees(self) -> FirmTrees:
        firm = self._firm
        return FirmTrees(
            files=firm.files,
            models=firm.models,
            logs=firm.logs,
            secrets=firm.secrets,
            keys=firm.keys,
            erased=firm.erased,
        )


def archive_in(folder: Path, key: str) -> FolderArchive:
    """The archive in `folder`, opened with that key; `WrongSetting` for one that is too short."""
    if len(key) < SHORTEST_SECRET:
        raise WrongSetting(f"HANDWERK_BACKUP_KEY must hold at least {SHORTEST_SECRET} characters.")
    return FolderArchive(folder, StreamKeys(key))


def proved(url: str, has: Callable[[str], bool], secrets: Secrets) -> Loaded:
    """What a restored database holds, its whole history proved."""
    return asyncio.run(_proved(url, has, secrets))


async def _proved(url: str, has: Callable[[str], bool], secrets: Secrets) -> Loaded:
    database = Database(url, least=1, most=2)
    await database.open()
    try:
        found = await RestoredDatabase(database).look(has)
        verdict = await verifying.verify(
            SYSTEM,
            evidence=PostgresEvidence(database),
            keys=SealKeys(parted(secrets.files[SECRET_KEY])),
            heads=_NoHeads(),
        )
    finally:
        await database.close()
    if verdict.first_error is None:
        return found
    told = f"The history is not whole: {verdict.first_error.detail}"
    return msgspec.structs.replace(found, faults=[*found.faults, told])


class _NoHeads:
    """Fills `Heads`: what this machine noted may be newer than what was restored."""

    async def keep(self, seal: object) -> None:
        """Note nothing."""

    async def kept(self, lineage: str) -> list[Head]:  # noqa: ARG002  # the port has it
        """None."""
        return []


def parted(text: str) -> tuple[str, ...]:
    """A file's secrets, a line for each, the newest first."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


async def keep_shipping(
    backups: Backups,
    *,
    every: float,
    wanted: Callable[[], Awaitable[None]],
    notice: Callable[[str], None],
) -> None:
    """Ship what changes, again and again, where the database's log may be received.

    `wanted` asks for a backup where there is none that the changes fit on.
    """
    receiver = backups.receiver()
    if receiver is None:
        notice("Only whole backups are made: no role may replicate (HANDWERK_DATABASE_BACKUP_URL).")
        return
    said, asked = "", False
    try:
        while True:
            try:
                fits = await asyncio.to_thread(backups.ship, receiver)
                said = ""
                if not (fits or asked):
                    await wanted()
                    asked = True
            except SlotTaken:
                pass  # Another process ships; it may end, so we go on asking.
            except (HandwerkError, OSError) as error:
                if str(error) != said:
                    said = str(error)
                    notice(f"What changes can't be put beside the backups: {said}")
            await asyncio.sleep(min(every, AGAIN) if said else every)
    finally:
        await asyncio.to_thread(receiver.stop)
