"""Words of the trade: the kind of job, its wood, and where it is."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from handwerk.domain.documents.features.model import Feature, FeatureName, Line

# What a kind of job is called in offers; each is found within compounds too.
TYPES: Mapping[str, tuple[str, ...]] = {
    "Treppenbau": ("treppe", "stufe", "handlauf", "geländer", "podest", "wange", "setzstufe"),
    "Kücheneinrichtung": ("küche", "arbeitsplatte", "spüle", "kochinsel", "hochschrank"),
    "Dachstuhl": ("dachstuhl", "sparren", "pfette", "dachgaube", "gaube", "kehlbalken", "first"),
    "Türen": ("tür", "zarge", "türblatt", "haustür", "zimmertür", "drückergarnitur"),
    "Fenster": ("fenster", "verglasung", "fensterladen", "isolierglas", "fensterbank"),
    "Polsterei": (
        "polster",
        "sofa",
        "sessel",
        "bezug",
        "schaumstoff",
        "kissen",
        "keder",
        "sitzbank",
    ),
    "Möbel": ("schrank", "tisch", "regal", "kommode", "möbel", "schublade", "bett", "sideboard"),
    "Spezialbau": ("vertäfelung", "täfelung", "tresen", "messebau", "ladenbau", "akustik"),
}
WOODS: Mapping[str, tuple[str, ...]] = {
    "Eiche": ("eiche", "räuchereiche", "wildeiche"),
    "Nussbaum": ("nussbaum", "nußbaum"),
    "Kiefer": ("kiefer",),
    "Esche": ("esche",),
    "Fichte": ("fichte",),
    "Buche": ("buche",),
    "Ahorn": ("ahorn",),
    "Lärche": ("lärche",),
    "Kirsche": ("kirsche", "kirschbaum"),
    "Tanne": ("tanne", "weißtanne"),
    "Douglasie": ("douglasie",),
    "Birke": ("birke",),
}
_WORD = re.compile(r"[^\W\d_]{3,}")
# Words that begin like a wood and are none: to book.
_NO_WOODS = frozenset({"buchen", "bucher", "buchend"})
_SITE = re.compile(
    r"\b(?:bauvorhaben|bv|objekt|baustelle|einbauort|lieferanschrift|leistungsort|montageort"
    r"|bauort|region)\b\s*:?",
    re.IGNORECASE,
)
_TOWN = re.compile(
    r"\b(?:D-)?\d{5}\s+"
    r"(?P<town>[A-ZÄÖÜ][\w.-]+(?:\s(?:am|an der|im|in|bei|ob der|vor der)\s[A-ZÄÖÜ]\w+)?)"
)
# So many lines, from the one that names the site, may hold its town.
_SITE_LINES = 4
_HEADING_LINES = 12


class Vocabulary(msgspec.Struct, frozen=True):
    """The firm's own words, as its projects hold them."""

    project_types: tuple[str, ...] = ()
    wood_types: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


def telling_words(texts: Iterable[str], most: int = 12) -> str:
    """The words of the trade in `texts`, each once, the most frequent first."""
    counts: Counter[str] = Counter()
    for text in texts:
        for word in _WORD.findall(text):
            lower = word.lower()
            if any(True for stems in (TYPES, WOODS) for _ in _meant(lower, stems)):
                counts[lower.capitalize()] += 1
    return " ".join(word for word, _ in counts.most_common(most))


def read_words(lines: Sequence[Line], vocabulary: Vocabulary) -> Iterator[Feature]:
    """The most likely kind of job and wood, and the region where one is named."""
    yield from _most_named(
        FeatureName.PROJECT_TYPE, lines, _with_own(TYPES, vocabulary.project_types)
    )
    yield from _most_named(FeatureName.WOOD_TYPE, lines, _with_own(WOODS, vocabulary.wood_types))
    yield from _region(lines, vocabulary.regions)


def _with_own(
    known: Mapping[str, tuple[str, ...]], own: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    return {word: (word.lower(),) for word in own} | dict(known)


def _most_named(
    name: FeatureName, lines: Sequence[Line], stems: Mapping[str, tuple[str, ...]]
) -> Iterator[Feature]:
    counts: Counter[str] = Counter()
    first: dict[str, tuple[Line, str]] = {}
    for line in lines:
        for word in _WORD.findall(line.text):
            for value in _meant(word.lower(), stems):
                counts[value] += 3 if line.number < _HEADING_LINES else 1
                first.setdefault(value, (line, word))
    if counts:
        value, count = counts.most_common(1)[0]
        line, word = first[value]
        share = count / counts.total()
        # One mention proves little, and so does one among many others.
        sure = share * count / (count + 1)
        yield line.feature(name, value, max(0.2, sure), words=f"{word}: {line.text}")


def _meant(word: str, stems: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if word in _NO_WOODS:
        return
    for value, parts in stems.items():
        if any(word.startswith(part) or _ends_with(word, part) for part in parts):
            yield value


def _ends_with(word: str, part: str) -> bool:
    """Whether the compound `word` ends in `part`, in singular or plural, and so is one."""
    head, found, ending = word.rpartition(part)
    return bool(found and len(head) > 1 and ending in ("", "n", "en", "e", "er", "s"))


def _region(lines: Sequence[Line], known: Sequence[str]) -> Iterator[Feature]:
    for at, line in enumerate(lines):
        site = _SITE.search(line.text)
        if site is None:
            continue
        for near in lines[at : at + _SITE_LINES]:
            text = near.text[site.end() :] if near is line else near.text
            named = next((one for one in known if _names(text, one)), None)
            if named:
                yield near.feature(FeatureName.REGION, named, 0.9)
                return
            if town := _TOWN.search(text):
                yield near.feature(FeatureName.REGION, town["town"], 0.7)
                return
    yield from _known_region(lines, known)


def _known_region(lines: Sequence[Line], known: Sequence[str]) -> Iterator[Feature]:
    named = [(line, one) for line in lines for one in known if _names(line.text, one)]
    regions = {one for _, one in named}
    if len(regions) == 1:
        line, region = named[0]
        # It may be the firm's own address.
        yield line.feature(FeatureName.REGION, region, 0.5)


def _names(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
