"""What the settings refuse."""

from handwerk.domain.kernel.errors import Unavailable


class NoSettings(Unavailable):
    """The firm's first start has not made its settings yet."""

    def __init__(self) -> None:
        super().__init__("The settings have not been made yet.")
