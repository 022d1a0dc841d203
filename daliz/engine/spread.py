"""How wide the hours of a trip spread around their mean.

Question: by when has half, and nine tenths, of such trips arrived?
In and out: means (h), coefficients of variation and probabilities of the parts in; quantiles out.
Method: seeded Monte Carlo; each part is lognormal, occurs with its probability, and shares one normal
factor with the others (correlation rho of the logarithms), because bad days are bad everywhere.
Limits: rho is an assumption and is shown as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daliz.units import lognormal_sigma

if TYPE_CHECKING:
    from collections.abc import Sequence

RHO = 0.3
"""Correlation of the logarithms of two parts of one trip; assumed."""

DRAWS = 4000


def quantiles(
    mean_h: Sequence[float],
    cv: Sequence[float],
    probability: Sequence[float],
    seed: int,
    levels: Sequence[float] = (0.5, 0.9),
) -> list[float]:
    """Quantiles in hours of the sum of parts, shapes (n,); the same seed gives the same answer."""
    mean = np.asarray(mean_h, dtype=np.float64)
    if mean.size == 0:
        return [0.0 for _ in levels]
    sigma = np.array([lognormal_sigma(value) for value in cv])
    draw = np.random.default_rng(seed)
    common = draw.standard_normal((DRAWS, 1))
    own = draw.standard_normal((DRAWS, mean.size))
    normal = np.sqrt(RHO) * common + np.sqrt(1 - RHO) * own
    parts = mean * np.exp(sigma * normal - sigma**2 / 2)
    parts *= draw.random((DRAWS, mean.size)) < np.asarray(probability)
    return [float(value) for value in np.quantile(parts.sum(axis=1), levels)]
