"""Rows of speed, each against a peer; and `doors`, the door-to-door cases."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from benchmarks import batch, cold, conformance, hierarchy, logs, osm, page, plan, tiles
from benchmarks.doors import doors
from benchmarks.doors import write as write_doors
from benchmarks.harness import Result, in_turns, write
from daliz.config import Settings
from daliz.engine.graph import Searcher, csr
from daliz.model.frozen import Cargo
from daliz.routing import Atlas, Request
from daliz.routing.everywhere import midnight
from daliz.routing.finder import Finder, clocks_of
from daliz.routing.layers import weighted
from daliz.routing.many import month
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from daliz.model.frozen import FrozenNetwork

SOURCES = 40
PAIRS = (("kz-altynkol", "by-brest"), ("cn-xian", "de-duisburg"), ("ru-vladivostok", "ru-moscow"))
CRITERIA = ("hours", "spread_h", "cost_usd", "co2e_kg")


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


def _peer_graphs(frozen: FrozenNetwork) -> list[nx.DiGraph]:
    """The frozen network as networkx graphs, one a criterion, parallel arcs by their least."""
    one = weighted(frozen)
    tail = np.repeat(np.arange(one.nodes), np.diff(one.indptr)).tolist()
    graphs = []
    for row in one.weight:
        graph = nx.DiGraph()
        for a, b, w in zip(tail, one.head.tolist(), row.tolist(), strict=True):
            if not graph.has_edge(a, b) or graph[a][b]["weight"] > w:
                graph.add_edge(a, b, weight=w)
        graphs.append(graph)
    return graphs


def _least(graphs: list[nx.DiGraph], sources: Any, targets: Any) -> list[float]:
    found = []
    for graph in graphs:
        length = nx.multi_source_dijkstra_path_length(graph, set(sources))
        found.append(min(length[node] for node in targets if node in length))
    return found


def _always_open(atlas: Atlas) -> FrozenNetwork:
    """The rail overlay with posts that never close and no timetables, all that the peer can be asked."""
    frozen = atlas.frozen(Cargo(mode="rail"))
    graph = replace(frozen.graph, gate=[-1] * len(frozen.arcs))
    return replace(frozen, graph=graph, gates=(), boardings=())


def _front_minima(frozen: FrozenNetwork, times: int) -> list[list[float]]:
    clocks = clocks_of(frozen, midnight(dt.date(2026, 12, 1)))
    minima = []
    for a, b in PAIRS * times:
        ways = Finder(frozen, clocks, frozen.at_place[a], [frozenset(frozen.at_place[b])]).ways()
        minima.append([min(getattr(w, name) for w in ways) for name in CRITERIA])
    return minima


def options() -> Result:
    """Every way not beaten in four criteria against four single-criterion searches of the peer."""
    frozen = _always_open(Atlas(Store(Settings().store)))
    graphs = _peer_graphs(frozen)
    return in_turns(
        "options", "rail overlay, 3 long trips, exact front of 4 criteria",
        "networkx 3 Dijkstra, once a criterion (no front)", lambda: _front_minima(frozen, 1),
        lambda: [_least(graphs, frozen.at_place[a], frozen.at_place[b]) for a, b in PAIRS],
        lambda a, b: bool(np.allclose(a, b)),  # type: ignore[arg-type]
    )  # fmt: skip


def month_row() -> Result:
    """Thirty departures of one trip with opening hours, against thirty peer searches by hours alone."""
    atlas = Atlas(Store(Settings().store))
    request = Request(*PAIRS[0], cargo=Cargo(mode="rail"))
    graphs = _peer_graphs(_always_open(atlas))[:1]
    frozen = atlas.frozen(Cargo(mode="rail"))
    a, b = PAIRS[0]

    def theirs() -> list[float]:
        return [_least(graphs, frozen.at_place[a], frozen.at_place[b])[0] for _ in range(30)]

    def equal(rows: Any, least: Any) -> bool:
        """With the clocks no trip is faster than without them."""
        fastest = [row["time_mean_h"] for row in rows if "fastest" in row["label"]]
        return len(fastest) == 30 and all(h >= least[0] - 0.01 for h in fastest)

    return in_turns(
        "month", "rail, 30 departures, all options each", "networkx 3 Dijkstra by hours, 30 times",
        lambda: month(atlas, request), theirs, equal,
    )  # fmt: skip


ROWS: dict[str, Callable[[], Result | list[Result]]] = {
    "contraction": contraction, "options": options, "month": month_row, **conformance.ROWS, **logs.ROWS,
    **plan.ROWS, **tiles.ROWS, **hierarchy.ROWS, **batch.ROWS,
    **osm.ROWS,
}  # fmt: skip


def main(wanted: list[str]) -> None:
    """Run the named rows, or all; `doors` is the table of door-to-door cases."""
    lacking = set() if conformance.peer_python() else {"temporal_conformance"}
    for name in wanted or [name for name in (*ROWS, "doors", "page", "cold") if name not in lacking]:
        if name == "doors":
            write_doors(doors())
            continue
        if name == "cold":
            cold.write(cold.cold())
            continue
        if name == "page":
            page.write(page.page())
            continue
        made = ROWS[name]()
        for result in made if isinstance(made, list) else [made]:
            print(f"{name}: {result.ratio} times {result.peer}, {result.instance}, equal: {result.equal}")
            write([result])  # at once: a run of half an hour may be stopped
    write([])


if __name__ == "__main__":
    main(sys.argv[1:])
