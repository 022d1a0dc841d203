"""The way found against every way there is, on small random graphs that wait for the clock."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.engine.search import Graph, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PROPERTY = settings(deadline=None, derandomize=True, max_examples=200)
PERIODS_H = (5.0, 7.0, 24.0)

Arc = tuple[int, int, int, int, int]
"""Tail, head, hours, weight, gate (-1 for none)."""


def wait(gate: int, at: float) -> float:
    """A gate that opens every few hours for one hour: later comers never leave earlier."""
    into = at % PERIODS_H[gate]
    return 0.0 if into < 1 else PERIODS_H[gate] - into


def never(gate: int, at: float) -> float:
    """A wait that must not be asked for."""
    raise AssertionError((gate, at))


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, list[Arc]]:
    """A small directed multigraph with gates; pieces apart and parallel arcs occur."""
    nodes = draw(st.integers(2, 6))
    node, small = st.integers(0, nodes - 1), st.integers(0, 8)
    arcs = draw(st.lists(st.tuples(node, node, small, small, st.integers(-1, 2)), max_size=12))
    return nodes, sorted(arcs, key=lambda arc: arc[0])


def _graph(nodes: int, arcs: list[Arc], closed: frozenset[int] = frozenset()) -> Graph:
    indptr = [sum(arc[0] < node for arc in arcs) for node in range(nodes + 1)]
    hours = [math.inf if number in closed else float(arc[2]) for number, arc in enumerate(arcs)]
    return Graph(indptr, [arc[1] for arc in arcs], hours, [arc[4] for arc in arcs])


def _walk(arcs: list[Arc], way: Sequence[int], start_h: float = 0.0) -> tuple[float, float]:
    """Hours on arrival and the sum of weights of a way, added up one arc after another."""
    at, weight = start_h, 0.0
    for number in way:
        _, _, hours, arc_weight, gate = arcs[number]
        at += hours + (wait(gate, at) if gate >= 0 else 0.0)
        weight += arc_weight
    return at, weight


def _simple_ways(arcs: list[Arc], start: int, goal: int) -> Iterator[tuple[int, ...]]:
    """Every way from start to goal that visits no node twice, by exhaustion."""
    todo: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), (start,))]
    while todo:
        way, seen = todo.pop()
        if way and seen[-1] == goal:
            yield way
            continue
        for number, arc in enumerate(arcs):
            if arc[0] == seen[-1] and (arc[1] not in seen or (arc[1] == goal and goal not in seen[1:])):
                todo.append(((*way, number), (*seen, arc[1])))


def _best(arcs: list[Arc], stops: Sequence[int], measure: Callable[[tuple[float, float]], float]) -> float:
    """Least measure over all ways through the stops in order, each part a simple way."""
    parts = [list(_simple_ways(arcs, a, b)) for a, b in itertools.pairwise(stops)]
    ways = (tuple(itertools.chain.from_iterable(chosen)) for chosen in itertools.product(*parts))
    return min((measure(_walk(arcs, way)) for way in ways), default=math.inf)


def _connects(arcs: list[Arc], way: Sequence[int], start: int) -> list[int]:
    nodes = [start]
    for number in way:
        assert arcs[number][0] == nodes[-1]
        nodes.append(arcs[number][1])
    return nodes


@PROPERTY
@given(cases())
def test_the_fastest_way_is_the_fastest_of_all(case: tuple[int, list[Arc]]) -> None:
    """With waits that depend on the hour, the way found arrives as early as the best of all ways."""
    nodes, arcs = case
    for goal in range(1, nodes):
        found, _ = search(_graph(nodes, arcs), None, wait, [0], [frozenset({goal})])
        wanted = _best(arcs, (0, goal), lambda walked: walked[0])
        if found is None:
            assert wanted == math.inf
        else:
            assert _connects(arcs, found.arcs, 0)[-1] == goal
            assert found.hours == found.weight == _walk(arcs, found.arcs)[0] == wanted


@PROPERTY
@given(cases())
def test_by_weight_the_way_is_the_lightest_of_all_and_its_hours_ride_along(
    case: tuple[int, list[Arc]],
) -> None:
    """By another weight the sum is the least there is; the hours are those of that way with its waits."""
    nodes, arcs = case
    weight = [float(arc[3]) for arc in arcs]
    for goal in range(1, nodes):
        found, _ = search(_graph(nodes, arcs), weight, wait, [0], [frozenset({goal})])
        wanted = _best(arcs, (0, goal), lambda walked: walked[1])
        if found is None:
            assert wanted == math.inf
        else:
            assert (found.hours, found.weight) == _walk(arcs, found.arcs)
            assert found.weight == wanted


@PROPERTY
@given(cases(), st.permutations(range(6)))
def test_via_points_are_passed_in_order(case: tuple[int, list[Arc]], order: list[int]) -> None:
    """Through via points the way is the best of all that pass them in order, loops included."""
    nodes, arcs = case
    stops = [0, *[node for node in order if 0 < node < nodes][:3]]
    if len(stops) < 3:
        stops = [0, 1, 0]
    stages = [frozenset({node}) for node in stops[1:]]
    found, _ = search(_graph(nodes, arcs), None, wait, [0], stages)
    wanted = _best(arcs, stops, lambda walked: walked[0])
    if found is None:
        assert wanted == math.inf
    else:
        assert found.hours == wanted
        left = stops[1:]
        for node in _connects(arcs, found.arcs, 0)[1:]:
            if left and node == left[0]:
                left.pop(0)
        assert not left


@PROPERTY
@given(cases(), st.sets(st.integers(0, 11)))
def test_closed_arcs_are_never_used(case: tuple[int, list[Arc]], shut: set[int]) -> None:
    """Arcs of infinite hours answer as if they were not there."""
    nodes, arcs = case
    closed = frozenset(number for number in shut if number < len(arcs))
    rest = [arc for number, arc in enumerate(arcs) if number not in closed]
    stages = [frozenset({nodes - 1})]
    found, reached = search(_graph(nodes, arcs, closed), None, wait, [0], stages)
    alone, reached_alone = search(_graph(nodes, rest), None, wait, [0], stages)
    assert (found is None) == (alone is None)
    assert reached == reached_alone
    if found is not None and alone is not None:
        assert found.hours == alone.hours
        assert not closed & set(found.arcs)


def test_a_closed_arc_is_not_cheap() -> None:
    """By weight too, an arc whose weight is infinite is not taken, however short."""
    graph = _graph(2, [(0, 1, 1, 0, -1)])
    assert search(graph, [math.inf], never, [0], [frozenset({1})])[0] is None


def test_waiting_at_a_gate_by_hand() -> None:
    """Two hours to a gate that opens every five: three hours of waiting, one of crossing, six in all.

    The longer way round that needs no gate loses at seven hours and wins at five.
    """
    gated: list[Arc] = [(0, 1, 2, 0, -1), (1, 2, 1, 0, 0)]
    for round_h, hours, first in ((7, 6.0, 1), (5, 5.0, 0)):
        arcs: list[Arc] = [(0, 2, round_h, 0, -1), *gated]
        found, _ = search(_graph(3, arcs), None, wait, [0], [frozenset({2})])
        assert found is not None
        assert found.hours == hours
        assert found.arcs[0] == first


def test_the_best_of_several_origins_and_of_several_ends() -> None:
    """Platforms of one place are all origins, those of another all ends; the nearest pair is used."""
    arcs: list[Arc] = [(0, 2, 9, 0, -1), (1, 3, 4, 0, -1), (1, 4, 3, 0, -1)]
    found, _ = search(_graph(5, arcs), None, never, [0, 1], [frozenset({2, 3, 4})])
    assert found is not None
    assert found.hours == 3
    assert found.arcs == (2,)


def test_an_origin_that_is_the_first_via_point_counts_as_passed() -> None:
    """From a node that is itself the first via point the way goes straight on, with no loop back."""
    arcs: list[Arc] = [(0, 1, 4, 0, -1), (1, 0, 4, 0, -1)]
    found, _ = search(_graph(2, arcs), None, never, [0], [frozenset({0}), frozenset({1})])
    assert found is not None
    assert found.arcs == (0,)


def test_where_there_is_no_way_the_reached_nodes_are_told() -> None:
    """No way: nothing is found, and the nodes that can be reached are exactly those on this side."""
    arcs: list[Arc] = [(0, 1, 1, 0, -1), (2, 3, 1, 0, -1)]
    assert search(_graph(4, arcs), None, never, [0], [frozenset({3})]) == (None, {0, 1})


@pytest.mark.parametrize("weight", [None, [1.0, 1.0]])
def test_a_search_changes_none_of_its_arguments(weight: list[float] | None) -> None:
    """Values in, values out: the same arguments give the same answer a second time."""
    graph = _graph(3, [(0, 1, 1, 0, 0), (1, 2, 1, 0, 1)])
    arguments = (graph, weight, wait, [0], [frozenset({1}), frozenset({2})])
    assert search(*arguments) == search(*arguments)
