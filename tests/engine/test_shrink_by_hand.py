"""Small cells drawn towards their group: worked by hand, and better than raw ones on known truth."""

from __future__ import annotations

import numpy as np
import pytest

from daliz.engine.shrink import LEAST_CELLS, shrink


def test_three_cells_worked_by_hand() -> None:
    """Logs 1, 2, 3 with variances 0.1, 0.1, 0.4.

    w = 10, 10, 2.5; mean = (10 + 20 + 7.5)/22.5 = 5/3; Q = 10*(4/9) + 10*(1/9) + 2.5*(16/9) = 10.
    tau2 = (10 - 2)/(22.5 - 206.25/22.5) = 8/13.3333 = 0.6; weights 0.6/0.7, 0.6/0.7, 0.6/1.0.
    mu = (1/0.7 + 2/0.7 + 3/1.0)/(1/0.7 + 1/0.7 + 1) = 7.285714/3.857143 = 1.888889.
    """
    logs, variance = np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.1, 0.4])
    found = shrink(np.exp(logs), variance, np.array([10, 10, 3]), np.zeros(3, dtype=int))
    assert found.weight == pytest.approx([6 / 7, 6 / 7, 0.6])
    mu = (3 / 0.7 + 3) / (2 / 0.7 + 1)
    wanted = [6 / 7 * 1 + mu / 7, 6 / 7 * 2 + mu / 7, 0.6 * 3 + 0.4 * mu]
    assert np.log(found.value) == pytest.approx(wanted)


def test_cells_that_differ_by_chance_alone_become_one() -> None:
    """Where Q is no more than k - 1 the variance between is nil: all take the weighted mean of the group."""
    found = shrink(np.array([10.0, 10.5, 9.8]), np.full(3, 0.2), np.full(3, 5), np.zeros(3, dtype=int))
    assert found.weight == pytest.approx([0, 0, 0])
    assert len(set(found.value.round(9))) == 1


def test_the_less_a_cell_knows_the_more_it_moves() -> None:
    """Weights grow with n; a wild cell of three moves most, towards the others."""
    value = np.array([5.0, 10.0, 20.0, 90.0, 12.0])
    n = np.array([200, 150, 100, 3, 40])
    found = shrink(value, 0.8 / n, n, np.zeros(5, dtype=int))
    assert found.weight[3] == found.weight.min()
    assert found.value[3] < 90
    assert np.argsort(found.weight).tolist() == np.argsort(n).tolist()


def test_a_single_observation_takes_the_pooled_spread() -> None:
    """A cell of one has no variance of its own: it takes (0.02*10*9 + 0.04*5*4)/(9 + 4) = 0.2."""
    value = np.exp(np.array([1.0, 2.0, 4.0]))
    found = shrink(value, np.array([0.02, 0.04, np.nan]), np.array([10, 5, 1]), np.zeros(3, dtype=int))
    told = shrink(value, np.array([0.02, 0.04, 0.2]), np.array([10, 5, 2]), np.zeros(3, dtype=int))
    assert found.weight[2] == pytest.approx(told.weight[2])


def test_groups_do_not_touch_each_other_and_small_ones_stay_raw() -> None:
    """Two groups shrink as they would alone; a group of two cells and a zero stay as they are."""
    rng = np.random.default_rng(1)
    value, variance, n = rng.lognormal(2, 1, 8), np.full(8, 0.1), np.full(8, 9)
    group = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    both = shrink(value, variance, n, group)
    alone = shrink(value[:3], variance[:3], n[:3], group[:3])
    assert both.value[:3] == pytest.approx(alone.value)
    assert LEAST_CELLS == 3
    assert both.value[6:].tolist() == value[6:].tolist()
    zero = shrink(np.array([0.0, 1, 2, 3]), np.full(4, 0.1), np.full(4, 5), np.zeros(4, dtype=int))
    assert (zero.value[0], zero.weight[0]) == (0, 1)


def test_shrunk_values_lie_nearer_to_the_truth() -> None:
    """Over 200 draws of 12 posts of 2 to 30 shipments the squared error of the logs falls by a fifth."""
    rng = np.random.default_rng(2)
    raw = better = 0.0
    for _ in range(200):
        true = rng.normal(2, 0.5, 12)
        n = rng.integers(2, 31, 12)
        means = np.array([rng.lognormal(t - 0.32, 0.8, k).mean() for t, k in zip(true, n, strict=True)])
        found = shrink(means, (np.exp(0.64) - 1) / n, n, np.zeros(12, dtype=int))
        raw += float(np.mean((np.log(means) - true) ** 2))
        better += float(np.mean((np.log(found.value) - true) ** 2))
    assert better < 0.8 * raw
