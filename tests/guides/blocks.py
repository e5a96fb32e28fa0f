"""The fenced blocks of a guide, and how one is run: what a guide shows is what a test has done.

A comment in the line above a block is its mark: `<!-- test: no, needs a Docker engine -->`.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w+-]*)[^`]*")
_MARK = re.compile(r"\s*<!-- test: (?P<mark>.+?) -->\s*")
_SHELLS = frozenset({"sh", "bash", "shell", "console"})
_PROMPT = "$ "


class Block(NamedTuple):
    """A fenced block: where its first line stands, how it is marked, and its text."""

    guide: Path
    line: int
    language: str
    mark: str
    text: str

    @property
    def name(self) -> str:
        """`api.md:12`, to name a test by."""
        return f"{self.guide.name}:{self.line}"

    @property
    def is_shell(self) -> bool:
        """Whether it holds commands."""
        return self.language in _SHELLS

    @property
    def unrun(self) -> str | None:
        """Why nothing can run it, where its mark says so."""
        return self.mark.removeprefix("no, ") if self.mark.startswith("no, ") else None

    @property
    def commands(self) -> str:
        """The script of a shell's block; of a console's, what follows the prompts."""
        if self.language != "console":
            return self.text
        lines = self.text.splitlines()
        return "\n".join(line.removeprefix(_PROMPT) for line in lines if line.startswith(_PROMPT))


def blocks(guide: Path) -> list[Block]:
    """Every fenced block of a Markdown file, in its order."""
    found: list[Block] = []
    lines = guide.read_text("utf-8").splitlines()
    place = 0
    while place < len(lines):
        opened = _FENCE.fullmatch(lines[place])
        place += 1
        if opened is None:
            continue
        start = place
        while place < len(lines) and not _closes(lines[place], opened["fence"]):
            place += 1
        text = "\n".join(line.removeprefix(opened["indent"]) for line in lines[start:place]) + "\n"
        above = _MARK.fullmatch(lines[start - 2]) if start > 1 else None
        mark = above["mark"] if above else ""
        found.append(Block(guide, start + 1, opened["language"], mark, text))
        place += 1
    return found


def run_python(block: Block, names: dict[str, Any]) -> None:
    """Run a Python block; `names` holds what earlier blocks of the guide have made."""
    code = "\n" * (block.line - 1) + block.text
    exec(compile(code, str(block.guide), "exec"), names)  # noqa: S102  # the guide is ours


def run_shell(
    block: Block, *, folder: Path, environment: Mapping[str, str], seconds: float = 120
) -> str:
    """What the block's commands print; the first that fails fails the test, with all it said."""
    return run_command(
        ["bash", "-euo", "pipefail", "-c", block.commands], block, folder, environment, seconds
    )


def run_javascript(
    text: str, block: Block, *, folder: Path, environment: Mapping[str, str], seconds: float = 60
) -> str:
    """What node prints for `text`, which ends with the block, as an ES module."""
    script = folder / f"{block.guide.stem}-{block.line}.mjs"
    script.write_text(text, "utf-8")
    return run_command(["node", str(script)], block, folder, environment, seconds)


def has_node() -> bool:
    """Whether JavaScript can be run here."""
    return shutil.which("node") is not None


def run_command(
    command: list[str],
    block: Block,
    folder: Path,
    environment: Mapping[str, str],
    seconds: float,
) -> str:
    """What a command prints; `AssertionError` with all it said where it fails."""
    done = subprocess.run(  # noqa: S603  # the guide is ours
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    said = f"{block.name}\n{block.text}\n{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, f"ended with {done.returncode}: {said}"
    return done.stdout


def _closes(line: str, fence: str) -> bool:
    stripped = line.strip()
    return stripped.startswith(fence) and not stripped.strip(fence[0])
