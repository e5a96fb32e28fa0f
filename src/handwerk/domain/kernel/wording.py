"""Looking for words in a text, as lists do by `q`."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# From so many letters on, what is looked for may stand within a word.
SHORTEST_PART = 3
# Stands before each word, so that a word's beginning is a part of the text like any other.
_GAP = "  "


def said(*texts: str | None) -> str:
    """`texts` as they are searched: case, umlauts spelt out, and the length of gaps aside.

    PostgreSQL's `said` says the same of every text in Latin letters.
    """
    words = " ".join(text for text in texts if text).lower().translate(_UMLAUTS).split()
    return "".join(_GAP + word for word in words)


def is_said(asked: str, *texts: str | None) -> bool:
    """Whether `texts` hold what was asked for, in one stretch, be it within a word.

    One or two letters are looked for at the beginning of a word, signs (`%`) anywhere.
    """
    wanted = said(asked)
    if len(wanted) >= SHORTEST_PART + len(_GAP) or not any(map(str.isalnum, wanted)):
        wanted = wanted.removeprefix(_GAP)
    return wanted in said(*texts)
