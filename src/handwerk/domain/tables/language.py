"""The two languages in which an import speaks."""

from enum import StrEnum

import msgspec


class Language(StrEnum):
    """English, or German."""

    ENGLISH = "en"
    GERMAN = "de"


class Said(msgspec.Struct, frozen=True):
    """One sentence in both languages."""

    en: str
    de: str

    def told(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.de if language is Language.GERMAN else self.en


def preferred(accept_language: str) -> Language:
    """What an `Accept-Language` header asks for: whichever of the two comes first; else English."""
    best, weight = Language.ENGLISH, 0.0
    for part in accept_language.lower().replace(" ", "").split(",")[:20]:
        name, _, quality = part.partition(";q=")
        spoken = name.partition("-")[0]
        if spoken in set(Language) and _weight(quality) > weight:
            best, weight = Language(spoken), _weight(quality)
    return best


def _weight(quality: str) -> float:
    try:
        return float(quality) if quality.strip() else 1.0
    except ValueError:
        return 0.0
