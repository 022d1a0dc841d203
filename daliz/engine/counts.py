"""Small counts: exact intervals for rates, ratios of two rates, and a bound above which a count is unusual.

Question: how sure is a rate of a handful of events, did it change, and is this month's count out of line?
In and out: counts and exposures in; rates with intervals, ratios with a chance, an upper bound out.
Method: the interval of a Poisson count is that of Garwood (1936) by quantiles of chi-square; a ratio of two
rates conditions on the sum of the counts, which is binomial (Clopper and Pearson 1934; Przyborowski and
Wilenski 1940). The bound is that of Farrington, Andrews, Beale and Catchpole (1996) with the reweighting
of past outbreaks of Noufal and others (2013): quasi-Poisson regression with a log-linear trend over
comparable past periods, overdispersion of at least one, and a prediction bound on the scale of the 2/3 power.
Limits: events are taken as independent given the rate; a bound needs `LEAST` comparable past periods.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LEAST", "Bound", "Ratio", "poisson_interval", "rate_ratio", "unusual"]

LEAST = 12
"""Fewest comparable past periods from which a bound is told."""

_TREND_LEAST = 24
_Z_995 = 2.5758293035489004
_OUTBREAK = 2.58
"""Standardised residual above which a past period is weighted down (Noufal and others 2013)."""


@dataclass(frozen=True)
class Ratio:
    """Ratio of the second rate to the first, its 95 per cent interval and the two-sided chance if equal."""

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Bound:
    """What was expected and the upper bound; `dispersion` of the history, `trend` whether one was fitted."""

    expected: float
    upper: float
    dispersion: float
    trend: bool
    n: int


def poisson_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of the mean of a Poisson count (Garwood).

    Raises
    ------
    ValueError
        when the count is negative or the level is not between nothing and one.

    Examples
    --------
    >>> low, high = poisson_interval(3)
    >>> round(low, 4), round(high, 4)
    (0.6187, 8.7673)
    """
    if count < 0 or not 0 < level < 1:
        raise ValueError("a count of at least nothing and a level between nothing and one")
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(special.gammaincinv(count, tail))
    return low, float(special.gammaincinv(count + 1, 1 - tail))


def rate_ratio(first: int, first_exposure: float, second: int, second_exposure: float) -> Ratio:
    """Ratio of the second rate to the first by the exact conditional test.

    Raises
    ------
    ValueError
        when a count is negative or an exposure is not above nothing.
    """
    if min(first, second) < 0 or min(first_exposure, second_exposure) <= 0:
        raise ValueError("counts of at least nothing and exposures above nothing")
    whole = first + second
    share = second_exposure / (first_exposure + second_exposure)
    if whole == 0:
        return Ratio(math.nan, 0.0, math.inf, 1.0)
    low = 0.0 if second == 0 else float(special.betaincinv(second, first + 1, 0.025))
    high = 1.0 if first == 0 else float(special.betaincinv(second + 1, first, 0.975))
    scale = first_exposure / second_exposure
    value = math.inf if first == 0 else second / first * scale
    return Ratio(
        value,
        low / (1 - low) * scale,
        math.inf if high == 1 else high / (1 - high) * scale,
        _binomial_chance(second, whole, share),
    )


def _binomial_chance(count: int, whole: int, share: float) -> float:
    """Two-sided chance: all outcomes no likelier than the one seen."""
    ks = np.arange(whole + 1)
    logs = (
        special.gammaln(whole + 1)
        - special.gammaln(ks + 1)
        - special.gammaln(whole - ks + 1)
        + ks * math.log(share)
        + (whole - ks) * math.log1p(-share)
    )
    return float(min(1.0, np.exp(logs[logs <= logs[count] + 1e-9]).sum()))


def unusual(past: Floats, when: Floats, exposure: Floats, now: float, exposure_now: float) -> Bound | None:
    """Upper bound of a count now, from counts of comparable past periods; None where they are too few.

    Parameters
    ----------
    past, when, exposure
        Counts of past periods, their times (any unit) and exposures (ones where none is known).
    now, exposure_now
        Time and exposure of the period that is judged.
    """
    count = np.asarray(past, dtype=np.float64)
    if len(count) < LEAST:
        return None
    weight = np.ones(len(count))
    time = np.asarray(when, dtype=np.float64)
    offset = np.log(np.asarray(exposure, dtype=np.float64))
    if count.sum() == 0:
        return Bound(0.0, 0.0, 1.0, False, len(count))
    trend = len(count) >= _TREND_LEAST
    centre, spread = time.mean(), max(float(np.ptp(time)), 1e-12)

    def design(at: Floats) -> Floats:
        ones = np.ones((len(at), 1))
        return np.hstack([ones, ((at - centre) / spread)[:, None]]) if trend else ones

    fit = _fitted(count, design(time), offset, weight)
    if trend and abs(fit[0][1]) < 1.96 * math.sqrt(max(fit[2], 1.0) * fit[1][1, 1]):
        trend = False  # a trend that could be chance would only widen the bound
        fit = _fitted(count, design(time), offset, weight)
    for _ in range(2):
        mean = np.exp(design(time) @ fit[0] + offset)
        residual = (
            1.5 * (count ** (2 / 3) - mean ** (2 / 3)) / (mean ** (1 / 6) * math.sqrt(max(fit[2], 1.0)))
        )
        heavy = residual > _OUTBREAK
        weight = np.where(heavy, np.maximum(residual, 1.0) ** -2, 1.0)
        weight *= len(weight) / weight.sum()
        fit = _fitted(count, design(time), offset, weight)
    row = design(np.array([now]))[0]
    mean_now = float(np.exp(row @ fit[0]) * exposure_now)
    dispersion = max(1.0, fit[2])
    spread_now = dispersion + mean_now * float(row @ fit[1] @ row) * dispersion
    upper = mean_now * (1 + 2 / 3 * _Z_995 * math.sqrt(spread_now / mean_now)) ** 1.5
    return Bound(mean_now, upper, dispersion, trend, len(count))


def _fitted(count: Floats, design: Floats, offset: Floats, weight: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, their covariance at dispersion one, and the dispersion, by reweighted least squares."""
    beta: Floats = np.zeros(design.shape[1])
    beta[0] = math.log(max(count.sum(), 0.5) / np.exp(offset).sum())
    for _ in range(50):
        mean = np.exp(np.clip(design @ beta + offset, -30, 30))
        information = design.T @ (design * (weight * mean)[:, None])
        step = np.linalg.solve(information + 1e-10 * np.eye(len(beta)), design.T @ (weight * (count - mean)))
        beta = beta + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-9:
            break
    mean = np.exp(np.clip(design @ beta + offset, -30, 30))
    covariance: Floats = np.asarray(
        np.linalg.inv(design.T @ (design * (weight * mean)[:, None]) + 1e-10 * np.eye(len(beta))),
        dtype=np.float64,
    )
    freedom = max(1, len(count) - len(beta))
    dispersion = float((weight * (count - mean) ** 2 / np.maximum(mean, 1e-9)).sum() / freedom)
    return beta, covariance, dispersion
