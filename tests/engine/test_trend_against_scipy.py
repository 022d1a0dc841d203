"""Slopes of short series against scipy and against all orders counted out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from daliz.engine.trend import LEAST, sen_slope

series = st.lists(
    st.floats(-1e3, 1e3, allow_nan=False).map(lambda v: round(v, 2)), min_size=LEAST, max_size=24
)


@given(series)
def test_slope_is_the_one_of_scipy(values: list[float]) -> None:
    """The median of all pairwise slopes, whatever the ties."""
    time = np.arange(len(values), dtype=np.float64)
    found = sen_slope(time, np.array(values))
    witness = stats.theilslopes(values, time)
    assert found is not None
    assert found.value == pytest.approx(witness.slope, abs=1e-9)
    assert found.low <= witness.low_slope + 1e-9 or not math.isfinite(found.low)
    assert found.high >= witness.high_slope - 1e-9 or not math.isfinite(found.high)


@given(st.permutations(range(7)))
def test_chance_is_counted_over_all_orders(order: list[int]) -> None:
    """Without ties the two-sided chance is the share of orders at least as far from even."""
    found = sen_slope(np.arange(7.0), np.array(order, dtype=np.float64))
    witness = stats.kendalltau(range(7), order, method="exact")
    assert found is not None
    assert found.p == pytest.approx(witness.pvalue, abs=1e-12)


def test_four_values_by_hand() -> None:
    """1, 3, 2, 5 at years 0 to 3: slopes 2, 0.5, 4/3, -1, 1, 3, so the median is 7/6."""
    found = sen_slope(np.arange(4.0), np.array([1.0, 3.0, 2.0, 5.0]))
    assert found is not None
    assert found.value == pytest.approx(7 / 6)
    orders = list(itertools.permutations(range(4)))
    far = [o for o in orders if abs(_score(o)) >= _score((0, 2, 1, 3))]
    assert found.p == pytest.approx(len(far) / len(orders))


def _score(order: tuple[int, ...]) -> int:
    return sum((b > a) - (b < a) for a, b in itertools.combinations(order, 2))


@given(st.integers(5, 30), st.floats(-5, 5), st.integers(0, 2**32 - 1))
def test_a_longer_unit_of_time_makes_a_smaller_slope(n: int, slope: float, seed: int) -> None:
    """Time counted in a unit twice as long doubles slope and interval."""
    rng = np.random.default_rng(seed)
    time = np.arange(n, dtype=np.float64)
    value = slope * time + rng.normal(size=n)
    one, two = sen_slope(time, value), sen_slope(time / 2, value)
    assert one is not None
    assert two is not None
    assert two.value == pytest.approx(2 * one.value)
    assert two.p == one.p


def test_too_few_or_unfit_values() -> None:
    """Three points tell no slope; arrays of different length are an error."""
    assert sen_slope(np.arange(3.0), np.arange(3.0)) is None
    assert sen_slope(np.array([0.0, 0, 1, 1, 2]), np.arange(5.0)) is None
    with pytest.raises(ValueError, match="one length"):
        sen_slope(np.arange(4.0), np.arange(5.0))
    with pytest.raises(ValueError, match="finite"):
        sen_slope(np.arange(4.0), np.array([0, 1, np.nan, 2.0]))


def test_interval_covers_the_slope_nineteen_times_in_twenty() -> None:
    """Over seeded series of twelve years the interval holds the true slope in about 95 of 100."""
    rng = np.random.default_rng(11)
    time = np.arange(12.0)
    held = 0
    for _ in range(600):
        found = sen_slope(time, 0.7 * time + rng.normal(size=12))
        assert found is not None
        held += found.low <= 0.7 <= found.high
    assert 0.93 <= held / 600 <= 0.985
