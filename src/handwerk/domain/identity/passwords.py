"""What makes a password good enough. Lengths are counted in characters.

After NIST SP 800-63B (5.1.1.2) and OWASP ASVS 5 (6.2): long, free of composition rules, not among
the common ones, not made of what everybody knows about the person.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import pairwise

from handwerk.domain.kernel.checks import Checks, is_encodable

SHORTEST = 12
LONGEST = 256
_FEWEST_CHARACTERS = 5
# Whoever guesses tries short patterns; how often a longer one was repeated is past guessing.
_LONGEST_PATTERN = 64
# Shorter pieces of a name or an e-mail (de, von, Li) turn up anywhere.
_TELLING_WORD = 3
# A password that holds the name is fine, as long as it holds something else as well.
_FEWEST_BESIDE_NAME = 5
# No letters or digits that look like others, since somebody will type it from a screen.
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
_ROWS = ("1234567890", "qwertzuiopü", "qwertyuiop", "asdfghjklöä", "yxcvbnm", "zxcvbnm")


def _read_common() -> frozenset[str]:
    listed = files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8")
    lines = (line for line in listed.splitlines() if not line.startswith("#"))
    return frozenset(word.casefold() for line in lines for word in line.split())


COMMON = _read_common()


def normalised_password(text: str) -> str:
    """One spelling for what keyboards spell in several ways (ü as one character or as two)."""
    return unicodedata.normalize("NFKC", text)


def check_password(checks: Checks, field: str, password: str, *, about: Iterable[str]) -> None:
    """Note in `checks` why `password` is refused; `about` is the person's e-mail and name."""
    checks.that(
        SHORTEST <= len(password) <= LONGEST,
        field,
        f"must have from {SHORTEST} to {LONGEST} characters",
    )
    checks.that(is_text(password), field, "holds a NUL character or a lone surrogate")
    if SHORTEST <= len(password) <= LONGEST:
        folded = normalised_password(password).casefold()
        checks.that(folded not in COMMON, field, "is among the most common passwords")
        is_pattern = len(folded) <= _LONGEST_PATTERN and _is_pattern(folded)
        checks.that(not is_pattern, field, "is a simple sequence or repetition")
        checks.that(not _tells(folded, about), field, "is little more than the name or e-mail")


def made_up_password() -> str:
    """Five groups of four random characters: 99 bits."""
    groups = ("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(5))
    return "-".join(groups)


def is_text(password: str) -> bool:
    """Whether `password` can be written in UTF-8, without NUL."""
    return "\0" not in password and is_encodable(password)


def _is_pattern(folded: str) -> bool:
    if len(set(folded)) < _FEWEST_CHARACTERS:
        return True
    if folded in (folded * 2)[1:-1]:  # a shorter text, repeated
        return True
    jumps = sum(not _is_simple_step(pair) for pair in pairwise(folded))
    return jumps <= len(folded) // 4


def _is_simple_step(pair: tuple[str, str]) -> bool:
    before, after = pair
    near = abs(ord(after) - ord(before)) <= 1
    forth, back = before + after, after + before
    return near or any(forth in row or back in row for row in _ROWS)


def _tells(folded: str, about: Iterable[str]) -> bool:
    beside = folded
    for word in sorted(_telling_words(about), key=len, reverse=True):
        beside = beside.replace(word, "")
    own = re.sub(r"[\W_]+", "", beside)
    return beside != folded and len(own) < _FEWEST_BESIDE_NAME


def _telling_words(about: Iterable[str]) -> Iterator[str]:
    for text in about:
        words = re.split(r"[\W_]+", text.casefold())
        yield from (word for word in words if len(word) >= _TELLING_WORD)
