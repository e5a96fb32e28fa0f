"""Projects, and the materials that they are built with."""

from collections.abc import Iterator
from typing import BinaryIO, Unpack

from handwerk.client import inputs
from handwerk.client.answers.projects import (
    DeletedProject,
    Project,
    ProjectMaterial,
    Statistics,
    Vocabulary,
)
from handwerk.client.answers.tables import ImportReport
from handwerk.client.answers.tasks import Accepted
from handwerk.client.connecting import Connection, new_key
from handwerk.client.files import Source, Told
from handwerk.client.groups.tables import OnError, Sending, TableFormat, fetch, import_table
from handwerk.client.inputs import Id
from handwerk.client.pages import Page


class Projects:
    """The firm's jobs.

    `if_version` lets a change happen only to the version that one has seen: else 412.
    """

    def __init__(self, server: Connection) -> None:
        self._server = server

    def create(self, *, key: str | None = None, **project: Unpack[inputs.NewProject]) -> Project:
        """Save a new project, once for each `key`."""
        return self._server.ask(Project, "POST", "/projects/", body=project, key=key or new_key())

    def get(self, project_id: Id) -> Project:
        """One project."""
        return self._server.ask(Project, "GET", f"/projects/{project_id}")

    def page(self, **asked: Unpack[inputs.Projects]) -> Page[Project]:
        """A part of the projects, newest first."""
        return self._server.page("/projects/", Project, asked)

    def each(self, **asked: Unpack[inputs.Projects]) -> Iterator[Project]:
        """All projects that are asked for, fetched as they are needed."""
        return self._server.each("/projects/", Project, asked)

    def change(
        self,
        project_id: Id,
        *,
        if_version: int | None = None,
        **change: Unpack[inputs.ProjectChange],
    ) -> Project:
        """Save what is said; what is not said stays, `None` clears."""
        path = f"/projects/{project_id}"
        return self._server.ask(Project, "PUT", path, body=change, version=if_version)

    def delete(self, project_id: Id, *, if_version: int | None = None) -> None:
        """Put a project into the bin, where it stays for 30 days."""
        self._server.tell("DELETE", f"/projects/{project_id}", version=if_version)

    def restore(self, project_id: Id) -> Project:
        """Bring a deleted project back."""
        return self._server.ask(Project, "POST", f"/projects/{project_id}/restore")

    def deleted(self, **asked: Unpack[inputs.Paged]) -> Page[DeletedProject]:
        """A part of what can still be restored, the last deleted first."""
        return self._server.page("/projects/bin", DeletedProject, asked)

    def finalize(self, project_id: Id, *, if_version: int | None = None) -> Project:
        """Close a project for good: nobody can change or delete it afterwards."""
        path = f"/projects/{project_id}/finalize"
        return self._server.ask(Project, "POST", path, version=if_version)

    def cancel(
        self,
        project_id: Id,
        reason: str,
        *,
        if_version: int | None = None,
        key: str | None = None,
    ) -> Project:
        """Reverse a project by a second record (Storno), which is answered."""
        return self._server.ask(
            Project,
            "POST",
            f"/projects/{project_id}/cancel",
            body={"reason": reason},
            version=if_version,
            key=key or new_key(),
        )

    def recent(self, limit: int = 10) -> list[Project]:
        """What was created or changed last."""
        return self._server.ask(list[Project], "GET", "/projects/recent", query={"limit": limit})

    def statistics(self) -> Statistics:
        """What all projects come to, and by type, region, wood and year."""
        return self._server.ask(Statistics, "GET", "/projects/statistics")

    def vocabulary(self) -> Vocabulary:
        """Words for type, region and wood, and how many projects use each."""
        return self._server.ask(Vocabulary, "GET", "/projects/vocabulary")

    def import_table(  # how a table is taken in, all by name
        self,
        table: Source,
        *,
        dry_run: bool = False,
        on_error: OnError = "abort",
        language: str = "en",
        name: str | None = None,
        told: Told | None = None,
        key: str | None = None,
    ) -> ImportReport | Accepted:
        """Create a project of every row that is not there; a large table becomes a task.

        `ImportRefused` holds the report where nothing was taken in.
        """
        how = Sending(
            dry_run=dry_run, on_error=on_error, language=language, name=name, told=told, key=key
        )
        return import_table(self._server, "/projects/import", table, how)

    def export_table(
        self,
        into: BinaryIO,
        *,
        format: TableFormat = "csv",  # noqa: A002  # the contract's word
        language: str = "en",
        **wanted: Unpack[inputs.SortedProjects],
    ) -> None:
        """Write the projects that are wanted into a file, as a table that can be imported."""
        query: dict[str, object] = {**wanted, "format": format}
        fetch(self._server, "/projects/export", into, query, language)

    def materials(
        self, project_id: Id, **asked: Unpack[inputs.ProjectLines]
    ) -> Page[ProjectMaterial]:
        """A part of a project's material list, newest line first."""
        return self._server.page(f"/projects/{project_id}/materials", ProjectMaterial, asked)

    def add_material(
        self, project_id: Id, *, key: str | None = None, **line: Unpack[inputs.NewLine]
    ) -> ProjectMaterial:
        """Add a material to a project that is not finalised."""
        path = f"/projects/{project_id}/materials"
        return self._server.ask(ProjectMaterial, "POST", path, body=line, key=key or new_key())

    def remove_material(self, project_id: Id, line_id: Id) -> None:
        """Take a line out of the list."""
        self._server.tell("DELETE", f"/projects/{project_id}/materials/{line_id}")
