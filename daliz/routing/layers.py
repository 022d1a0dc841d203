"""The graph that is searched: a frozen network laid out once a stage and once a ride.

Question: how are via places passed in order, and who waits for a scheduled train?
In and out: a `FrozenNetwork`, source nodes and stages of nodes in; one graph with its sources and targets,
and the way back from its nodes and arcs to those of the network, out.
Method: a ride on rails that begins where scheduled trains leave moves on a copy of the rail platforms from
which the last places of those trains are cut off; a departure leads to another copy, from which only the
last places of other runs are. Off rails, cargo is back on the network itself. Only the copies that a ride
of this question can enter are made. Via stages copy all of it once more; an arc into a via place leads on
to the next copy. So waits stay FIFO functions of single arcs, and the search stays exact.
Limits: a copy for each declared run; with hundreds of trains from one place this grows.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.pareto import Weighted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from daliz.model.frozen import Boarding, FrozenNetwork

    Ints = NDArray[np.int64]

__all__ = ["Laid", "Layouts", "Plan", "laid", "weighted"]

_KEPT = 8


@dataclass(frozen=True)
class Laid:
    """A graph to search. `node` and `arc` give the platform and arc of the network behind each of its own."""

    graph: Weighted
    sources: Ints
    targets: Ints
    node: Ints
    arc: Ints

    def copies(self, nodes: Collection[int]) -> Ints:
        """Nodes of the graph that stand for any of these platforms."""
        return np.flatnonzero(np.isin(self.node, list(nodes)))


def weighted(frozen: FrozenNetwork) -> Weighted:
    """The network as the engines take it: four weights an arc, departures of trains left out."""
    weight = np.array(
        [frozen.graph.hours, frozen.spread_h, frozen.cost_usd, frozen.co2e_kg], dtype=np.float64
    )
    weight[0, _departures(frozen)] = np.inf
    return Weighted(
        np.asarray(frozen.graph.indptr, dtype=np.int64), np.asarray(frozen.graph.head, dtype=np.int64),
        weight, np.asarray(frozen.graph.gate, dtype=np.int64),
    )  # fmt: skip


def _departures(frozen: FrozenNetwork) -> list[int]:
    return [number for boarding in frozen.boardings for run in boarding.runs for number in run.departures]


def laid(frozen: FrozenNetwork, sources: Sequence[int], stages: Sequence[frozenset[int]]) -> Laid:
    """The graph for trips from any of `sources` through each stage in order; the last one is the target."""
    return Layouts(frozen).laid(sources, stages)


@dataclass(frozen=True)
class Plan:
    """A network laid out for the rides that a trip may begin: one for all sources with the same boardings.

    `starts` gives the node at which a trip begins that begins at a platform, where it is another one.
    """

    graph: Weighted
    node: Ints
    arc: Ints
    starts: dict[int, int]
    tail: Ints

    def begun(self, sources: Iterable[int]) -> Ints:
        """Nodes at which trips from these platforms begin."""
        return np.array([self.starts.get(source, source) for source in sources], dtype=np.int64)

    def copies(self, platforms: Collection[int]) -> Ints:
        """Nodes that stand for any of these platforms, in order."""
        first, last = (
            np.searchsorted(self._sorted, list(platforms), side=side) for side in ("left", "right")
        )
        found = [self._order[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(self.node, kind="stable")

    @cached_property
    def _sorted(self) -> Ints:
        return self.node[self._order]


class Layouts:
    """What the layouts of one network share: made once, asked for many sources and closures."""

    def __init__(self, frozen: FrozenNetwork) -> None:
        self._frozen = frozen
        self._one = weighted(frozen)
        self._rails = _Rails(frozen, self._one)
        self._plans: dict[tuple[int, ...], Plan] = {}
        self._closed: OrderedDict[tuple[tuple[int, ...], frozenset[int]], Weighted] = OrderedDict()

    def plan(self, sources: Sequence[int]) -> Plan:
        """The layout for trips from `sources`, no stages told."""
        return self._plan(self._rails.entered(sources))

    def _plan(self, key: tuple[int, ...]) -> Plan:
        if key not in self._plans:
            one = self._one
            if key:
                graph, node, arc, starts = self._rails.rides([self._frozen.boardings[at] for at in key])
            else:
                node, arc = np.arange(one.nodes, dtype=np.int64), np.arange(len(one.head), dtype=np.int64)
                graph, starts = one, {}
            tail = np.repeat(np.arange(graph.nodes, dtype=np.int64), np.diff(graph.indptr))
            self._plans[key] = Plan(graph, node, arc, starts, tail)
        return self._plans[key]

    def closed(self, sources: Sequence[int], shut: frozenset[int]) -> tuple[Plan, Weighted]:
        """The layout for trips from `sources`, and its graph with some arcs of the network closed."""
        key = self._rails.entered(sources)
        plan = self._plan(key)
        if not shut:
            return plan, plan.graph
        if (key, shut) not in self._closed:
            mine = np.zeros(len(self._one.head), dtype=bool)
            mine[list(shut)] = True
            weight = plan.graph.weight.copy()
            weight[0, mine[plan.arc]] = np.inf
            self._closed[key, shut] = replace(plan.graph, weight=weight)
            if len(self._closed) > _KEPT:
                self._closed.popitem(last=False)
        return plan, self._closed[key, shut]

    def laid(
        self, sources: Sequence[int], stages: Sequence[frozenset[int]], shut: frozenset[int] = frozenset()
    ) -> Laid:
        """The graph for trips from any of `sources` through each stage, with some arcs closed."""
        plan, graph = self.closed(sources, shut)
        node, arc, begun = plan.node, plan.arc, plan.begun(sources)
        if len(stages) < 2:
            targets = plan.copies(stages[-1]) if stages else np.empty(0, dtype=np.int64)
            return Laid(graph, begun, targets, node, arc)
        return _staged(Laid(graph, begun, begun, node, arc), stages)


class _Rails:
    """The rail platforms of a network and what leaves them."""

    def __init__(self, frozen: FrozenNetwork, one: Weighted) -> None:
        self._frozen, self._one = frozen, one
        self._tail = np.repeat(np.arange(one.nodes, dtype=np.int64), np.diff(one.indptr))
        self._is_rail = np.array([track.startswith("rail") for _, track in frozen.platforms], dtype=bool)
        self._from_road = [bool(self._put_on(boarding).any()) for boarding in frozen.boardings]

    def _put_on(self, boarding: Boarding) -> NDArray[np.bool_]:
        """Arcs that put cargo on rails at the place: from road or ship to one of its rail platforms."""
        onto = np.isin(self._one.head, list(boarding.nodes))
        return np.asarray(onto & ~self._is_rail[self._tail])

    def entered(self, sources: Sequence[int]) -> tuple[int, ...]:
        """Numbers of the boardings at which a ride of a trip from `sources` can begin."""
        mine = set(sources)
        return tuple(
            at
            for at, boarding in enumerate(self._frozen.boardings)
            if self._from_road[at] or boarding.nodes & mine
        )

    def rides(self, boardings: Sequence[Boarding]) -> tuple[Weighted, Ints, Ints, dict[int, int]]:
        """The network with copies of its rail platforms, and where rides begin that start a trip."""
        one, nodes = self._one, self._one.nodes
        rail_nodes = np.flatnonzero(self._is_rail)
        place_in = np.full(nodes, -1, dtype=np.int64)
        place_in[rail_nodes] = np.arange(len(rail_nodes))
        off_rails = np.flatnonzero(self._is_rail[self._tail])
        heads, hours = [one.head], [one.weight[0]]
        starts: dict[int, int] = {}
        number = 0

        def first(layer: int) -> int:
            return nodes + layer * len(rail_nodes)

        for boarding in boardings:
            ordinary = number
            number += 1 + len(boarding.runs)
            heads[0] = np.where(self._put_on(boarding), first(ordinary) + place_in[one.head], heads[0])
            starts |= {node: first(ordinary) + int(place_in[node]) for node in boarding.nodes}
            lasts = {node for run in boarding.runs for node in run.last}
            for layer, run in enumerate((None, *boarding.runs), start=ordinary):
                shut = lasts if run is None else lasts - run.last - run.passes
                head = one.head[off_rails]
                hour = np.where(np.isin(head, list(shut)), np.inf, one.weight[0, off_rails])
                moved = np.where(self._is_rail[head], first(layer) + place_in[head], head)
                if run is None:
                    for at, leaving in enumerate(boarding.runs, start=ordinary + 1):
                        mine = np.isin(off_rails, leaving.departures)
                        moved[mine] = first(at) + place_in[head[mine]]
                        hour[mine] = np.asarray(self._frozen.graph.hours)[off_rails[mine]]
                heads.append(moved)
                hours.append(hour)
        arcs = np.concatenate([np.arange(len(one.head), dtype=np.int64), *[off_rails] * number])
        degree = np.concatenate([np.diff(one.indptr), *[np.diff(one.indptr)[rail_nodes]] * number])
        indptr = np.concatenate([[0], np.cumsum(degree)]).astype(np.int64)
        weight = np.ascontiguousarray(one.weight[:, arcs])
        weight[0] = np.concatenate(hours)
        node = np.concatenate([np.arange(nodes, dtype=np.int64), *[rail_nodes] * number])
        return Weighted(indptr, np.concatenate(heads), weight, one.gate[arcs]), node, arcs, starts


def _staged(one: Laid, stages: Sequence[frozenset[int]]) -> Laid:
    """The graph once a stage; an arc into a via place leads on to the next copy."""
    graph, nodes, arcs, copies = one.graph, one.graph.nodes, len(one.graph.head), len(stages)
    heads = []
    for stage, passed in enumerate(stages):
        moved = graph.head + stage * nodes
        if stage + 1 < copies:
            moved = np.where(np.isin(one.node[graph.head], list(passed)), moved + nodes, moved)
        heads.append(moved)
    starts = [graph.indptr[:-1] + stage * arcs for stage in range(copies)]
    begun = one.sources + np.where(np.isin(one.node[one.sources], list(stages[0])), nodes, 0)
    whole = Weighted(
        np.concatenate([*starts, [copies * arcs]]), np.concatenate(heads),
        np.ascontiguousarray(np.tile(graph.weight, copies)), np.tile(graph.gate, copies),
    )  # fmt: skip
    targets = np.flatnonzero(np.isin(one.node, list(stages[-1]))) + (copies - 1) * nodes
    return Laid(whole, begun, targets, np.tile(one.node, copies), np.tile(one.arc, copies))
