"""A plain Dijkstra over lists, for the hierarchy to be held against."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FAR = 2**30 - 1


def dijkstra(nodes: int, arcs: Sequence[tuple[int, int, int]], source: int) -> list[int]:
    """Length from `source` to each node; `FAR` where nothing leads. Arcs that weigh `FAR` are closed."""
    leaving: list[list[tuple[int, int]]] = [[] for _ in range(nodes)]
    for tail, head, weight in arcs:
        if weight < FAR:
            leaving[tail].append((head, weight))
    found = [FAR] * nodes
    found[source] = 0
    queue = [(0, source)]
    while queue:
        length, node = heapq.heappop(queue)
        if length > found[node]:
            continue
        for head, weight in leaving[node]:
            if length + weight < found[head]:
                found[head] = length + weight
                heapq.heappush(queue, (length + weight, head))
    return found
