"""What pricing refuses."""

from collections.abc import Iterable

from handwerk.domain.kernel.errors import FieldError, Unanswerable, Unavailable


class NothingToPriceFrom(Unanswerable):
    """Neither a calculation nor the firm's own jobs can answer for this input."""

    def __init__(self, missing: Iterable[FieldError]) -> None:
        missing = tuple(missing)
        told = "; ".join(f"{error.field} {error.message}" for error in missing)
        super().__init__(f"There is no honest price for this: {told}.", missing)


class UnreadableModel(Unavailable):
    """What a stored model learned can't be read."""

    def __init__(self) -> None:
        super().__init__("The price model can't be read: have it trained again.")
