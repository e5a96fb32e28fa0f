"""The firm's settings in memory."""

from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.settings.model import FirmSettings


class MemorySettings:
    """Reads the settings."""

    def __init__(self, settings: list[FirmSettings]) -> None:
        self._settings = settings

    async def current(self) -> FirmSettings | None:
        """The settings as last saved."""
        return self._settings[0] if self._settings else None


class MemorySettingsStore:
    """The settings inside a transaction."""

    def __init__(self, settings: list[FirmSettings], note: Note) -> None:
        self._settings = settings
        self._note = note

    async def locked(self) -> FirmSettings | None:
        """The settings; memory has one writer, so nothing need be locked."""
        return self._settings[0] if self._settings else None

    def add(self, settings: FirmSettings) -> None:
        """Note the first settings."""
        self._note(lambda: self._settings.append(settings), self._refuse_a_second)

    def save(self, settings: FirmSettings) -> None:
        """Note changed settings."""
        self._note(lambda: self._settings.__setitem__(0, settings))

    def _refuse_a_second(self) -> None:
        if self._settings:
            raise Conflict("There are settings already.")
