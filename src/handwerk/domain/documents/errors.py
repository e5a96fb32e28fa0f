"""What can be wrong with a document."""

from handwerk.domain.kernel.errors import HandwerkError


class Unreadable(HandwerkError):
    """Nothing can be read from the file, now or later; the sentence says why."""
