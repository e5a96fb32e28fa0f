"""What a move from the original came to, table by table and row by row."""

import msgspec

from handwerk.client.answers.moving import Fate, LegacyFinding
from handwerk.domain.moving.legacy.model import Outcome
from handwerk.domain.tables.language import Language, Said

# So many findings are told one by one; the others are counted.
MAX_FINDINGS = 10_000


class Counts(msgspec.Struct):
    """Rows of one table: read, and what became of them."""

    read: int = 0
    created: int = 0
    unchanged: int = 0
    left_out: int = 0


class Report(msgspec.Struct):
    """The whole move. `notes` are sentences about tables, and about how values were taken."""

    dry_run: bool
    tables: dict[str, Counts] = {}
    findings: list[LegacyFinding] = []
    findings_omitted: int = 0
    notes: list[str] = []


class Telling:
    """Writes a report while the move goes on."""

    def __init__(self, *, dry_run: bool, language: Language) -> None:
        self.report = Report(dry_run)
        self.language = language

    def count(self, table: str, outcome: str) -> None:
        """Count one row."""
        counts = self.report.tables.setdefault(table, Counts())
        counts.read += 1
        setattr(counts, outcome, getattr(counts, outcome) + 1)

    def fates(self, table: str, parts: str | None, fates: list[Fate]) -> None:
        """Count what became of records and their parts."""
        for fate in fates:
            self.count(table, fate.record)
            for part in fate.parts:
                self.count(parts or table, part)

    def find(self, *findings: LegacyFinding) -> None:
        """Keep findings as far as there is room."""
        for finding in findings:
            if len(self.report.findings) < MAX_FINDINGS:
                self.report.findings.append(finding)
            else:
                self.report.findings_omitted += 1

    def leave_out(
        self, table: str, name: str, said: Said, column: str = "", value: str = ""
    ) -> None:
        """Count a row that was not sent, and say why."""
        self.count(table, Outcome.LEFT_OUT)
        told = said.told(self.language)
        self.find(
            LegacyFinding(
                table=table, id=name, column=column, value=value, message=told, left_out=True
            )
        )

    def note(self, said: Said) -> None:
        """Say something about a table, or about all."""
        self.report.notes.append(said.told(self.language))
