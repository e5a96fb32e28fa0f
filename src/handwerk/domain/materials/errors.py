"""What the materials refuse besides wrong input."""

from handwerk.domain.kernel.errors import Conflict


class OverlappingPrices(Conflict):
    """Two prices of one material in one region would be valid on the same day."""

    def __init__(self) -> None:
        super().__init__("Another price of this material in this region is valid at that time.")


class MaterialInUse(Conflict):
    """The material stands in a project's list."""

    def __init__(self) -> None:
        super().__init__("The material stands in a project's list; it can't be deleted.")
