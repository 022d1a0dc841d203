"""Rows `matrix`, `new-metric`, `query`, `ordering`, `scenarios`: the hierarchy against pyroutingkit's.

Instances: a synthetic road-like graph of a million nodes (a jittered grid thinned to 1.3 edges a node,
denser round towns, with fast lines), the shipped road graph, and, for scenarios, a synthetic one of 5,041
nodes.
Weights differ by direction. The peer is given both threads where it takes a number of them, and its own
order. Orders are kept between runs in `DALIZ_BENCH` (a folder, else the temporary one); the row `ordering`
makes them. Each answer has been compared with the peer's.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import cKDTree

from benchmarks.harness import Result, in_turns
from daliz.config import Settings
from daliz.engine.hierarchy import FAR, Metric, Topology, better_order, contract, first_order, lanes
from daliz.model.frozen import Cargo
from daliz.routing import Atlas
from daliz.routing.layers import weighted
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

MILLION, SMALL = "synthetic, 1,000,000 nodes, 2,600,000 arcs", "synthetic, 5,041 nodes"
SHIPPED = "shipped road graph, 257,900 nodes"
OVERLAY = "shipped corridor overlay"
ENDS = 1000
SCENARIOS = 1000
PEER = "pyroutingkit 0.2.1 (CCH)"
ROUNDS = 5


class Graph(NamedTuple):
    """A directed graph with coordinates and whole weights."""

    name: str
    nodes: int
    x: np.ndarray
    y: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    weight: np.ndarray


def road_like(side: int, name: str, seed: int = 1) -> Graph:
    """A jittered grid of `side` x `side` nodes with 1.3 edges a node: a spanning tree and more near towns."""
    rng = np.random.default_rng(seed)
    n = side * side
    at = np.arange(n)
    x, y = at % side + rng.uniform(-0.4, 0.4, n), at // side + rng.uniform(-0.4, 0.4, n)
    number = at.reshape(side, side)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], 1)
    edges = np.concatenate([across, np.stack([number[:-1].ravel(), number[1:].ravel()], 1)])
    chance = rng.uniform(1, 2, len(edges))
    tree = minimum_spanning_tree(coo_matrix((chance, (edges[:, 0], edges[:, 1])), shape=(n, n))).tocoo()
    key = np.minimum(tree.row, tree.col).astype(np.int64) * n + np.maximum(tree.row, tree.col)
    in_tree = np.isin(edges[:, 0] * n + edges[:, 1], key)
    rest = np.flatnonzero(~in_tree)
    towns = cKDTree(rng.uniform(0, side, (max(1, n // 2000), 2)))
    middle = np.stack([x[edges[rest]].mean(1), y[edges[rest]].mean(1)], 1)
    near = np.exp(-towns.query(middle)[0] / 12) + 0.02
    more = rest[np.argsort(rng.exponential(1, len(rest)) / near)[: int(1.3 * n) - int(in_tree.sum())]]
    edges = edges[np.concatenate([np.flatnonzero(in_tree), more])]
    a, b = edges.T
    length = np.hypot(x[a] - x[b], y[a] - y[b])
    fast = ((a // side % 50 == 0) & (b // side % 50 == 0)) | ((a % side % 50 == 0) & (b % side % 50 == 0))
    speed = np.where(fast, 3.0, rng.uniform(0.6, 1.2, len(edges)))
    weight = np.maximum(1, length / speed * 1000).astype(np.int64)
    weight = np.concatenate([weight, weight + rng.integers(0, 50, len(weight))])
    return Graph(name, n, x, y, np.concatenate([a, b]), np.concatenate([b, a]), weight)


@cache
def graph(name: str) -> Graph:
    """An instance by its name."""
    if name == MILLION:
        return road_like(1000, name)
    if name == SMALL:
        return road_like(71, name)
    store = Store(Settings().store)
    if name == OVERLAY:
        return _overlay(Atlas(store))
    tail, head, km, lat, lon = (
        np.asarray(store.array("road", column)) for column in ("tail", "head", "km", "lat", "lon")
    )
    metres = np.rint(km * 1000).astype(np.int64)
    weight = np.concatenate([metres, metres + np.random.default_rng(1).integers(0, 50, len(metres))])
    both = np.concatenate([tail, head]), np.concatenate([head, tail])
    return Graph(name, len(lat), lon * np.cos(np.radians(lat)), lat, *both, weight)


def _overlay(atlas: Atlas) -> Graph:
    """Platforms and arcs of the corridor overlay for a 40-foot box, hours without clocks in hundredths."""
    frozen = atlas.frozen(Cargo())
    one = weighted(frozen)
    tail = np.repeat(np.arange(one.nodes), np.diff(one.indptr))
    open_ = np.isfinite(one.weight[0])
    at = [atlas.gazetteer.places[place] for place, _ in frozen.platforms]
    lat, lon = (np.array([row[axis] for row in at], dtype=float) for axis in ("lat", "lon"))
    hours = np.rint(one.weight[0, open_] * 100).astype(np.int64)
    return Graph(OVERLAY, one.nodes, lon, lat, tail[open_], one.head[open_], hours)


def _kept(one: Graph) -> Path:
    folder = Path(os.environ.get("DALIZ_BENCH", tempfile.gettempdir())) / "daliz-orders"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{one.nodes}-{len(one.tail)}"


@cache
def ours(name: str) -> Topology:
    """Our topology, by the better order, kept between runs."""
    one = graph(name)
    path = _kept(one).with_suffix(".npy")
    if not path.exists():
        np.save(path, better_order(one.nodes, one.tail, one.head, one.x, one.y))
    return contract(one.nodes, one.tail, one.head, np.load(path))


@cache
def theirs(name: str) -> Any:
    """The peer's topology, kept between runs."""
    import pyroutingkit

    one = graph(name)
    path = _kept(one).with_suffix(".peer")
    topology = pyroutingkit.CCHTopology()
    if path.exists():
        topology.load(str(path))
        return topology
    topology.build(one.tail, one.head, one.y.astype(np.float32), one.x.astype(np.float32), one.nodes)
    path.mkdir()
    topology.save(str(path))
    return topology


def _their_metric(name: str, weight: np.ndarray) -> Any:
    import pyroutingkit

    metric = pyroutingkit.CCHMetric(theirs(name))
    metric.customize(weight.astype(np.uint32), os.cpu_count() or 1)
    return metric


def _ends(nodes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return tuple(rng.choice(nodes, min(ENDS, nodes), replace=False) for _ in range(2))  # type: ignore[return-value]


def _plain(matrix: np.ndarray) -> np.ndarray:
    return np.minimum(matrix.astype(np.int64), int(FAR))


def matrix(name: str) -> Result:
    """1,000 x 1,000 lengths; both threads on our side, the peer's call has one."""
    one = graph(name)
    sources, targets = _ends(one.nodes, 5)
    metric, other = Metric.of(ours(name), one.weight), _their_metric(name, one.weight)
    return in_turns(
        "matrix", f"{name}, 1,000 x 1,000", PEER, lambda: metric.matrix(sources, targets),
        lambda: other.distances_many_to_many(sources, targets),
        lambda a, b: np.array_equal(a, _plain(b)), ROUNDS,  # type: ignore[arg-type]
    )  # fmt: skip


def new_metric(name: str) -> Result:
    """Customisation, a scenario: 32 together on our side against one with both threads."""
    one = graph(name)
    count = 16 * (os.cpu_count() or 1)
    weights = np.stack(
        [one.weight + np.random.default_rng(k).integers(0, 100, len(one.weight)) for k in range(count)]
    )
    other = _their_metric(name, one.weight)
    sources, targets = (ends[:50] for ends in _ends(one.nodes, 7))
    given = weights.astype(np.int32)
    peers = [row.astype(np.uint32) for row in weights]
    equal = True
    for at, found in enumerate(
        found for group in lanes(ours(name), given) for found in group.matrices(sources, targets)
    ):
        if at in (0, 5, count - 1):
            other.customize(peers[at], os.cpu_count() or 1)
            equal &= np.array_equal(found, _plain(other.distances_many_to_many(sources, targets)))
    mine, peer = [], []
    for turn in range(ROUNDS):
        begun = time.perf_counter()
        other.customize(peers[turn], os.cpu_count() or 1)
        peer.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        lanes(ours(name), given)
        mine.append((time.perf_counter() - begun) / count)
    return _result("new-metric", f"{name}, a scenario of {count} together", peer, mine, equal=equal)


def query(name: str) -> Result:
    """One pair with its way, the mean of 1,000 random pairs; new pairs each round."""
    one = graph(name)
    metric, other = Metric.of(ours(name), one.weight), _their_metric(name, one.weight)
    mine, peer = [], []
    equal = True
    metric.way(0, 1)
    for turn in range(ROUNDS):
        pairs = list(zip(*(ends.tolist() for ends in _ends(one.nodes, 100 + turn)), strict=True))
        begun = time.perf_counter()
        answers = [other.query(a, b) for a, b in pairs]
        peer.append((time.perf_counter() - begun) / len(pairs))
        begun = time.perf_counter()
        ways = [metric.way(a, b) for a, b in pairs]
        mine.append((time.perf_counter() - begun) / len(pairs))
        equal &= all(
            way.length == min(answer[0], int(FAR)) and way.length == min(one.weight[way.arcs].sum(), int(FAR))
            for way, answer in zip(ways, answers, strict=True)
            if len(way.arcs)
        )
    return _result("query", f"{name}, with the way", peer, mine, equal=equal)


def ordering(name: str) -> Result:
    """First answer: order and contraction; the better order's seconds and search space stand in brackets."""
    import pyroutingkit

    one = graph(name)
    first_order(3, np.array([0, 1]), np.array([1, 2]))
    begun = time.perf_counter()
    first = contract(one.nodes, one.tail, one.head, first_order(one.nodes, one.tail, one.head))
    mine = time.perf_counter() - begun
    topology = pyroutingkit.CCHTopology()
    begun = time.perf_counter()
    topology.build(one.tail, one.head, one.y.astype(np.float32), one.x.astype(np.float32), one.nodes)
    peer = time.perf_counter() - begun
    begun = time.perf_counter()
    better = better_order(one.nodes, one.tail, one.head, one.x, one.y)
    better_s = time.perf_counter() - begun
    np.save(_kept(one).with_suffix(".npy"), better)
    folder = Path(tempfile.mkdtemp())
    topology.save(str(folder))
    theirs_order = np.fromfile(folder / "order", dtype=np.uint32).astype(np.int64)
    spaces = [
        _space(made)
        for made in (
            first, contract(one.nodes, one.tail, one.head, better),
            contract(one.nodes, one.tail, one.head, theirs_order),
        )
    ]  # fmt: skip
    sources, targets = (ends[:50] for ends in _ends(one.nodes, 9))
    other = pyroutingkit.CCHMetric(topology)
    other.customize(one.weight.astype(np.uint32), 1)
    found = Metric.of(first, one.weight).matrix(sources, targets)
    equal = np.array_equal(found, _plain(other.distances_many_to_many(sources, targets)))
    told = (
        f"{name} (first answer; the better order takes {better_s:.1f} s; arcs above a node: first "
        f"{spaces[0]:,.0f}, better {spaces[1]:,.0f}, peer's {spaces[2]:,.0f})"
    )
    return _result("ordering", told, [peer], [mine], equal=equal)


def _space(topology: Topology) -> float:
    """Arcs above a node, itself included: what a search may look at; mean of all nodes."""
    total = np.diff(topology.first).astype(np.int64)
    for rank in range(topology.nodes - 1, -1, -1):
        if topology.parent[rank] >= 0:
            total[rank] += total[topology.parent[rank]]
    return float(total.mean())


def scenarios(name: str) -> Result:
    """1,000 scenarios, each new weights and a 1,000 x 1,000 matrix; the peer does 20 of them, times fifty.

    What a caller keeps of each matrix is its sum here; a round is compared by these sums.
    """
    one = graph(name)
    sources, targets = _ends(one.nodes, 5)
    rng = np.random.default_rng(2)
    weights = (one.weight * rng.uniform(1, 1.5, (SCENARIOS, len(one.weight)))).astype(np.int32)
    other = _their_metric(name, one.weight)
    part = SCENARIOS // 50

    def mine() -> list[int]:
        return [
            int(found.sum(dtype=np.int64))
            for group in lanes(ours(name), weights)
            for found in group.matrices(sources, targets)
        ]

    def peers() -> list[int]:
        sums = []
        for row in weights[:part]:
            other.customize(row.astype(np.uint32), 1)  # on so small a graph its threads make it slower
            sums.append(int(_plain(other.distances_many_to_many(sources, targets)).sum()))
        return sums

    equal = mine()[:part] == peers()
    ours_s, peer_s = [], []
    for _ in range(3):
        begun = time.perf_counter()
        peers()
        peer_s.append((time.perf_counter() - begun) * SCENARIOS / part)
        begun = time.perf_counter()
        mine()
        ours_s.append(time.perf_counter() - begun)
    told = f"{name}, 1,000 scenarios x (new weights + 1,000 x 1,000) (peer: {part} of them, scaled)"
    return _result("scenarios", told, peer_s, ours_s, equal=equal)


def _result(row: str, instance: str, peer: list[float], mine: list[float], *, equal: bool) -> Result:
    peer_s, ours_s = statistics.median(peer), statistics.median(mine)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Result(
        row, instance, PEER, round(peer_s, 6), round(ours_s, 6), round(peer_s / ours_s, 2), bool(equal),
        f"python -m benchmarks {row}", memory, None, len(mine),
    )  # fmt: skip


ROWS: dict[str, Callable[[], list[Result]]] = {
    "ordering": lambda: [ordering(name) for name in (MILLION, SHIPPED)],
    "matrix": lambda: [matrix(name) for name in (MILLION, SHIPPED)],
    "new-metric": lambda: [new_metric(name) for name in (MILLION, SHIPPED)],
    "query": lambda: [query(name) for name in (MILLION, SHIPPED)],
    "scenarios": lambda: [scenarios(name) for name in (SMALL, OVERLAY)],
}
