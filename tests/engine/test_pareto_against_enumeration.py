"""The exact front against every way there is, and its bounds against networkx, on small random graphs.

Weights are whole numbers and clocks open on quarters of an hour, so every sum is exact and fronts are
compared to the last digit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.pareto import Clocks, Weighted, bounds, front

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROPERTY = settings(deadline=None, derandomize=True, max_examples=300)
NO_BOX = (math.inf,) * 4
HORIZON_H = 400.0
LABELS = 5000
"""More labels than any graph here needs; the engine lays out room for as many as it may make."""

Values = tuple[float, float, float, float]


@dataclass(frozen=True)
class Road:
    """One arc: four weights, a gate or None."""

    tail: int
    head: int
    weight: Values
    gate: int | None


@dataclass(frozen=True)
class Gate:
    """Two clocks and the hours of work between them; a clock is a period and the hours it is open of it."""

    first: tuple[float, float]
    between_h: float
    second: tuple[float, float]


@dataclass(frozen=True)
class Case:
    """A graph, its gates, and where ways start and end."""

    nodes: int
    roads: tuple[Road, ...]
    gates: tuple[Gate, ...]
    sources: tuple[int, ...]
    targets: tuple[int, ...]


whole = st.integers(0, 6).map(float)
hours = st.one_of(whole, whole, whole, st.just(math.inf))
clock = st.tuples(st.sampled_from([3.0, 5.0, 8.0]), st.sampled_from([0.25, 1.0, 2.5]))
gates = st.builds(Gate, clock, whole, clock)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A directed multigraph of up to six nodes; closed, parallel and free arcs occur, and loops."""
    nodes = draw(st.integers(2, 6))
    node = st.integers(0, nodes - 1)
    road = st.builds(
        Road, node, node, st.tuples(hours, whole, whole, whole), st.sampled_from([None, None, 0, 1])
    )
    roads = draw(st.lists(road, min_size=1, max_size=13))
    # doubling an arc with other weights makes parallel arcs in most graphs instead of a few
    twin = draw(st.sampled_from(roads))
    roads.append(Road(twin.tail, twin.head, draw(st.tuples(whole, whole, whole, whole)), twin.gate))
    ends = st.lists(node, min_size=1, max_size=2, unique=True).map(tuple)
    return Case(
        nodes, tuple(sorted(roads, key=lambda r: r.tail)), (draw(gates), draw(gates)), draw(ends), draw(ends)
    )


def graph_of(case: Case) -> Weighted:
    """The graph as the engine takes it."""
    tails = np.array([road.tail for road in case.roads])
    indptr = np.searchsorted(tails, np.arange(case.nodes + 1)).astype(np.int64)
    return Weighted(
        indptr, np.array([road.head for road in case.roads], dtype=np.int64),
        np.ascontiguousarray(np.array([road.weight for road in case.roads], dtype=np.float64).T),
        np.array([-1 if road.gate is None else road.gate for road in case.roads], dtype=np.int64),
    )  # fmt: skip


def clocks_of(case: Case) -> Clocks:
    """The gates as intervals laid out to the horizon, two clocks a gate."""
    spans = [
        [(k * period, k * period + is_open) for k in range(int(HORIZON_H // period))]
        for gate in case.gates
        for period, is_open in (gate.first, gate.second)
    ]
    flat = np.array([edge for span in spans for edge in span], dtype=np.float64)
    return Clocks(
        np.array([0, 2], dtype=np.int64), np.array([1, 3], dtype=np.int64),
        np.array([gate.between_h for gate in case.gates]),
        np.cumsum([0, *map(len, spans)]).astype(np.int64), flat[:, 0].copy(), flat[:, 1].copy(),
    )  # fmt: skip


def opens_h(clock: tuple[float, float], at: float) -> float:
    """When a shipment that comes at `at` is let in, by the remainder of the period."""
    period, is_open = clock
    into = at % period
    return at if into < is_open else at + period - into


def walk(case: Case, way: Sequence[int]) -> Values:
    """The four values of a way, added up one arc after another."""
    at, rest = 0.0, [0.0, 0.0, 0.0]
    for number in way:
        road = case.roads[number]
        if road.gate is not None:
            gate = case.gates[road.gate]
            start = opens_h(gate.first, at)
            at += (start - at) + (opens_h(gate.second, start + gate.between_h) - start - gate.between_h)
        at += road.weight[0]
        rest = [a + b for a, b in zip(rest, road.weight[1:], strict=True)]
    return (at, *rest)  # type: ignore[return-value]


def simple_ways(case: Case) -> Iterator[tuple[int, ...]]:
    """Every way from a source to a target over open arcs that visits no node twice."""
    todo: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), (source,)) for source in case.sources]
    while todo:
        way, seen = todo.pop()
        if seen[-1] in case.targets:
            yield way
        for number, road in enumerate(case.roads):
            if road.tail == seen[-1] and road.head not in seen and math.isfinite(road.weight[0]):
                todo.append(((*way, number), (*seen, road.head)))


def undominated(values: set[Values]) -> set[Values]:
    """Vectors that no other vector is at or below in every criterion."""
    return {
        mine
        for mine in values
        if not any(
            other != mine and all(o <= m for o, m in zip(other, mine, strict=True)) for other in values
        )
    }


def inside(values: Values, box: Sequence[float]) -> bool:
    """Whether a vector keeps to the box."""
    return all(value <= most for value, most in zip(values, box, strict=True))


def rows(values: np.ndarray) -> list[Values]:
    """Rows of an array as tuples."""
    return [tuple(row) for row in values.tolist()]


@PROPERTY
@given(cases())
def test_the_front_is_every_vector_that_no_simple_way_beats(case: Case) -> None:
    """Clocks, closed, parallel and free arcs: the vectors are exactly those of exhaustion, each once."""
    found = front(graph_of(case), clocks_of(case), case.sources, case.targets, NO_BOX, limit=LABELS)
    vectors = rows(found.values)
    assert found.complete
    assert set(vectors) == undominated({walk(case, way) for way in simple_ways(case)})
    assert len(vectors) == len(set(vectors))
    assert vectors == sorted(vectors)


@PROPERTY
@given(cases())
def test_each_way_of_the_front_has_the_values_told(case: Case) -> None:
    """The arcs of a way follow each other over open arcs from a source to a target and sum to its values."""
    found = front(graph_of(case), clocks_of(case), case.sources, case.targets, NO_BOX, limit=LABELS)
    for way, values in zip(found.arcs, rows(found.values), strict=True):
        chain = [case.roads[number] for number in way]
        assert all(a.head == b.tail for a, b in zip(chain, chain[1:], strict=False))
        assert not chain or (chain[0].tail in case.sources and chain[-1].head in case.targets)
        assert chain or set(case.sources) & set(case.targets)
        assert walk(case, way) == values
        assert math.isfinite(values[0])


@PROPERTY
@given(cases(), st.tuples(*[st.one_of(st.integers(0, 25).map(float), st.just(math.inf))] * 4))
def test_the_box_keeps_what_is_inside_and_nothing_else(
    case: Case, box: tuple[float, float, float, float]
) -> None:
    """With a box the front is that of the ways inside it; a way on the edge is inside."""
    found = front(graph_of(case), clocks_of(case), case.sources, case.targets, box, limit=LABELS)
    assert set(rows(found.values)) == undominated(
        {values for way in simple_ways(case) if inside(values := walk(case, way), box)}
    )


@PROPERTY
@given(cases())
def test_a_box_drawn_around_one_way_keeps_that_way(case: Case) -> None:
    """A box exactly as wide as a vector of the front gives that vector alone."""
    graph, clocks = graph_of(case), clocks_of(case)
    for values in rows(front(graph, clocks, case.sources, case.targets, NO_BOX, limit=LABELS).values):
        tight = front(graph, clocks, case.sources, case.targets, values, limit=LABELS)
        assert rows(tight.values) == [values]


@PROPERTY
@given(cases())
def test_bounds_are_the_least_sums_that_networkx_finds(case: Case) -> None:
    """Each criterion alone, waits apart and closed arcs out: Dijkstra of networkx to the nearest target."""
    found = bounds(graph_of(case), case.targets)
    assert found.shape == (4, case.nodes)
    for criterion in range(4):
        witness = nx.MultiDiGraph()
        witness.add_nodes_from(range(case.nodes))
        for road in case.roads:
            if math.isfinite(road.weight[0]):
                witness.add_edge(road.head, road.tail, weight=road.weight[criterion])
        least = nx.multi_source_dijkstra_path_length(witness, set(case.targets))
        assert found[criterion].tolist() == [least.get(node, math.inf) for node in range(case.nodes)]


@PROPERTY
@given(cases())
def test_bounds_are_never_over_what_a_way_takes(case: Case) -> None:
    """From a source, no way to a target is under the bound in any criterion: nothing good is cut off."""
    least = bounds(graph_of(case), case.targets)
    for way in simple_ways(case):
        start = case.roads[way[0]].tail if way else None
        if start is not None:
            assert all(least[c, start] <= value for c, value in enumerate(walk(case, way)))


def _ladder(rungs: int) -> Case:
    """A chain of rungs, each quick and dear or slow and cheap: 2 ** rungs ways, of which rungs + 1 differ."""
    roads = [
        Road(node, node + 1, weight, None)
        for node in range(rungs)
        for weight in ((1.0, 0.0, 2.0, 0.0), (2.0, 0.0, 1.0, 0.0))
    ]
    return Case(rungs + 1, tuple(roads), (Gate((3.0, 3.0), 0.0, (3.0, 3.0)),) * 2, (0,), (rungs,))


def test_the_ladder_by_hand() -> None:
    """Eight rungs: hours 8 to 16 against dollars 16 to 8, nine ways, quickest first."""
    case = _ladder(8)
    found = front(graph_of(case), clocks_of(case), case.sources, case.targets, NO_BOX)
    assert rows(found.values) == [(8.0 + k, 0.0, 16.0 - k, 0.0) for k in range(9)]
    assert found.complete


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_search_cut_short_says_so(limit: int) -> None:
    """With room for a few labels the answer is not complete, and no more labels than that are made."""
    case = _ladder(8)
    cut = front(graph_of(case), clocks_of(case), case.sources, case.targets, NO_BOX, limit=limit)
    assert not cut.complete
    assert cut.labels <= limit


def test_a_limit_that_is_just_met_is_complete() -> None:
    """Room for exactly the labels needed is enough, one fewer is not."""
    case = _ladder(4)
    graph, clocks = graph_of(case), clocks_of(case)
    whole_front = front(graph, clocks, case.sources, case.targets, NO_BOX, limit=LABELS)
    enough = front(graph, clocks, case.sources, case.targets, NO_BOX, limit=whole_front.labels)
    short = front(graph, clocks, case.sources, case.targets, NO_BOX, limit=whole_front.labels - 1)
    assert enough.complete
    assert rows(enough.values) == rows(whole_front.values)
    assert not short.complete


def test_no_way_gives_an_empty_front_that_is_complete() -> None:
    """A target behind a closed arc is not reached, which is an answer and not a search cut short."""
    case = Case(2, (Road(0, 1, (math.inf, 1.0, 1.0, 1.0), None),), _ladder(1).gates, (0,), (1,))
    found = front(graph_of(case), clocks_of(case), case.sources, case.targets, NO_BOX, limit=LABELS)
    assert found.arcs == ()
    assert found.values.shape == (0, 4)
    assert found.complete


@PROPERTY
@given(cases(), st.tuples(whole, whole, whole, whole))
def test_a_resolution_only_merges_ways_that_are_near(
    case: Case, resolution: tuple[float, float, float, float]
) -> None:
    """Ways found with a resolution are ways there are, and none is within it of one before."""
    found = front(
        graph_of(case), clocks_of(case), case.sources, case.targets, NO_BOX, resolution, limit=LABELS
    )
    vectors = rows(found.values)
    assert set(vectors) <= {walk(case, way) for way in simple_ways(case)}
    for at, mine in enumerate(vectors):
        assert not any(inside(other, [m + r for m, r in zip(mine, resolution, strict=True)])
                       for other in vectors[:at])  # fmt: skip
