"""What can be wrong with a document."""

from handwerk.domain.kernel.errors import Conflict, Unanswerable


class Unreadable(Unanswerable):
    """Nothing can be read from the file, now or later; the sentence says why."""


class ContentTaken(Conflict):
    """Another upload of the same content was first."""

    def __init__(self) -> None:
        super().__init__("Another upload of the same file was first.")
