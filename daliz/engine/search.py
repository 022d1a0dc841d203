"""Shortest ways over a small graph whose arcs may have to wait for the clock.

Question: which way is best by hours, by dollars or by emissions, and when does it get where?
In and out: adjacency as arrays (indptr, head, hours, weight), a waiting function, sources and targets.
Method: label-setting search. By hours, the wait is a function of the arrival that never overtakes
(FIFO), so one label a node is exact (Kaufman and Smith 1993). By another weight the hours ride along.
`stage` counts the via points passed, so they are passed in order.
Limits: one criterion at a time; the Pareto search is another engine.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Found", "Graph", "search"]


@dataclass(frozen=True)
class Graph:
    """Arcs in compressed rows. `hours` and `weight` by arc; `gate` is a waiting number or -1."""

    indptr: Sequence[int]
    head: Sequence[int]
    hours: Sequence[float]
    gate: Sequence[int]


@dataclass(frozen=True)
class Found:
    """A way: arcs in order, hours on arrival, and the weight that was minimised."""

    arcs: tuple[int, ...]
    hours: float
    weight: float


def search(
    graph: Graph,
    weight: Sequence[float] | None,
    wait: Callable[[int, float], float],
    sources: Sequence[int],
    stages: Sequence[frozenset[int]],
) -> tuple[Found | None, set[int]]:
    """Best way from any source through each stage's nodes in order; also every node reached.

    `weight` None minimises hours. `wait(gate, hours)` is the wait of a shipment that comes to a gate
    `hours` after departure. `stages` are sets of nodes; the last one is the destination.
    """
    last = len(stages)
    best: dict[tuple[int, int], float] = {}
    parent: dict[tuple[int, int], tuple[tuple[int, int], int]] = {}
    queue: list[tuple[float, float, int, int]] = []
    for node in sources:
        start = (node, 1 if node in stages[0] and last > 1 else 0)
        best[start] = 0.0
        heapq.heappush(queue, (0.0, 0.0, *start))
    done: set[tuple[int, int]] = set()
    while queue:
        value, at, node, stage = heapq.heappop(queue)
        state = (node, stage)
        if state in done:
            continue
        done.add(state)
        if stage == last:
            return _trace(parent, state, at, value), {n for n, _ in done}
        for arc in range(graph.indptr[node], graph.indptr[node + 1]):
            hours = graph.hours[arc]
            if graph.gate[arc] >= 0:
                hours += wait(graph.gate[arc], at)
            other = graph.head[arc]
            next_stage = stage + 1 if other in stages[stage] else stage
            fresh = (other, next_stage)
            cost = value + (hours if weight is None else weight[arc])
            if fresh not in done and cost < best.get(fresh, float("inf")):
                best[fresh] = cost
                parent[fresh] = (state, arc)
                heapq.heappush(queue, (cost, at + hours, *fresh))
    return None, {n for n, _ in done}


def _trace(
    parent: dict[tuple[int, int], tuple[tuple[int, int], int]],
    state: tuple[int, int],
    hours: float,
    value: float,
) -> Found:
    arcs = []
    while state in parent:
        state, arc = parent[state]
        arcs.append(arc)
    return Found(tuple(reversed(arcs)), hours, value)
