"""The list of decisions is whole."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_every_decision_is_listed_by_its_title() -> None:
    """With its number, in order, and no other."""
    listed = re.findall(
        r"^\| \[(\d+)\]\((decisions/.+\.md)\) \| (.+) \|$",
        (DOCS / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    pages = sorted((DOCS / "decisions").glob("*.md"))
    titles = [page.read_text("utf-8").partition("\n")[0] for page in pages]
    assert [place for _, place, _ in listed] == [f"decisions/{page.name}" for page in pages]
    assert [f"# {number}. {title}" for number, _, title in listed] == titles
    assert [int(number) for number, _, _ in listed] == [int(page.name[:4]) for page in pages]
