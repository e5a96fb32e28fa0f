"""How far an answer can be trusted, as a number from 0 to 1.

    score = width * evidence * novelty * distance * 0.5 where the interval is only declared

width     1 for an interval of no width, 0 where it reaches from a third to three times the price,
          in between by its half-width on the log scale.
evidence  0.7 with no similar finished job, up to 1 with five that are entirely similar.
novelty   0.8 for each type, wood or region that no finished job had, and for each number (area,
          hours, material, calculation, day) beyond all of them.
distance  a half for each tenfold that the farthest of these numbers lies beyond.

Levels: below 0.2 Very Low, 0.4 Low, 0.6 Medium, 0.8 High, else Very High.
"""

import math
from collections.abc import Sequence

from handwerk.domain.pricing.features import Novelty
from handwerk.domain.pricing.model import ConfidenceLevel, SimilarProject

USELESS_WIDTH = math.log(3)
ENOUGH_SIMILAR = 5
WITHOUT_EVIDENCE = 0.7
PER_NOVELTY = 0.8
PER_TENFOLD = 0.5
DECLARED = 0.5

_LEVELS = (
    (0.2, ConfidenceLevel.VERY_LOW),
    (0.4, ConfidenceLevel.LOW),
    (0.6, ConfidenceLevel.MEDIUM),
    (0.8, ConfidenceLevel.HIGH),
)


def confidence_score(
    half_width: float, similar: Sequence[SimilarProject], novelty: Novelty, *, measured: bool
) -> float:
    """The score of an answer; `half_width` is the interval's on the log scale."""
    width = max(0.0, 1 - half_width / USELESS_WIDTH)
    nearness = sum(job.similarity_score for job in similar[:ENOUGH_SIMILAR]) / ENOUGH_SIMILAR
    evidence = WITHOUT_EVIDENCE + (1 - WITHOUT_EVIDENCE) * nearness
    doubt = PER_NOVELTY ** len(novelty.features) * (1.0 if measured else DECLARED)
    doubt *= math.exp(math.log(PER_TENFOLD) * novelty.distance / math.log(10))
    return round(width * evidence * doubt, 3)


def confidence_level(score: float) -> ConfidenceLevel:
    """The score in words."""
    return next((level for bound, level in _LEVELS if score < bound), ConfidenceLevel.VERY_HIGH)
