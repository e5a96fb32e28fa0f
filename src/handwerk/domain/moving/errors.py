"""What moving a firm refuses."""

from handwerk.domain.kernel.errors import Conflict


class NotEmpty(Conflict):
    """A firm is at home here already."""

    def __init__(self) -> None:
        super().__init__(
            "A whole firm is only taken in where nobody has worked yet: start handwerk on a new "
            "data folder and bring it in there."
        )
