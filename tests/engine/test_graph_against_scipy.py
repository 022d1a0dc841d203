"""Shortest paths and pieces against scipy's csgraph and networkx on random graphs."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from daliz.engine.graph import Csr, Searcher, components, csr

PROPERTY = settings(deadline=None, derandomize=True, max_examples=120)

Edges = list[tuple[int, int, int]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Edges]:
    """A small multigraph: zero weights, parallel edges, self-arcs and pieces apart all occur."""
    nodes = draw(st.integers(2, 12))
    node = st.integers(0, nodes - 1)
    return nodes, draw(st.lists(st.tuples(node, node, st.integers(0, 6)), max_size=30))


def _ours(nodes: int, edges: Edges) -> Csr:
    table = np.array(edges, dtype=np.int64).reshape(-1, 3)
    return csr(nodes, table[:, 0], table[:, 1], table[:, 2].astype(np.float64))


def _multigraph(nodes: int, edges: Edges) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(nodes))
    for number, (tail, head, weight) in enumerate(edges):
        graph.add_edge(tail, head, key=number, weight=weight)
    return graph


def _scipy_distances(nodes: int, edges: Edges) -> np.ndarray:
    """All pairs by scipy; of parallel edges the lightest, zeros held explicitly."""
    least: dict[tuple[int, int], float] = {}
    for tail, head, weight in edges:
        for pair in ((tail, head), (head, tail)):
            least[pair] = min(weight, least.get(pair, np.inf))
    ends = np.array(list(least), dtype=np.int64).reshape(-1, 2)
    matrix = csr_matrix(
        (np.array(list(least.values()), dtype=float), (ends[:, 0], ends[:, 1])), (nodes, nodes)
    )
    return np.asarray(dijkstra(matrix, directed=True))


@PROPERTY
@given(graphs())
def test_csr_holds_both_halves_of_every_edge(drawn: tuple[int, Edges]) -> None:
    """Each edge stands once under either end with its weight, and rows are complete."""
    nodes, edges = drawn
    graph = _ours(nodes, edges)
    assert graph.nodes == nodes
    halves = sorted(
        (tail, int(graph.head[half]), int(graph.edge[half]), graph.weight[half])
        for tail in range(nodes)
        for half in range(graph.indptr[tail], graph.indptr[tail + 1])
    )
    wanted = [(a, b, n, float(w)) for n, (a, b, w) in enumerate(edges)]
    assert halves == sorted([*wanted, *((b, a, n, w) for a, b, n, w in wanted)])


@PROPERTY
@given(graphs())
def test_distances_equal_those_of_scipy_from_every_source(drawn: tuple[int, Edges]) -> None:
    """One Searcher run from every node in turn gives scipy's table: zeros, parallels and infinities."""
    nodes, edges = drawn
    searcher = Searcher(_ours(nodes, edges))
    never = np.zeros(nodes, dtype=bool)
    wanted = _scipy_distances(nodes, edges)
    for source in range(nodes):
        reached = searcher.run(source, never).copy()
        assert searcher.distances_km.tolist() == wanted[source].tolist()
        assert reached[0] == source
        assert sorted(reached.tolist()) == np.flatnonzero(np.isfinite(wanted[source])).tolist()


@PROPERTY
@given(graphs())
def test_a_path_is_a_walk_of_the_length_it_claims(drawn: tuple[int, Edges]) -> None:
    """Nodes and edges of a path fit each other, no node comes twice, and the weights sum to the distance."""
    nodes, edges = drawn
    searcher = Searcher(_ours(nodes, edges))
    for node in searcher.run(0, np.zeros(nodes, dtype=bool)).tolist():
        way, used = searcher.path(node)
        assert way[0] == 0
        assert way[-1] == node
        assert len(set(way)) == len(way) == len(used) + 1
        for (a, b), edge in zip(itertools.pairwise(way), used, strict=True):
            assert {a, b} == set(edges[edge][:2])
        assert sum(edges[edge][2] for edge in used) == searcher.distance_km(node)


@PROPERTY
@given(graphs(), st.sets(st.integers(0, 11), min_size=2))
def test_stop_nodes_contract_the_graph_exactly(drawn: tuple[int, Edges], chosen: set[int]) -> None:
    """Legs between terminals are those networkx finds with the other terminals taken out.

    Together they give the distances of the whole graph: any way splits at the terminals it meets.
    """
    nodes, edges = drawn
    terminals = sorted({terminal % nodes for terminal in chosen})
    stop = np.zeros(nodes, dtype=bool)
    stop[terminals] = True
    searcher = Searcher(_ours(nodes, edges))
    whole = _multigraph(nodes, edges)
    contracted = nx.Graph()
    contracted.add_nodes_from(terminals)
    for source, target in itertools.permutations(terminals, 2):
        searcher.run(source, stop)
        alone = whole.subgraph(set(range(nodes)) - set(terminals) | {source, target})
        direct = nx.single_source_dijkstra_path_length(alone, source).get(target, np.inf)
        assert searcher.distance_km(target) == direct
        if np.isfinite(direct):
            inner = searcher.path(target)[0][1:-1]
            assert not set(inner) & set(terminals)
            contracted.add_edge(source, target, weight=direct)
    for source in terminals:
        split = nx.single_source_dijkstra_path_length(contracted, source)
        full = nx.single_source_dijkstra_path_length(whole, source)
        assert split == {node: km for node, km in full.items() if node in terminals}


@PROPERTY
@example((3, [(0, 2, 6), (0, 1, 2), (1, 2, 1)]), 1)
@given(graphs(), st.integers(0, 15))
def test_within_the_limit_distances_are_exact_and_beyond_it_nothing_is_claimed(
    drawn: tuple[int, Edges], limit: int
) -> None:
    """A limited search gives the true distance up to the limit, and no distance that is not the true one."""
    nodes, edges = drawn
    searcher = Searcher(_ours(nodes, edges))
    searcher.run(0, np.zeros(nodes, dtype=bool), float(limit))
    for node, true_km in enumerate(_scipy_distances(nodes, edges)[0]):
        if true_km <= limit:
            assert searcher.distance_km(node) == true_km
        else:
            assert searcher.distance_km(node) in (true_km, np.inf)


def test_a_search_leaves_nothing_behind_for_the_next() -> None:
    """Wide, narrow, limited and wide again on one Searcher: the last equals the first, arrays and paths."""
    rng = np.random.default_rng(7)
    nodes, m = 3000, 6000
    graph = csr(
        nodes, rng.integers(0, nodes, m), rng.integers(0, nodes, m), rng.integers(0, 9, m).astype(float)
    )
    searcher, never = Searcher(graph), np.zeros(nodes, dtype=bool)
    stop = rng.random(nodes) < 0.2
    first = searcher.run(0, never).copy()
    distances, paths = searcher.distances_km.copy(), [searcher.path(int(node)) for node in first[:200]]
    searcher.run(5, stop)
    searcher.run(9, never, 3.0)
    again = searcher.run(0, never)
    assert again.tolist() == first.tolist()
    assert np.array_equal(searcher.distances_km, distances)
    assert [searcher.path(int(node)) for node in first[:200]] == paths


def test_a_star_with_every_ray_in_the_queue_at_once_is_settled() -> None:
    """Five thousand rays, longest first, all wait in the queue together and come out exact."""
    rays = 5000
    weight = np.arange(rays, 0, -1).astype(float)
    graph = csr(rays + 1, np.zeros(rays, dtype=np.int64), np.arange(1, rays + 1), weight)
    searcher = Searcher(graph)
    assert len(searcher.run(0, np.zeros(rays + 1, dtype=bool))) == rays + 1
    assert searcher.distances_km[1:].tolist() == weight.tolist()


@PROPERTY
@given(graphs())
def test_components_are_those_of_networkx_largest_first(drawn: tuple[int, Edges]) -> None:
    """Pieces equal networkx's, and their numbers run from the largest down without holes."""
    nodes, edges = drawn
    table = np.array(edges, dtype=np.int64).reshape(-1, 3)
    label = components(nodes, table[:, 0], table[:, 1])
    ours = [set(np.flatnonzero(label == rank).tolist()) for rank in range(int(label.max()) + 1)]
    wanted = list(nx.connected_components(_multigraph(nodes, edges)))
    assert sorted(map(sorted, ours)) == sorted(map(sorted, wanted))
    sizes = [len(piece) for piece in ours]
    assert sizes == sorted(sizes, reverse=True)


def test_a_graph_without_edges_is_as_many_pieces_as_nodes() -> None:
    """No edges: every node is its own piece and reaches only itself."""
    nothing = np.zeros(0, dtype=np.int64)
    assert sorted(components(3, nothing, nothing).tolist()) == [0, 1, 2]
    searcher = Searcher(csr(3, nothing, nothing, nothing.astype(float)))
    assert searcher.run(1, np.zeros(3, dtype=bool)).tolist() == [1]
    assert searcher.distance_km(0) == pytest.approx(np.inf)
