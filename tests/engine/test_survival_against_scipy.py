"""Survival curves and the log-rank test: by hand, on published data, and against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from daliz.engine.survival import kaplan_meier, log_rank

PROPERTY = settings(deadline=None, derandomize=True, max_examples=80)

# Weeks of remission of leukaemia: 21 patients on 6-MP, 21 on placebo (Freireich and others 1963, as in
# Kalbfleisch and Prentice, section 1.1). True where the relapse was seen.
TREATED = np.array(
    [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float
)
RELAPSED = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
PLACEBO = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], dtype=float)


def both() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    time = np.concatenate([TREATED, PLACEBO])
    seen = np.concatenate([RELAPSED, np.ones(21, dtype=bool)])
    return time, seen, np.repeat([0, 1], 21)


def test_a_curve_by_hand() -> None:
    """Ends at 2, 3 and 7 of six, cut off at 3, 5 and 9: 5/6, then 4/5 of it, then 1/2 of that."""
    curve = kaplan_meier(np.array([2, 3, 3, 5, 7, 9.0]), np.array([1, 1, 0, 0, 1, 0], dtype=bool))
    assert curve.time.tolist() == [2, 3, 7]
    assert curve.at_risk.tolist() == [6, 5, 2]
    assert curve.survival == pytest.approx([5 / 6, 4 / 6, 2 / 6])
    # Greenwood at 7: 1/30 + 1/20 + 1/2; the band on the scale of log(-log S).
    spread = math.sqrt(1 / 30 + 1 / 20 + 1 / 2) / math.log(3)
    assert curve.low[2] == pytest.approx((1 / 3) ** math.exp(1.959963985 * spread))
    assert curve.high[2] == pytest.approx((1 / 3) ** math.exp(-1.959963985 * spread))
    assert curve.median.value == 7
    assert curve.median.high == math.inf


def test_the_published_curve_of_the_leukaemia_trial() -> None:
    """Remission on 6-MP: .857, .807, .753, .690, .627, .538 and .448; the median is 23 weeks, else 8."""
    curve = kaplan_meier(TREATED, RELAPSED)
    assert curve.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert (curve.n, curve.ends) == (21, 9)
    assert curve.median.value == 23
    assert kaplan_meier(PLACEBO, np.ones(21, dtype=bool)).median.value == 8


def test_the_published_log_rank_of_the_leukaemia_trial() -> None:
    """Chi-squared is 16.79 on one degree, with 19.3 and 10.7 relapses expected."""
    test = log_rank(*both())
    assert test.chi2 == pytest.approx(16.79, abs=0.005)
    assert test.expected == pytest.approx([19.25, 10.75], abs=0.01)
    assert test.freedom == 1
    assert test.p == pytest.approx(4.17e-5, rel=1e-2)


samples = st.lists(
    st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=25
).filter(lambda rows: any(seen for _, seen in rows))  # fmt: skip


def split(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([t for t, _ in rows], dtype=float), np.array([s for _, s in rows], dtype=bool)


@PROPERTY
@given(samples)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_curve_is_that_of_scipy(rows: list[tuple[int, bool]]) -> None:
    """Survival and the log-log band are those of scipy.stats.ecdf, ties and cut-offs included."""
    time, seen = split(rows)
    data = stats.CensoredData.right_censored(time, ~seen)
    theirs = stats.ecdf(data).sf
    band = theirs.confidence_interval(method="log-log")
    curve = kaplan_meier(time, seen)
    at = np.searchsorted(theirs.quantiles, curve.time)
    assert curve.survival == pytest.approx(theirs.probabilities[at])
    told = ~np.isnan(curve.low)
    assert curve.low[told] == pytest.approx(band.low.probabilities[at][told])
    assert curve.high[told] == pytest.approx(band.high.probabilities[at][told])


@PROPERTY
@given(samples, samples)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_two_groups_are_told_apart_as_by_scipy(
    one: list[tuple[int, bool]], other: list[tuple[int, bool]]
) -> None:
    """The statistic for two groups is the square of the one of scipy.stats.logrank, with its p."""
    (t1, s1), (t2, s2) = split(one), split(other)
    theirs = stats.logrank(
        stats.CensoredData.right_censored(t1, ~s1), stats.CensoredData.right_censored(t2, ~s2)
    )
    ours = log_rank(np.concatenate([t1, t2]), np.concatenate([s1, s2]), np.repeat([0, 1], [t1.size, t2.size]))
    if ours.freedom:
        assert ours.chi2 == pytest.approx(theirs.statistic**2, abs=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue, abs=1e-9)
    else:
        assert ours.p == 1


def test_three_groups_by_their_covariance() -> None:
    """With three groups the statistic is a quadratic form in any two of the excesses."""
    time = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9.0])
    seen = np.ones(9, dtype=bool)
    group = np.array([0, 0, 1, 0, 1, 1, 2, 2, 2])
    test = log_rank(time, seen, group)
    # By hand over the nine times: at risk by group, expected = sum of shares, covariance of the first two.
    risk = np.array([[np.count_nonzero(group[time >= t] == g) for g in range(3)] for t in time], dtype=float)
    share = risk / risk.sum(axis=1, keepdims=True)
    excess = np.array([3, 3]) - share[:, :2].sum(axis=0)
    covariance = sum(np.diag(row[:2]) - np.outer(row[:2], row[:2]) for row in share)
    assert test.freedom == 2
    assert test.chi2 == pytest.approx(float(excess @ np.linalg.solve(covariance, excess)))
    assert test.p == pytest.approx(math.exp(-test.chi2 / 2))


def test_nothing_seen_gives_no_curve_and_no_difference() -> None:
    """Where no end was seen nothing is known but that it takes longer."""
    curve = kaplan_meier(np.array([3.0, 5.0]), np.zeros(2, dtype=bool))
    assert curve.time.size == 0
    assert curve.median.value == math.inf
    assert log_rank(np.array([3.0, 5.0]), np.zeros(2, dtype=bool), np.array([0, 1])).p == 1
    assert log_rank(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)).p == 1


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_a_time_that_is_none_is_refused(bad: float) -> None:
    """Negative and endless times have no place on a curve."""
    with pytest.raises(ValueError, match="numbers from 0 on"):
        kaplan_meier(np.array([1.0, bad]), np.ones(2, dtype=bool))
