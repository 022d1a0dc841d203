"""The hierarchy on the real rail and road graph, against scipy and against another hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from daliz.engine.hierarchy import FAR, Metric, better_order, contract, first_order
from daliz.store import Store

if TYPE_CHECKING:
    from pathlib import Path


class Shipped(NamedTuple):
    """A base graph as arrays."""

    nodes: int
    tail: np.ndarray
    head: np.ndarray
    metres: np.ndarray
    lat: np.ndarray
    lon: np.ndarray


@pytest.fixture(scope="module", params=["rail", "road"])
def shipped(built_store: Path, request: pytest.FixtureRequest) -> Shipped:
    """Both directions of each arc, in metres."""
    store = Store(built_store)
    tail, head, km, lat, lon = (
        np.asarray(store.array(request.param, name)) for name in ("tail", "head", "km", "lat", "lon")
    )
    metres = np.rint(km * 1000).astype(np.int64)
    both = np.concatenate([tail, head]), np.concatenate([head, tail])
    return Shipped(len(lat), *both, np.concatenate([metres, metres]), lat, lon)


def test_sampled_sources_reach_every_node_as_in_scipy(shipped: Shipped) -> None:
    """Ten sources to all nodes, by the order of METIS and by that of flows."""
    n, tail, head, metres, lat, lon = shipped
    order = np.lexsort((metres, head, tail))
    tail, head, metres = tail[order], head[order], metres[order]
    # scipy adds parallel arcs up; the least is the one that counts.
    least = np.concatenate([[True], (np.diff(tail) != 0) | (np.diff(head) != 0)])
    matrix = csr_matrix((metres[least], (tail[least], head[least])), shape=(n, n))
    sources = np.random.default_rng(3).choice(n, 10, replace=False)
    expected = dijkstra(matrix, indices=sources)
    expected = np.where(np.isinf(expected), FAR, expected).astype(np.int64)
    x = lon * np.cos(np.radians(lat))
    for chosen in (first_order(n, tail, head), better_order(n, tail, head, x, lat)):
        metric = Metric.of(contract(n, tail, head, chosen), metres)
        assert np.array_equal(metric.matrix(sources, np.arange(n)), expected)
        assert np.array_equal(metric.everywhere(int(sources[0])), expected[0])


def test_a_thousand_by_a_thousand_is_as_in_pyroutingkit(shipped: Shipped) -> None:
    """Every entry of the matrix, and every arc of some ways, after a change of weights too."""
    kit = pytest.importorskip("pyroutingkit")
    n, tail, head, metres, lat, lon = shipped
    there = kit.CCHTopology()
    there.build(tail, head, lat.astype(np.float32), lon.astype(np.float32), n)
    other = kit.CCHMetric(there)
    other.customize(metres.astype(np.uint32), 1)
    metric = Metric.of(contract(n, tail, head, first_order(n, tail, head)), metres)
    rng = np.random.default_rng(5)
    sources, targets = (rng.choice(n, 1000, replace=False) for _ in range(2))
    theirs = other.distances_many_to_many(sources, targets).astype(np.int64)
    theirs[theirs >= kit.INF_WEIGHT] = FAR
    assert np.array_equal(metric.matrix(sources, targets), theirs)
    ways = [metric.way(a, b) for a, b in zip(sources[:100].tolist(), targets[:100].tolist(), strict=True)]
    for way, a, b in zip(ways, sources[:100].tolist(), targets[:100].tolist(), strict=True):
        assert way.length == min(other.query(a, b)[0], int(FAR))
    closed = np.unique(np.concatenate([way.arcs[: len(way.arcs) // 2][-1:] for way in ways]))
    other.update_weights(closed, np.full(len(closed), kit.INF_WEIGHT))
    changed = metric.changed(closed, np.full(len(closed), FAR))
    theirs = other.distances_many_to_many(sources[:100], targets).astype(np.int64)
    theirs[theirs >= kit.INF_WEIGHT] = FAR
    assert np.array_equal(changed.matrix(sources[:100], targets), theirs)
