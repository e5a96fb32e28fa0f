"""Files on their way to a server and back."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# Told a share from 0 to 1.
Told = Callable[[float], None]
# A file's path, or one that is open for reading.
Source = str | Path | BinaryIO


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


@contextmanager
def opened(source: Source, name: str | None, told: Told | None) -> Iterator[tuple[str, BinaryIO]]:
    """Its name, and the file itself; what was opened here is closed."""
    if isinstance(source, str | Path):
        path = Path(source)
        with CountedFile(path, told or _nobody) as file:
            yield name or path.name, file
    else:
        yield name or Path(getattr(source, "name", "file")).name, source


def _nobody(_: float) -> None:
    """Nobody wants to hear it."""
