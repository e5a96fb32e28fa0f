"""In which language a text is, by its commonest words."""

import re
from enum import StrEnum

ENOUGH_WORDS = 3
_WORD = re.compile(r"[a-zäöüß]+")
_GERMAN = frozenset(
    [
        "der",
        "die",
        "das",
        "und",
        "in",
        "den",
        "von",
        "zu",
        "mit",
        "für",
        "auf",
        "ist",
        "im",
        "dem",
        "nicht",
        "ein",
        "eine",
        "als",
        "auch",
        "es",
        "an",
        "werden",
        "aus",
        "er",
        "hat",
        "dass",
        "sie",
        "nach",
        "wird",
        "bei",
        "einer",
        "um",
        "am",
        "sind",
        "noch",
        "wie",
        "einem",
        "über",
        "einen",
        "so",
        "zum",
        "war",
        "haben",
        "nur",
        "oder",
        "aber",
        "vor",
        "zur",
        "bis",
        "mehr",
        "durch",
        "sich",
        "wir",
        "ihr",
        "ihre",
        "unser",
        "sehr",
        "bitte",
        "rechnung",
        "angebot",
        "betrag",
        "datum",
        "menge",
        "summe",
        "netto",
        "brutto",
        "preis",
        "stück",
        "zzgl",
        "inkl",
    ]
)
_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "is",
        "that",
        "for",
        "it",
        "as",
        "was",
        "with",
        "be",
        "by",
        "on",
        "not",
        "he",
        "his",
        "but",
        "at",
        "are",
        "this",
        "have",
        "from",
        "or",
        "had",
        "an",
        "they",
        "which",
        "one",
        "you",
        "were",
        "all",
        "her",
        "she",
        "there",
        "would",
        "their",
        "we",
        "him",
        "been",
        "has",
        "when",
        "who",
        "will",
        "no",
        "if",
        "out",
        "so",
        "our",
        "your",
        "please",
        "invoice",
        "total",
        "amount",
        "date",
        "price",
        "due",
        "net",
        "tax",
        "order",
    ]
)


class Language(StrEnum):
    """As ISO 639-1 writes it."""

    GERMAN = "de"
    ENGLISH = "en"


def language_of(text: str) -> Language | None:
    """The language of `text`; `None` where too little of either is in it."""
    words = _WORD.findall(text.lower())
    german = sum(word in _GERMAN for word in words)
    english = sum(word in _ENGLISH for word in words)
    if max(german, english) < ENOUGH_WORDS or german == english:
        return None
    return Language.GERMAN if german > english else Language.ENGLISH
