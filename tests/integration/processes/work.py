"""Work for children: each function is found there by its name."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from handwerk.domain.kernel.errors import InvalidInput


def pid() -> int:
    """Which process this is."""
    return os.getpid()


def threads() -> tuple[str, int]:
    """How many threads libraries may have, and how nice the process is."""
    return os.environ["OMP_NUM_THREADS"], os.nice(0)


def refuse() -> NoReturn:
    """Refuse as the domain does: an error whose `__init__` takes something else than its args."""
    raise InvalidInput.of("name", "is missing")


def raise_what_cannot_travel() -> NoReturn:
    """An error that holds what no pickle can."""
    error = RuntimeError("with a lock")
    error.lock = threading.Lock()  # type: ignore[attr-defined]  # any attribute will do
    raise error


def answer_what_cannot_travel() -> object:
    """An answer that no pickle can hold."""
    return threading.Lock()


def crash() -> NoReturn:
    """Die as a fault in C code does."""
    os.abort()


def leave() -> NoReturn:
    """End as a script does."""
    raise SystemExit(3)


def explode() -> int:
    """Take more memory than there is."""
    return len(bytearray(1 << 40))


def count_to(most: int, *, tell: Callable[[int], None]) -> str:
    """Tell every number on the way."""
    for number in range(most):
        tell(number)
    return "done"


def hang(path: str) -> None:
    """Note which process this is, and never end."""
    Path(path).write_text(str(os.getpid()))
    while True:
        time.sleep(60)


def echo(size: int) -> bytes:
    """A large answer."""
    return b"x" * size
