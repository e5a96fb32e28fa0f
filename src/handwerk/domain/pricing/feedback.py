"""What became of a price that was told. Accepted and profitable are two labels; both are kept."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.money import ZERO
from handwerk.domain.pricing.model import Prediction, PredictionInput

SORTABLE = frozenset({"timestamp", "predicted_price"})


class FeedbackInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client says of a price. What is not said stays as it was said before."""

    actual_price: Decimal | None = None
    was_accepted: bool | None = None
    was_profitable: bool | None = None
    user_modified_price: Decimal | None = None

    def checked(self) -> "FeedbackInput":
        """This feedback to the cent; `InvalidInput` names what is wrong with it."""
        checks = Checks()
        if all(getattr(self, field) is None for field in self.__struct_fields__):
            raise InvalidInput.of("actual_price", "or another field must be said")
        sound = msgspec.structs.replace(
            self,
            actual_price=checks.euros("actual_price", self.actual_price),
            user_modified_price=checks.euros("user_modified_price", self.user_modified_price),
        )
        for field in ("actual_price", "user_modified_price"):
            checks.that(getattr(sound, field) != ZERO, field, "must be above 0")
        checks.refuse_if_any()
        return sound


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said of a price so far, each field as it was said last."""

    actual_price: Decimal | None = None
    was_accepted: bool | None = None
    was_profitable: bool | None = None
    user_modified_price: Decimal | None = None
    given_at: datetime

    def then(self, said: FeedbackInput, now: datetime) -> "Feedback":
        """This feedback after more was said."""
        new = {
            field: value
            for field in FeedbackInput.__struct_fields__
            if (value := getattr(said, field)) is not None
        }
        return msgspec.structs.replace(self, given_at=now, **new)


class PredictionRecord(Prediction, frozen=True, kw_only=True):
    """A prediction out of the log: what was asked, what was answered, what became of it.

    `profitable` is what was said, else whether the price that was offered (the changed one, else
    the predicted one) covers the actual price; `None` while neither is known. `version` counts
    what was said.
    """

    given: PredictionInput
    asked_by: UUID | None = None
    feedback: Feedback | None = None
    profitable: bool | None = None
    version: int = 1

    def told(self, said: FeedbackInput, now: datetime) -> "PredictionRecord":
        """This record after more was said of it."""
        feedback = (self.feedback or Feedback(given_at=now)).then(said, now)
        return self.with_feedback(feedback, self.version)

    def with_feedback(self, feedback: Feedback | None, times: int) -> "PredictionRecord":
        """This record with all that was said of it, `times` times."""
        return msgspec.structs.replace(
            self,
            feedback=feedback,
            profitable=None if feedback is None else profitable(self.predicted_price, feedback),
            version=times + 1,
        )


def recorded(given: PredictionInput, answer: Prediction, asked_by: UUID | None) -> PredictionRecord:
    """The record of a prediction of which nothing was said yet."""
    fields = {field: getattr(answer, field) for field in Prediction.__struct_fields__}
    return PredictionRecord(**fields, given=given, asked_by=asked_by)


def profitable(predicted: Decimal, feedback: Feedback) -> bool | None:
    """Whether the job paid: as it was said, else whether the offer covers the actual price."""
    if feedback.was_profitable is not None or feedback.actual_price is None:
        return feedback.was_profitable
    return (feedback.user_modified_price or predicted) >= feedback.actual_price
