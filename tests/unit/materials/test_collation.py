"""The order of German words (DIN 5007-1)."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as some

from handwerk.domain.kernel.collation import LONGEST_KEY, german_key


def test_umlauts_stand_beside_their_vowels() -> None:
    """ä as a, ö as o, ü as u, ß as ss, whatever the case."""
    words = ["zange", "Öl", "Ofen", "Straße", "Strasse 2", "Äpfel", "Apfelholz", "Übung", "Uhr"]
    assert sorted(words, key=german_key) == [
        "Äpfel", "Apfelholz", "Ofen", "Öl", "Straße", "Strasse 2", "Übung", "Uhr", "zange",
    ]  # fmt: skip


@given(some.text(max_size=300))
def test_a_key_does_not_depend_on_how_a_letter_is_written(text: str) -> None:
    """Composed or decomposed, a word has one key, which is never longer than allowed."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    assert german_key(unicodedata.normalize("NFC", decomposed)) == german_key(decomposed)
    assert len(german_key(text)) <= LONGEST_KEY
