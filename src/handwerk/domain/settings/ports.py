"""What the settings need from the outside."""

from collections.abc import Callable
from typing import Protocol

from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.settings.model import FirmSettings


class Settings(Protocol):
    """Reads the firm's settings."""

    async def current(self) -> FirmSettings | None:
        """The settings as last saved, `None` before the first start has made them."""
        ...


class SettingsStore(Protocol):
    """The settings inside a transaction."""

    async def locked(self) -> FirmSettings | None:
        """The settings, held until the transaction ends."""
        ...

    def add(self, settings: FirmSettings) -> None:
        """Note the first settings; `commit` raises `Conflict` if there are some already."""
        ...

    def save(self, settings: FirmSettings) -> None:
        """Note changed settings."""
        ...


class SettingsTransaction(Transaction, Protocol):
    """A transaction that knows the settings."""

    @property
    def settings(self) -> SettingsStore:
        """The settings as this transaction sees them."""
        ...


Transactions = Callable[[], SettingsTransaction]
