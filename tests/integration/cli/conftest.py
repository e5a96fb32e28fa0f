"""The command line with a fake server beside it, and nothing else of this machine."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from click.testing import CliRunner, Result
from tests.integration.cli.fake_handwerk import TOKEN, FakeHandwerk

from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.kernel.errors import Unavailable
from handwerk.entrypoints.cli.main import cli
from handwerk.entrypoints.cli.surroundings import Address, Surroundings


class Shell:
    """Runs commands as a person would who stands before `fake`.

    `finds` is what `find_server` answers, call by call and the last one ever after; `opens` what
    is served where the folder is opened, `None` where another owns it. `slept` collects pauses
    that nobody had to wait for; `interrupted_after` so many of them comes Ctrl-C.
    """

    def __init__(self, fake: FakeHandwerk) -> None:
        self.fake = fake
        self.finds: list[Address | None] = [(fake.url, TOKEN)]
        self.opens: Address | None = None
        self.events: list[str] = []
        self.slept: list[float] = []
        self.interrupted_after: int | None = None

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> Result:
        """The result of `handwerk` with these arguments."""
        surroundings = Surroundings(self._find, self._open, self._sleep, XlsxWorkbooks)
        nothing = dict.fromkeys(("HANDWERK_URL", "HANDWERK_TOKEN"))
        return CliRunner().invoke(
            cli,
            arguments,
            obj=surroundings,
            input=stdin,
            env=nothing | environment,
            catch_exceptions=False,
        )

    def _find(self) -> Address | None:
        return self.finds.pop(0) if len(self.finds) > 1 else self.finds[0]

    def _open(self) -> AbstractContextManager[Address]:
        if self.opens is None:
            raise Unavailable("The data folder is in use by process 7.")
        return self._opened(self.opens)

    @contextmanager
    def _opened(self, address: Address) -> Iterator[Address]:
        self.events.append("opened")
        try:
            yield address
        finally:
            self.events.append("closed")

    def _sleep(self, seconds: float) -> None:
        if self.interrupted_after == len(self.slept):
            raise KeyboardInterrupt
        self.slept.append(seconds)


@pytest.fixture
def fake() -> Iterator[FakeHandwerk]:
    """A fake server."""
    with FakeHandwerk.running() as fake:
        yield fake


@pytest.fixture
def shell(fake: FakeHandwerk) -> Shell:
    """A shell on whose data folder the fake server runs."""
    return Shell(fake)
