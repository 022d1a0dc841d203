"""Small counts against scipy, and the bound of unusual counts by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from daliz.engine.counts import LEAST, poisson_interval, rate_ratio, unusual


@given(st.integers(0, 500))
def test_the_interval_is_that_of_chi_square_quantiles(count: int) -> None:
    """Garwood's interval: half the quantiles of chi-square with 2k and 2k + 2 degrees of freedom."""
    low, high = poisson_interval(count)
    assert low == pytest.approx(0.0 if count == 0 else stats.chi2.ppf(0.025, 2 * count) / 2)
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2)


def test_no_event_still_has_an_upper_end() -> None:
    """None in the period is at most 3.689 expected, as in the tables."""
    assert poisson_interval(0) == (0.0, pytest.approx(3.6889, abs=1e-4))


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.1, 50), st.floats(0.1, 50))
def test_the_ratio_is_the_exact_conditional_one(first: int, second: int, one: float, two: float) -> None:
    """Chance and interval are those of the binomial test on the sum of the counts."""
    found = rate_ratio(first, one, second, two)
    if first + second == 0:
        assert math.isnan(found.value)
        return
    witness = stats.binomtest(second, first + second, two / (one + two))
    assert found.p == pytest.approx(witness.pvalue, rel=1e-6)
    ends = witness.proportion_ci(method="exact")
    assert found.low == pytest.approx(ends.low / (1 - ends.low) * one / two, rel=1e-6)
    assert found.high == pytest.approx(
        math.inf if ends.high == 1 else ends.high / (1 - ends.high) * one / two, rel=1e-6
    )


def test_a_false_alarm_is_as_rare_as_it_should_be() -> None:
    """Over 1,500 quiet months of mean 6 the bound at 0.995 is passed in about five of a thousand."""
    rng = np.random.default_rng(3)
    passed = 0
    for _ in range(1500):
        counts = rng.poisson(6, 37).astype(float)
        bound = unusual(counts[:36], np.arange(36.0), np.ones(36), 36.0, 1.0)
        assert bound is not None
        passed += counts[36] > bound.upper
    assert 1 <= passed <= 22


def test_overdispersed_months_widen_the_bound() -> None:
    """Counts four times as variable as Poisson have a higher bound and still few false alarms."""
    rng = np.random.default_rng(4)
    passed, wider = 0, 0
    for _ in range(400):
        counts = rng.negative_binomial(2, 2 / (2 + 6), 37).astype(float)
        bound = unusual(counts[:36], np.arange(36.0), np.ones(36), 36.0, 1.0)
        assert bound is not None
        wider += bound.dispersion > 1.5
        passed += counts[36] > bound.upper
    assert wider > 300
    assert passed <= 16


def test_a_planted_rise_is_seen_and_a_past_outbreak_does_not_hide_it() -> None:
    """Three times the usual count is above the bound; one wild month of the past hardly moves it."""
    rng = np.random.default_rng(5)
    counts = rng.poisson(8, 36).astype(float)
    clean = unusual(counts, np.arange(36.0), np.ones(36), 36.0, 1.0)
    wild = counts.copy()
    wild[20] = 60
    after = unusual(wild, np.arange(36.0), np.ones(36), 36.0, 1.0)
    assert clean is not None
    assert after is not None
    assert clean.upper < 24
    assert after.upper < 24


def test_a_trend_is_followed() -> None:
    """Counts that double over three years are expected to go on; a flat mean would call them unusual."""
    time = np.arange(48.0)
    counts = np.round(5 * np.exp(time / 48 * math.log(4)))
    bound = unusual(counts, time, np.ones(48), 48.0, 1.0)
    assert bound is not None
    assert bound.trend
    assert bound.expected == pytest.approx(20, rel=0.1)


def test_short_history_gives_no_bound_and_nonsense_is_refused() -> None:
    """Eleven months are too few; negative counts and empty exposures are errors."""
    assert unusual(np.ones(LEAST - 1), np.arange(LEAST - 1.0), np.ones(LEAST - 1), 20.0, 1.0) is None
    with pytest.raises(ValueError, match="count"):
        poisson_interval(-1)
    with pytest.raises(ValueError, match="exposures"):
        rate_ratio(1, 0.0, 1, 1.0)
