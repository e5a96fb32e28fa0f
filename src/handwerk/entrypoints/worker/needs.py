"""What the handlers of jobs use."""

from typing import Any

import msgspec

from handwerk.domain.backup.ports import Backups
from handwerk.domain.documents.ports import ContentStore, Documents, Extractor
from handwerk.domain.documents.use_cases.processing import Apart
from handwerk.domain.identity.erasure import ErasureList
from handwerk.domain.jobs.ports import Expiring, JobStore
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.files import FileStore
from handwerk.domain.pricing.ports import (
    CurrentSettings,
    FinishedCount,
    FinishedProjects,
    Predictions,
    PriceModels,
    PricePredictor,
    Registry,
)
from handwerk.domain.privacy.ports import AccessLines, People, PersonalRecords, SealedFiles
from handwerk.domain.privacy.retention import Retention
from handwerk.domain.projects.statistics.ports import ProjectStatistics
from handwerk.domain.records.chain import SealKeys
from handwerk.domain.records.ports import Evidence, Heads
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindablePassages,
    FindableProjects,
    Lexicons,
    Migrations,
    SearchIndex,
)
from handwerk.domain.tables.ports import Workbooks


class Needs(msgspec.Struct, frozen=True):
    """All that the handlers use. `transactions` makes those of every module."""

    clock: Clock
    transactions: Any
    files: FileStore
    workbooks: Workbooks
    content: ContentStore
    documents: Documents
    extractor: Extractor
    settings: CurrentSettings
    findable: FindableProjects
    passages: FindablePassages
    collections: Collections
    migrations: Migrations
    index: SearchIndex
    embedder: Embedder
    lexicons: Lexicons
    finished: FinishedProjects
    finished_count: FinishedCount
    registry: Registry
    predictor: PricePredictor
    predictions: Predictions
    models: PriceModels
    statistics: ProjectStatistics
    job_store: JobStore
    sessions: Expiring
    receipts: Expiring
    security_log: Expiring
    users: People
    personal_records: PersonalRecords
    access_lines: AccessLines
    sealing: SealedFiles
    retention: Retention
    erasures: ErasureList
    # None where no folder is set for them.
    backups: Backups | None
    evidence: Evidence
    seal_keys: SealKeys
    heads: Heads
    # Where the words of a document are looked through; None is here.
    apart: Apart | None = None
