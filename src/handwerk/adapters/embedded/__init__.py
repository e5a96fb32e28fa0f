"""PostgreSQL and Redis as children of this process, on a data folder that has one owner."""

from handwerk.adapters.embedded.folder import DataFolder, FolderInUse, RunFile
from handwerk.adapters.embedded.services import EmbeddedServices, Endpoints

__all__ = ["DataFolder", "EmbeddedServices", "Endpoints", "FolderInUse", "RunFile"]
