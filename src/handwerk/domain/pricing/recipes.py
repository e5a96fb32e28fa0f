"""The recipes that are tried: ways of learning what makes a job dearer or cheaper than expected."""

from enum import StrEnum


class Recipe(StrEnum):
    """One way of learning. What a recipe comes to is never chosen by hand: the back-test does it.

    `TYPICAL` knows the job's group alone: so much per € or per m². `PER_JOB` is the typical price
    of a job of the group, whatever its size; both together bend how prices grow. The linear ones
    are ridge regressions; `RECENT` forgets, half every two years. The smooth ones (Gaussian
    processes) answer as similar jobs came out, and bend. `TREES` are gradient boosted.
    `…_THEN_TREES` let trees learn what a line or a smooth one missed. `…_WITH_WORDS` look at
    frequent words of the description, too; `…_BARE` looks at no description at all: where these
    are full of numbers that mean nothing, all others are misled.
    """

    TYPICAL = "typical"
    PER_JOB = "typical_job"
    LINEAR = "linear"
    LINEAR_BARE = "linear_bare"
    RECENT = "linear_recent"
    LINEAR_WITH_WORDS = "linear_with_words"
    SMOOTH = "smooth"
    SMOOTH_WITH_WORDS = "smooth_with_words"
    TREES = "trees"
    LINEAR_THEN_TREES = "linear_then_trees"
    SMOOTH_THEN_TREES = "smooth_then_trees"

    @property
    def reads_descriptions(self) -> bool:
        """Whether it looks at the numbers of descriptions."""
        return self is not Recipe.LINEAR_BARE

    @property
    def reads_words(self) -> bool:
        """Whether it looks at the words of descriptions."""
        return self in {Recipe.LINEAR_WITH_WORDS, Recipe.SMOOTH_WITH_WORDS}


# After so many years a job counts half; the others count old and new jobs alike.
HALF_LIFE_YEARS = {Recipe.RECENT: 2.0, Recipe.TREES: 3.0}
# These need no learning beyond the levels of groups.
PLAIN = (Recipe.TYPICAL, Recipe.PER_JOB)
LEARNED = tuple(recipe for recipe in Recipe if recipe not in PLAIN)
