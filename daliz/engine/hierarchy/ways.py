"""More than one way: alternatives that a reader takes for different ways, and the next best after a closure.

Question: which other ways are nearly as short, and what is left when part of a way is closed?
In and out: a `Metric`, two nodes and limits in; ways, shortest first, out.
Method: ways by way of one node above both ends (Abraham, Delling, Goldberg and Werneck, Alternative Routes in
Road Networks, JEA 18, 2013): not much longer, sharing little with those taken, and without a detour that
is visible from near by (the T-test). Where that leaves some wanting, arcs of the ways taken are made dearer
and the shortest way is looked for again (penalties).
Limits: there may be fewer than asked for; which are found depends on the order of contraction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.hierarchy.metric import Way
from daliz.engine.hierarchy.vector import FAR, LIMIT

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from daliz.engine.hierarchy.metric import Metric

__all__ = ["alternatives", "next_best"]

STRETCH = 1.25
"""How much longer than the shortest way an alternative may be; a choice of method."""
SHARED = 0.8
"""Most of the shortest way's length that an alternative shares with one taken before it."""
_LOCAL = 0.25
"""Part of the shortest way's length within which an alternative must be shortest around its node."""
_DEARER = 1.4
_ROUNDS = 6


def next_best(metric: Metric, source: int, target: int, closed: ArrayLike) -> Way:
    """The shortest way without some arcs of the graph; `FAR` and no arcs where none is left."""
    arcs = np.asarray(closed, dtype=np.int64)
    return metric.changed(arcs, np.full(len(arcs), FAR)).way(source, target)


def alternatives(
    metric: Metric, source: int, target: int, most: int, stretch: float = STRETCH, shared: float = SHARED
) -> list[Way]:
    """Up to `most` different ways, the shortest first.

    Parameters
    ----------
    metric
        Weights to go by.
    source, target
        Nodes.
    most
        How many ways at most, the shortest among them.
    stretch, shared
        See `STRETCH` and `SHARED`.

    Raises
    ------
    ValueError
        when a limit makes no sense.
    """
    if most < 1 or stretch < 1 or not 0 <= shared <= 1:
        raise ValueError("most and stretch are at least 1, and shared is from 0 to 1")
    shortest = metric.way(source, target)
    if shortest.length >= FAR:
        return []
    taken = [shortest]
    limit = shortest.length * stretch
    nodes, lengths = metric.candidates(source, target)
    for node, length in zip(nodes.tolist(), lengths.tolist(), strict=True):
        if len(taken) == most or length > limit:
            break
        way = _by_way_of(metric, source, node, target)
        if _differs(metric, way, taken, shared) and _local(metric, way, node, shortest.length):
            taken.append(way)
    if len(taken) < most:
        _dearer(metric, (source, target), taken, (most, limit, shared))
    return sorted(taken, key=lambda way: way.length)


def _by_way_of(metric: Metric, source: int, node: int, target: int) -> Way:
    first, second = metric.way(source, node), metric.way(node, target)
    return Way(first.length + second.length, np.concatenate([first.arcs, second.arcs]))


def _differs(metric: Metric, way: Way, taken: list[Way], shared: float) -> bool:
    """Whether a way passes no node twice and shares little with each taken."""
    _, heads = metric.topology.ends(way.arcs)
    if len(np.unique(heads)) < len(heads) or not len(heads):
        return False
    for other in taken:
        both = np.intersect1d(way.arcs, other.arcs)
        if int(metric.weights[both].sum(dtype=np.int64)) > shared * taken[0].length or len(both) == len(
            way.arcs
        ):
            return False
    return True


def _local(metric: Metric, way: Way, node: int, shortest: int) -> bool:
    """The T-test: around its node the way is a shortest one."""
    tails, heads = metric.topology.ends(way.arcs)
    along = np.concatenate([[0], np.cumsum(metric.weights[way.arcs], dtype=np.int64)])
    passed = np.concatenate([tails[:1], heads])
    middle = int(along[np.flatnonzero(passed == node)[0]])
    reach = _LOCAL * shortest
    begin = int(np.searchsorted(along, middle - reach, side="right")) - 1
    end = int(np.searchsorted(along, middle + reach))
    begin, end = max(begin, 0), min(end, len(passed) - 1)
    return metric.length(int(passed[begin]), int(passed[end])) == int(along[end] - along[begin])


def _dearer(
    metric: Metric, ends: tuple[int, int], taken: list[Way], limits: tuple[int, float, float]
) -> None:
    """Add ways found with the arcs of those taken made dearer."""
    most, limit, shared = limits
    priced = metric
    for _ in range(_ROUNDS):
        arcs = np.unique(np.concatenate([way.arcs for way in taken]))
        raised = np.minimum(priced.weights[arcs] * _DEARER + 1, float(LIMIT)).astype(np.int64)
        try:
            priced = priced.changed(arcs, raised)
        except OverflowError:
            return
        found = priced.way(*ends)
        length = int(metric.weights[found.arcs].sum(dtype=np.int64))
        way = Way(length, found.arcs)
        if length <= limit and _differs(metric, way, taken, shared):
            taken.append(way)
            if len(taken) == most:
                return
