"""Small cells drawn towards their group, by how little they know.

Question: a post with three shipments shows 90 hours; what should be believed?
In and out: means, their log variances and groups of k cells in; shrunk means and weights out.
Method: empirical Bayes on the log scale (Morris 1983). Cell i says y = log(mean) with variance s2 (delta
method: CV^2/n). Within a group the true logs are normal around mu with variance tau2; tau2 is the moment
estimate of DerSimonian and Laird (1986), mu the mean weighted by 1/(tau2 + s2). Then
    weight = tau2 / (tau2 + s2),    shrunk = exp(weight*y + (1 - weight)*mu).
A cell of one observation has no variance of its own and takes the pooled one of its group, once observed.
Limits: values above zero only, and groups of three cells or more; others are left as they are with weight 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["LEAST_CELLS", "Shrunk", "shrink"]

LEAST_CELLS = 3
"""Fewer cells do not tell how far cells of the group lie apart."""


@dataclass(frozen=True)
class Shrunk:
    """`value` and `weight` of shape (k,); weight 1 is the raw value, 0 the mean of the group."""

    value: Floats
    weight: Floats


def shrink(value: Floats, log_variance: Floats, n: Ints, group: Ints) -> Shrunk:
    """Shrink each value towards its group.

    Parameters
    ----------
    value
        Means above zero, shape (k,); others stay as they are.
    log_variance
        Variance of log(value) by its own sample, shape (k,); not a number where n is 1.
    n
        Observations, shape (k,).
    group
        Number of the group, shape (k,).
    """
    shrunk, weight = value.astype(np.float64).copy(), np.ones(len(value))
    for one in np.unique(group):
        mine = np.flatnonzero((group == one) & (value > 0) & (n > 0))
        if len(mine) < LEAST_CELLS:
            continue
        y, count = np.log(value[mine]), n[mine].astype(np.float64)
        own = np.isfinite(log_variance[mine]) & (count > 1)
        if not own.any():
            continue
        each = float(np.sum((log_variance[mine] * count * (count - 1))[own]) / np.sum((count - 1)[own]))
        variance = np.where(own & (log_variance[mine] > 0), log_variance[mine], each / count)
        if not (variance > 0).all():
            continue
        between = _between(y, variance)
        mu = float(np.sum(y / (between + variance)) / np.sum(1 / (between + variance)))
        weight[mine] = between / (between + variance)
        shrunk[mine] = np.exp(weight[mine] * y + (1 - weight[mine]) * mu)
    return Shrunk(shrunk, weight)


def _between(y: Floats, variance: Floats) -> float:
    """Moment estimate of the variance between cells; zero when they differ no more than by chance."""
    w = 1 / variance
    mean = np.sum(w * y) / w.sum()
    q = float(np.sum(w * (y - mean) ** 2))
    return max(0.0, (q - (len(y) - 1)) / float(w.sum() - np.sum(w**2) / w.sum()))
