"""The page of settings is whole, and so is what it says of defaults."""

import re
from pathlib import Path

import pytest

from handwerk.config import Config

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| `HANDWERK_")]
FIELDS = {f"HANDWERK_{field.upper()}" for field in Config.__struct_fields__}
# Of the command line, of the files in deploy, and of the tests.
OTHERS = {"HANDWERK_URL", "HANDWERK_TOKEN", "HANDWERK_DOMAIN"}


def names(text: str) -> set[str]:
    found = {name.removesuffix("_FILE") for name in re.findall(r"\bHANDWERK_[A-Z_]*[A-Z]\b", text)}
    return {name for name in found if not name.startswith("HANDWERK_TEST_")}


def test_every_setting_has_its_row() -> None:
    """Each once, and none that there is not."""
    told = [name for row in ROWS for name in re.findall(r"`(HANDWERK_\w+)`", row.split("|")[1])]
    assert sorted(told) == sorted(FIELDS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("`")[1])
def test_a_default_is_the_one_that_is_told(row: str) -> None:
    """What stands alone in the second column as code is the default itself."""
    first, default = (column.strip() for column in row.split("|")[1:3])
    name = first.split("`")[1].removeprefix("HANDWERK_").lower()
    known = getattr(Config(), name)
    if re.fullmatch("`[^`]*`", default):
        plain = f"{known:g}" if isinstance(known, float) else str(known)
        assert default == f"`{plain}`"
    else:
        assert not known


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "compose.yaml", *(ROOT / "docs").rglob("*.md")],
    ids=lambda page: page.name,
)
def test_a_page_names_no_setting_that_there_is_not(page: Path) -> None:
    """A setting that goes, or is renamed, goes from every page."""
    assert names(page.read_text("utf-8")) <= FIELDS | OTHERS
