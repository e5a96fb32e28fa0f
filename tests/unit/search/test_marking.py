"""What speaks for a hit, and its marked snippet."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.asking import Asked
from handwerk.domain.search.codes import plain
from handwerk.domain.search.lexicon import NO_VOCABULARY, Lexicon
from handwerk.domain.search.marking import LENGTH, LONGEST_WORD, Marker
from handwerk.domain.search.model import Standing
from handwerk.domain.search.overlap import Wording

TRADE = Lexicon(NO_VOCABULARY)


def shown(query: str, text: str) -> str:
    return Marker(Asked.of(query, TRADE)).told(Wording.of(text), None)[1]


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("Schränke", "Ein Wandschrank aus Eiche", ["Wandschrank"]),
        ("Couch beziehen", "Sofa bezogen", ["Sofa", "bezogen"]),
        ("RG 4050", "Schaum RG4050, 8 cm", ["RG4050"]),
        ("Eiche 27 mm", "Eiche, 27,0 mm", ["Eiche", "27,0 mm"]),
        ("Eichentreppe", "Treppe aus Eiche", ["Treppe", "Eiche"]),
        ("Wandschrnak", "Ein Wandschrank", ["Wandschrank"]),
        ("Sauna", "Treppe", []),
    ],
)
def test_what_answers_is_marked(query: str, text: str, marked: list[str]) -> None:
    """Words, parts, synonyms, what was meant, codes: as the text has them."""
    assert re.findall("<mark>(.*?)</mark>", shown(query, text)) == marked


def test_a_reason_tells_words_synonyms_and_corrections_apart() -> None:
    """Each under its name, with the word that was asked for."""
    asked = Asked.of("Couch Eiche Wandschrnak", TRADE)
    told, _ = Marker(asked).told(Wording.of("Sofa und Wandschrank in Eiche"), 0.3)
    assert told.words == ("Eiche",)
    assert told.synonyms == (Standing("Couch", "Sofa"),)
    assert told.corrected == (Standing("Wandschrnak", "Wandschrank"),)
    assert told.meaning == 0.3


def test_a_snippet_of_a_long_text_shows_where_it_answers() -> None:
    """The stretch with the most marks, with dots where text is left out."""
    text = "Anfang. " * 60 + "Sauna mit Glasfront im Keller. " + "Ende. " * 60
    told = shown("Sauna Glasfront", text)
    assert "<mark>Sauna</mark> mit <mark>Glasfront</mark>" in told
    assert told.startswith("… ")
    assert told.endswith(" …")


@given(st.text(max_size=400), st.text(max_size=60))
def test_a_snippet_is_safe_html(text: str, query: str) -> None:
    """But for the marks nothing of it is markup, and unescaped it is a part of the text."""
    told = shown(query, f"{text} {query}")
    bare = told.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare
    said = " ".join(plain(f"{text} {query}").split())
    stretch = " ".join(html.unescape(bare).removeprefix("… ").removesuffix(" …").split())
    assert stretch in said
    assert told.count("<mark>") == told.count("</mark>")


def test_markup_in_a_text_stays_text() -> None:
    """Whoever writes a script into a description shows it, and no more."""
    told = shown("Sauna", "<script>alert('Sauna')</script> & mehr")
    assert "&lt;script&gt;alert(&#x27;<mark>Sauna</mark>&#x27;)&lt;/script&gt; &amp; mehr" in told


def test_a_snippet_is_short() -> None:
    """However long the text is, and its words."""
    for text in ("Holz " * 2000, "x" * 10_000, f"{'x' * 5000} Sauna {'y' * 5000}"):
        assert len(shown("Sauna", text)) <= LENGTH + 2 * LONGEST_WORD
    assert "<mark>Sauna</mark>" in shown("Sauna", f"{'x' * 5000} Sauna {'y' * 5000}")
