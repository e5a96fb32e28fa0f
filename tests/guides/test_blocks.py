"""How the blocks of a guide are found."""

import textwrap
from pathlib import Path

import pytest
from tests.guides.blocks import blocks, run_python, run_shell

GUIDE = textwrap.dedent(
    """\
    # A guide

    ```python
    x = 1
    ```

    1. In a list:

       ```console
       $ echo one
       one
       $ echo two
       ```

    <!-- test: no, needs a Docker engine -->
    ```sh title="up"
    docker compose up
    ```

    ````md
    ```python
    not a block of its own
    ```
    ````
    """
)


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    path = tmp_path / "guide.md"
    path.write_text(GUIDE, "utf-8")
    return path


def test_every_block_is_found_with_its_place_and_language(guide: Path) -> None:
    """Blocks of lists and blocks within blocks are told apart, each by its first line."""
    told = [(block.line, block.language) for block in blocks(guide)]
    assert told == [(4, "python"), (10, "console"), (17, "sh"), (21, "md")]


def test_a_block_of_a_list_loses_its_indent(guide: Path) -> None:
    """What stands in a list is run as if it stood alone."""
    assert blocks(guide)[1].text == "$ echo one\none\n$ echo two\n"


def test_a_mark_says_why_a_block_is_not_run(guide: Path) -> None:
    """Only the marked block is unrun, and says why."""
    assert [block.unrun for block in blocks(guide)] == [None, None, "needs a Docker engine", None]


def test_only_what_follows_a_prompt_is_run(guide: Path, tmp_path: Path) -> None:
    """A console's answers are no commands."""
    assert run_shell(blocks(guide)[1], folder=tmp_path, environment={}) == "one\ntwo\n"


def test_the_first_command_that_fails_fails_the_block(tmp_path: Path) -> None:
    """A later command can't hide an earlier one's end."""
    guide = tmp_path / "bad.md"
    guide.write_text("```sh\nfalse\ntrue\n```\n", "utf-8")
    with pytest.raises(AssertionError, match=r"bad\.md:2"):
        run_shell(blocks(guide)[0], folder=tmp_path, environment={})


def test_python_blocks_share_their_names(guide: Path) -> None:
    """A block can use what an earlier one made."""
    names: dict[str, object] = {}
    run_python(blocks(guide)[0], names)
    assert names["x"] == 1
