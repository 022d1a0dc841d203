"""Times until something happens, where for some it has not happened yet.

Question: which share is still there after so long, how long does half of it take, and do groups differ?
In and out: arrays of times and of whether the end was seen in; curves, medians and a test out.
Method: the estimator of Kaplan and Meier (1958), its variance by Greenwood's formula, and an interval on the
scale of log(-log S), which stays between nothing and one (Kalbfleisch and Prentice, The Statistical Analysis
of Failure Time Data, 2nd ed., section 1.4). The interval of the median is that of Brookmeyer and Crowley
(1982): the times at which the band covers one half. Groups are compared by the log-rank test of Mantel (1966)
with the hypergeometric covariance, for any number of groups.
Limits: being cut off must not depend on what would have come; the intervals are those of large samples, and
where only a handful of ends was seen they are rough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Curve", "LogRank", "Median", "kaplan_meier", "log_rank"]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Median:
    """Half time with its interval; infinite where the curve or the band never comes down to one half."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A survival curve: one entry for each time at which an end was seen, in order.

    `time`, `at_risk`, `ended` and `survival` just after the time; `low` and `high` are the band, not a number
    where the curve stands at nothing or the variance is not defined. `n` is how many there were, `ends` how
    many ends were seen.
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    ended: NDArray[np.int64]
    survival: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: int
    ends: int

    @property
    def median(self) -> Median:
        """First time at which no more than half is left, and first times at which the band is that low.

        The lower end is not a number where the band is not defined so early.
        """
        value, low, high = (_first_low(self.time, curve) for curve in (self.survival, self.low, self.high))
        return Median(value, math.nan if low > value else low, high)


def _first_low(time: NDArray[np.float64], curve: NDArray[np.float64]) -> float:
    down = np.flatnonzero(curve <= _HALF + _ROUND)
    return float(time[down[0]]) if down.size else math.inf


_HALF = 0.5
_ROUND = 1e-12
_ROUND_RANK = 1e-10


def kaplan_meier(time: NDArray[np.float64], seen: NDArray[np.bool_], confidence: float = CONFIDENCE) -> Curve:
    """The share that is left after each time.

    Parameters
    ----------
    time
        float64[n], not negative: time to the end, or to the last look where no end was seen.
    seen
        bool[n]: whether the end was seen; False is cut off (right censored).
    confidence
        Level of the band, between nothing and one.

    Raises
    ------
    ValueError
        when a time is negative or not a number, or the level is not between nothing and one.

    Examples
    --------
    Ends after 2, 3 and 5, one cut off after 3: 3/4, then 3/4 * 2/3, then nothing is left.

    >>> kaplan_meier(np.array([2.0, 3.0, 3.0, 5.0]), np.array([True, True, False, True])).survival
    array([0.75, 0.5 , 0.  ])
    """
    from scipy.special import ndtri

    if not 0 < confidence < 1 or not (np.isfinite(time).all() and (time >= 0).all()):
        raise ValueError("times must be numbers from 0 on, and the level between 0 and 1")
    times, ended, at_risk = _counts(time, seen)
    survival: NDArray[np.float64] = np.cumprod(1 - ended / at_risk).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(ended / (at_risk * (at_risk - ended)))) / np.abs(np.log(survival))
        reach = ndtri((1 + confidence) / 2) * spread
        low, high = survival ** np.exp(reach), survival ** np.exp(-reach)
    open_band = (survival <= 0) | ~np.isfinite(spread)
    low, high = np.where(open_band, np.nan, low), np.where(open_band, np.nan, high)
    return Curve(times, at_risk, ended, survival, low, high, int(time.size), int(np.count_nonzero(seen)))


def _counts(
    time: NDArray[np.float64], seen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Times at which ends were seen, how many ended then, and how many had not ended before."""
    times, ended = np.unique(time[seen], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), times, side="left")
    return times, ended.astype(np.int64), at_risk.astype(np.int64)


@dataclass(frozen=True)
class LogRank:
    """Test statistic, degrees of freedom, chance of one as large, and ends seen and expected by group."""

    chi2: float
    freedom: int
    p: float
    seen: NDArray[np.float64]
    expected: NDArray[np.float64]


def log_rank(time: NDArray[np.float64], seen: NDArray[np.bool_], group: NDArray[np.int64]) -> LogRank:
    """Whether the groups end at the same pace.

    Parameters
    ----------
    time, seen
        As in `kaplan_meier`.
    group
        int64[n], from 0 to the number of groups less one.

    Returns
    -------
    LogRank; with fewer than two groups, or where nothing can tell them apart, `p` is 1 and `freedom` 0.
    """
    from scipy.special import chdtrc

    groups = int(group.max()) + 1 if group.size else 0
    times, ended, at_risk = _counts(time, seen)
    mine = np.stack([_at_risk(time[group == one], times) for one in range(groups)]) if groups else None
    if mine is None:
        return LogRank(0.0, 0, 1.0, np.zeros(0), np.zeros(0))
    counted = np.array([np.count_nonzero(seen & (group == one)) for one in range(groups)], dtype=np.float64)
    share = mine / at_risk
    expected = (share * ended).sum(axis=1)
    weight = np.where(at_risk > 1, ended * (at_risk - ended) / np.maximum(at_risk - 1, 1), 0.0)
    covariance = np.diag((share * weight).sum(axis=1)) - (share * weight) @ share.T
    spread, axes = np.linalg.eigh(covariance)
    real = spread > _ROUND_RANK * max(1.0, float(spread.max()))
    freedom = int(np.count_nonzero(real))
    if not freedom:
        return LogRank(0.0, 0, 1.0, counted, expected)
    along = (counted - expected) @ axes[:, real]
    chi2 = float((along**2 / spread[real]).sum())
    return LogRank(chi2, freedom, float(chdtrc(freedom, chi2)), counted, expected)


def _at_risk(time: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    left = time.size - np.searchsorted(np.sort(time), times, side="left")
    return left.astype(np.float64)
