"""A file on its way to a server, that tells how much of it is read."""

import io
import os
from collections.abc import Callable
from pathlib import Path

# Told a share from 0 to 1.
Told = Callable[[float], None]


class CountedFile(io.BufferedReader):
    """The file at `path`, open for reading; `told` hears after every read how far it is."""

    def __init__(self, path: Path, told: Told) -> None:
        raw = io.FileIO(path)
        super().__init__(raw)
        self._size = os.fstat(raw.fileno()).st_size
        self._told = told

    def read(self, size: int | None = -1, /) -> bytes:
        """The next `size` bytes, or all."""
        read = super().read(size)
        if read or not self._size:
            self._told(min(self.tell() / self._size, 1.0) if self._size else 1.0)
        return read
