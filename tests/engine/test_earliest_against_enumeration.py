"""One source to everywhere against every way there is, the exact front, and networkx."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.earliest import everywhere
from daliz.engine.pareto import Clocks, Weighted, front

if TYPE_CHECKING:
    from collections.abc import Sequence

PROPERTY = settings(deadline=None, derandomize=True, max_examples=300)
PERIOD_H, OPEN_H, BETWEEN_H = (7.0, 5.0), (1.0, 2.0), 1.5
"""The first and second clock of the one gate: periods, hours open in each, and the work between them."""

Arc = tuple[int, int, tuple[float, float, float, float], bool]
"""Tail, head, four weights, whether the gate is on it."""
Case = tuple[int, list[Arc], tuple[int, ...]]
USD = 2


def _spans() -> list[list[float]]:
    return [[k * p, k * p + o] for p, o in zip(PERIOD_H, OPEN_H, strict=True) for k in range(40)]


CLOCKS = Clocks(
    np.array([0]), np.array([1]), np.array([BETWEEN_H]), np.array([0, 40, 80]),
    np.array([span[0] for span in _spans()]), np.array([span[1] for span in _spans()]),
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A directed multigraph of up to six nodes with closed, free and gated arcs, and one or two sources."""
    nodes = draw(st.integers(2, 6))
    node, whole = st.integers(0, nodes - 1), st.integers(0, 6).map(float)
    hours = st.one_of(whole, whole, whole, st.just(math.inf))
    arc = st.tuples(node, node, st.tuples(hours, whole, whole, whole), st.booleans())
    arcs = draw(st.lists(arc, min_size=1, max_size=13))
    sources = draw(st.lists(node, min_size=1, max_size=2, unique=True))
    return nodes, sorted(arcs, key=lambda a: a[0]), tuple(sources)


def graph_of(nodes: int, arcs: Sequence[Arc]) -> Weighted:
    """The graph as the engine takes it."""
    tails = [arc[0] for arc in arcs]
    return Weighted(
        np.searchsorted(tails, np.arange(nodes + 1)).astype(np.int64),
        np.array([arc[1] for arc in arcs], dtype=np.int64),
        np.ascontiguousarray(np.array([arc[2] for arc in arcs]).T),
        np.array([0 if arc[3] else -1 for arc in arcs], dtype=np.int64),
    )  # fmt: skip


def leaves_h(at: float) -> float:
    """When a shipment at the gate has waited at both clocks, less the work between, by remainders."""
    waits = 0.0
    for which, before in ((0, 0.0), (1, BETWEEN_H)):
        into = (at + waits + before) % PERIOD_H[which]
        waits += 0.0 if into < OPEN_H[which] else PERIOD_H[which] - into
    return at + waits


def walk(arcs: Sequence[Arc], way: Sequence[int]) -> tuple[float, ...]:
    """The four values of a way, added up one arc after another."""
    values = (0.0, 0.0, 0.0, 0.0)
    for number in way:
        _, _, weight, gated = arcs[number]
        at = leaves_h(values[0]) if gated else values[0]
        values = (at + weight[0], *(v + w for v, w in zip(values[1:], weight[1:], strict=True)))
    return values


def least_by_exhaustion(case: Case, by: int) -> list[float]:
    """Least value of a criterion at each node over all ways that visit no node twice."""
    nodes, arcs, sources = case
    least = [math.inf] * nodes
    todo: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), (source,)) for source in sources]
    while todo:
        way, seen = todo.pop()
        least[seen[-1]] = min(least[seen[-1]], walk(arcs, way)[by])
        for number, (tail, head, weight, _) in enumerate(arcs):
            if tail == seen[-1] and head not in seen and math.isfinite(weight[0]):
                todo.append(((*way, number), (*seen, head)))
    return least


def traced(case: Case, reached_by: Sequence[int], node: int) -> list[int]:
    """The way to a node along the last arcs; refuses to go round for ever."""
    nodes, arcs, _ = case
    way: list[int] = []
    while reached_by[node] >= 0:
        way.append(reached_by[node])
        node = arcs[way[-1]][0]
        assert len(way) <= nodes
    return way[::-1]


@PROPERTY
@given(cases())
def test_hours_are_the_least_of_every_way(case: Case) -> None:
    """By hours, with a gate of two clocks: the least over all simple ways, inf where none leads."""
    values, _ = everywhere(graph_of(*case[:2]), CLOCKS, case[2])
    assert values.shape == (case[0], 4)
    assert values[:, 0].tolist() == least_by_exhaustion(case, 0)


@PROPERTY
@given(cases())
def test_hours_are_the_first_of_the_front(case: Case) -> None:
    """The exact front to each node begins at the hours found, and is empty where nothing leads."""
    graph = graph_of(*case[:2])
    values, _ = everywhere(graph, CLOCKS, case[2])
    for node in range(case[0]):
        exact = front(graph, CLOCKS, case[2], [node], (math.inf,) * 4, limit=5000).values
        assert values[node, 0] == (exact[0, 0] if len(exact) else math.inf)


@pytest.mark.parametrize("by", [1, 2, 3])
@PROPERTY
@given(case=cases())
def test_other_criteria_are_those_of_networkx(by: int, case: Case) -> None:
    """By spread, dollars or emissions: Dijkstra of networkx over the open arcs from the nearest source."""
    nodes, arcs, sources = case
    witness = nx.MultiDiGraph()
    witness.add_nodes_from(range(nodes))
    for tail, head, weight, _ in arcs:
        if math.isfinite(weight[0]):
            witness.add_edge(tail, head, weight=weight[by])
    least = nx.multi_source_dijkstra_path_length(witness, set(sources))
    values, _ = everywhere(graph_of(nodes, arcs), CLOCKS, sources, by)
    assert values[:, by].tolist() == [least.get(node, math.inf) for node in range(nodes)]


@pytest.mark.parametrize("by", [0, 1, 2, 3])
@PROPERTY
@given(case=cases())
def test_what_rides_along_belongs_to_the_way_told(by: int, case: Case) -> None:
    """All four values at a node are those of the way its last arcs trace back to a source."""
    _, arcs, sources = case
    values, reached_by = everywhere(graph_of(*case[:2]), CLOCKS, sources, by)
    for node in np.flatnonzero(np.isfinite(values[:, 0])).tolist():
        way = traced(case, reached_by.tolist(), node)
        assert (arcs[way[0]][0] if way else node) in sources
        assert tuple(values[node].tolist()) == walk(arcs, way)
    lost = ~np.isfinite(values[:, 0])
    assert np.all(np.isinf(values[lost]))
    assert np.all(reached_by[lost] == -1)


def test_the_cheapest_way_has_its_own_hours() -> None:
    """By dollars the slow way wins and its hours are told; by hours the dear way wins and its dollars are."""
    arcs: list[Arc] = [(0, 1, (2.0, 0.0, 9.0, 0.0), False), (0, 1, (8.0, 0.0, 1.0, 0.0), False)]
    graph = graph_of(2, arcs)
    assert everywhere(graph, CLOCKS, [0])[0][1].tolist() == [2.0, 0.0, 9.0, 0.0]
    assert everywhere(graph, CLOCKS, [0], USD)[0][1].tolist() == [8.0, 0.0, 1.0, 0.0]


def test_the_gate_by_hand() -> None:
    """In at 2 h, let in at 7, work 1.5 h, at the second clock at 8.5, let out at 10: 6.5 h waited of 8.5."""
    arcs: list[Arc] = [(0, 1, (2.0, 0.0, 0.0, 0.0), False), (1, 2, (3.0, 0.0, 0.0, 0.0), True)]
    values, _ = everywhere(graph_of(3, arcs), CLOCKS, [0])
    assert values[2, 0] == 2 + 6.5 + 3
