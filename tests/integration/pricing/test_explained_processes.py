"""What Gaussian processes say of a price is kept, each for itself."""

import numpy as np

from handwerk.adapters.xgboost.matrices import Scale
from handwerk.adapters.xgboost.smooth import Smooth, fit_smooth


def test_processes_that_differ_in_nothing_but_their_middle_are_told_apart() -> None:
    """Jobs that all came out alike have no weights: another such firm has another middle."""
    scale = Scale([0.0], [1.0], [-1.0], [1.0])
    jobs, none = np.zeros((3, 1)).tobytes(), np.zeros(3).tobytes()
    for middle in (0.25, 0.5):
        process = Smooth(scale, middle, 1.0, jobs, none, [1.0], [0])
        asked = np.array([[0.5]])
        assert process.contributions(asked).sum() == process.predict(asked)[0] == middle


def test_a_row_alone_is_told_what_it_is_told_among_many() -> None:
    """Summed in the same order: no price is a cent off because others were asked for with it."""
    chance, width = np.random.default_rng(7), 6
    jobs, asked = chance.normal(size=(250, width)), chance.normal(size=(40, width))
    scale = Scale([0.0] * width, [1.0] * width, [-3.0] * width, [3.0] * width)
    came_out = np.sin(jobs[:, 0] * 2) + jobs[:, 1]
    learned, _ = fit_smooth(
        jobs, came_out, np.ones(250), scale, [1.0] * 5 + [0.0], [0, 1, 2, 3, 3, 4]
    )
    among_many = learned.contributions(asked).sum(axis=1)
    alone = [learned.contributions(row[None, :]).sum() for row in asked]
    assert np.abs(among_many - alone).max() < 1e-12
    assert np.abs(among_many - learned.predict(asked)).max() < 1e-4
