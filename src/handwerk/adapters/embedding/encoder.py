"""What runs a model, and how one is opened. The implementations know nothing of each other."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from handwerk.domain.search.model import Vector

Prompt = Literal["query", "document"]


class Encoder(Protocol):
    """A loaded model. It blocks, and is used in one thread at a time."""

    @property
    def engine(self) -> str:
        """What runs it, for people."""
        ...

    @property
    def longest(self) -> int:
        """How many tokens of a text it reads, beside its prompt and its marks."""
        ...

    def count(self, text: str) -> int:
        """How many tokens `text` is."""
        ...

    def encode(self, texts: Sequence[str], prompt: Prompt) -> list[Vector]:
        """The vectors of `texts`, of length 1; what is longer than it reads is cut."""
        ...


class Found(Protocol):
    """A model's name, its files, and for people why it is this one."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def folder(self) -> Path:
        """Where its files are."""
        ...

    @property
    def detail(self) -> str:
        """Why it is this one."""
        ...


class Exports(Protocol):
    """Models in a form that opens faster and takes less memory."""

    def of(self, found: Found) -> Path | None:
        """The export, made now if need be; `None` where there can't be one. Blocks for seconds."""
        ...

    def refuse(self, export: Path, reason: str) -> None:
        """It does not say what the model says: never offer it again."""
        ...

    def close(self) -> None:
        """Stop making one."""
        ...


class Disagrees(Exception):
    """An export does not say what its model says."""


class Engines(NamedTuple):
    """How models are found and opened: `fast` opens an export, `sure` any model by its files.

    `locate` is given the model that must be, else the one that is preferred. `objection` says at
    once why a model can't be found, if that can be told at once. `give_back` lets the system have
    the memory of what has been let go.
    """

    locate: Callable[[str | None, str | None], Found]
    exports: Exports
    fast: Callable[[Path], Encoder]
    sure: Callable[[str, Path], Encoder]
    objection: Callable[[str], str | None]
    give_back: Callable[[], None]
