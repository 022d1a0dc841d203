"""Steps of a process scaled so that their expected sum is the published total.

Question: which step times agree with a total that was measured, straying least from what is known?
In and out: probabilities p, prior means m (h), prior log standard deviations s, total T (h) in;
calibrated means (h) out.
Method: m_i exp(mu s_i^2) with one mu, the root of sum p_i m_i exp(mu s_i^2) = T. Steps that are known
tightly (small s) hardly move, loose ones (queues) take the difference; s = 0 pins a step.
A post without a published total is placed at the published mean of its country or region; the
spread of the published posts around such means gives its interval.
Limits: one total cannot tell the split between steps: it stays an assumption, and callers say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MU_LIMIT = 40.0


def tilt(probability: Floats, prior_h: Floats, log_sd: Floats, total_h: float) -> Floats:
    """Calibrated means in hours, shape (n,); the nearest reachable total when T is out of reach.

    Raises
    ------
    ValueError
        when the arrays are empty, the total is not positive, or a prior is not.
    """
    if len(prior_h) == 0 or total_h <= 0 or np.any(prior_h <= 0):
        msg = "a process needs steps, positive priors and a positive total"
        raise ValueError(msg)
    variance = log_sd**2
    if not np.any(variance > 0):
        return prior_h.copy()

    def expected(mu: float) -> float:
        return float(np.sum(probability * prior_h * np.exp(np.clip(mu * variance, -_MU_LIMIT, _MU_LIMIT))))

    low, high = -1.0, 1.0
    while expected(low) > total_h and low > -1e4:
        low *= 2
    while expected(high) < total_h and high < 1e4:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if expected(middle) < total_h:
            low = middle
        else:
            high = middle
    return np.asarray(prior_h * np.exp(np.clip((low + high) / 2 * variance, -_MU_LIMIT, _MU_LIMIT)))


@dataclass(frozen=True)
class Spread:
    """How far posts lie from the level expected of them: standard deviation of the log ratio."""

    log_sd: float
    count: int

    def interval(self, level_h: float, z: float = 1.645) -> tuple[float, float]:
        """Interval of a total around `level_h`; z = 1.645 gives 90 per cent. Few posts widen it."""
        width = z * self.log_sd * float(np.sqrt(1 + 1 / max(1, self.count)))
        return level_h * float(np.exp(-width)), level_h * float(np.exp(width))


def spread(published_h: Floats, level_h: Floats, floor: float = 0.5) -> Spread:
    """Root mean square of the log ratios of published totals to their levels, shapes (n,).

    `floor` keeps the spread honest when few posts happen to agree.
    """
    if len(published_h) == 0:
        return Spread(1.0, 0)
    ratio = np.log(published_h / level_h)
    return Spread(max(floor, float(np.sqrt(np.mean(ratio**2)))), len(ratio))
