"""Backups in a folder, which may lie on any disk that this machine has mounted."""

from handwerk.adapters.archive.folder import FolderArchive

__all__ = ["FolderArchive"]
