"""The search: a frozen network, a departure and stops in; every way worth a look out.

Question: which ways are not beaten in hours, spread, dollars and emissions, given the clocks of the posts?
In and out: a `FrozenNetwork`, an aware departure, source nodes and stages of nodes in; `Way`s out.
Method: `engine.pareto` on the network as `layers` lays it out for via places and scheduled trains.
Limits: charges that depend on the whole trip (detention) are added afterwards; they grow with hours, so
the best of them is still among the ways found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.pareto import Clocks, Weighted, bounds, front, gate_wait
from daliz.routing.layers import laid

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from daliz.model.frozen import FrozenNetwork
    from daliz.model.hours import OpeningHours

__all__ = ["Finder", "Way", "clocks_of", "closed"]

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
    spans = [_open_h(hours, depart, horizon_h) for hours in number]
    ptr = np.zeros(len(spans) + 1, dtype=np.int64)
    np.cumsum([len(span) for span in spans], out=ptr[1:])
    flat = np.array([edge for span in spans for edge in span], dtype=np.float64).reshape(-1, 2)
    return Clocks(
        np.array(first, dtype=np.int64), np.array(second, dtype=np.int64),
        np.array([gate.between_h for gate in frozen.gates]), ptr,
        np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]),
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _open_h(hours: OpeningHours, depart: dt.datetime, horizon_h: float) -> list[tuple[float, float]]:
    """The same departure is asked for with many cargoes."""
    return hours.open_h(depart, horizon_h)


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
        self._frozen, self._clocks = frozen, clocks
        self._laid = laid(frozen, sources, stages)

    def ways(self) -> list[Way]:
        """Every way that no other beats, earliest first; empty when there is none."""
        one = self._laid
        found = front(one.graph, self._clocks, one.sources.tolist(), one.targets.tolist(), (np.inf,) * 4)
        return [
            self._way(tuple(one.arc[list(way)].tolist()), values)
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
        return self._places(bounds(_reversed(self._laid.graph), self._laid.sources.tolist())[0])

    def leading(self) -> set[str]:
        """Places from which the destination is reached."""
        return self._places(bounds(self._laid.graph, self._laid.targets.tolist())[0])

    def _places(self, least: NDArray[np.float64]) -> set[str]:
        platforms = self._frozen.platforms
        return {platforms[node][0] for node in self._laid.node[np.isfinite(least)].tolist()}


def _reversed(graph: Weighted) -> Weighted:
    tail = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))
    order = np.argsort(graph.head, kind="stable")
    indptr = np.zeros(graph.nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(graph.head, minlength=graph.nodes), out=indptr[1:])
    return Weighted(indptr, tail[order], np.ascontiguousarray(graph.weight[:, order]), graph.gate[order])
