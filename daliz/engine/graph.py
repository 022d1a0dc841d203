"""A graph as arrays, its pieces, and shortest paths that stop at chosen nodes.

Question: which curated points are neighbours along the lines of the base graph, and how far apart?
In and out: CSR arrays (indptr, head, edge, weight_km) in; distances and paths out.
Method: binary-heap Dijkstra in numba. `neighbours` does not expand past other terminals, which
contracts the base graph onto its curated points exactly: any path splits at the terminals it meets.
Limits: undirected graphs with non-negative weights; parents are kept for one search at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from daliz.engine.heap import drop_top, push

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Csr:
    """An undirected graph in compressed sparse rows; `edge` maps each half back to its edge."""

    indptr: Ints
    head: Ints
    edge: Ints
    weight: Floats

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1


def csr(nodes: int, tail: Ints, head: Ints, weight: Floats) -> Csr:
    """Both halves of each edge, sorted by tail. Shapes: (m,) each; returns 2m halves."""
    edges = np.arange(len(tail), dtype=np.int64)
    both_tail = np.concatenate([tail, head])
    order = np.argsort(both_tail, kind="stable")
    indptr = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(both_tail, minlength=nodes), out=indptr[1:])
    return Csr(
        indptr,
        np.concatenate([head, tail])[order].astype(np.int64),
        np.concatenate([edges, edges])[order],
        np.concatenate([weight, weight])[order].astype(np.float64),
    )


def components(nodes: int, tail: Ints, head: Ints) -> Ints:
    """Component number of each node, numbered from the largest (by nodes) down."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    matrix = coo_matrix((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(nodes, nodes))
    _, label = connected_components(matrix, directed=False)
    size = np.bincount(label)
    rank = np.empty(len(size), dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return np.asarray(rank[label])


@njit(cache=True)
def _search(indptr, head, weight, source, stop, limit, dist, parent_edge, touched, keys, items):  # type: ignore[no-untyped-def]
    """Dijkstra from `source`; nodes with `stop` are settled and not expanded. Returns touched count.

    `keys` and `items` are heap buffers of at least as many cells as the graph has halves, plus one.
    """
    dist[source] = 0.0
    parent_edge[source] = -1
    touched[0] = source
    seen = 1
    size = push(keys, items, 0, 0.0, source)
    while size > 0:
        key, node = keys[0], items[0]
        size = drop_top(keys, items, size)
        if key > dist[node]:
            continue
        if stop[node] and node != source:
            continue
        for half in range(indptr[node], indptr[node + 1]):
            other = head[half]
            reach = key + weight[half]
            if reach < dist[other] and reach <= limit:
                if dist[other] == np.inf:
                    touched[seen] = other
                    seen += 1
                dist[other] = reach
                parent_edge[other] = half
                size = push(keys, items, size, reach, other)
    return seen


class Searcher:
    """Reusable buffers for many searches on one graph; not shared between threads."""

    def __init__(self, graph: Csr) -> None:
        self.graph = graph
        self._dist = np.full(graph.nodes, np.inf)
        self._parent = np.full(graph.nodes, -1, dtype=np.int64)
        self._touched = np.empty(graph.nodes, dtype=np.int64)
        self._keys = np.empty(len(graph.head) + 1)
        self._items = np.empty(len(graph.head) + 1, dtype=np.int64)
        self._seen = 0
        self._tail = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))

    def run(self, source: int, stop: NDArray[np.bool_], limit_km: float = np.inf) -> Ints:
        """Search from `source`, not past nodes where `stop`; the nodes reached, source first."""
        reached = self._touched[: self._seen]
        self._dist[reached] = np.inf
        self._parent[reached] = -1
        graph = self.graph
        self._seen = _search(
            graph.indptr, graph.head, graph.weight, source, stop, limit_km,
            self._dist, self._parent, self._touched, self._keys, self._items,
        )  # fmt: skip
        return self._touched[: self._seen]

    def distance_km(self, node: int) -> float:
        """Distance of a node in the last search; inf when it was not reached."""
        return float(self._dist[node])

    @property
    def distances_km(self) -> Floats:
        """Distances of all nodes in the last search (a view; copy before the next search)."""
        return self._dist

    def path(self, node: int) -> tuple[list[int], list[int]]:
        """Nodes from the source to `node` and the edges between them, in the last search."""
        nodes, edges = [node], []
        while self._parent[node] >= 0:
            half = self._parent[node]
            edges.append(int(self.graph.edge[half]))
            node = int(self._tail[half])
            nodes.append(node)
        return nodes[::-1], edges[::-1]
