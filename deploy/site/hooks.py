"""Lets the site hold what lies beside docs/: pages and files of the repository that are linked to.

They keep their links, which lead on GitHub to the file and on the site to its copy below `code/`.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
DOCS, COPIES = "docs/", "code/"
_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)([^)#\s]+)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add to the navigation what it leaves out: new pages, decisions, what lies beside docs/."""
    decisions = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    beside = [COPIES + path for path in _linked() if path.endswith(".md")]
    config.nav = [
        *(config.nav or []),
        *({"More": more} for more in [_left_out(config.nav)] if more),
        {"Decisions": [f"decisions/{name}" for name in decisions]},
        {"The project": [{path.removeprefix(COPIES): path} for path in beside]},
    ]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add copies of what is linked to."""
    for path in _linked():
        files.append(File.generated(config, COPIES + path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Lead each link to where its target is on the site."""
    here = page.file.src_uri
    source = here.removeprefix(COPIES) if here.startswith(COPIES) else DOCS + here

    def led(found: re.Match[str]) -> str:
        target = _target(source, found[1])
        place = target.removeprefix(DOCS) if target.startswith(DOCS) else COPIES + target
        return posixpath.relpath(place, posixpath.dirname(here) or ".")

    return _LINK.sub(led, markdown)


def _left_out(nav: object) -> list[str]:
    """Pages of docs/ that the navigation does not name."""
    named = set(re.findall(r"[\w-]+\.md", str(nav)))
    return sorted({path.name for path in (ROOT / "docs").glob("*.md")} - named)


def _target(source: str, link: str) -> str:
    """The file of the repository that `link` means; of a folder its page, of decisions the list."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    if target == "docs/decisions":
        return "docs/README.md"
    return f"{target}/README.md" if (ROOT / target).is_dir() else target


def _linked() -> list[str]:
    """Everything beside docs/ that pages lead to, and pages of those."""
    found: dict[str, Any] = {}
    waiting = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")]
    while waiting:
        source = waiting.pop()
        for link in _LINK.findall((ROOT / source).read_text(encoding="utf-8")):
            target = _target(source, link)
            if target.startswith(DOCS) or target in found or not (ROOT / target).is_file():
                continue
            found[target] = None
            if target.endswith(".md"):
                waiting.append(target)
    return sorted(found)
