"""What Gaussian processes say of a price is kept, each for itself."""

import numpy as np

from handwerk.adapters.xgboost.matrices import Scale
from handwerk.adapters.xgboost.smooth import Smooth


def test_processes_that_differ_in_nothing_but_their_middle_are_told_apart() -> None:
    """Jobs that all came out alike have no weights: another such firm has another middle."""
    scale = Scale([0.0], [1.0], [-1.0], [1.0])
    jobs, none = np.zeros((3, 1)).tobytes(), np.zeros(3).tobytes()
    for middle in (0.25, 0.5):
        process = Smooth(scale, middle, 1.0, jobs, none, [1.0], [0])
        asked = np.array([[0.5]])
        assert process.contributions(asked).sum() == process.predict(asked)[0] == middle
