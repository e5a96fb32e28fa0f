"""The judged queries over the example firm are judged as they say."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


def rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PROJECTS = [(row["name"], f"{row['name']} {row['description']}") for row in rows("projects.csv")]
QUERIES = rows("judged_queries.csv")


@pytest.mark.parametrize("judged", QUERIES, ids=[row["query"] for row in QUERIES])
def test_the_relevant_are_those_of_the_rule(judged: dict[str, str]) -> None:
    """All projects whose name and description match each pattern of the rule, and no others."""
    patterns = [re.compile(pattern) for pattern in judged["rule"].split(" & ")]
    right = [name for name, text in PROJECTS if all(each.search(text) for each in patterns)]
    assert judged["relevant"].split(" | ") == list(dict.fromkeys(right))


def test_there_are_enough_of_each_kind_for_tuning_and_report() -> None:
    """Over a hundred queries, half for each, every kind in both."""
    uses = Counter((row["kind"], row["use"]) for row in QUERIES)
    kinds = {kind for kind, _ in uses}
    assert len(QUERIES) >= 100
    assert kinds == {"compound", "inflection", "typo", "paraphrase", "number", "words"}
    assert all(abs(uses[kind, "tuning"] - uses[kind, "report"]) <= 1 for kind in kinds)
