"""Rows: `contraction` (neighbours of curated points), `overlay-route` (one route by hours)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from benchmarks.harness import Result, in_turns, write
from daliz.config import Settings
from daliz.engine.graph import Searcher, csr
from daliz.engine.search import search
from daliz.freeze import TABLES, freeze
from daliz.model.frozen import Cargo
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = 40
PAIRS = (("kz-altynkol", "by-brest"), ("cn-xian", "de-duisburg"), ("ru-vladivostok", "ru-moscow"))


def contraction() -> Result:
    """From 40 nodes to the 500 chosen ones that no other chosen one hides, on the shipped rail graph."""
    store = Store(Settings().store)
    tail, head, km = (np.asarray(store.array("rail", name)) for name in ("tail", "head", "km"))
    nodes = len(store.array("rail", "lat"))
    graph = csr(nodes, tail, head, km)
    matrix = csr_matrix((km, (tail, head)), shape=(nodes, nodes))
    degree = np.diff(graph.indptr)
    chosen = np.random.default_rng(7).choice(np.flatnonzero(degree > 2), 500, replace=False)
    stop = np.zeros(nodes, dtype=bool)
    stop[chosen] = True
    searcher = Searcher(graph)

    def ours() -> list[dict[int, float]]:
        found = []
        for source in chosen[:SOURCES].tolist():
            reached = searcher.run(source, stop)
            met = reached[stop[reached]].tolist()
            found.append({node: searcher.distance_km(node) for node in met if node != source})
        return found

    def theirs() -> np.ndarray[Any, Any]:
        return np.asarray(dijkstra(matrix, directed=False, indices=chosen[:SOURCES]))

    def equal(mine: Any, other: Any) -> bool:
        """A neighbour is never nearer than the true distance, and the nearest of all is exact."""
        for at, found in enumerate(mine):
            if any(km_ < other[at, node] - 1e-9 for node, km_ in found.items()):
                return False
            nearest = min(other[at, node] for node in chosen if other[at, node] > 0)
            if abs(min(found.values()) - nearest) > 1e-9:
                return False
        return True

    return in_turns("contraction", "rail, 40 of 500 points", "scipy csgraph.dijkstra", ours, theirs, equal)


def overlay_route() -> Result:
    """Three long rail routes by hours on the frozen overlay (wagonload, posts that never close)."""
    frozen = freeze(Store(Settings().store).frames(TABLES), Cargo(mode="rail"))
    graph = nx.DiGraph()
    for node in range(len(frozen.platforms)):
        for arc in range(frozen.graph.indptr[node], frozen.graph.indptr[node + 1]):
            head, hours = frozen.graph.head[arc], frozen.graph.hours[arc]
            if not graph.has_edge(node, head) or graph[node][head]["weight"] > hours:
                graph.add_edge(node, head, weight=hours)
    ends = [(frozen.at_place[a], frozenset(frozen.at_place[b])) for a, b in PAIRS]

    def ours() -> list[float]:
        ways = [search(frozen.graph, None, lambda _gate, _at: 0.0, a, [b])[0] for a, b in ends]
        return [way.hours for way in ways if way is not None]

    def theirs() -> list[float]:
        best = []
        for sources, targets in ends:
            length = nx.multi_source_dijkstra_path_length(graph, set(sources))
            best.append(min(length[node] for node in targets if node in length))
        return best

    return in_turns(
        "overlay-route", "rail overlay, 3 routes", "networkx 3 multi_source_dijkstra", ours, theirs,
        lambda a, b: bool(np.allclose(a, b)),  # type: ignore[arg-type]
    )  # fmt: skip


ROWS: dict[str, Callable[[], Result]] = {"contraction": contraction, "overlay-route": overlay_route}


def main(wanted: list[str]) -> None:
    """Run the named rows, or all."""
    results = []
    for name in wanted or ROWS:
        result = ROWS[name]()
        print(f"{name}: {result.ratio} times {result.peer}, equal: {result.equal}")
        results.append(result)
    write(results)


if __name__ == "__main__":
    main(sys.argv[1:])
