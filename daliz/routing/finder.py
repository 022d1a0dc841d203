"""The search: a frozen network, a departure and stops in; every way worth a look out.

Question: which ways are not beaten in hours, spread, dollars and emissions, given the clocks of the posts?
In and out: a `FrozenNetwork`, an aware departure, source nodes and stages of nodes in; `Way`s out.
Method: `engine.pareto` on the network, copied once a stage so that via places are passed in order.
Limits: charges that depend on the whole trip (detention) are added afterwards; they grow with hours, so
the best of them is still among the ways found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.pareto import Clocks, Weighted, bounds, front, gate_wait

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from daliz.model.frozen import FrozenNetwork
    from daliz.model.hours import OpeningHours

__all__ = ["Finder", "Way", "clocks_of", "closed", "weighted"]

HORIZON_H = 24.0 * 200


@dataclass(frozen=True)
class Way:
    """One way: arc numbers of the frozen network, the wait at each, and its four figures."""

    arcs: tuple[int, ...]
    waits_h: tuple[float, ...]
    hours: float
    spread_h: float
    cost_usd: float
    co2e_kg: float


def clocks_of(frozen: FrozenNetwork, depart: dt.datetime, horizon_h: float = HORIZON_H) -> Clocks:
    """Opening intervals of all gates in hours after `depart`."""
    number: dict[OpeningHours, int] = {}
    first = [number.setdefault(gate.first, len(number)) for gate in frozen.gates]
    second = [number.setdefault(gate.second, len(number)) for gate in frozen.gates]
    spans = [hours.open_h(depart, horizon_h) for hours in number]
    ptr = np.zeros(len(spans) + 1, dtype=np.int64)
    np.cumsum([len(span) for span in spans], out=ptr[1:])
    flat = np.array([edge for span in spans for edge in span], dtype=np.float64).reshape(-1, 2)
    return Clocks(
        np.array(first, dtype=np.int64), np.array(second, dtype=np.int64),
        np.array([gate.between_h for gate in frozen.gates]), ptr,
        np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]),
    )  # fmt: skip


def weighted(frozen: FrozenNetwork) -> Weighted:
    """The network as the engines take it: four weights an arc."""
    weight = [frozen.graph.hours, frozen.spread_h, frozen.cost_usd, frozen.co2e_kg]
    return Weighted(
        np.asarray(frozen.graph.indptr, dtype=np.int64), np.asarray(frozen.graph.head, dtype=np.int64),
        np.array(weight, dtype=np.float64), np.asarray(frozen.graph.gate, dtype=np.int64),
    )  # fmt: skip


def closed(frozen: FrozenNetwork, arcs: Collection[int]) -> FrozenNetwork:
    """`frozen` with some arcs closed."""
    hours = list(frozen.graph.hours)
    for number in arcs:
        hours[number] = float("inf")
    return replace(frozen, graph=replace(frozen.graph, hours=hours))


class Finder:
    """Searches on one frozen network from one departure through one chain of stages."""

    def __init__(
        self,
        frozen: FrozenNetwork,
        clocks: Clocks,
        sources: Sequence[int],
        stages: Sequence[frozenset[int]],
    ) -> None:
        self._frozen, self._clocks, self._stages = frozen, clocks, stages
        self._nodes = len(frozen.platforms)
        self._graph = self._staged()
        start = [node + self._nodes if len(stages) > 1 and node in stages[0] else node for node in sources]
        self._sources = start
        self._targets = [node + (len(stages) - 1) * self._nodes for node in stages[-1]]

    def _staged(self) -> Weighted:
        """The graph once a stage; an arc into a via place leads on to the next copy."""
        one = weighted(self._frozen)
        arcs, copies = len(one.head), len(self._stages)
        if copies == 1:
            return one
        heads = []
        for stage, nodes in enumerate(self._stages):
            moved = one.head + stage * self._nodes
            if stage + 1 < copies:
                moved = np.where(np.isin(one.head, list(nodes)), moved + self._nodes, moved)
            heads.append(moved)
        starts = [one.indptr[:-1] + stage * arcs for stage in range(copies)]
        return Weighted(
            np.concatenate([*starts, [copies * arcs]]), np.concatenate(heads),
            np.ascontiguousarray(np.tile(one.weight, copies)), np.tile(one.gate, copies),
        )  # fmt: skip

    def ways(self) -> list[Way]:
        """Every way that no other beats, earliest first; empty when there is none."""
        found = front(self._graph, self._clocks, self._sources, self._targets, (np.inf,) * 4)
        arcs = len(self._frozen.arcs)
        return [
            self._way(tuple(number % arcs for number in way), values)
            for way, values in zip(found.arcs, found.values.tolist(), strict=True)
        ]

    def _way(self, arcs: tuple[int, ...], values: Sequence[float]) -> Way:
        clocks, at, waits = self._clocks, 0.0, []
        for number in arcs:
            gate = self._frozen.graph.gate[number]
            wait = 0.0
            if gate >= 0:
                wait = float(
                    gate_wait(gate, at, clocks.first, clocks.second, clocks.between_h, clocks.ptr,
                              clocks.start, clocks.end)
                )  # fmt: skip
            waits.append(wait + self._frozen.arcs[number].fixed_wait_h)
            at += wait + self._frozen.graph.hours[number]
        return Way(arcs, tuple(waits), at, *values[1:])

    def reachable(self) -> set[str]:
        """Places that the sources reach, for saying where the network breaks."""
        flipped = _reversed(self._graph)
        least = bounds(flipped, self._sources)[0]
        platforms = self._frozen.platforms
        return {platforms[node % self._nodes][0] for node in np.flatnonzero(np.isfinite(least)).tolist()}

    def leading(self) -> set[str]:
        """Places from which the destination is reached."""
        least = bounds(self._graph, self._targets)[0]
        platforms = self._frozen.platforms
        return {platforms[node % self._nodes][0] for node in np.flatnonzero(np.isfinite(least)).tolist()}


def _reversed(graph: Weighted) -> Weighted:
    tail = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))
    order = np.argsort(graph.head, kind="stable")
    indptr = np.zeros(graph.nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(graph.head, minlength=graph.nodes), out=indptr[1:])
    return Weighted(indptr, tail[order], np.ascontiguousarray(graph.weight[:, order]), graph.gate[order])
