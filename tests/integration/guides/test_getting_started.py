"""From an empty data folder to a first price, as the page says it, with the real program."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.guides.blocks import Block, blocks, run_shell
from tests.integration.embedded.support import kill_all
from tests.integration.whole.program import ROOT, Program, alive_on, environment

GUIDE = ROOT / "docs" / "getting-started.md"
FENCED = blocks(GUIDE)
START = "make run\n"
# What a reader is to see after each of these commands.
SEEN = {
    "import projects examples/projects.csv\n": "400 created",
    "train\n": "Back-test over",
    "search": "Score",
    "estimate": "Range",
    "smoke\n": "0 broken",
    "user add": "can sign in as manager now",
}


@pytest.fixture
def program(data_path: Path) -> Iterator[Program]:
    """The server that `make run` starts."""
    program = Program(data_path, HANDWERK_RATE_LIMIT_PER_MINUTE="1000")
    try:
        program.comes_up()
        yield program
    finally:
        kill_all(alive_on(data_path))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder of handwerk in which everything is installed."""
    commands = tmp_path / "clone" / ".venv" / "bin"
    commands.mkdir(parents=True)
    script = commands / "handwerk"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m handwerk "$@"\n')
    script.chmod(0o755)
    (tmp_path / "clone" / "examples").symlink_to(ROOT / "examples")
    return tmp_path / "clone"


def test_every_block_is_a_command_that_is_run() -> None:
    """None is marked, all are shell, and the first starts the server as the Makefile does."""
    assert {block.language for block in FENCED} == {"sh"}
    assert all(block.unrun is None for block in FENCED)
    assert FENCED[0].text == START
    assert re.search(r"^run:.*\n\t@exec \$\(BIN\)/handwerk serve$", _makefile(), re.MULTILINE)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_page_leads_to_a_price(program: Program, clone: Path) -> None:
    """Every command of the page works in its order, and shows what it is there for."""
    said = "".join(_run(block, program, clone) for block in FENCED[1:])
    for command, words in SEEN.items():
        assert any(command in block.text for block in FENCED), command
        assert words in said, (words, said)


def _run(block: Block, program: Program, clone: Path) -> str:
    text = block.text.replace("http://127.0.0.1:8000", program.url)
    here = environment(program.data)
    return run_shell(block._replace(text=text), folder=clone, environment=here, seconds=300)


def _makefile() -> str:
    return (ROOT / "Makefile").read_text("utf-8")
