"""What handlers ask for, by parameter name. The container says what each is."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from litestar import Litestar
from litestar.di import Provide
from litestar.params import Dependency
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

_UNCHECKED = Dependency(skip_validation=True)

ClockNeed = Annotated[Clock, _UNCHECKED]
FilesNeed = Annotated[FileStore, _UNCHECKED]
ContentNeed = Annotated[documents.ContentStore, _UNCHECKED]
SnifferNeed = Annotated[documents.Sniffer, _UNCHECKED]
DocumentsNeed = Annotated[documents.Documents, _UNCHECKED]
PassageSearchNeed = Annotated[documents.PassageSearch, _UNCHECKED]
# Who holds it may import while a client waits.
TurnNeed = Annotated[asyncio.Semaphore, _UNCHECKED]
PriceListsNeed = Annotated[material_exports.PriceLists, _UNCHECKED]
WorkbooksNeed = Annotated[tables.Workbooks, _UNCHECKED]
SnapshotsNeed = Annotated[moving.Snapshots, _UNCHECKED]
VaultNeed = Annotated[Vault, _UNCHECKED]
ReceiptsNeed = Annotated[Receipts, _UNCHECKED]
ProjectsNeed = Annotated[projects.Projects, _UNCHECKED]
BinNeed = Annotated[project_bin.Bin, _UNCHECKED]
ProjectStatisticsNeed = Annotated[project_statistics.ProjectStatistics, _UNCHECKED]
MaterialsNeed = Annotated[materials.Materials, _UNCHECKED]
PricesNeed = Annotated[materials.MaterialPrices, _UNCHECKED]
ProjectMaterialsNeed = Annotated[project_materials.ProjectMaterials, _UNCHECKED]
SettingsNeed = Annotated[settings.Settings, _UNCHECKED]
CollectionsNeed = Annotated[search.Collections, _UNCHECKED]
MigrationsNeed = Annotated[search.Migrations, _UNCHECKED]
IndexNeed = Annotated[search.SearchIndex, _UNCHECKED]
EmbedderNeed = Annotated[search.Embedder, _UNCHECKED]
LexiconsNeed = Annotated[search.Lexicons, _UNCHECKED]
FindableProjectsNeed = Annotated[search.FindableProjects, _UNCHECKED]
CatalogueNeed = Annotated[pricing.Catalogue, _UNCHECKED]
PredictionsNeed = Annotated[pricing.Predictions, _UNCHECKED]
RegistryNeed = Annotated[pricing.Registry, _UNCHECKED]
ModelsNeed = Annotated[pricing.PriceModels, _UNCHECKED]
PredictorNeed = Annotated[pricing.PricePredictor, _UNCHECKED]
SimilarJobsNeed = Annotated[pricing.SimilarJobs, _UNCHECKED]
JobBoardNeed = Annotated[jobs.JobBoard, _UNCHECKED]
JobStoreNeed = Annotated[jobs.JobStore, _UNCHECKED]
ScheduleBookNeed = Annotated[jobs.ScheduleBook, _UNCHECKED]
TicketsNeed = Annotated[jobs.Tickets, _UNCHECKED]
FollowingNeed = Annotated[Following, _UNCHECKED]
JobBrokerNeed = Annotated[jobs.JobBroker, _UNCHECKED]
ChecksNeed = Annotated[dict[str, Check], _UNCHECKED]
ErasuresNeed = Annotated[ErasureList, _UNCHECKED]
PersonalRecordsNeed = Annotated[privacy.PersonalRecords, _UNCHECKED]
SealingNeed = Annotated[privacy.SealedFiles, _UNCHECKED]
RetentionNeed = Annotated[Retention, _UNCHECKED]
UsersNeed = Annotated[identity.Users, _UNCHECKED]
SessionsNeed = Annotated[identity.Sessions, _UNCHECKED]
PasswordsNeed = Annotated[identity.PasswordHasher, _UNCHECKED]
TokensNeed = Annotated[identity.AccessTokens, _UNCHECKED]
SignInLimitNeed = Annotated[identity.RateLimit, _UNCHECKED]
AddressLimitNeed = Annotated[identity.RateLimit, _UNCHECKED]
OwnSessionsNeed = Annotated[identity.OwnSessions, _UNCHECKED]
ApiKeysNeed = Annotated[identity.ApiKeys, _UNCHECKED]
HistoryNeed = Annotated[records.History, _UNCHECKED]
EvidenceNeed = Annotated[records.Evidence, _UNCHECKED]
HeadsNeed = Annotated[records.Heads, _UNCHECKED]
SealKeysNeed = Annotated[SealKeys, _UNCHECKED]
SecurityLogNeed = Annotated[records.SecurityLog, _UNCHECKED]
AuthenticatorNeed = Annotated[Authenticator, _UNCHECKED]
# One factory makes the transactions of every module.
TransactionsNeed = Annotated[Any, _UNCHECKED]


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
