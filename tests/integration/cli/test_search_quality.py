"""`handwerk search-quality`."""

import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply

QUALITY = "/similarity/quality"
FIGURES = {"mrr_at_10": 0.75, "ndcg_at_10": 0.8, "hit_at_10": 1.0}
LEGS = {"queries": 2, "lexical": FIGURES, "dense": None, "hybrid": FIGURES}
REPORT = {
    "model": None,
    "overall": LEGS,
    "by_kind": {"typo": LEGS},
    "queries": [
        {"query": "Soffa", "kind": "typo", "lexical": 1, "dense": None, "hybrid": 1},
        {"query": "Rakete", "kind": "", "lexical": None, "dense": None, "hybrid": None},
    ],
}


@pytest.fixture
def ready(fake: FakeHandwerk) -> FakeHandwerk:
    """A server whose search is ready and that answers figures."""
    fake.says("GET", "/similarity/stats", Reply(200, {"status": "ready"}))
    fake.says("POST", QUALITY, Reply(200, REPORT))
    return fake


def _file(folder: Path, text: str) -> str:
    path = folder / "judged.csv"
    path.write_text(text, "utf-8")
    return str(path)


def test_prints_the_figures_by_leg_and_kind(
    shell: Shell, ready: FakeHandwerk, tmp_path: Path
) -> None:
    """A table for people, and what was not found by name."""
    file = _file(tmp_path, "query,relevant,kind\nSoffa,Sofa A | Sofa B,typo\nRakete,Rakete,\n")
    result = shell.run("search-quality", file)
    assert result.exit_code == 0, result.stderr
    for part in ("lexical", "hybrid", "typo", "0.750", "none ready", "Rakete"):
        assert part in result.stdout
    assert "dense " not in result.stdout.splitlines()[1]
    assert ready.asked[-1].json == {
        "queries": [
            {"query": "Soffa", "relevant": ["Sofa A", "Sofa B"], "kind": "typo"},
            {"query": "Rakete", "relevant": ["Rakete"], "kind": ""},
        ]
    }


def test_rows_of_one_query_are_one_question(
    shell: Shell, ready: FakeHandwerk, tmp_path: Path
) -> None:
    """Semicolons, a mark of byte order, other headings in between, and a choice by `use`."""
    file = _file(
        tmp_path, "\ufeffQuery;use;Relevant\nSofa;report;A\nSofa;report;B\nBett;tuning;C\n"
    )
    result = shell.run("search-quality", file, "--use", "report", "--json")
    assert json.loads(result.stdout) == REPORT
    asked = ready.asked[-1].json
    assert asked == {"queries": [{"query": "Sofa", "relevant": ["A", "B"], "kind": ""}]}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("query,kind\nSofa,typo\n", "relevant"),
        ("query,relevant\n", "0 queries"),
        ("query,relevant\nSofa,\n", "line 2"),
        ("", "no column"),
        ('query,relevant\n"Sofa', "no table"),
    ],
)
def test_a_file_that_is_no_judged_table_is_refused(
    shell: Shell, ready: FakeHandwerk, tmp_path: Path, text: str, complaint: str
) -> None:
    """With a sentence that says what is missing, before anything is asked."""
    result = shell.run("search-quality", _file(tmp_path, text))
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert ready.asked == []
