"""Documents in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from handwerk.adapters.memory.lists import page_of
from handwerk.adapters.memory.note import Note
from handwerk.adapters.memory.search import holding
from handwerk.domain.documents.errors import ContentTaken
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.likeness import Signature, bands
from handwerk.domain.documents.model import (
    Document,
    DocumentFilter,
    DocumentStatus,
    Found,
    StoredDocument,
)
from handwerk.domain.documents.pages import Page as TextPage
from handwerk.domain.documents.passages import CutPassage
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.transaction import JobRequest
from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import DocumentPassage, Filters, passage_id
from handwerk.domain.search.standby import Sought

MOST_ALIKE = 20


class Cabinet:
    """What is saved: documents, those in the bin too, their text and signatures."""

    def __init__(self) -> None:
        self.documents: dict[UUID, StoredDocument] = {}
        self.texts: dict[UUID, tuple[TextPage, ...]] = {}
        self.signatures: dict[UUID, Signature] = {}
        self.passages: dict[UUID, tuple[CutPassage, ...]] = {}

    def present(self) -> list[StoredDocument]:
        """All that is not in the bin."""
        return [stored for stored in self.documents.values() if stored.deleted_at is None]


class MemoryDocuments:
    """Reads documents."""

    def __init__(
        self, cabinet: Cabinet, projects: dict[UUID, Project], requests: list[JobRequest]
    ) -> None:
        self._cabinet = cabinet
        self._projects = projects
        self._requests = requests

    async def get(self, document_id: UUID) -> Document | None:
        """The document with that id, or `None`."""
        stored = await self.file_of(document_id)
        return None if stored is None else stored.document

    async def of(self, ids: Sequence[UUID]) -> Sequence[Document]:
        """Those of `ids` that there are."""
        found = [await self.get(known) for known in ids]
        return [document for document in found if document is not None]

    async def file_of(self, document_id: UUID) -> StoredDocument | None:
        """The document and where its file lies, or `None`."""
        stored = self._cabinet.documents.get(document_id)
        return stored if stored is not None and stored.deleted_at is None else None

    async def page(self, wanted: DocumentFilter, request: PageRequest) -> Page[Document]:
        """The part of the list that `request` names."""
        present = (stored.document for stored in self._cabinet.present())
        return page_of([one for one in present if _matches(wanted, one)], request)

    async def bin(self, request: PageRequest) -> Page[Document]:
        """The part of what lies in the bin that `request` names."""
        kept = self._cabinet.documents.values()
        return page_of([one.document for one in kept if one.deleted_at is not None], request)

    async def text(self, document_id: UUID, skip: int, limit: int) -> Sequence[TextPage]:
        """Pages of a document in order."""
        return list(self._cabinet.texts.get(document_id, ())[skip : skip + limit])

    async def vocabulary(self) -> Vocabulary:
        """The words that the firm's projects use."""
        projects = self._projects.values()
        return Vocabulary(
            tuple(sorted({each.project_type for each in projects})),
            tuple(sorted({each.wood_type for each in projects if each.wood_type})),
            tuple(sorted({each.region for each in projects if each.region})),
        )

    async def stuck(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Documents that wait for a task that is over, or are to be tried again by now."""
        waiting = {request.id for request in self._requests}
        found = [
            stored.document.id
            for stored in self._cabinet.present()
            if _waits_in_vain(stored, waiting) or _is_due(stored, now)
        ]
        return sorted(found)[:limit]

    async def unknown_files(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of `keys` that no document has, be it in the bin."""
        known = {stored.file for stored in self._cabinet.documents.values()}
        return [key for key in keys if key not in known]


class MemoryPassages:
    """Reads the passages of documents that are not in the bin."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet

    def _all(self) -> dict[UUID, DocumentPassage]:
        return {
            known: DocumentPassage(
                known, one.document.id, one.document.project_id, cut.page, cut.text
            )
            for one in self._cabinet.present()
            for cut in self._cabinet.passages.get(one.document.id, ())
            for known in [passage_id(one.document.id, cut.number)]
        }

    async def of(self, ids: Sequence[UUID]) -> list[DocumentPassage]:
        """Those of `ids` that exist."""
        known = self._all()
        return [known[each] for each in ids if each in known]

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        return sorted(each for each in self._all() if after is None or each > after)[:limit]

    async def worded(self, wanted: Sequence[Sought], filters: Filters, limit: int) -> list[UUID]:
        """Those that hold most of `wanted`."""
        texts = {
            known: one.text
            for known, one in self._all().items()
            if filters.project_id is None or one.project_id == filters.project_id
        }
        return holding(wanted, texts)[:limit]

    async def count_of(self, document_id: UUID) -> int:
        """How many passages of that document may be found."""
        return sum(each.document_id == document_id for each in self._all().values())


class MemoryDocumentStore:
    """The documents inside a transaction."""

    def __init__(self, cabinet: Cabinet, projects: dict[UUID, Project], note: Note) -> None:
        self._cabinet = cabinet
        self._projects = projects
        self._note = note

    async def locked(self, document_id: UUID) -> StoredDocument | None:
        """The document; memory has one writer, so nothing need be locked."""
        return self._cabinet.documents.get(document_id)

    async def with_content(self, sha256: str) -> StoredDocument | None:
        """The document with that content."""
        kept = self._cabinet.documents.values()
        return next((one for one in kept if one.document.sha256 == sha256), None)

    async def alike(self, signature: Signature, besides: UUID) -> Sequence[tuple[UUID, Signature]]:
        """Documents that share a band with `signature`, the oldest first."""
        sought = set(bands(signature))
        present = sorted(self._cabinet.present(), key=lambda one: one.document.created_at)
        known = [one.document.id for one in present if one.document.id != besides]
        signatures = ((each, self._cabinet.signatures.get(each)) for each in known)
        alike = [(each, one) for each, one in signatures if one and sought & set(bands(one))]
        return alike[:MOST_ALIKE]

    async def over(self, before: datetime, limit: int) -> Sequence[StoredDocument]:
        """Documents that were put into the bin before then."""
        kept = self._cabinet.documents.values()
        return [one for one in kept if one.deleted_at is not None and one.deleted_at < before][
            :limit
        ]

    async def project_exists(self, project_id: UUID) -> bool:
        """Whether there is such a project."""
        return project_id in self._projects

    def add(self, stored: StoredDocument) -> None:
        """Note a new document."""

        def check() -> None:
            contents = {one.document.sha256 for one in self._cabinet.documents.values()}
            if stored.document.sha256 in contents:
                raise ContentTaken

        self._note(lambda: self._cabinet.documents.__setitem__(stored.document.id, stored), check)

    def save(self, stored: StoredDocument) -> None:
        """Note what changed in a document."""
        self._note(lambda: self._cabinet.documents.__setitem__(stored.document.id, stored))

    async def set_text(self, document_id: UUID, found: Found) -> None:
        """Note pages, passages and signature of a document in place of what it had."""

        def deed() -> None:
            self._cabinet.texts[document_id] = found.pages
            self._cabinet.passages[document_id] = found.passages
            self._cabinet.signatures.pop(document_id, None)
            if found.signature is not None:
                self._cabinet.signatures[document_id] = found.signature

        self._note(deed)

    def remove(self, document_id: UUID) -> None:
        """Note that a document goes for good, with its text."""

        def deed() -> None:
            self._cabinet.documents.pop(document_id)
            self._cabinet.texts.pop(document_id, None)
            self._cabinet.passages.pop(document_id, None)
            self._cabinet.signatures.pop(document_id, None)

        self._note(deed)


def _matches(wanted: DocumentFilter, document: Document) -> bool:
    asked = msgspec.structs.asdict(wanted)
    return (
        asked["status"] in {None, document.status}
        and asked["project_id"] in {None, document.project_id}
        and asked["sha256"] in {None, document.sha256}
        and (wanted.q or "").lower() in document.filename.lower()
    )


def _waits_in_vain(stored: StoredDocument, waiting: set[UUID]) -> bool:
    document = stored.document
    unfinished = document.status in {DocumentStatus.PENDING, DocumentStatus.PROCESSING}
    return unfinished and document.task_id not in waiting


def _is_due(stored: StoredDocument, now: datetime) -> bool:
    failed = stored.document.status is DocumentStatus.FAILED
    return failed and stored.retry_at is not None and stored.retry_at <= now
