"""How far a text holds what a query asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.asking import MAX_TOKENS, Asked
from handwerk.domain.search.lexicon import NO_VOCABULARY, Lexicon, vocabulary_of
from handwerk.domain.search.ngrams import code_token, grams, token
from handwerk.domain.search.overlap import SHORT, Wording, overlap, wording_of

TRADE = Lexicon(NO_VOCABULARY)


def share(query: str, text: str, name: str | None = None) -> float:
    return overlap(Asked.of(query, TRADE), Wording.of(text, name))


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        ("Schrank", "Schrank aus Eiche", "Wandschrank aus Eiche"),
        ("Schrank", "Wandschrank", "Schranktür"),
        ("Schränke", "Schrank", "Wandschränke"),
        ("Wandschrank", "Wandschrank", "Wand und Schrank"),
        ("Sofa", "Sofa", "Couch"),
        ("Couch neu beziehen", "Sofa neu bezogen", "Stuhl neu bezogen"),
        ("Schublade", "drei Schubladen", "drei Auszüge"),
        ("Wandschrnak", "Wandschrank", "Wandregal"),
        ("RG 4050", "Schaum RG4050", "Schaum RG 4060"),
        ("Eiche 27 mm", "Eiche, 27,0 mm stark", "Eiche, 28 mm stark"),
        ("27 mm", "27mm", "27 Stück"),
        ("Esstisch 2,40 x 1,00 m", "Esstisch 240 x 100 cm", "Esstisch 220 x 100 cm"),
        ("Treppe und Geländer", "Treppe mit Geländer", "Treppe und Tür"),
    ],
)
def test_the_nearer_text_holds_more(query: str, near: str, far: str) -> None:
    """Exact before compound, compound before parts, synonym below the word, numbers exactly."""
    assert share(query, near) > share(query, far)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Wandschrank Eiche", "Wandschrank aus massiver Eiche"),
        ("WANDSCHRÄNKE", "ein Wandschrank"),
        ("Kuechentuer", "Küchentür"),
        ("DIN 18 355", "nach DIN 18355"),
        ("und mit der", "und mit der Säge"),
    ],
)
def test_what_is_all_there_is_wholly_held(query: str, text: str) -> None:
    """Endings, capitals, umlauts and spaces cost nothing."""
    assert share(query, text) == pytest.approx(1.0)


def test_the_name_counts_more_than_the_rest() -> None:
    """A job that is called so comes before one that mentions it."""
    text = "Regal mit Leiter"
    assert share("Regal", text, "Regal") > share("Regal", text, "Bibliothek")


def test_a_name_that_the_query_says_whole_is_wholly_held() -> None:
    """A text asked for by all of itself scores 1, though its name is a part of it only."""
    text = "Bibliothek\nMöbel\nBücherregal mit Leiter über die ganze Wand"
    assert share(text, text, "Bibliothek") == pytest.approx(1.0)


def test_a_rare_word_weighs_more() -> None:
    """Where all texts are of oak, the word that tells them apart decides."""
    texts = ["Tisch aus Eiche", "Stuhl aus Eiche", "Bett aus Eiche", "Sauna aus Espe"]
    asked = Asked.of("Sauna Eiche", Lexicon(vocabulary_of(texts)))
    assert overlap(asked, Wording.of("Sauna aus Espe")) > overlap(
        asked, Wording.of("Tisch aus Eiche")
    )


@pytest.mark.parametrize("query", ["🙂🪵", "", " ", "…!?"])
def test_signs_ask_for_nothing(query: str) -> None:
    """What has no letter and no digit is held by nothing."""
    assert share(query, "Wandschrank 🙂") == 0.0


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_share_is_a_share(query: str, text: str) -> None:
    """Whatever is asked of whatever text, the answer is from 0 to 1."""
    assert 0.0 <= share(query, text, text[:20]) <= 1.0


@given(st.text("abcdeäß 1240,", min_size=1, max_size=60).filter(str.strip))
def test_a_text_holds_itself(text: str) -> None:
    """Asked for by its own words a text is wholly held, if it has any."""
    held = share(text, text)
    assert held == pytest.approx(1.0) or not Asked.of(text, TRADE).weight


def test_long_texts_are_compared_as_short_ones() -> None:
    """Beyond the length where n-grams are kept in a set, the same words are found."""
    filler = "unbemerkt " * 400
    for query in ("Schränke Eiche", "Gestelle 27 mm", "Kirschbaumfurnier"):
        short = share(query, "Wandschrank aus Eiche")
        assert share(query, f"Wandschrank aus Eiche {filler}") == pytest.approx(short, abs=0.1)


def test_what_is_said_again_is_asked_once() -> None:
    """A word said fifty times is one word of the query; the words behind the first 64 are not."""
    assert len(Asked.of("Treppengeländer mit Handlauf aus Buche " * 50, TRADE).terms) == 3
    assert len(Asked.of(" ".join(f"w{'o' * number}rt" for number in range(200)), TRADE).terms) == 64


@pytest.mark.parametrize(
    "text", ["ä" * 2000, "1" * 2000, "_" * 2000, "1/" * 1000, "a1-" * 600, "DIN 1 " * 300]
)
def test_a_query_without_spaces_is_taken_apart_no_further(text: str) -> None:
    """No word is too long, and what can't be a compound has no parts."""
    asked = Asked.of(text, TRADE)
    assert all(not term.parts for term in asked.terms)
    assert 0 <= overlap(asked, Wording.of(text)) <= 1


def test_the_rarest_words_of_a_long_query_are_asked_for_first() -> None:
    """The index is asked for so much and no more, with all codes and the rare words."""
    common = [f"{letter * 9}leiste" for letter in "abcdefghijklmnopqrstuvwxyz"]
    lexicon = Lexicon(vocabulary_of([" ".join(common)] * 50))
    asked = Asked.of(f"{' '.join(common)} Zirbenholzsauna RG 4050", lexicon)
    tokens = asked.sparse().indices
    assert len(tokens) == MAX_TOKENS
    assert {token(gram) for gram in grams("zirbenholzsauna")} <= set(tokens)
    assert code_token("rg4050") in tokens


def test_what_folding_makes_long_is_not_kept() -> None:
    """A text of umlauts is taken apart anew: kept by the thousand its n-grams would fill gigabytes.

    What is short is kept, and both come out as without keeping.
    """
    grown = "".join(f"Büö{number:04} " for number in range(250))
    short = grown[:400]
    assert len(grown) == SHORT
    for text in (short, grown):
        found = wording_of(text, "Türen")
        assert found == Wording.of(text, "Türen")
        assert (wording_of(text, "Türen") is found) == (text == short)
