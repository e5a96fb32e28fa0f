"""What every store of documents promises."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4

import pytest
from tests.integration.contracts.houses import House

from handwerk.adapters.extraction.sniffing import ContentSniffer
from handwerk.adapters.filesystem.content import FilesystemContent
from handwerk.domain.documents.errors import Unreadable
from handwerk.domain.documents.features.model import FeatureName
from handwerk.domain.documents.model import (
    SORTABLE,
    Document,
    DocumentFilter,
    DocumentStatus,
    Extracted,
    FileType,
    NoDocument,
)
from handwerk.domain.documents.pages import Page as TextPage
from handwerk.domain.documents.pages import Source
from handwerk.domain.documents.ports import Progress
from handwerk.domain.documents.use_cases.keeping import (
    FILE_GRACE,
    delete_document,
    link_document,
    process_again,
    purge_documents,
    restore_document,
)
from handwerk.domain.documents.use_cases.processing import (
    RETRY_AFTER,
    give_up,
    process_document,
    retry_stuck,
)
from handwerk.domain.documents.use_cases.uploading import (
    Uploaded,
    keep_document,
    received_document,
)
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    UnsupportedContent,
)
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.projects.model import ProjectInput
from handwerk.domain.projects.use_cases import create_project
from handwerk.domain.search.model import passage_id

ADMIN = Actor(uuid4(), Role.ADMIN)
OFFER = (
    "Angebot vom 14.03.2025 über eine Treppe in Esche für das Haus am Hang mit allen Stufen und "
    "dem Handlauf, geliefert und eingebaut samt Anfahrt\nSumme netto 1.000,00 €\n"
    "MwSt 19 % 190,00 €\nGesamt 1.190,00 €"
)


class Plain:
    """Reads text files, a page for each form feed; one that says so can't be read."""

    async def extract(
        self, file: BinaryIO, file_type: FileType, *, progress: Progress
    ) -> Extracted:
        assert file_type is FileType.TXT
        text = file.read().decode()
        if text == "broken":
            raise Unreadable("It is broken.")
        texts = text.split("\f")
        await progress(len(texts), len(texts))
        pages = enumerate(texts, 1)
        return Extracted(tuple(TextPage(number, page, Source.TEXT) for number, page in pages))


class HandClock:
    """A clock that is set by hand, and goes on a little whenever it is read."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def today(self) -> date:
        return self.at.date()


class Letter:
    """A file that comes in."""

    def __init__(self, data: bytes, name: str, project_id: UUID | None) -> None:
        self._data = data
        self.filename: str | None = name
        self.project_id = project_id

    def chunks(self) -> AsyncIterator[bytes]:
        return _once(self._data)


class Office:
    """The documents of a house, with files in a folder."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.files = FilesystemContent(folder)
        self.folder = folder
        self.clock = HandClock()

    async def upload(
        self, text: str | bytes, name: str = "a.txt", project_id: UUID | None = None
    ) -> Uploaded:
        data = text if isinstance(text, bytes) else text.encode()
        async with received_document(
            Letter(data, name, project_id),
            actor=ADMIN,
            files=self.files,
            sniffer=ContentSniffer(),
        ) as received:
            return await keep_document(
                received, actor=ADMIN, transactions=self.house.transactions, clock=self.clock
            )

    async def process(self, document_id: UUID) -> Document:
        return await process_document(
            document_id,
            documents=self.house.documents,
            files=self.files,
            extractor=Plain(),
            transactions=self.house.transactions,
            clock=self.clock,
            progress=_unheard,
        )

    async def purge(self) -> int:
        return await purge_documents(
            actor=ADMIN,
            documents=self.house.documents,
            files=self.files,
            transactions=self.house.transactions,
            clock=self.clock,
            checkpoint=_nothing,
        )

    async def project(self) -> UUID:
        made = await create_project(
            ProjectInput(name="Treppe Maier", project_type="Treppenbau"),
            actor=ADMIN,
            transactions=self.house.transactions,
            clock=self.clock,
        )
        return made.id

    async def listed(self, **wanted: Any) -> Page[Document]:
        request = PageRequest().checked(SORTABLE)
        return await self.house.documents.page(DocumentFilter(**wanted), request)

    def kept(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*") if path.is_file()]


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _unheard(_: int, __: int) -> None:
    return


async def _nothing() -> None:
    return


@pytest.fixture
def office(house: House, tmp_path: Path) -> Office:
    return Office(house, tmp_path / "documents")


async def test_an_upload_is_there_at_once_and_its_work_is_queued(office: Office) -> None:
    """Row, history and job come together, and the file lies under its content."""
    before = await office.house.traces()
    uploaded = await office.upload(OFFER, "C:\\offers\\Maier 1.txt")
    assert uploaded.is_new
    assert uploaded.document.filename == "Maier 1.txt"
    assert uploaded.document.status is DocumentStatus.PENDING
    assert await office.house.documents.get(uploaded.document.id) == uploaded.document
    after = await office.house.traces()
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)
    assert [name[:64] for name in office.kept()] == [uploaded.document.sha256]


async def test_the_same_bytes_are_the_same_document(office: Office) -> None:
    """Under any name; the second file is not kept, and a project that is given is linked."""
    first = await office.upload(OFFER)
    project = await office.project()
    again = await office.upload(OFFER, "other.txt", project)
    assert not again.is_new
    assert again.document.id == first.document.id
    assert again.document.project_id == project
    assert len(office.kept()) == 1


async def test_a_file_that_is_refused_leaves_nothing(office: Office) -> None:
    """Neither a program, nor a text by a false name, nor an empty one, nor an unknown project."""
    for data, name, error in (
        (b"\x7fELF\x02\x01\x01" + bytes(100), "offer.pdf", UnsupportedContent),
        (b"#!/bin/sh\nrm -rf /\n", "offer.pdf", UnsupportedContent),
        (b"just words", "offer.pdf", UnsupportedContent),
        (b"<html><script>", "a.txt", UnsupportedContent),
        (b"", "a.txt", InvalidInput),
    ):
        with pytest.raises(error):
            await office.upload(data, name)
    with pytest.raises(InvalidInput):
        await office.upload("words", project_id=uuid4())
    assert office.kept() == []
    assert (await office.listed()).total == 0


async def test_processing_keeps_text_and_features(office: Office) -> None:
    """Pages in order, exact features, the first words, the language; and it may run twice."""
    document = (await office.upload(f"{OFFER}\fSeite zwei")).document
    first = await office.process(document.id)
    done = await office.process(document.id)
    assert done.extracted_features == first.extracted_features
    assert done.status is DocumentStatus.COMPLETED
    assert await office.house.documents.get(document.id) == done
    assert (done.page_count, done.language) == (2, "de")
    found = {one.name: one.value for one in done.extracted_features}
    assert found[FeatureName.PRICE_GROSS] == Decimal("1190.00")
    assert found[FeatureName.PROJECT_TYPE] == "Treppenbau"
    pages = await office.house.documents.text(document.id, 0, 10)
    assert [page.text for page in pages] == [OFFER, "Seite zwei"]
    assert [page.number for page in await office.house.documents.text(document.id, 1, 1)] == [2]


async def test_what_cannot_be_read_says_why(office: Office) -> None:
    """The document is `failed` with the reason, and can be tried again."""
    document = (await office.upload("broken")).document
    with pytest.raises(Unreadable):
        await office.process(document.id)
    failed = await office.house.documents.get(document.id)
    assert failed is not None
    assert (failed.status, failed.error) == (DocumentStatus.FAILED, "It is broken.")
    task = await process_again(
        document.id,
        actor=ADMIN,
        transactions=office.house.transactions,
        clock=office.clock,
    )
    queued = await office.house.documents.get(document.id)
    assert queued is not None
    assert (queued.status, queued.task_id) == (DocumentStatus.PENDING, task)
    assert task != document.task_id


async def test_another_scan_of_the_same_text_is_told(office: Office) -> None:
    """Misread letters aside; the first stays as it is, and both are kept."""
    first = (await office.upload(OFFER)).document
    await office.process(first.id)
    other = (await office.upload(OFFER.replace("Hang", "Hanq"))).document
    told = (await office.process(other.id)).near_duplicate
    assert told is not None
    assert told.document_id == first.id
    assert told.likeness > 0.6
    assert (await office.listed()).total == 2
    different = (await office.upload("Ein Brief über ganz andere Dinge, " * 3)).document
    assert (await office.process(different.id)).near_duplicate is None


async def test_documents_are_listed_and_filtered(office: Office) -> None:
    """Newest first; by status, project and a part of the name."""
    project = await office.project()
    one = (await office.upload("eins", "Angebot Maier.txt", project)).document
    two = (await office.upload("zwei", "Rechnung.txt")).document
    await office.process(two.id)
    assert [each.id for each in (await office.listed()).items] == [two.id, one.id]
    assert [each.id for each in (await office.listed(status=DocumentStatus.PENDING)).items] == [
        one.id
    ]
    assert [each.id for each in (await office.listed(project_id=project)).items] == [one.id]
    assert [each.id for each in (await office.listed(q="ANGEBOT")).items] == [one.id]


async def test_a_deleted_document_can_be_restored(office: Office) -> None:
    """It is gone from reads and lists, lies in the bin, and comes back as it was, text and all."""
    document = (await office.upload(OFFER)).document
    await office.process(document.id)
    ways: dict[str, Any] = {
        "actor": ADMIN,
        "transactions": office.house.transactions,
        "clock": office.clock,
    }
    await delete_document(document.id, **ways)
    assert await office.house.documents.get(document.id) is None
    assert (await office.listed()).total == 0
    request = PageRequest().checked(SORTABLE)
    assert [each.id for each in (await office.house.documents.bin(request)).items] == [document.id]
    with pytest.raises(NoDocument):
        await delete_document(document.id, **ways)
    back = await restore_document(document.id, **ways)
    assert await office.house.documents.get(document.id) == back
    assert (await office.house.documents.text(document.id, 0, 5))[0].text == OFFER
    with pytest.raises(Conflict):
        await restore_document(document.id, **ways)


async def test_the_same_bytes_bring_a_document_back_from_the_bin(office: Office) -> None:
    """An upload means that it is wanted."""
    document = (await office.upload(OFFER)).document
    await delete_document(
        document.id, actor=ADMIN, transactions=office.house.transactions, clock=office.clock
    )
    again = await office.upload(OFFER)
    assert not again.is_new
    assert again.document.id == document.id
    assert await office.house.documents.get(document.id) == again.document


async def test_after_thirty_days_nothing_of_it_remains(office: Office) -> None:
    """Row, text and file go for good; what is not so old, or not deleted, stays."""
    old = (await office.upload("alt")).document
    young = (await office.upload("jung")).document
    ways: dict[str, Any] = {
        "actor": ADMIN,
        "transactions": office.house.transactions,
        "clock": office.clock,
    }
    await office.process(old.id)
    await delete_document(old.id, **ways)
    office.clock.at += timedelta(days=29)
    await delete_document(young.id, **ways)
    assert await office.purge() == 0
    office.clock.at += timedelta(days=2)
    assert await office.purge() == 1
    with pytest.raises(NoDocument):
        await restore_document(old.id, **ways)
    assert await office.house.documents.text(old.id, 0, 5) == []
    assert [name[:64] for name in office.kept()] == [young.sha256]


async def test_a_file_without_a_document_goes_in_time(office: Office) -> None:
    """A crash between file and row leaves an orphan, which the next day finds."""
    document = (await office.upload("bleibt")).document
    orphan = await office.files.put(_once(b"verwaist"), max_bytes=100)
    await office.purge()
    assert len(office.kept()) == 2
    office.clock.at += FILE_GRACE + timedelta(minutes=1)
    await office.purge()
    assert [name[:64] for name in office.kept()] == [document.sha256]
    with pytest.raises(NotFound):
        await office.files.open(orphan.key)


async def test_documents_are_linked_to_projects_that_exist(office: Office) -> None:
    """Or to none."""
    document = (await office.upload(OFFER)).document
    ways: dict[str, Any] = {
        "actor": ADMIN,
        "transactions": office.house.transactions,
        "clock": office.clock,
    }
    project = await office.project()
    assert (await link_document(document.id, project, **ways)).project_id == project
    assert (await link_document(document.id, None, **ways)).project_id is None
    with pytest.raises(InvalidInput):
        await link_document(document.id, uuid4(), **ways)


async def test_nobody_without_the_permission_uploads_or_deletes(office: Office) -> None:
    """A viewer may not upload, a manager not delete."""
    document = (await office.upload(OFFER)).document
    ways: dict[str, Any] = {"transactions": office.house.transactions, "clock": office.clock}
    with pytest.raises(Forbidden):
        await delete_document(document.id, actor=Actor(uuid4(), Role.MANAGER), **ways)
    with pytest.raises(Forbidden):
        await link_document(document.id, None, actor=Actor(uuid4(), Role.VIEWER), **ways)


async def test_what_waits_for_a_lost_task_is_queued_again(office: Office) -> None:
    """A document whose task waits is left alone."""
    document = (await office.upload(OFFER)).document
    assert (
        await retry_stuck(
            documents=office.house.documents,
            transactions=office.house.transactions,
            clock=office.clock,
        )
        == 0
    )
    known = await office.house.documents.get(document.id)
    assert known is not None
    assert known.task_id == document.task_id


async def test_passages_follow_the_document(office: Office) -> None:
    """They come with the text, know their page and project, and go into the bin and out with it."""
    passages, project = office.house.passages, await office.project()
    made = (await office.upload("Seite eins über Eiche\fSeite zwei über Esche")).document
    other = (await office.upload("Ein anderer Brief")).document
    assert await passages.count_of(made.id) == 0
    await office.process(made.id)
    await office.process(other.id)
    ids = [passage_id(made.id, number) for number in (0, 1, 2)]
    assert await passages.count_of(made.id) == 2
    found = sorted(await passages.of(ids), key=lambda one: one.page)
    assert [(one.id, one.page, one.text) for one in found] == [
        (ids[0], 1, "Seite eins über Eiche"),
        (ids[1], 2, "Seite zwei über Esche"),
    ]
    every = sorted([*ids[:2], passage_id(other.id, 0)])
    assert await passages.ids(None, 10) == every
    assert await passages.ids(every[0], 1) == every[1:2]
    await link_document(
        made.id, project, actor=ADMIN, transactions=office.house.transactions, clock=office.clock
    )
    assert {one.project_id for one in await passages.of(ids)} == {project}
    await delete_document(
        made.id, actor=ADMIN, transactions=office.house.transactions, clock=office.clock
    )
    assert (await passages.of(ids), await passages.count_of(made.id)) == ([], 0)
    assert await passages.ids(None, 10) == [passage_id(other.id, 0)]
    await restore_document(
        made.id, actor=ADMIN, transactions=office.house.transactions, clock=office.clock
    )
    await office.process(made.id)
    assert await passages.count_of(made.id) == 2
    read = await office.house.documents.of([made.id, other.id, uuid4()])
    assert {one.id for one in read} == {made.id, other.id}


async def test_a_content_is_found_by_its_hash(office: Office) -> None:
    """So that nobody need send a file to find out whether it is there."""
    made = (await office.upload("Einmalig")).document
    await office.upload("Zweimalig")
    wanted = DocumentFilter(sha256=made.sha256).checked()
    page = await office.house.documents.page(wanted, PageRequest())
    assert [one.id for one in page.items] == [made.id]
    with pytest.raises(InvalidInput):
        DocumentFilter(sha256="A" * 64).checked()


async def test_what_failed_through_no_fault_of_its_own_is_tried_again(office: Office) -> None:
    """After some hours, by itself; a file that can't be read stays as it is."""
    ways: dict[str, Any] = {
        "documents": office.house.documents,
        "transactions": office.house.transactions,
        "clock": office.clock,
    }
    unlucky = (await office.upload(OFFER)).document
    broken = (await office.upload("broken")).document
    with pytest.raises(Unreadable):
        await office.process(broken.id)
    await give_up(
        unlucky.id,
        "The index is away.",
        transactions=office.house.transactions,
        clock=office.clock,
        retry_after=RETRY_AFTER,
    )
    assert await retry_stuck(**ways) == 0
    office.clock.at += RETRY_AFTER
    assert await retry_stuck(**ways) == 1
    told = [await office.house.documents.get(each.id) for each in (unlucky, broken)]
    assert [each.status for each in told if each] == [DocumentStatus.PENDING, DocumentStatus.FAILED]
