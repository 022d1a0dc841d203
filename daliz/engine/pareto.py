"""All ways worth a look: exact multi-criteria search with clocks.

Question: which ways are not beaten in hours, spread, dollars and emissions at once?
In and out: a graph in compressed rows with four weights an arc and opening intervals for gates in;
the labels that reach the destination, none dominated by another, out.
Method: label-setting search (Martins 1984) in order of the earliest possible arrival, with bounds to the
destination from one backward search a criterion: a label is dropped when it cannot stay inside the
box, when a way already found beats its best possible ending, or when another label at its node beats
it. Waits are FIFO functions of the arrival, so arriving later is never better and dominance is exact.
The spread of a sum is bounded by the sum of standard deviations, which adds up along the way.
Limits: the box (how much worse than the best a way may be in each criterion) is the caller's, and so
is `resolution`, below which a difference does not count; 0 is exact to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from daliz.engine.heap import drop_top, push

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["CRITERIA", "Clocks", "Front", "Weighted", "bounds", "front"]

CRITERIA = ("hours", "spread_h", "cost_usd", "co2e_kg")


@dataclass(frozen=True)
class Weighted:
    """A directed graph: `weight` has shape (4, m), rows as `CRITERIA`; closed arcs weigh inf hours."""

    indptr: Ints
    head: Ints
    weight: Floats
    gate: Ints

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1


@dataclass(frozen=True)
class Clocks:
    """Opening intervals of gates in hours after the departure.

    Gate g waits at its first clock, works `between_h[g]`, then waits at its second clock. Clock c owns
    the intervals start[ptr[c]:ptr[c+1]] .. end[...]; the last interval ends at the horizon.
    """

    first: Ints
    second: Ints
    between_h: Floats
    ptr: Ints
    start: Floats
    end: Floats


@dataclass(frozen=True)
class Front:
    """Ways found: values of shape (k, 4) and the arcs of each way; `complete` is False when cut short."""

    values: Floats
    arcs: tuple[tuple[int, ...], ...]
    labels: int
    complete: bool


@njit(cache=True)
def _clock_wait(clock, at, ptr, start, end):  # type: ignore[no-untyped-def]
    low, high = ptr[clock], ptr[clock + 1]
    while low < high:
        middle = (low + high) // 2
        if end[middle] <= at:
            low = middle + 1
        else:
            high = middle
    if low == ptr[clock + 1]:
        return 0.0
    return max(0.0, start[low] - at)


@njit(cache=True)
def gate_wait(gate, at, first, second, between_h, ptr, start, end):  # type: ignore[no-untyped-def]
    """Hours waited at both clocks of a gate by a shipment that comes `at` hours after departure."""
    wait = _clock_wait(first[gate], at, ptr, start, end)
    return wait + _clock_wait(second[gate], at + wait + between_h[gate], ptr, start, end)


@njit(cache=True)
def _to_targets(indptr, tail, weight, targets, nodes):  # type: ignore[no-untyped-def]
    """Least weight from each node to any target on the reversed graph (Bellman-Ford queue)."""
    best = np.full(nodes, np.inf)
    queued = np.zeros(nodes, dtype=np.bool_)
    ring = np.empty(nodes + 1, dtype=np.int64)
    first, last = 0, 0
    for target in targets:
        best[target] = 0.0
        ring[last] = target
        last += 1
        queued[target] = True
    while first != last:
        node = ring[first]
        first = (first + 1) % (nodes + 1)
        queued[node] = False
        for at in range(indptr[node], indptr[node + 1]):
            reach = best[node] + weight[at]
            other = tail[at]
            if reach < best[other] - 1e-12:
                best[other] = reach
                if not queued[other]:
                    queued[other] = True
                    ring[last] = other
                    last = (last + 1) % (nodes + 1)
    return best


def bounds(graph: Weighted, targets: Sequence[int]) -> Floats:
    """Least of each criterion from each node to the targets, without waits; shape (4, n), inf if cut off."""
    tail = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))
    order = np.argsort(graph.head, kind="stable")
    indptr = np.zeros(graph.nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(graph.head, minlength=graph.nodes), out=indptr[1:])
    wanted = np.asarray(targets, dtype=np.int64)
    closed = ~np.isfinite(graph.weight[0])
    rows = []
    for row in graph.weight:
        weight = np.where(closed, np.inf, row)[order]
        rows.append(_to_targets(indptr, tail[order], weight, wanted, graph.nodes))
    return np.array(rows)


@njit(cache=True)
def _front(  # type: ignore[no-untyped-def]
    indptr, head, weight, gate, first, second, between_h, ptr, start, end, sources, is_target, bound, box,
    resolution, limit,
):  # fmt: skip
    nodes = len(indptr) - 1
    value = np.empty((limit, 4))
    node_of = np.empty(limit, dtype=np.int64)
    parent = np.empty(limit, dtype=np.int64)
    arc_of = np.empty(limit, dtype=np.int64)
    dead = np.zeros(limit, dtype=np.bool_)
    following = np.full(limit, -1, dtype=np.int64)
    at_node = np.full(nodes, -1, dtype=np.int64)
    keys = np.empty(limit)
    items = np.empty(limit, dtype=np.int64)
    found = np.empty(limit, dtype=np.int64)
    founds, labels, size = 0, 0, 0
    fresh = np.zeros(4)
    for source in sources:
        value[labels] = 0.0
        node_of[labels] = source
        parent[labels] = -1
        arc_of[labels] = -1
        following[labels] = at_node[source]
        at_node[source] = labels
        size = push(keys, items, size, bound[0, source], labels)
        labels += 1
    while size > 0:
        label = items[0]
        size = drop_top(keys, items, size)
        if dead[label]:
            continue
        node = node_of[label]
        if is_target[node]:
            found[founds] = label
            founds += 1
            continue
        beaten = False
        for f in range(founds):
            better = True
            for c in range(4):
                if value[found[f], c] > value[label, c] + bound[c, node] + resolution[c]:
                    better = False
                    break
            if better:
                beaten = True
                break
        if beaten:
            continue
        for arc in range(indptr[node], indptr[node + 1]):
            other = head[arc]
            hours = weight[0, arc]
            if hours == np.inf:
                continue
            if gate[arc] >= 0:
                hours += gate_wait(gate[arc], value[label, 0], first, second, between_h, ptr, start, end)
            fresh[0] = value[label, 0] + hours
            for c in range(1, 4):
                fresh[c] = value[label, c] + weight[c, arc]
            outside = False
            for c in range(4):
                if not fresh[c] + bound[c, other] <= box[c]:
                    outside = True
                    break
            if outside:
                continue
            beaten = False
            before = -1
            held = at_node[other]
            while held >= 0:
                after = following[held]
                better, worse = True, True
                for c in range(4):
                    if value[held, c] > fresh[c] + resolution[c]:
                        better = False
                    if fresh[c] > value[held, c]:
                        worse = False
                if better:
                    beaten = True
                    break
                if worse:
                    dead[held] = True
                    if before < 0:
                        at_node[other] = after
                    else:
                        following[before] = after
                else:
                    before = held
                held = after
            if beaten:
                continue
            if labels == limit:
                return value[:labels], parent[:labels], arc_of[:labels], found[:founds], labels, False
            value[labels] = fresh
            node_of[labels] = other
            parent[labels] = label
            arc_of[labels] = arc
            following[labels] = at_node[other]
            at_node[other] = labels
            size = push(keys, items, size, fresh[0] + bound[0, other], labels)
            labels += 1
    return value[:labels], parent[:labels], arc_of[:labels], found[:founds], labels, True


def front(
    graph: Weighted, clocks: Clocks, sources: Sequence[int], targets: Sequence[int],
    box: Sequence[float], resolution: Sequence[float] = (0.0, 0.0, 0.0, 0.0), limit: int = 2_000_000,
) -> Front:  # fmt: skip
    """Ways from any source to any target that nothing inside `box` dominates, earliest first.

    Parameters
    ----------
    box
        Most hours, spread, dollars and emissions a way may have; inf for no limit.
    resolution
        Differences that do not count, by criterion.
    limit
        Most labels to make; past it the answer is incomplete and says so.
    """
    is_target = np.zeros(graph.nodes, dtype=bool)
    is_target[list(targets)] = True
    values, parent, arc_of, found, labels, complete = _front(
        graph.indptr, graph.head, graph.weight, graph.gate, clocks.first, clocks.second, clocks.between_h,
        clocks.ptr, clocks.start, clocks.end, np.asarray(sources, dtype=np.int64), is_target,
        bounds(graph, targets), np.asarray(box, dtype=np.float64),
        np.asarray(resolution, dtype=np.float64), max(limit, len(sources)),
    )  # fmt: skip
    kept = _undominated(values[found], np.asarray(resolution, dtype=np.float64))
    chosen = found[kept]
    arcs = []
    for label in chosen.tolist():
        way, at = [], label
        while parent[at] >= 0:
            way.append(int(arc_of[at]))
            at = int(parent[at])
        arcs.append(tuple(reversed(way)))
    return Front(values[chosen], tuple(arcs), int(labels), bool(complete))


def _undominated(values: Floats, resolution: Floats) -> Ints:
    """Indices of rows that no other row beats; of equal rows the first stays."""
    order = np.lexsort(values.T[::-1])
    kept = np.empty(len(order), dtype=np.int64)
    best = np.empty_like(values)
    count = 0
    for at in order.tolist():
        if not np.all(best[:count] <= values[at] + resolution, axis=1).any():
            kept[count], best[count] = at, values[at]
            count += 1
    return kept[:count]
