"""Shares with intervals, and differences beyond noise.

Question: what share of cases keeps a standard, how sure is it, and which of many differences are real?
In and out: counts, times relative to their standard, and samples in; shares, intervals and p values out.
Method: Clopper and Pearson (Biometrika 1934) for decided cases; with open ones the estimate of Kaplan and
Meier (JASA 1958) of being done by the standard, with Greenwood's variance on the complementary log-log
scale; differences of means by a permutation test (Welch's t above `MOST_PERMUTED` values), intervals by the
bootstrap, that of a median drawn directly as an order statistic with a beta law; Holm (Scand. J. Stat. 1979)
over many differences.
Limits: cases are taken as independent; lots of a train that share a delay make intervals too narrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit
from scipy.special import betaincinv, ndtri, stdtr, stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["MOST_PERMUTED", "Difference", "difference", "exact_interval", "holm", "share_by_standard"]

MOST_PERMUTED = 4000
"""Values in both samples together up to which they are permuted; a choice of method, not a figure."""

REPLICATES = 1999


def exact_interval(
    kept: NDArray[np.int64], of: NDArray[np.int64], level: float = 0.95
) -> tuple[Floats, Floats]:
    """Clopper-Pearson interval of the share kept / of; NaN where `of` is 0.

    Examples
    --------
    >>> low, high = exact_interval(np.array([0]), np.array([10]))
    >>> round(float(high[0]), 4)
    0.3085
    """
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(kept > 0, betaincinv(np.maximum(kept, 1), of - kept + 1, tail), 0.0)
        high = np.where(kept < of, betaincinv(kept + 1, np.maximum(of - kept, 1), 1 - tail), 1.0)
    nothing = of == 0
    return np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)


def share_by_standard(
    group: NDArray[np.int64], relative: Floats, done: NDArray[np.bool_], groups: int, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Chance to be done by the standard, by group, open cases being censored.

    Parameters
    ----------
    group
        int64[n], below `groups`.
    relative
        Time over standard, float64[n]: of a case that is done its time, of an open one the time so far.
    done
        bool[n].
    groups
        Number of groups.
    level
        Of the interval.

    Returns
    -------
    (share, low, high): float64[groups], NaN where a group is empty. Where nothing is censored before the
    standard the interval is the exact one.
    """
    share, low, high, variance = (np.full(groups, np.nan) for _ in range(4))
    kept, of, censored = (np.zeros(groups, dtype=np.int64) for _ in range(3))
    order = np.lexsort((~done, relative, group))
    _kaplan_meier(group[order], relative[order], done[order], share, variance, kept, of, censored)
    exact = (censored == 0) & (of > 0)
    low[exact], high[exact] = exact_interval(kept[exact], of[exact], level)
    z = float(ndtri(1 - (1 - level) / 2))
    left = 1 - share
    with np.errstate(divide="ignore", invalid="ignore"):
        width = z * np.sqrt(variance) / np.abs(np.log(left))
        lows, highs = 1 - left ** np.exp(-width), 1 - left ** np.exp(width)
    some = ~exact & (of > 0) & (share > 0) & (share < 1)
    low[some], high[some] = lows[some], highs[some]
    # Nobody done yet, or the last one at risk done: the decided and the open ones bound the share.
    edge = ~exact & (of > 0) & ~some
    low[edge] = exact_interval(kept[edge], of[edge], level)[0]
    high[edge] = exact_interval(kept[edge] + censored[edge], of[edge], level)[1]
    return share, low, high


@njit(cache=True)
def _kaplan_meier(group, relative, done, share, variance, kept, of, censored):  # type: ignore[no-untyped-def]
    at = 0
    count = len(group)
    while at < count:
        end = at
        while end < count and group[end] == group[at]:
            end += 1
        this = group[at]
        left = 1.0
        spread = 0.0
        place = at
        while place < end and relative[place] <= 1.0:
            same = place
            finished = 0
            while same < end and relative[same] == relative[place]:
                finished += done[same]
                same += 1
            risk = end - place
            left *= 1.0 - finished / risk
            if risk > finished:
                spread += finished / (risk * (risk - finished))
            kept[this] += finished
            censored[this] += same - place - finished
            place = same
        of[this] = end - at
        share[this] = 1.0 - left
        variance[this] = spread
        at = end


class Difference(NamedTuple):
    """Second sample less first: of means and medians with their intervals, and the p value of the means."""

    mean: float
    mean_low: float
    mean_high: float
    median: float
    median_low: float
    median_high: float
    p: float


def difference(one: Floats, two: Floats, seed: int = 0, level: float = 0.95) -> Difference:
    """How far `two` lies from `one`, both of two values or more; the same seed gives the same answer."""
    random = np.random.default_rng(seed)
    tails = [(1 - level) / 2, (1 + level) / 2]
    mean = float(two.mean() - one.mean())
    medians = _medians(two, random) - _medians(one, random)
    median_low, median_high = (float(edge) for edge in np.quantile(medians, tails))
    if len(one) + len(two) <= MOST_PERMUTED:
        means = _bootstrapped(two, random) - _bootstrapped(one, random)
        low, high = (float(edge) for edge in np.quantile(means, tails))
        both = np.concatenate([one, two])
        far = _as_far(both, len(one), abs(mean), REPLICATES, int(random.integers(2**31)))
        p = (far + 1) / (REPLICATES + 1)
    else:
        parts = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
        error = float(np.sqrt(sum(parts)))
        if error == 0:
            low = high = mean
            p = 1.0 if mean == 0 else 0.0
        else:
            freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(two) - 1))
            low, high = (mean + error * float(edge) for edge in stdtrit(freedom, tails))
            p = float(2 * stdtr(freedom, -abs(mean) / error))
    return Difference(
        mean, low, high, float(np.median(two) - np.median(one)), median_low, median_high, p
    )  # fmt: skip


def _bootstrapped(sample: Floats, random: np.random.Generator) -> Floats:
    """Means of samples drawn with replacement."""
    drawn: Floats = sample[random.integers(0, len(sample), (REPLICATES, len(sample)))].mean(axis=1)
    return drawn


def _medians(sample: Floats, random: np.random.Generator) -> Floats:
    """Medians of samples drawn with replacement: the middle one of n uniform ranks has a beta law."""
    ordered = np.sort(sample)
    n = len(ordered)
    middle = (n + 1) / 2
    ranks = random.beta(middle, n + 1 - middle, REPLICATES)
    return ordered[np.minimum((ranks * n).astype(np.int64), n - 1)]


@njit(cache=True)
def _as_far(values, size, observed, times, seed):  # type: ignore[no-untyped-def]
    """How many of `times` random splits differ in their means at least as much as the observed one."""
    np.random.seed(seed)  # noqa: NPY002
    total = values.sum()
    far = 0
    for _ in range(times):
        # A random subset of `size` by the first steps of a shuffle.
        part = 0.0
        for at in range(size):
            other = at + np.random.randint(0, len(values) - at)  # noqa: NPY002
            values[at], values[other] = values[other], values[at]
            part += values[at]
        gap = abs((total - part) / (len(values) - size) - part / size)
        if gap >= observed * (1 - 1e-12):
            far += 1
    return far


def holm(p: Floats) -> Floats:
    """P values made larger so that the chance of any false alarm among them stays below the level.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(6).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(scaled, 1.0)
    return adjusted
