"""Documents: kept, read, found."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Unpack

from handwerk.client import inputs
from handwerk.client.answers.documents import Document, DocumentText, FoundDocuments
from handwerk.client.answers.pricing import DocumentEstimate
from handwerk.client.answers.search import Found
from handwerk.client.answers.tasks import Accepted
from handwerk.client.connecting import Call, Connection, new_key
from handwerk.client.files import Source, Told, opened
from handwerk.client.groups.tables import IMPORT_SECONDS, fetch
from handwerk.client.inputs import Id
from handwerk.client.pages import Page


class Uploaded(NamedTuple):
    """A document, and whether its bytes were new."""

    document: Document
    is_new: bool


class Documents:
    """Offers, invoices, plans."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def upload(
        self,
        file: Source,
        *,
        project_id: Id | None = None,
        name: str | None = None,
        told: Told | None = None,
        key: str | None = None,
    ) -> Uploaded:
        """Keep a file and have it read, by the task `task_id`; `told` hears what share is sent."""
        with opened(file, name, told) as part:
            response = self._server.send(
                Call(
                    "POST",
                    "/documents/upload",
                    fields=None if project_id is None else {"project_id": str(project_id)},
                    files={"file": part},
                    key=key or new_key(),
                    seconds=IMPORT_SECONDS,
                )
            )
        document = self._server.decoded(response.content, Document)
        return Uploaded(document, response.status_code == 201)  # noqa: PLR2004  # created

    def get(self, document_id: Id) -> Document:
        """One document: where its processing stands, and what was read."""
        return self._server.ask(Document, "GET", f"/documents/{document_id}")

    def page(self, **asked: Unpack[inputs.DocumentFilter]) -> Page[Document]:
        """A part of the documents, newest first."""
        return self._server.page("/documents/", Document, asked)

    def each(self, **asked: Unpack[inputs.DocumentFilter]) -> Iterator[Document]:
        """All documents that are asked for, fetched as they are needed."""
        return self._server.each("/documents/", Document, asked)

    def link(
        self, document_id: Id, project_id: Id | None, *, if_version: int | None = None
    ) -> Document:
        """Make it a document of a project, or of none."""
        body = {"project_id": project_id}
        path = f"/documents/{document_id}"
        return self._server.ask(Document, "PUT", path, body=body, version=if_version)

    def delete(self, document_id: Id, *, if_version: int | None = None) -> None:
        """Put a document into the bin, where it stays for 30 days."""
        self._server.tell("DELETE", f"/documents/{document_id}", version=if_version)

    def restore(self, document_id: Id) -> Document:
        """Bring a document back from the bin."""
        return self._server.ask(Document, "POST", f"/documents/{document_id}/restore")

    def deleted(self, **asked: Unpack[inputs.Paged]) -> Page[Document]:
        """A part of what can still be restored, the latest first."""
        return self._server.page("/documents/bin", Document, asked)

    def search(self, query: str, **asked: Unpack[inputs.DocumentQuestion]) -> FoundDocuments:
        """The documents that say something, each by the passage that says it best."""
        body = {"query": query, **asked}
        return self._server.ask(
            FoundDocuments, "POST", "/documents/search", body=body, is_reading=True
        )

    def download(self, document_id: Id, into: BinaryIO) -> None:
        """Write the file as it came into another."""
        fetch(self._server, f"/documents/{document_id}/content", into)

    def text(
        self, document_id: Id, *, from_page: int | None = None, to_page: int | None = None
    ) -> DocumentText:
        """What was read, page by page."""
        query = {"from_page": from_page, "to_page": to_page}
        return self._server.ask(DocumentText, "GET", f"/documents/{document_id}/text", query=query)

    def similar_projects(self, document_id: Id, **asked: Unpack[inputs.Likeness]) -> Found:
        """The projects most like the job in a document."""
        path = f"/documents/{document_id}/similar-projects"
        return self._server.ask(Found, "GET", path, query=asked)

    def estimate(self, document_id: Id) -> DocumentEstimate:
        """What the job in a document should cost, from what was read in it."""
        return self._server.ask(DocumentEstimate, "GET", f"/documents/{document_id}/estimate")

    def process(self, document_id: Id) -> Accepted:
        """Have a document read again."""
        return self._server.ask(Accepted, "POST", f"/documents/{document_id}/process")
