"""Slopes of short series without a model of their errors.

Question: does a series of a few periods rise or fall, by how much a year, and could that be chance?
In and out: times and values in; a slope with its interval and a two-sided chance out.
Method: the slope is the median of the slopes of all pairs (Theil 1950; Sen 1968), its interval comes from the
ranks of these slopes by the normal approximation of Kendall's S with ties (Sen 1968; Hollander and Wolfe,
Nonparametric Statistical Methods, 2nd ed., section 9.3), the chance from S itself (Mann 1945) with the
correction for continuity, counted exactly for up to ten values without ties.
Limits: values are taken as independent of each other; a series with a season needs whole years.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAST", "Slope", "sen_slope"]

LEAST = 4
"""Fewest values of which a slope is told: with three no order at all would be rarer than one in five."""

_EXACT = 10
_NORMAL_975 = 1.959963984540054


@dataclass(frozen=True)
class Slope:
    """Change a unit of time; `low`, `high` the 95 per cent interval (infinite where few), `p` the chance."""

    value: float
    low: float
    high: float
    p: float
    n: int


def sen_slope(time: NDArray[np.float64], value: NDArray[np.float64]) -> Slope | None:
    """Median slope of a series, or None where fewer than `LEAST` different times are given.

    Parameters
    ----------
    time, value
        Arrays of one length; values at one time are compared with those of other times only.

    Raises
    ------
    ValueError
        when the arrays differ in length or hold what is not a number.
    """
    t, y = np.asarray(time, dtype=np.float64), np.asarray(value, dtype=np.float64)
    if t.shape != y.shape or t.ndim != 1 or not (np.isfinite(t).all() and np.isfinite(y).all()):
        raise ValueError("time and value must be two arrays of one length and finite")
    n = len(t)
    if len(np.unique(t)) < LEAST:
        return None
    first, second = np.triu_indices(n, 1)
    apart = t[second] - t[first]
    kept = apart != 0
    slopes = np.sort((y[second] - y[first])[kept] / apart[kept])
    score = int(np.sign(slopes).sum())
    sd = math.sqrt(_variance(t, y))
    half = _NORMAL_975 * sd
    low_at = math.floor((len(slopes) - half) / 2)
    high_at = math.ceil((len(slopes) + half) / 2)
    low = float(slopes[low_at - 1]) if low_at >= 1 else -math.inf
    high = float(slopes[high_at]) if high_at < len(slopes) else math.inf
    return Slope(float(np.median(slopes)), low, high, _chance(score, sd, t, y), n)


def _variance(t: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Variance of Kendall's S when nothing changes, with ties on either side."""
    n = len(t)
    ties = [np.unique(one, return_counts=True)[1].astype(np.float64) for one in (t, y)]
    outer = [float((k * (k - 1) * (2 * k + 5)).sum()) for k in ties]
    three = [float((k * (k - 1) * (k - 2)).sum()) for k in ties]
    two = [float((k * (k - 1)).sum()) for k in ties]
    return (
        (n * (n - 1) * (2 * n + 5) - sum(outer)) / 18
        + three[0] * three[1] / (9 * n * (n - 1) * (n - 2))
        + two[0] * two[1] / (2 * n * (n - 1))
    )


def _chance(score: int, sd: float, t: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    n = len(t)
    if n <= _EXACT and len(np.unique(t)) == len(np.unique(y)) == n:
        counts = _orders(n)
        pairs = n * (n - 1) // 2
        least = (pairs - abs(score)) // 2
        return min(1.0, 2 * sum(counts[: least + 1]) / math.factorial(n))
    if sd == 0:
        return 1.0
    return math.erfc(max(0.0, abs(score) - 1) / sd / math.sqrt(2))


@cache
def _orders(n: int) -> tuple[int, ...]:
    """How many orders of `n` values have 0, 1, 2 ... pairs the wrong way round."""
    counts = [1]
    for size in range(2, n + 1):
        wider = [0] * (len(counts) + size - 1)
        for at, count in enumerate(counts):
            for more in range(size):
                wider[at + more] += count
        counts = wider
    return tuple(counts)
