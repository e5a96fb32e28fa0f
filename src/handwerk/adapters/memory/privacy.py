"""Consents, exports and free texts in memory."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from handwerk.adapters.memory.note import Note
from handwerk.domain.identity.sessions import Session
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.privacy.model import Consent, Export, KeptExport, SignIn
from handwerk.domain.privacy.redaction import KEPT_CLOSED, Occurrence, Redactor
from handwerk.domain.projects.model import Project

_TEXTS = ("name", "description", "cancel_reason")


class Words:
    """What persons said of consent, and their exports."""

    def __init__(self) -> None:
        self.consents: list[tuple[UUID, Consent]] = []
        self.exports: dict[UUID, KeptExport] = {}


class MemoryPersonalRecords:
    """Reads what is kept of a person."""

    def __init__(self, words: Words, sessions: dict[UUID, Session], history: list[Change]) -> None:
        self._words = words
        self._sessions = sessions
        self._history = history

    async def consents(self, user_id: UUID, skip: int, limit: int) -> tuple[list[Consent], int]:
        """The person's words on consent, newest first, and how many there are."""
        said = [consent for owner, consent in reversed(self._words.consents) if owner == user_id]
        return said[skip : skip + limit], len(said)

    async def sessions(self, user_id: UUID) -> list[SignIn]:
        """The person's sessions, newest first."""
        own = [session for session in self._sessions.values() if session.user_id == user_id]
        own.sort(key=lambda session: session.created_at, reverse=True)
        return [SignIn(**{f: getattr(s, f) for f in SignIn.__struct_fields__}) for s in own]

    async def exports(self, user_id: UUID, now: datetime) -> list[Export]:
        """The person's exports that can still be fetched, newest first."""
        kept = (kept for kept in self._words.exports.values() if kept.user_id == user_id)
        return [each.export for each in kept if each.export.expires_at > now][::-1]

    async def export(self, export_id: UUID) -> KeptExport | None:
        """The export with that id."""
        return self._words.exports.get(export_id)

    async def counts(self, user_id: UUID) -> dict[str, int]:
        """How many records of each kind name the person."""
        counted: dict[str, int] = {}
        async for kind, some in self.everything(user_id):
            counted[kind] = len(some)
        return counted

    async def everything(self, user_id: UUID) -> AsyncIterator[tuple[str, Sequence[bytes]]]:
        """All of them: the kind, and its records as JSON."""
        done = [change for change in self._history if change.actor_id == user_id]
        consents, _ = await self.consents(user_id, 0, len(self._words.consents))
        yield "sessions", [msgspec.json.encode(one) for one in await self.sessions(user_id)]
        yield "consents", [msgspec.json.encode(one) for one in consents]
        yield "history", [_told(change) for change in done]


class MemoryPrivacyStore:
    """Consents and exports inside a transaction."""

    def __init__(self, words: Words, note: Note) -> None:
        self._words = words
        self._note = note

    def add_consent(self, user_id: UUID, consent: Consent) -> None:
        """Note a person's word."""
        self._note(lambda: self._words.consents.append((user_id, consent)))

    def add_export(self, kept: KeptExport) -> None:
        """Note an export."""
        self._note(lambda: self._words.exports.__setitem__(kept.export.id, kept))

    async def expired(self, before: datetime) -> list[str]:
        """Remove the exports that ended before then; answers their files."""
        over = [kept for kept in self._words.exports.values() if kept.export.expires_at <= before]

        def deed() -> None:
            for kept in over:
                del self._words.exports[kept.export.id]

        self._note(deed)
        return [kept.file for kept in over]


class MemoryFreeTexts:
    """The texts of projects inside a transaction."""

    def __init__(self, projects: dict[UUID, Project], history: list[Change], note: Note) -> None:
        self._projects = projects
        self._history = history
        self._note = note

    async def holding(self, text: str, most: int) -> list[Occurrence]:
        """Which projects hold `text`."""
        redactor = Redactor(text, "")
        found = (_occurrence(project, redactor) for project in self._projects.values())
        return [each for each in found if each is not None][:most]

    async def redact(self, found: Occurrence, redactor: Redactor) -> None:
        """Take the text out of that project."""
        project = self._projects[found.id]
        texts = {name: redactor.text(getattr(project, name))[0] for name in _TEXTS}
        cleaned = msgspec.structs.replace(project, version=project.version + 1, **texts)
        self._note(lambda: self._projects.__setitem__(found.id, cleaned))

    async def in_history(self, text: str, most: int) -> int:
        """How many entries of the history hold `text`."""
        wanted = text.lower()
        held = (change for change in self._history if wanted in _told(change).decode().lower())
        return min(most, sum(1 for _ in held))


def _told(change: Change) -> bytes:
    return msgspec.json.encode(msgspec.structs.asdict(change))


def _occurrence(project: Project, redactor: Redactor) -> Occurrence | None:
    times = {name: redactor.text(getattr(project, name))[1] for name in _TEXTS}
    fields = [name for name, number in times.items() if number]
    if not fields:
        return None
    closed = project.is_finalized or project.cancelled_by is not None
    return Occurrence(
        record="project",
        id=project.id,
        fields=sorted(fields),
        occurrences=sum(times.values()),
        note=KEPT_CLOSED if closed else None,
    )
