"""The firm's own words for its search: groups of synonyms, one to a line.

`Sofa, Couch, Kanapee` stand for each other; in `Sitzmöbel > Sofa, Sessel` the left finds the right
and not the other way round.
"""

from handwerk.domain.kernel.checks import Checks

MAX_GROUPS = 500
MAX_LINE = 500
MIN_MEMBERS, MAX_MEMBERS = 2, 30
# Words that one member of a group may have, as in bodengleiche Dusche.
MAX_WORDS = 4


def checked_groups(checks: Checks, field: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    """`groups` trimmed; notes which line is no group."""
    checks.that(len(groups) <= MAX_GROUPS, field, f"has more than {MAX_GROUPS} entries")
    return tuple(
        _checked(checks, f"{field}[{place}]", line)
        for place, line in enumerate(groups[:MAX_GROUPS])
    )


def _checked(checks: Checks, field: str, line: str) -> str:
    text = checks.text(field, line, MAX_LINE, shortest=1) or ""
    members = [member.split() for member in text.replace(">", ",", 1).split(",")]
    checks.that(
        MIN_MEMBERS <= len(members) <= MAX_MEMBERS,
        field,
        f"must be {MIN_MEMBERS} to {MAX_MEMBERS} words with commas between, such as Sofa, Couch",
    )
    sound = all(0 < len(member) <= MAX_WORDS and _is_word(member) for member in members)
    checks.that(sound, field, f"holds an entry that is not 1 to {MAX_WORDS} words")
    return text


def _is_word(member: list[str]) -> bool:
    return ">" not in "".join(member) and any(map(str.isalnum, "".join(member)))
