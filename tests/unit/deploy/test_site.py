"""The guides as a site: built without a warning, every page reached, nothing from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted(path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make docs` builds; a warning is an error."""
    made = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(  # noqa: S603 - our own files
        [*command, "--site-dir", str(made)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.strip() == ""
    return made


def _address(page: Path) -> str:
    return "" if page.name == "README.md" else f"{page.with_suffix('').as_posix()}/"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_page_is_reached(site: Path, page: Path) -> None:
    """From the navigation beside each page."""
    assert (site / _address(page) / "index.html").is_file()
    start = (site / "index.html").read_text("utf-8")
    nav = start[start.index("md-nav--primary") :]
    assert f'href="{_address(page) or "."}"' in nav


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """No font, script or style of another server: a reader is seen by nobody."""
    files = list(site.rglob("*.html"))
    assert len(files) > len(PAGES)
    for file in files:
        text = file.read_text("utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)[^>]+src="([^"]+)"', text)
        loaded += re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"', text)
        loaded += re.findall(r'<link[^>]+href="([^"]+)"[^>]+rel="stylesheet"', text)
        assert not [address for address in loaded if "//" in address], file
