"""How wide the hours of a trip spread around their mean.

Question: by when has half, and nine tenths, of such trips arrived?
In and out: means (h), coefficients of variation and probabilities of the parts in; quantiles out.
Method: seeded Monte Carlo; each part is lognormal, occurs with its probability, and shares one normal
factor with the others (correlation rho of the logarithms), because bad days are bad everywhere. A part
that is an event of its day (`Events`) is drawn from a stream of its own, so that every shipment of that day
and every option meets the same one; the rest is drawn for each shipment anew.
Limits: rho is an assumption and is shown as such; an event is the same for all shipments of a day, whatever
the hour at which they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.units import lognormal_sigma

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RHO = 0.3
"""Correlation of the logarithms of two parts of one trip; assumed."""

DRAWS = 4000

MOST_DRAWN = 40
"""Shipments together that are drawn on all `DRAWS` days; for more, days are fewer in proportion."""

FEWEST_DAYS = 250


@dataclass(frozen=True)
class Events:
    """Which parts are events of a day. `stream` numbers the event behind each part; -1 is no event."""

    day: int
    stream: Sequence[int]


def quantiles(
    mean_h: Sequence[float],
    cv: Sequence[float],
    probability: Sequence[float],
    seed: int,
    due_h: float | None = None,
    events: Events | None = None,
) -> tuple[float, float, float | None]:
    """P50 and P90 in hours of the sum of parts, and the share of draws within `due_h`.

    Shapes (n,); the same seed gives the same answer.
    """
    if len(mean_h) == 0:
        return 0.0, 0.0, None if due_h is None else 1.0
    total = draws_h(mean_h, cv, probability, seed, events)
    p50, p90 = (float(value) for value in np.quantile(total, (0.5, 0.9)))
    return p50, p90, None if due_h is None else float(np.mean(total <= due_h))


def draws_h(
    mean_h: Sequence[float],
    cv: Sequence[float],
    probability: Sequence[float],
    seed: int,
    events: Events | None = None,
) -> Floats:
    """Seeded draws of the sum of parts in hours, shape (DRAWS,)."""
    return np.asarray(part_draws_h(mean_h, cv, probability, seed, events).sum(axis=1))


def part_draws_h(
    mean_h: Sequence[float],
    cv: Sequence[float],
    probability: Sequence[float],
    seed: int,
    events: Events | None = None,
) -> Floats:
    """Seeded draws of each part in hours, shape (DRAWS, n): what `draws_h` adds up."""
    return _Days(len(mean_h), seed, events).shipment(0).hours(mean_h, cv, probability)


def together(
    mean_h: Sequence[float],
    cv: Sequence[float],
    probability: Sequence[float],
    seed: int,
    due_h: float,
    events: Events,
    shipments: int = 2,
) -> float:
    """Chance that all of several shipments of one day arrive within `due_h`.

    They share the factor and the events of the day; everything else is drawn for each. On the same days the
    first of them is the shipment of `quantiles`.

    Examples
    --------
    >>> together([10.0], [0.0], [0.5], 0, 5.0, Events(1, [7]), 9) == quantiles(
    ...     [10.0], [0.0], [0.5], 0, 5.0, Events(1, [7]))[2]
    True
    """
    days = min(DRAWS, max(FEWEST_DAYS, DRAWS * MOST_DRAWN // shipments))
    drawn = _Days(len(mean_h), seed, events)
    in_time = np.ones(days, dtype=bool)
    for number in range(shipments):
        hours = drawn.shipment(number).hours(mean_h, cv, probability)
        in_time &= hours[:days].sum(axis=1) <= due_h
    return float(np.mean(in_time))


@dataclass(frozen=True)
class _Drawn:
    """Normals and uniforms behind each part, shape (DRAWS, n)."""

    normal: Floats
    uniform: Floats

    def hours(self, mean_h: Sequence[float], cv: Sequence[float], probability: Sequence[float]) -> Floats:
        sigma = np.array([lognormal_sigma(value) for value in cv])
        drawn = np.asarray(mean_h, dtype=np.float64) * np.exp(sigma * self.normal - sigma**2 / 2)
        drawn *= self.uniform < np.asarray(probability)
        return np.asarray(drawn)


class _Days:
    """DRAWS days as they might be: one factor and the events of each, and shipments that meet them."""

    def __init__(self, parts: int, seed: int, events: Events | None) -> None:
        self._parts, self._seed, self._events = parts, seed, events
        self._shared: dict[int, tuple[Floats, Floats]] = {}
        if events is not None:
            self._factor = np.random.default_rng([seed, events.day]).standard_normal((DRAWS, 1))
            for part, stream in enumerate(events.stream):
                if stream >= 0:
                    draw = np.random.default_rng([seed, stream])
                    self._shared[part] = draw.standard_normal(DRAWS), draw.random(DRAWS)

    def shipment(self, number: int) -> _Drawn:
        """What one shipment of the day meets."""
        if self._events is None:
            draw = np.random.default_rng(self._seed)
            factor = draw.standard_normal((DRAWS, 1))
        else:
            draw = np.random.default_rng([self._seed, self._events.day, number])
            factor = self._factor
        own = draw.standard_normal((DRAWS, self._parts))
        uniform = draw.random((DRAWS, self._parts))
        for part, (normal, chance) in self._shared.items():
            own[:, part], uniform[:, part] = normal, chance
        return _Drawn(np.sqrt(RHO) * factor + np.sqrt(1 - RHO) * own, uniform)


def spread_shares(draws_h: Floats) -> Floats:
    """Share of each column of draws, shape (m, n), in the variance of their sum; they add up to 1.

    The covariance of a part with the sum over the variance of the sum (Euler allocation); zeros when
    nothing spreads.
    """
    centred = draws_h - draws_h.mean(axis=0)
    total = centred.sum(axis=1)
    variance = float(total @ total)
    return np.zeros(draws_h.shape[1]) if variance <= 0 else np.asarray(total @ centred / variance)


def cumulative_h(draws_h: Floats) -> tuple[Floats, Floats]:
    """P10 and P90 in hours of the sum of the first k columns of draws, k = 1..n; shapes (n,)."""
    low, high = np.quantile(np.cumsum(draws_h, axis=1), (0.1, 0.9), axis=0)
    return low, high


def convolved(
    mean_h: Sequence[float], cv: Sequence[float], probability: Sequence[float], step_h: float = 0.25
) -> tuple[Floats, Floats]:
    """Distribution of the sum of parts by convolution: grid of hours and the chance to be within each.

    Given the common factor the parts are independent, so their distributions convolve; the factor is
    integrated over by Gauss-Hermite quadrature. The witness of `draws_h`, and free of noise.
    """
    mean = np.asarray(mean_h, dtype=np.float64)
    sigma = np.array([lognormal_sigma(value) for value in cv])
    own_sigma = sigma * np.sqrt(1 - RHO)
    points, weights = np.polynomial.hermite_e.hermegauss(FACTOR_POINTS)
    cells = int(2 ** np.ceil(np.log2((mean * np.exp(2.5 * sigma)).sum() * 2 / step_h + 64)))
    edges = np.asarray((np.arange(cells) + 0.5) * step_h, dtype=np.float64)
    chance = np.asarray(probability, dtype=np.float64)
    mixed = np.zeros(cells)
    for point, weight in zip(points, weights / weights.sum(), strict=True):
        shifted = mean * np.exp(sigma * np.sqrt(RHO) * point - sigma**2 * RHO / 2)
        spectrum = np.ones(cells // 2 + 1, dtype=np.complex128)
        for m, s, p in zip(shifted, own_sigma, chance, strict=True):
            mass = np.diff(np.concatenate([[0.0], _within(edges, m, s)])) * p
            mass[0] += 1 - p
            spectrum *= np.fft.rfft(mass)
        mixed += weight * np.clip(np.fft.irfft(spectrum, cells), 0, None)
    return edges - step_h / 2, np.cumsum(mixed)


FACTOR_POINTS = 32


def _within(edges_h: Floats, mean_h: float, sigma: float) -> Floats:
    """Chance that one lognormal part ends by each edge."""
    if sigma == 0:
        return np.asarray(edges_h >= mean_h, dtype=np.float64)
    from scipy.special import ndtr

    location = np.log(mean_h) - sigma**2 / 2
    return np.asarray(ndtr((np.log(edges_h) - location) / sigma))
