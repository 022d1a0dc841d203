"""The contraction hierarchy against a plain Dijkstra: random graphs with all that makes them odd."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.hierarchy import (
    FAR,
    Lanes,
    Metric,
    Topology,
    alternatives,
    better_order,
    contract,
    first_order,
    lanes,
    next_best,
    whole,
)
from tests.engine.witness_dijkstra import dijkstra


@dataclass(frozen=True)
class Graph:
    """A directed graph as arrays, and an order of its nodes."""

    nodes: int
    tail: np.ndarray
    head: np.ndarray
    weight: np.ndarray
    order: np.ndarray

    @property
    def topology(self) -> Topology:
        """The graph contracted in its order."""
        return contract(self.nodes, self.tail, self.head, self.order)

    def arcs(self, weight: np.ndarray) -> list[tuple[int, int, int]]:
        """Arcs as the witness takes them."""
        return list(zip(self.tail.tolist(), self.head.tolist(), weight.tolist(), strict=True))

    def lengths(self, weight: np.ndarray) -> list[list[int]]:
        """Every length, by the witness."""
        arcs = self.arcs(weight)
        return [dijkstra(self.nodes, arcs, source) for source in range(self.nodes)]


@st.composite
def graphs(draw: st.DrawFn, most: int = 14) -> Graph:
    """Few nodes and small weights, so that zero, equal, parallel, self and closed arcs are frequent."""
    nodes = draw(st.integers(1, most))
    count = draw(st.integers(0, 3 * nodes))
    ends = st.integers(0, nodes - 1)
    tail = np.array(draw(st.lists(ends, min_size=count, max_size=count)), dtype=np.int64)
    head = np.array(draw(st.lists(ends, min_size=count, max_size=count)), dtype=np.int64)
    return Graph(nodes, tail, head, _weights(draw, count), np.array(draw(st.permutations(range(nodes)))))


def _weights(draw: st.DrawFn, count: int) -> np.ndarray:
    one = st.one_of(st.integers(0, 6), st.just(int(FAR)))
    return np.array(draw(st.lists(one, min_size=count, max_size=count)), dtype=np.int64)


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_matrix_and_sweeps_have_the_lengths_of_dijkstra(graph: Graph) -> None:
    metric = Metric.of(graph.topology, graph.weight)
    every = np.arange(graph.nodes)
    expected = np.array(graph.lengths(graph.weight))
    assert np.array_equal(metric.matrix(every, every), expected)
    assert np.array_equal([metric.everywhere(node) for node in every], expected)
    assert np.array_equal([metric.everywhere(node, backward=True) for node in every], expected.T)
    assert [[metric.length(a, b) for b in every] for a in every] == expected.tolist()


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_ways_are_chains_of_open_arcs_of_the_length_told(graph: Graph) -> None:
    metric = Metric.of(graph.topology, graph.weight)
    for source, row in enumerate(graph.lengths(graph.weight)):
        for target, length in enumerate(row):
            way = metric.way(source, target)
            assert way.length == length
            if length == FAR or source == target:
                assert len(way.arcs) == 0
                continue
            assert graph.tail[way.arcs[0]] == source
            assert graph.head[way.arcs[-1]] == target
            assert np.array_equal(graph.head[way.arcs[:-1]], graph.tail[way.arcs[1:]])
            assert graph.weight[way.arcs].sum() == length


@given(graphs(10), st.data())
@settings(max_examples=60, deadline=None)
def test_a_changed_metric_is_as_one_made_anew(graph: Graph, data: st.DataObject) -> None:
    before = Metric.of(graph.topology, graph.weight)
    if not len(graph.tail):
        return
    arcs = data.draw(st.lists(st.integers(0, len(graph.tail) - 1), min_size=1, max_size=4, unique=True))
    weights = _weights(data.draw, len(arcs))
    held = before.weight.copy()
    after = before.changed(arcs, weights)
    fresh = graph.weight.copy()
    fresh[arcs] = weights
    assert np.array_equal(after.weight, Metric.of(graph.topology, fresh).weight)
    assert np.array_equal(before.weight, held)
    every = np.arange(graph.nodes)
    assert np.array_equal(after.matrix(every, every), graph.lengths(fresh))


@given(graphs(9), st.data())
@settings(max_examples=25, deadline=None)
def test_lanes_are_metrics_customised_together(graph: Graph, data: st.DataObject) -> None:
    count = data.draw(st.sampled_from((1, 3, 16, 19)))
    weights = np.array([_weights(data.draw, len(graph.tail)) for _ in range(count)]).reshape(count, -1)
    every = np.arange(graph.nodes)
    made = lanes(graph.topology, weights)
    a, b = np.repeat(every, graph.nodes), np.tile(every, graph.nodes)
    row = 0
    for group in made:
        pairs = group.pairs(a, b)
        for lane, matrix in enumerate(group.matrices(every, every)):
            expected = np.array(graph.lengths(weights[row]))
            assert np.array_equal(matrix, expected)
            assert np.array_equal(pairs[lane].reshape(expected.shape), expected)
            assert np.array_equal(group.metric(lane).weight, Metric.of(graph.topology, weights[row]).weight)
            row += 1
    assert row == count


@given(graphs())
@settings(max_examples=80, deadline=None)
def test_the_order_does_not_change_the_answer(graph: Graph) -> None:
    every = np.arange(graph.nodes)
    expected = graph.lengths(graph.weight)
    where = np.random.default_rng(1).uniform(size=(2, graph.nodes))
    for order in (
        first_order(graph.nodes, graph.tail, graph.head),
        better_order(graph.nodes, graph.tail, graph.head, *where),
    ):
        topology = contract(graph.nodes, graph.tail, graph.head, order)
        assert np.array_equal(Metric.of(topology, graph.weight).matrix(every, every), expected)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_what_is_within_reach_is_what_is_not_farther(graph: Graph) -> None:
    metric = Metric.of(graph.topology, graph.weight)
    lengths = metric.everywhere(0)
    found = metric.reach(0, 5)
    assert set(found.tolist()) == set(np.flatnonzero(lengths <= 5).tolist())
    assert (np.diff(lengths[found]) >= 0).all()


@pytest.fixture(scope="module")
def street() -> Graph:
    """A jittered grid of 900 nodes with some streets missing, one-way lengths unequal."""
    rng = np.random.default_rng(4)
    side = 30
    number = np.arange(side * side).reshape(side, side)
    edges = np.concatenate(
        [
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], 1),
            np.stack([number[:-1].ravel(), number[1:].ravel()], 1),
        ]
    )
    edges = edges[rng.random(len(edges)) < 0.8]
    tail, head = np.concatenate([edges[:, 0], edges[:, 1]]), np.concatenate([edges[:, 1], edges[:, 0]])
    weight = rng.integers(50, 150, len(tail))
    x, y = (np.arange(side * side) % side).astype(float), (np.arange(side * side) // side).astype(float)
    return Graph(side * side, tail, head, weight, better_order(side * side, tail, head, x, y))


def test_streets_are_as_dijkstra_finds_them(street: Graph) -> None:
    """Enough nodes for cells, separators and several lanes of sources."""
    metric = Metric.of(street.topology, street.weight)
    sources = np.arange(0, street.nodes, 11)
    expected = np.array([dijkstra(street.nodes, street.arcs(street.weight), s) for s in sources.tolist()])
    assert np.array_equal(metric.matrix(sources, np.arange(street.nodes)), expected)


def test_many_threads_get_the_answers_of_one(street: Graph) -> None:
    metric = Metric.of(street.topology, street.weight)
    pairs = np.random.default_rng(8).integers(0, street.nodes, (600, 2)).tolist()
    alone = [metric.way(a, b) for a, b in pairs]
    fresh = Metric.of(street.topology, street.weight)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda pair: fresh.way(*pair), pairs))
        tables = list(pool.map(lambda _: fresh.matrix(range(40), range(40, 99)), range(8)))
    for one, other in zip(alone, together, strict=True):
        assert one.length == other.length
        assert np.array_equal(one.arcs, other.arcs)
    assert all(np.array_equal(table, tables[0]) for table in tables)


def test_alternatives_differ_and_are_not_much_longer(street: Graph) -> None:
    metric = Metric.of(street.topology, street.weight)
    several = 0
    for source, target in np.random.default_rng(2).integers(0, street.nodes, (25, 2)).tolist():
        ways = alternatives(metric, source, target, 4, stretch=1.3, shared=0.7)
        best = metric.length(source, target)
        several += len(ways) > 1
        for at, way in enumerate(ways):
            heads = street.head[way.arcs].tolist()
            assert street.weight[way.arcs].sum() == way.length <= best * 1.3
            assert len(set(heads)) == len(heads)
            for other in ways[:at]:
                both = np.intersect1d(way.arcs, other.arcs)
                assert street.weight[both].sum() <= 0.7 * best
        if ways:
            assert ways[0].length == best
    assert several >= 10


def test_next_best_avoids_what_is_closed(street: Graph) -> None:
    metric = Metric.of(street.topology, street.weight)
    way = metric.way(3, 871)
    closed = way.arcs[len(way.arcs) // 2 :][:2]
    other = next_best(metric, 3, 871, closed)
    weight = street.weight.copy()
    weight[closed] = FAR
    assert other.length == dijkstra(street.nodes, street.arcs(weight), 3)[871] > way.length
    assert not np.isin(closed, other.arcs).any()


def test_a_large_change_is_a_whole_customisation(street: Graph) -> None:
    """Past its share of work a partial update gives up, and nothing is lost."""
    metric = Metric.of(street.topology, street.weight)
    arcs = np.arange(0, len(street.tail), 2)
    changed = metric.changed(arcs, street.weight[arcs] * 3)
    assert np.array_equal(changed.weight, Metric.of(street.topology, changed.weights).weight)


def test_lengths_that_leave_32_bits_are_refused() -> None:
    line = contract(4, np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([1, 2, 0, 3]))
    with pytest.raises(OverflowError, match="coarser unit"):
        Metric.of(line, np.array([2**28, 2**28, 2**28]))
    with pytest.raises(OverflowError, match="coarser unit"):
        lanes(line, np.array([[1, 1, 1], [2**28, 2**28, 2**28]]))
    _, unit = whole(line, np.array([2.0**28 - 1, 2.0**28 - 1, np.inf]), 1.0)
    assert unit == 1.0
    metric, unit = whole(line, np.full(3, 2.0**28), 1.0)
    assert unit == 10.0
    assert metric.length(0, 3) == 3 * round(2**28 / 10)


@pytest.mark.parametrize("weights", [[-1, 0], [0], [0.5, 1.0], [int(FAR) + 1, 0]])
def test_weights_that_do_not_fit_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights must"):
        Metric.of(contract(2, np.array([0, 1]), np.array([1, 0]), np.array([0, 1])), weights)


def test_arcs_and_orders_that_name_no_node_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        contract(2, np.array([0]), np.array([1]), np.array([0, 0]))
    with pytest.raises(ValueError, match="arcs"):
        contract(2, np.array([0]), np.array([2]), np.array([0, 1]))


def test_a_topology_is_read_back_from_its_arrays(street: Graph) -> None:
    topology = street.topology
    again = Topology.of(topology.arrays())
    assert Metric.of(again, street.weight).length(0, 800) == Metric.of(topology, street.weight).length(0, 800)
    assert isinstance(lanes(again, street.weight[None, :])[0], Lanes)
