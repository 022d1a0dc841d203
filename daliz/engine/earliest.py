"""One source to everywhere: least hours with clocks, or least of another criterion, and what rides along.

Question: what is within reach, and at what hours, dollars and emissions?
In and out: a `Weighted` graph and `Clocks` in; the four values at each node, and its last arc, out.
Method: Dijkstra by one criterion; waits are FIFO, so one label a node is exact by hours. By another
criterion the hours are those of that way.
Limits: one criterion decides; `pareto` weighs all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from daliz.engine.heap import drop_top, push
from daliz.engine.pareto import gate_wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from daliz.engine.pareto import Clocks, Weighted

__all__ = ["everywhere", "tied", "trail"]


@njit(cache=True)
def _everywhere(  # type: ignore[no-untyped-def]
    indptr, head, weight, gate, first, second, between_h, ptr, start, end, sources, by
):
    nodes = len(indptr) - 1
    value = np.full((nodes, 4), np.inf)
    reached_by = np.full(nodes, -1, dtype=np.int64)
    done = np.zeros(nodes, dtype=np.bool_)
    keys = np.empty(len(head) + len(sources) + 1)
    items = np.empty(len(head) + len(sources) + 1, dtype=np.int64)
    size = 0
    for source in sources:
        value[source] = 0.0
        size = push(keys, items, size, 0.0, source)
    while size > 0:
        node = items[0]
        size = drop_top(keys, items, size)
        if done[node]:
            continue
        done[node] = True
        for arc in range(indptr[node], indptr[node + 1]):
            other = head[arc]
            if done[other] or weight[0, arc] == np.inf:
                continue
            hours = weight[0, arc]
            if gate[arc] >= 0:
                hours += gate_wait(gate[arc], value[node, 0], first, second, between_h, ptr, start, end)
            key = value[node, by] + (hours if by == 0 else weight[by, arc])
            if key < value[other, by]:
                value[other, 0] = value[node, 0] + hours
                for c in range(1, 4):
                    value[other, c] = value[node, c] + weight[c, arc]
                reached_by[other] = arc
                size = push(keys, items, size, key, other)
    return value, reached_by


def everywhere(
    graph: Weighted, clocks: Clocks, sources: Sequence[int], by: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Values (n, 4) at every node, inf where nothing leads, and the arc each was reached by (-1 at sources).

    `by` is the criterion that decides: 0 hours, 1 spread, 2 dollars, 3 emissions.
    """
    values, reached_by = _everywhere(
        graph.indptr, graph.head, graph.weight, graph.gate, clocks.first, clocks.second, clocks.between_h,
        clocks.ptr, clocks.start, clocks.end, np.asarray(sources, dtype=np.int64), by,
    )  # fmt: skip
    return np.asarray(values), np.asarray(reached_by)


@njit(cache=True)
def _trail(reached_by, tail, node):  # type: ignore[no-untyped-def]
    count, at = 0, node
    while reached_by[at] >= 0:
        count += 1
        at = tail[reached_by[at]]
    arcs = np.empty(count, dtype=np.int64)
    at = node
    for number in range(count):
        arcs[number] = reached_by[at]
        at = tail[reached_by[at]]
    return arcs


def trail(reached_by: NDArray[np.int64], tail: NDArray[np.int64], node: int) -> NDArray[np.int64]:
    """Arcs of the way that `everywhere` found to a node, last one first; `tail` by arc."""
    return np.asarray(_trail(reached_by, tail, node))


@njit(cache=True)
def _tied(  # type: ignore[no-untyped-def]
    indptr, head, weight, gate, first, second, between_h, ptr, start, end, value, reached_by, tail, by, within
):
    nodes = len(indptr) - 1
    found = np.zeros(nodes, dtype=np.bool_)
    for node in range(nodes):
        if value[node, 0] == np.inf:
            continue
        for arc in range(indptr[node], indptr[node + 1]):
            other = head[arc]
            last = reached_by[other]
            if last < 0 or tail[last] == node or weight[0, arc] == np.inf:
                continue
            more = weight[by, arc]
            if by == 0 and gate[arc] >= 0:
                more += gate_wait(gate[arc], value[node, 0], first, second, between_h, ptr, start, end)
            if value[node, by] + more <= value[other, by] + within:
                found[other] = True
    return found


def tied(
    graph: Weighted, clocks: Clocks, found: tuple[NDArray[np.float64], NDArray[np.int64]], by: int,
    within: float,
) -> NDArray[np.bool_]:  # fmt: skip
    """Nodes that another node reaches as well, `within` the value of the way found; shape (nodes,).

    `found` is what `everywhere` gives for the same graph, clocks and criterion.
    """
    values, reached_by = found
    tail = np.repeat(np.arange(graph.nodes, dtype=np.int64), np.diff(graph.indptr))
    return np.asarray(
        _tied(
            graph.indptr, graph.head, graph.weight, graph.gate, clocks.first, clocks.second,
            clocks.between_h, clocks.ptr, clocks.start, clocks.end, values, reached_by, tail, by, within,
        )
    )  # fmt: skip
