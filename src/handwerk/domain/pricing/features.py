"""What a model looks at: each job as a row of numbers, each column part of a named feature."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from handwerk.domain.pricing.descriptions import NOTHING, Told, read, telling_numbers, telling_words
from handwerk.domain.pricing.footing import Footing, key, log
from handwerk.domain.pricing.level import years
from handwerk.domain.pricing.model import JobFacts

WORDS = ("project_type", "wood_type", "region")
NUMBERS = ("total_area_sqm", "labor_hours", "material_cost", "calculated_price")
# So many jobs show how large a number may be.
SPAN_FROM = 5
# A word becomes a column of its own if so many jobs carry it; the most frequent come first.
WORD_FROM = 2
MAX_WORDS = 60
DESCRIPTION = "description"
EPOCH = date(2000, 1, 1)
UNKNOWN = math.nan

Row = tuple[float, ...]


class Question(NamedTuple):
    """A job's facts and the amount of its footing: what a row is made from."""

    facts: JobFacts
    base: Decimal


class Column(msgspec.Struct, frozen=True):
    """One number of a row.

    `word` is set where the column says whether the feature has it, and where it is a number or a
    word of the description.
    """

    feature: str
    measure: str
    word: str | None = None

    @property
    def is_word(self) -> bool:
        """Whether it is 1 or 0: the job has that type, wood or region, or it has not."""
        return self.measure == "word"

    @property
    def is_told(self) -> bool:
        """Whether it comes from the description."""
        return self.feature == DESCRIPTION

    @property
    def is_term(self) -> bool:
        """Whether it is 1 or 0: the description has that word, or it has not."""
        return self.measure == "term"


class Novelty(NamedTuple):
    """In what a job lies outside of what was seen.

    `words` are the features whose word no job had; `numbers` those that lie beyond all jobs, and
    how far: 0.69 is twice as much as the largest, or half as much as the smallest.
    """

    words: tuple[str, ...] = ()
    numbers: tuple[tuple[str, float], ...] = ()

    @property
    def features(self) -> list[str]:
        """All of them by name."""
        return [*self.words, *(name for name, _ in self.numbers)]

    @property
    def distance(self) -> float:
        """How far the number lies that lies the farthest; 0 where none does."""
        return max((far for _, far in self.numbers), default=0.0)

    def far(self, name: str) -> float:
        """How far that number lies beyond all jobs."""
        return dict(self.numbers).get(name, 0.0)


FAMILIAR = Novelty()


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the firm's jobs have shown so far: words by feature, and the span of each number.

    A span is the logarithm of the smallest and of the largest; a number that no job has has none.
    """

    words: dict[str, list[str]]
    spans: dict[str, tuple[float, float]]

    def novelty(self, facts: JobFacts) -> Novelty:
        """In what a job lies outside of what was seen."""
        words = tuple(name for name in WORDS if self._is_new(name, getattr(facts, name)))
        beyond = ((name, self._beyond(name, getattr(facts, name))) for name in self.spans)
        return Novelty(words, tuple((name, far) for name, far in beyond if far > 0))

    def _is_new(self, name: str, word: str | None) -> bool:
        return bool(word) and key(word or "") not in self.words[name]

    def _beyond(self, name: str, number: Decimal | None) -> float:
        if not number:
            return 0.0
        (low, high), size = self.spans[name], log(number)
        return max(low - size, size - high, 0.0)


def learn_seen(facts: Sequence[JobFacts]) -> Seen:
    """What these jobs show."""
    found = {name: [log(number) for job in facts if (number := getattr(job, name))]
             for name in NUMBERS}  # fmt: skip
    return Seen(
        words={name: sorted(_counted(facts, name)) for name in WORDS},
        spans={
            name: (min(logs), max(logs)) for name, logs in found.items() if len(logs) >= SPAN_FROM
        },
    )


def learn_columns(footing: Footing, facts: Sequence[JobFacts]) -> tuple[Column, ...]:
    """The columns for jobs on this footing: measures, frequent words, what descriptions tell."""
    words = [
        Column(name, "word", word)
        for name in WORDS
        for word, jobs in _by_frequency(_counted(facts, name))[:MAX_WORDS]
        if jobs >= WORD_FROM
    ]
    told = [read(job.description) for job in facts]
    numbers = [Column(DESCRIPTION, "number", name) for name in telling_numbers(told)]
    terms = [Column(DESCRIPTION, "term", word) for word in telling_words(told)]
    return (*_measures(footing, facts), *numbers, *words, *terms)


def row_of(columns: Iterable[Column], question: Question) -> Row:
    """The job as the model sees it; an unknown number is NaN, an unknown word is in no column."""
    words = {name: key(getattr(question.facts, name) or "") for name in WORDS}
    columns = tuple(columns)
    reads = any(column.feature == DESCRIPTION for column in columns)
    told = read(question.facts.description) if reads else NOTHING
    return tuple(_cell(column, question, words, told) for column in columns)


def _cell(column: Column, question: Question, words: dict[str, str], told: Told) -> float:
    word = column.word
    if word is None:
        return _MEASURES[column.measure](question)
    if column.measure == "number":
        number = told.numbers.get(word)
        return UNKNOWN if number is None else math.log1p(number)
    if column.measure == "term":
        return float(word in told.words)
    return float(words[column.feature] == word)


def _measures(footing: Footing, facts: Sequence[JobFacts]) -> tuple[Column, ...]:
    common = (
        Column("total_area_sqm", "area"),
        Column("complexity", "complexity"),
        Column("project_date", "date"),
    )
    material = (Column("material_cost", "material"), Column("material_cost", "material_share"))
    if not footing.is_calculation:
        # Where hours are kept too, who knows the material has a firmer footing: on an area it would
        # be learned from jobs that had it and missing from those that are asked about.
        alone = sum(bool(job.material_cost) and not job.labor_hours for job in facts)
        return (*common, material[0]) if 2 * alone > len(facts) else common
    hours = Column("labor_hours", "hours")
    priced = (
        Column("calculation_size", "base"),
        Column("calculation_size", "base_per_sqm"),
        *common,
        hours,
    )
    return priced if footing is Footing.HOURS else (*priced, *material)


def _logged(amount: Decimal | None) -> float:
    return log(amount) if amount else UNKNOWN


def _share(part: Decimal | None, whole: Decimal) -> float:
    return UNKNOWN if part is None else float(part / whole)


_MEASURES: dict[str, Callable[[Question], float]] = {
    "base": lambda question: log(question.base),
    "base_per_sqm": lambda question: log(question.base) - _logged(question.facts.total_area_sqm),
    "area": lambda question: _logged(question.facts.total_area_sqm),
    "complexity": lambda question: float(question.facts.complexity or UNKNOWN),
    "date": lambda question: years(EPOCH, question.facts.day),
    "hours": lambda question: _logged(question.facts.labor_hours),
    "material": lambda question: _logged(question.facts.material_cost),
    "material_share": lambda question: _share(question.facts.material_cost, question.base),
}


def _counted(facts: Iterable[JobFacts], name: str) -> Counter[str]:
    words = (key(getattr(job, name) or "") for job in facts)
    return Counter(word for word in words if word)


def _by_frequency(counted: Counter[str]) -> list[tuple[str, int]]:
    """Most frequent first, ties by the alphabet, so that the same jobs give the same columns."""
    return sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
