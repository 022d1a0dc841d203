"""How sure is a figure: an interval from the observations themselves.

Question: within which limits does the figure of a sample lie when the sample could have been another?
In and out: arrays of tops, bottoms and clusters of n observations in; low and high out, and how they were
got.
Method: observations of one shipment are not independent, so whole clusters are drawn with replacement (a
seeded cluster bootstrap). For the ratio of sums and the mean of ratios the interval is BCa (Efron 1987, bias
from the share of draws below the estimate, acceleration from the jackknife over clusters); for nearest-rank
quantiles, whose jackknife does not converge, it is the percentile interval. Above `MOST_CLUSTERS` clusters
the draws are spared: the normal interval of the linearised ratio, and for quantiles the binomial ranks.
Limits: one cluster alone has no interval; with fewer than ten the interval is known to be too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["DRAWS", "LEVEL", "MOST_CLUSTERS", "Interval", "Sample", "interval"]

DRAWS, LEVEL, MOST_CLUSTERS = 999, 0.95, 1000
_CHUNK = 2_000_000


@dataclass(frozen=True)
class Sample:
    """Observations: `top`, `bottom` and `cluster` of shape (n,); bottoms are above zero."""

    top: Floats
    bottom: Floats
    cluster: Ints

    def value(self, statistic: str) -> float:
        """The figure itself: `ratio_of_sums`, `mean_of_ratios`, `p50`, `p90` or `p90_over_p50`."""
        weight = np.ones((1, len(self.top)))
        return float(_STATISTICS[statistic](self, weight)[0])


@dataclass(frozen=True)
class Interval:
    """Low and high, and the method: bca, percentile, normal or ranks."""

    low: float
    high: float
    method: str


def interval(
    sample: Sample, statistic: str, seed: int, draws: int = DRAWS, level: float = LEVEL
) -> Interval | None:
    """The interval of a statistic of one sample; None where there are fewer than two clusters.

    The same seed and sample give the same interval on every machine.
    """
    names, members = np.unique(sample.cluster, return_inverse=True)
    count = len(names)
    if count < 2:
        return None
    tail = (1 - level) / 2
    if count > MOST_CLUSTERS:
        return _large(sample, statistic, members, tail)
    drawn = _drawn(sample, statistic, members, seed, draws)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return None
    if statistic not in _SMOOTH:
        low, high = np.quantile(drawn, (tail, 1 - tail), method="inverted_cdf")
        return Interval(float(low), float(high), "percentile")
    estimate = sample.value(statistic)
    share = (np.sum(drawn < estimate) + 0.5 * np.sum(drawn == estimate)) / len(drawn)
    bias = float(ndtri(np.clip(share, 1 / (2 * len(drawn)), 1 - 1 / (2 * len(drawn)))))
    pull = _acceleration(sample, statistic, members)
    points = []
    for at in (tail, 1 - tail):
        z = bias + float(ndtri(at))
        points.append(float(ndtr(bias + z / (1 - pull * z))))
    low, high = np.quantile(drawn, points, method="inverted_cdf")
    return Interval(float(low), float(high), "bca")


def _drawn(sample: Sample, statistic: str, members: Ints, seed: int, draws: int) -> Floats:
    """The statistic of each draw of clusters, shape (draws,)."""
    count = int(members.max()) + 1
    rng = np.random.default_rng(seed)
    even = np.full(count, 1 / count)
    found = []
    step = max(1, min(draws, _CHUNK // max(len(members), 1)))
    for start in range(0, draws, step):
        times = rng.multinomial(count, even, size=min(step, draws - start)).astype(np.float64)
        if statistic in _SMOOTH:
            found.append(_smooth(sample, statistic, members, times))
        else:
            found.append(_STATISTICS[statistic](sample, times[:, members]))
    return np.concatenate(found)


def _smooth(sample: Sample, statistic: str, members: Ints, times: Floats) -> Floats:
    """A ratio of cluster sums for each row of cluster weights."""
    above, below = _sums(sample, statistic, members)
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Floats = (times @ above) / (times @ below)
    return made


def _sums(sample: Sample, statistic: str, members: Ints) -> tuple[Floats, Floats]:
    top, bottom = (
        (sample.top, sample.bottom) if statistic == "ratio_of_sums"
        else (sample.top / sample.bottom, np.ones(len(sample.top)))
    )  # fmt: skip
    above: Floats = np.bincount(members, weights=top).astype(np.float64)
    below: Floats = np.bincount(members, weights=bottom).astype(np.float64)
    return above, below


def _acceleration(sample: Sample, statistic: str, members: Ints) -> float:
    above, below = _sums(sample, statistic, members)
    with np.errstate(invalid="ignore", divide="ignore"):
        left = (above.sum() - above) / (below.sum() - below)
    left = left[np.isfinite(left)]
    off = left.mean() - left
    spread = float(np.sum(off**2))
    return 0.0 if spread == 0 else float(np.sum(off**3) / (6 * spread**1.5))


def _large(sample: Sample, statistic: str, members: Ints, tail: float) -> Interval | None:
    z = float(-ndtri(tail))
    if statistic in _SMOOTH:
        above, below = _sums(sample, statistic, members)
        count, estimate = len(above), above.sum() / below.sum()
        residual = above - estimate * below
        error = np.sqrt(count / (count - 1) * np.sum(residual**2)) / below.sum()
        return Interval(float(estimate - z * error), float(estimate + z * error), "normal")
    if statistic not in _QUANTILES:
        return None
    ratio = np.sort(sample.top / sample.bottom)
    count, q = len(ratio), _QUANTILES[statistic]
    wide = z * np.sqrt(count * q * (1 - q))
    low, high = (int(np.clip(np.ceil(count * q + sign * wide), 1, count)) - 1 for sign in (-1, 1))
    return Interval(float(ratio[low]), float(ratio[high]), "ranks")


def _quantile(q: float) -> Callable[[Sample, Floats], Floats]:
    def weighted(sample: Sample, weight: Floats) -> Floats:
        """Nearest rank: the least value at or below which a share `q` of the weight lies."""
        ratio = sample.top / sample.bottom
        order = np.argsort(ratio, kind="stable")
        upto = np.cumsum(weight[:, order], axis=1)
        at = np.sum(upto * 100 < round(q * 100) * upto[:, -1:], axis=1)
        made: Floats = ratio[order][np.minimum(at, len(ratio) - 1)]
        return made

    return weighted


def _ratio(sample: Sample, weight: Floats) -> Floats:
    made: Floats = (weight @ sample.top) / (weight @ sample.bottom)
    return made


def _mean(sample: Sample, weight: Floats) -> Floats:
    made: Floats = (weight @ (sample.top / sample.bottom)) / weight.sum(axis=1)
    return made


def _wide(sample: Sample, weight: Floats) -> Floats:
    low = _quantile(0.5)(sample, weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Floats = _quantile(0.9)(sample, weight) / low
    return made


_SMOOTH = ("ratio_of_sums", "mean_of_ratios")
_QUANTILES = {"p50": 0.5, "p90": 0.9}
_STATISTICS = {
    "ratio_of_sums": _ratio, "mean_of_ratios": _mean, "p50": _quantile(0.5), "p90": _quantile(0.9),
    "p90_over_p50": _wide,
}  # fmt: skip
