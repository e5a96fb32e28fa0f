"""The trade's thesaurus, and a firm's own words."""

from importlib.resources import files

import pytest

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.search.thesaurus import LONGEST_PHRASE, phrase_of, thesaurus
from handwerk.domain.settings.synonyms import MAX_GROUPS, MAX_LINE, checked_groups

LINES = [
    line
    for line in (files("handwerk.domain.search") / "thesaurus.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith(("#", "["))
]


def found_by(word: str, *own: str) -> set[str]:
    return {other.written for other in thesaurus(own).others(phrase_of(word))}


@pytest.mark.parametrize(
    ("everyday", "trade"),
    [
        ("Couch", "Sofa"),
        ("Schublade", "Auszug"),
        ("Regenrinne", "Dachrinne"),
        ("Klo", "WC"),
        ("Sicherungskasten", "Zählerschrank"),
        ("Rigips", "Gipskarton"),
        ("Vollwärmeschutz", "WDVS"),
        ("Randstein", "Bordstein"),
        ("Leimholz", "BSH"),
        ("Kachel", "Fliese"),
        ("Ytong", "Porenbeton"),
        ("Toilette", "WC"),
        ("Radiator", "Heizkörper"),
        ("Gaupe", "Gaube"),
        ("bodengleiche Dusche", "ebenerdige Dusche"),
    ],
)
def test_everyday_words_find_those_of_the_trade_and_back(everyday: str, trade: str) -> None:
    """In either direction, whatever the form."""
    assert trade in found_by(everyday)
    assert everyday in found_by(trade)


def test_every_group_can_be_asked_for() -> None:
    """No line is a single word, empty in parts, or longer than a phrase may be."""
    checks = Checks()
    for start in range(0, len(LINES), MAX_GROUPS):
        checked_groups(checks, "line", tuple(LINES[start : start + MAX_GROUPS]))
    assert checks.errors == []
    assert len(LINES) >= 600
    members = [part for line in LINES for part in line.replace(">", ",").split(",")]
    assert all(1 <= len(phrase_of(part)) <= LONGEST_PHRASE for part in members)


def test_no_group_stands_twice() -> None:
    """A second copy would only cost."""
    assert len(set(LINES)) == len(LINES)


def test_a_firm_adds_its_own_words() -> None:
    """A group works both ways, an arrow one way, and the trade's groups stay."""
    own = ("Hasenstall, Nebenraum", "Möblierung > Kufenstuhl")
    assert found_by("Hasenställe", *own) == {"Nebenraum"}
    assert found_by("Möblierung", *own) == {"Kufenstuhl"}
    assert found_by("Kufenstuhl", *own) == set()
    assert "Sofa" in found_by("Couch", *own)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "empty"),
        ("Sofa", "2 to 30 words"),
        ("Sofa,", "1 to 4 words"),
        ("Sofa, !!", "1 to 4 words"),
        ("a > b > c", "1 to 4 words"),
        ("Sofa, eins zwei drei vier fünf", "1 to 4 words"),
        (", ".join("abcdefghijklmnopqrstuvwxyzäöüß12"), "2 to 30 words"),
        ("Sofa, " + "x" * MAX_LINE, "longer"),
        ("Sofa, \0", "NUL"),
    ],
)
def test_a_line_that_is_no_group_is_named(line: str, complaint: str) -> None:
    """The place in the list and what is wrong with it."""
    checks = Checks()
    checked_groups(checks, "search_words", ("Sofa, Couch", line))
    assert {error.field for error in checks.errors} == {"search_words[1]"}
    assert any(complaint in error.message for error in checks.errors)


def test_too_many_groups_are_refused() -> None:
    """The list as a whole is named."""
    checks = Checks()
    checked_groups(checks, "search_words", ("Sofa, Couch",) * (MAX_GROUPS + 1))
    assert [error.field for error in checks.errors] == ["search_words"]
