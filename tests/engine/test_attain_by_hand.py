"""Shares and differences: published intervals, Kaplan-Meier by hand, coverage and false alarms counted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from daliz.engine.attain import difference, exact_interval, holm, share_by_standard


def test_exact_intervals_are_those_of_the_tables() -> None:
    """0, 5, 10 of 10: (0, 0.3085), (0.1871, 0.8129), (0.6915, 1) (Clopper, Pearson 1934); of 0 nothing."""
    low, high = exact_interval(np.array([0, 5, 10, 0]), np.array([10, 10, 10, 0]))
    assert low[:3] == pytest.approx([0.0, 0.1871, 0.6915], abs=1e-4)
    assert high[:3] == pytest.approx([0.3085, 0.8129, 1.0], abs=1e-4)
    assert np.isnan(low[3])
    assert np.isnan(high[3])


def test_open_cases_are_at_risk_until_they_are_last_seen() -> None:
    """Done at 0.2 and 0.6, open at 0.4, late: 1 - (3/4)(1/2) = 0.625, between 2 of 4 and 3 of 4 done."""
    group = np.zeros(4, dtype=np.int64)
    relative, done = np.array([0.2, 0.4, 0.6, 2.0]), np.array([True, False, True, True])
    share, low, high = share_by_standard(group, relative, done, 1)
    assert share[0] == pytest.approx(0.625)
    # Greenwood: 1/(4*3) + 1/(2*1) = 7/12; log-log: 1 - 0.375^exp(+-1.96 sqrt(7/12)/|ln 0.375|).
    width = 1.959964 * np.sqrt(7 / 12) / abs(np.log(0.375))
    assert low[0] == pytest.approx(1 - 0.375 ** np.exp(-width), abs=1e-6)
    assert high[0] == pytest.approx(1 - 0.375 ** np.exp(width), abs=1e-6)


def test_without_open_cases_the_estimate_is_the_plain_share() -> None:
    """Seven of ten within the standard: 0.7 with the exact interval."""
    relative = np.array([0.1] * 7 + [2.0] * 3)
    share, low, high = share_by_standard(np.zeros(10, np.int64), relative, np.ones(10, bool), 1)
    exact = exact_interval(np.array([7]), np.array([10]))
    assert (share[0], low[0], high[0]) == (pytest.approx(0.7), exact[0][0], exact[1][0])


def test_groups_where_nobody_is_done_are_bounded_by_the_open_ones() -> None:
    """Three open cases say nothing: from 0 to 1; an empty group has no share."""
    share, low, high = share_by_standard(np.zeros(3, np.int64), np.full(3, 0.5), np.zeros(3, bool), 2)
    assert (share[0], low[0], high[0]) == (0.0, 0.0, 1.0)
    assert np.isnan(share[1])


def test_open_cases_left_out_would_flatter() -> None:
    """Cut a log at random moments: the estimate stays near the true 0.75, the share of decided does not."""
    random = np.random.default_rng(3)
    estimates, plain, inside = [], [], 0
    for _ in range(300):
        true = random.exponential(1 / np.log(4), 200)
        seen = random.uniform(0.0, 2.0, 200)
        done, time = true <= seen, np.minimum(true, seen)
        relative = np.where(done & (time > 1), 2.0, time)
        share, low, high = share_by_standard(np.zeros(200, np.int64), relative, done, 1)
        estimates.append(share[0])
        decided = done | (time > 1)
        plain.append((done & (time <= 1)).sum() / decided.sum())
        inside += bool(low[0] <= 0.75 <= high[0])
    assert np.mean(estimates) == pytest.approx(0.75, abs=0.01)
    assert abs(np.mean(plain) - 0.75) > 0.03
    assert inside / 300 == pytest.approx(0.95, abs=0.03)


def test_the_permutation_test_agrees_with_all_permutations() -> None:
    """1, 2, 3 against 4, 5, 9: of 20 splits two are as far apart, so p is near 0.1."""
    found = difference(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 9.0]))
    assert (found.mean, found.median) == (4.0, 3.0)
    assert found.p == pytest.approx(0.1, abs=0.02)
    assert found.mean_low < 4.0 < found.mean_high


def test_large_samples_take_welchs_test() -> None:
    """Above 4,000 values the p value and the interval are those of scipy's Welch test."""
    random = np.random.default_rng(1)
    one, two = random.lognormal(0, 1, 3000), random.lognormal(0.05, 1.2, 3000)
    theirs = ttest_ind(two, one, equal_var=False)
    found = difference(one, two)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.mean_low, found.mean_high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))


def test_median_intervals_cover() -> None:
    """Of 150 pairs of samples with medians one apart about 95 in 100 intervals hold the difference."""
    random = np.random.default_rng(2)
    inside = 0
    for seed in range(150):
        found = difference(random.normal(0, 1, 60), random.normal(1, 1, 60), seed)
        inside += found.median_low <= 1 <= found.median_high
    assert inside / 150 == pytest.approx(0.95, abs=0.045)


def test_holm_by_hand() -> None:
    """0.01, 0.04, 0.03 become 0.03, 0.06, 0.06; never above one; nothing of nothing."""
    assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert holm(np.array([0.6, 0.9])).tolist() == [1.0, 1.0]
    assert holm(np.array([])).tolist() == []


def test_the_same_seed_gives_the_same_answer() -> None:
    """Two calls agree to the last digit; the samples are not touched."""
    one, two = np.array([3.0, 1.0, 2.0]), np.array([2.0, 5.0, 4.0, 1.0])
    assert difference(one, two, 7) == difference(one, two, 7)
    assert one.tolist() == [3.0, 1.0, 2.0]
