"""Series before and after: a level and slope change with errors that remember the month before.

Question: by how much did a series change at a known time, beyond its own trend, season and memory?
In and out: one or many series over the same times and a design in; estimates, intervals and diagnostics out.
Method: generalised least squares with errors of one lag, whose memory and variance are those of restricted
maximum likelihood (a grid over the memory, refined by a parabola); degrees of freedom by Satterthwaite's
approximation, with the derivatives of the variance by memory and scale and the inverse of their observed
information. That combination kept its coverage best in short interrupted series (Turner, Forbes,
Karahalios, Taljaard and McKenzie 2021). Missing months lengthen the step between two points and are not
filled in.
Limits: errors of one lag and one variance; a change that comes slowly is averaged over the periods after.
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

__all__ = ["Fit", "design", "fit_ar1", "ljung_box"]

_GRID = np.round(np.arange(-0.50, 0.985, 0.01), 2)
_PERIOD = 12.0
_SEASON_LEAST = 24
_LEAST_DF = 2.0


@dataclass(frozen=True)
class Fit:
    """Estimates of k series: contrast, standard error, degrees of freedom, memory and scale, float64[k] each.

    `beta` float64[p, k]; `innovations` float64[n, k]: residuals with the memory taken out, in standard
    deviations.
    """

    estimate: Floats
    se: Floats
    df: Floats
    memory: Floats
    scale: Floats
    beta: Floats
    innovations: Floats

    def half_width(self, level: float = 0.95) -> Floats:
        """Half of the interval of the contrast."""
        return np.asarray(special.stdtrit(self.df, (1 + level) / 2) * self.se, dtype=np.float64)

    @property
    def p(self) -> Floats:
        """Two-sided chance of an estimate so far from nothing."""
        return np.asarray(2 * special.stdtr(self.df, -np.abs(self.estimate / self.se)), dtype=np.float64)


def design(
    times: Floats, at: float, season: bool, slope: bool = True, trend: bool = True
) -> tuple[Floats, Floats]:
    """Columns of an interrupted series, and the contrast that is the mean change over the time after.

    Parameters
    ----------
    times
        Months as whole numbers, growing.
    at
        First month after the change.
    season
        Whether yearly and half-yearly waves are in it (only with two years of data).
    slope, trend
        Whether the slope may change, and whether there is one before.
    """
    t = np.asarray(times, dtype=np.float64)
    after = (t >= at).astype(np.float64)
    columns = [np.ones(len(t))]
    if trend:
        columns.append((t - at) / _PERIOD)
    level = len(columns)
    columns.append(after)
    contrast_at = {level: 1.0}
    if slope:
        columns.append(after * (t - at) / _PERIOD)
        contrast_at[level + 1] = float(((t[t >= at] - at) / _PERIOD).mean()) if after.any() else 0.0
    if season and len(t) >= _SEASON_LEAST:
        for wave in (1, 2):
            angle = 2 * math.pi * wave * t / _PERIOD
            columns += [np.sin(angle), np.cos(angle)]
    contrast = np.zeros(len(columns))
    for place, weight in contrast_at.items():
        contrast[place] = weight
    return np.column_stack(columns), contrast


def fit_ar1(values: Floats, columns: Floats, contrast: Floats, times: Floats) -> Fit:
    """Restricted maximum likelihood with errors of one lag.

    Parameters
    ----------
    values
        float64[n] or float64[n, k]: k series at the same times.
    columns
        float64[n, p] of full rank.
    contrast
        float64[p]: the combination of coefficients that is asked for.
    times
        float64[n], growing whole numbers; a gap is a longer step.

    Raises
    ------
    ValueError
        when there are not more points than columns, or columns depend on each other.
    """
    y = np.asarray(values, dtype=np.float64)
    y = y[:, None] if y.ndim == 1 else y
    x = np.asarray(columns, dtype=np.float64)
    n, p = x.shape
    if n <= p or np.linalg.matrix_rank(x) < p:
        raise ValueError("more points than columns, and columns that do not depend on each other")
    steps = np.diff(np.asarray(times, dtype=np.float64))
    rss = np.empty((len(_GRID), y.shape[1]))
    shape = np.empty(len(_GRID))
    spread = np.empty(len(_GRID))
    for row, memory in enumerate(_GRID):
        rss[row], shape[row], spread[row] = _at(memory, y, x, contrast, steps)[:3]
    freedom = n - p
    like = -0.5 * (freedom * np.log(rss / freedom) + shape[:, None])
    best = np.clip(like.argmax(axis=0), 1, len(_GRID) - 2)
    return _told(best, like, (rss, shape, spread), (y, x, contrast, steps))


def _at(
    memory: float, y: Floats, x: Floats, contrast: Floats, steps: Floats
) -> tuple[Floats, float, float, Floats, Floats]:
    """Residual sums, log determinants, variance of the contrast at scale one, coefficients, innovations."""
    carry = np.sign(memory) ** steps * np.abs(memory) ** steps if memory else np.zeros(len(steps))
    left = np.sqrt(1 - carry**2)

    def white(block: Floats) -> Floats:
        out = block.copy()
        out[1:] = (block[1:] - carry[:, None] * block[:-1]) / left[:, None]
        return out

    xs, ys = white(x), white(y)
    gram = xs.T @ xs
    beta: Floats = np.asarray(np.linalg.solve(gram, xs.T @ ys), dtype=np.float64)
    residual = ys - xs @ beta
    log_det = 2 * float(np.log(left).sum()) + float(np.linalg.slogdet(gram)[1])
    variance = float(contrast @ np.linalg.solve(gram, contrast))
    return (residual**2).sum(axis=0), log_det, variance, beta, residual


def _told(
    best: NDArray[np.int64], like: Floats, grid: tuple[Floats, Floats, Floats],
    data: tuple[Floats, Floats, Floats, Floats],
) -> Fit:  # fmt: skip
    """Estimates at the refined memory of each series, with degrees of freedom by Satterthwaite."""
    rss, shape, spread = grid
    y, x, contrast, steps = data
    n, p = x.shape
    freedom, k, step = n - p, y.shape[1], float(_GRID[1] - _GRID[0])
    each = np.arange(k)
    below, middle, above = (like[best + shift, each] for shift in (-1, 0, 1))
    curve = np.minimum(below - 2 * middle + above, -1e-9)
    memory = np.clip(_GRID[best] - 0.5 * step * (above - below) / curve, _GRID[0], _GRID[-1])
    estimate, variance, scale = np.empty(k), np.empty(k), np.empty(k)
    beta, innovations = np.empty((p, k)), np.empty((n, k))
    for one in range(k):
        sums, _, spread_one, coefficients, residual = _at(float(memory[one]), y[:, [one]], x, contrast, steps)
        scale[one] = max(float(sums[0]) / freedom, 1e-300)
        estimate[one] = float(contrast @ coefficients[:, 0])
        variance[one] = scale[one] * spread_one
        beta[:, one] = coefficients[:, 0]
        innovations[:, one] = residual[:, 0] / math.sqrt(scale[one])
    slope_v = (spread[best + 1] - spread[best - 1]) / (2 * step)
    slope_r = (rss[best + 1, each] - rss[best - 1, each]) / (2 * step)
    bend_r = (rss[best + 1, each] - 2 * rss[best, each] + rss[best - 1, each]) / step**2
    bend_h = (shape[best + 1] - 2 * shape[best] + shape[best - 1]) / step**2
    info_ss = freedom / (2 * scale**2)
    info_sm = -slope_r / (2 * scale**2)
    info_mm = np.maximum(0.5 * (bend_h + bend_r / scale), 1e-9)
    det = info_ss * info_mm - info_sm**2
    good = det > 1e-12
    det = np.where(good, det, 1.0)
    by_scale, by_memory = variance / scale, scale * slope_v
    wobble = (
        by_scale**2 * info_mm - 2 * by_scale * by_memory * info_sm + by_memory**2 * info_ss
    ) / det  # fmt: skip
    df = np.where(good & (wobble > 0), 2 * variance**2 / np.maximum(wobble, 1e-300), _LEAST_DF)
    df = np.clip(df, _LEAST_DF, float(freedom))
    return Fit(estimate, np.sqrt(variance), df, memory, np.sqrt(scale), beta, innovations)


def ljung_box(innovations: Floats, lags: int) -> float:
    """Chance of such autocorrelation in white noise (Ljung and Box 1978), one lag off for the memory."""
    e = np.asarray(innovations, dtype=np.float64)
    n = len(e)
    lags = min(lags, n // 3)
    if lags < 2:
        return math.nan
    centred = e - e.mean()
    whole = float((centred**2).sum())
    parts = [float((centred[lag:] * centred[:-lag]).sum()) / whole for lag in range(1, lags + 1)]
    q = n * (n + 2) * sum(part**2 / (n - lag) for lag, part in enumerate(parts, 1))
    return float(special.chdtrc(lags - 1, q))
