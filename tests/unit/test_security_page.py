"""docs/security.md and docs/data-protection.md name what is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
_NAMED = re.compile(r"`((?:unit|integration)/[\w/]+\.py)::(\w+)`")
_ROW = re.compile(r"^\| ([^|]*) \| ([^|]+) \| (.+) \|$", re.MULTILINE)


@cache
def _tests_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def test_every_named_test_is_there() -> None:
    """A requirement is not proved by a test that was renamed or removed."""
    named = _NAMED.findall(PAGE.read_text())
    assert len(named) > 50
    missing = [f"{path}::{name}" for path, name in named if name not in _tests_in(path)]
    assert missing == []


def test_every_requirement_has_a_test_or_a_reason() -> None:
    """No row is empty."""
    rows = [row for row in _ROW.findall(PAGE.read_text()) if not row[2].startswith(("---", "how"))]
    assert len(rows) > 50
    assert [row for row in rows if not _NAMED.search(row[2]) and len(row[2]) < 10] == []


@pytest.mark.parametrize("page", ["security.md", "data-protection.md"])
def test_every_page_that_is_linked_is_there(page: str) -> None:
    """Links between the pages lead somewhere."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "docs" / page).read_text())
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
