"""What handlers ask for, by parameter name. The container says what each is."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from litestar import Litestar
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from litestar.routes import HTTPRoute

from handwerk.domain.checkup.model import Check
from handwerk.domain.documents import ports as documents
from handwerk.domain.identity import ports as identity
from handwerk.domain.identity.authentication import Authenticator
from handwerk.domain.identity.erasure import ErasureList
from handwerk.domain.identity.vault import Vault
from handwerk.domain.jobs import ports as jobs
from handwerk.domain.jobs.use_cases.following import Following
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.files import FileStore
from handwerk.domain.kernel.receipts import Receipts
from handwerk.domain.materials import ports as materials
from handwerk.domain.materials.exporting import ports as material_exports
from handwerk.domain.moving import ports as moving
from handwerk.domain.pricing import ports as pricing
from handwerk.domain.privacy import ports as privacy
from handwerk.domain.privacy.retention import Retention
from handwerk.domain.projects import ports as projects
from handwerk.domain.projects.bin import ports as project_bin
from handwerk.domain.projects.materials import ports as project_materials
from handwerk.domain.projects.statistics import ports as project_statistics
from handwerk.domain.records import ports as records
from handwerk.domain.records.chain import SealKeys
from handwerk.domain.search import ports as search
from handwerk.domain.settings import ports as settings
from handwerk.domain.tables import ports as tables

T = TypeVar("T")
# Ports are Protocols, which can't be validated.
Need = NamedDependency[SkipValidation[T]]

ClockNeed = Need[Clock]
FilesNeed = Need[FileStore]
ContentNeed = Need[documents.ContentStore]
SnifferNeed = Need[documents.Sniffer]
DocumentsNeed = Need[documents.Documents]
PassageSearchNeed = Need[documents.PassageSearch]
# Who holds it may import while a client waits.
TurnNeed = Need[asyncio.Semaphore]
PriceListsNeed = Need[material_exports.PriceLists]
WorkbooksNeed = Need[tables.Workbooks]
SnapshotsNeed = Need[moving.Snapshots]
VaultNeed = Need[Vault]
ReceiptsNeed = Need[Receipts]
ProjectsNeed = Need[projects.Projects]
BinNeed = Need[project_bin.Bin]
ProjectStatisticsNeed = Need[project_statistics.ProjectStatistics]
MaterialsNeed = Need[materials.Materials]
PricesNeed = Need[materials.MaterialPrices]
ProjectMaterialsNeed = Need[project_materials.ProjectMaterials]
SettingsNeed = Need[settings.Settings]
CollectionsNeed = Need[search.Collections]
MigrationsNeed = Need[search.Migrations]
IndexNeed = Need[search.SearchIndex]
EmbedderNeed = Need[search.Embedder]
LexiconsNeed = Need[search.Lexicons]
FindableProjectsNeed = Need[search.FindableProjects]
CatalogueNeed = Need[pricing.Catalogue]
PredictionsNeed = Need[pricing.Predictions]
RegistryNeed = Need[pricing.Registry]
ModelsNeed = Need[pricing.PriceModels]
PredictorNeed = Need[pricing.PricePredictor]
SimilarJobsNeed = Need[pricing.SimilarJobs]
JobBoardNeed = Need[jobs.JobBoard]
JobStoreNeed = Need[jobs.JobStore]
ScheduleBookNeed = Need[jobs.ScheduleBook]
TicketsNeed = Need[jobs.Tickets]
FollowingNeed = Need[Following]
JobBrokerNeed = Need[jobs.JobBroker]
ChecksNeed = Need[dict[str, Check]]
ErasuresNeed = Need[ErasureList]
PersonalRecordsNeed = Need[privacy.PersonalRecords]
SealingNeed = Need[privacy.SealedFiles]
RetentionNeed = Need[Retention]
UsersNeed = Need[identity.Users]
SessionsNeed = Need[identity.Sessions]
PasswordsNeed = Need[identity.PasswordHasher]
TokensNeed = Need[identity.AccessTokens]
SignInLimitNeed = Need[identity.RateLimit]
AddressLimitNeed = Need[identity.RateLimit]
OwnSessionsNeed = Need[identity.OwnSessions]
ApiKeysNeed = Need[identity.ApiKeys]
HistoryNeed = Need[records.History]
EvidenceNeed = Need[records.Evidence]
HeadsNeed = Need[records.Heads]
SealKeysNeed = Need[SealKeys]
SecurityLogNeed = Need[records.SecurityLog]
AuthenticatorNeed = Need[Authenticator]
# One factory makes the transactions of every module.
TransactionsNeed = Need[Any]


def provide(make: Callable[[], Any]) -> Provide:
    """A dependency that is made once, at its first use."""

    async def provided() -> Any:  # a plain function would run in a thread
        return make()

    return Provide(provided, use_cache=True)


def resolve_in_turn(app: Litestar) -> None:
    """Hand a handler its needs one after the other.

    Litestar starts a task for each, so that slow ones are made at the same time. Ours are there
    already, and three tasks cost more than all else that it does for a request.
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, model in route.route_handler_map.values():
                batches = model.dependency_batches
                model.dependency_batches = [{need} for batch in batches for need in batch]
