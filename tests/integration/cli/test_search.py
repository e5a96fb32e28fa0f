import json

from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import TOKEN, FakeHandwerk, Reply, problem
from tests.integration.cli.whole import holds

FIND = "/similarity/find-similar"
WARDROBE = {
    "id": "0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a",
    "name": "Wandschrank Fam. Maisch",
    "project_type": "Möbel",
    "similarity_score": 0.8243,
    "final_price": 5763.4,
    "reason": "shares wandschrank, eiche; closeness in meaning 0.82",
}
FOUND = {"query": "Schrank", "results": [WARDROBE], "total_count": 1, "search_time_ms": 3.1}
NOTHING = {**FOUND, "results": [], "total_count": 0}


def test_prints_score_name_type_price_and_reason(shell: Shell, fake: FakeHandwerk) -> None:
    """A project that was found takes a line that a person can judge it by."""
    fake.says("POST", FIND, Reply(200, FOUND))
    result = shell.run("search", "Schrank")
    line = result.stdout.splitlines()[1]
    for part in ("0.82", WARDROBE["name"], "Möbel", "5.763,40 €", WARDROBE["reason"]):
        assert str(part) in line
    assert fake.asked[-1].json == {"query": "Schrank", "top_k": 5, "threshold": 0.3}


def test_filters_are_sent_as_the_contract_names_them(shell: Shell, fake: FakeHandwerk) -> None:
    """Every filter arrives under its field, days in ISO form."""
    fake.says("POST", FIND, Reply(200, FOUND))
    wishes = "--top-k 9 --threshold 0 --type Türen --region Ulm --wood Eiche --finalized"
    shell.run("search", "Haustür", *wishes.split(), "--from", "01.02.2024", "--to", "2025-12-31")
    assert fake.asked[-1].json == {
        "query": "Haustür",
        "top_k": 9,
        "threshold": 0,
        "project_type": "Türen",
        "region": "Ulm",
        "wood_type": "Eiche",
        "is_finalized": True,
        "from": "2024-02-01",
        "to": "2025-12-31",
    }


def test_finding_nothing_says_what_to_try(shell: Shell, fake: FakeHandwerk) -> None:
    """An empty answer names the threshold and the way around it."""
    fake.says("POST", FIND, Reply(200, NOTHING))
    fake.says("GET", "/similarity/stats", Reply(200, {"status": "ready"}))
    result = shell.run("search", "Raumschiff", "--threshold", "0.5")
    assert "at least 0.5" in result.stdout
    assert "--threshold 0" in result.stdout
    assert "search index" not in result.stdout
    assert result.exit_code == 0


def test_finding_nothing_in_an_unfinished_index_says_so(shell: Shell, fake: FakeHandwerk) -> None:
    """Who searches right after an import is told why nothing is found."""
    fake.says("POST", FIND, Reply(200, NOTHING))
    fake.says("GET", "/similarity/stats", Reply(200, {"status": "empty"}))
    assert "search index now: empty" in shell.run("search", "Schrank").stdout


def test_what_was_found_without_the_index_is_told_so(shell: Shell, fake: FakeHandwerk) -> None:
    """Beside the table, where a pipe does not take it along."""
    why = "The search index is away; found by words alone, in the database."
    fake.says("POST", FIND, Reply(200, FOUND | {"degraded": why}))
    result = shell.run("search", "Schrank")
    assert "Wandschrank" in result.stdout
    assert result.stderr == f"{why}\n"


def test_json_is_the_answer(shell: Shell, fake: FakeHandwerk) -> None:
    """A script gets what the server said."""
    fake.says("POST", FIND, Reply(200, FOUND))
    assert holds(json.loads(shell.run("search", "Schrank", "--json").stdout), FOUND)


def test_invalid_input_names_its_fields(shell: Shell, fake: FakeHandwerk) -> None:
    """A 400 is told field by field, under the name of the option where that differs."""
    errors = (("top_k", "must be from 1 to 100"), ("wood_type", "is longer than 100 characters"))
    fake.says("POST", FIND, problem(400, "Two things are wrong.", *errors))
    result = shell.run("search", "Schrank", "--top-k", "1000")
    assert "Two things are wrong." in result.stderr
    assert "  top_k: must be from 1 to 100" in result.stderr
    assert "  --wood (wood_type): is longer" in result.stderr
    assert result.exit_code == 1


def test_a_folder_opened_for_the_search_waits_for_its_model(
    shell: Shell, fake: FakeHandwerk
) -> None:
    """A model that has just begun to load is waited for, or words alone would answer."""
    shell.finds, shell.opens = [None], (fake.url, TOKEN)
    states = ("model loading, searching by words", "ready")
    fake.says("GET", "/similarity/stats", *(Reply(200, {"status": state}) for state in states))
    fake.says("POST", FIND, Reply(200, FOUND))
    result = shell.run("search", "Schrank")
    assert "Wandschrank" in result.stdout
    assert len(shell.slept) == 1
    assert shell.events == ["opened", "closed"]


def test_a_model_that_never_loads_does_not_keep_the_answer_back(
    shell: Shell, fake: FakeHandwerk
) -> None:
    """After a while the search is asked anyway."""
    shell.finds, shell.opens = [None], (fake.url, TOKEN)
    fake.says("GET", "/similarity/stats", Reply(200, {"status": "model loading"}))
    fake.says("POST", FIND, Reply(200, FOUND))
    assert "Wandschrank" in shell.run("search", "Schrank").stdout
