"""From one place to all others on the reference date, with what the ways have in common kept.

Question: what is the best way by one criterion from here to there, asked for many pairs?
In and out: an `Atlas`, a cargo and a criterion in; for two places the figures of the best way and its arcs.
Method: one search a place and set of closed arcs (`engine.earliest`); the network is laid out once for all
places at which the same trains may be boarded, bans are judged once a pair of states.
Limits: one criterion decides and the other figures are those of that way.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.earliest import everywhere, trail
from daliz.routing.ask import WINTER_MONTHS
from daliz.routing.bans import Bans
from daliz.routing.costs import priced
from daliz.routing.finder import Way, clocks_of
from daliz.routing.layers import Layouts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daliz.engine.pareto import Weighted
    from daliz.model.frozen import Cargo
    from daliz.routing.atlas import Atlas
    from daliz.routing.layers import Laid, Plan
    from daliz.schema import Row

__all__ = ["NO_WAY", "Everywhere", "Found", "midnight"]

NO_WAY: Row = {"time_mean_h": None, "cost_usd": None, "co2e_kg": None, "distance_km": None}
"""Figures where nothing leads."""
_KEPT = 64
_SHARED = ("countries", "places", "charges", "eligibility")
"""Tables that bans and charges on the trip as a whole are read from."""


def midnight(day: dt.date) -> dt.datetime:
    """The start of a day in UTC."""
    return dt.datetime.combine(day, dt.time(0), tzinfo=dt.UTC)


@dataclass(frozen=True)
class Found:
    """All that one search found: `values` of shape (nodes, 4) and the arc by which each node was reached."""

    plan: Plan
    graph: Weighted
    values: np.ndarray
    reached_by: np.ndarray

    def best(self, platforms: Sequence[int], by: int) -> int | None:
        """The node at which the best way comes to any of the platforms; None when none does."""
        nodes = self.plan.copies(platforms)
        if not len(nodes):
            return None
        best = int(nodes[np.argmin(self.values[nodes, by])])
        return best if np.isfinite(self.values[best, 0]) else None

    def nodes(self, node: int) -> np.ndarray:
        """Nodes of the way to a node, last one first; that at which it begins is left out."""
        return self.plan.graph.head[trail(self.reached_by, self.plan.tail, node)]

    def arcs(self, node: int) -> list[int]:
        """Numbers of the arcs of the network on the way to a node, last one first."""
        numbers: list[int] = self.plan.arc[trail(self.reached_by, self.plan.tail, node)].tolist()
        return numbers


class Everywhere:
    """Searches from one place to everywhere; the last ones are kept for the pairs that share them."""

    def __init__(self, atlas: Atlas, cargo: Cargo, by: int, like: Everywhere | None = None) -> None:
        self.atlas, self.by = atlas, by
        day = atlas.reference_date
        self._cargo = replace(cargo, winter=day.month in WINTER_MONTHS)
        self.frozen = atlas.frozen(self._cargo)
        self.clocks = clocks_of(self.frozen, midnight(day))
        self.layouts = Layouts(self.frozen)
        # Bans and charges on the trip as a whole stay those of `like` where nothing they read has changed.
        same = like is not None and all(atlas.frames[name] is like.atlas.frames[name] for name in _SHARED)
        self.bans: Bans = like.bans if like and same else Bans(atlas, self._cargo, day)
        self.prices: Atlas = like.prices if like and same else atlas
        self.closed = self.bans.over(self.frozen.arcs)
        self._kept: OrderedDict[tuple[str, frozenset[int]], Found] = OrderedDict()

    def from_place(self, origin: str, shut: frozenset[int]) -> Found:
        """What is found from a place with some arcs closed."""
        key = (origin, shut)
        if key not in self._kept:
            sources = self.frozen.at_place.get(origin, ())
            plan, graph = self.layouts.closed(sources, shut)
            found = everywhere(graph, self.clocks, plan.begun(sources).tolist(), self.by)
            self._kept[key] = Found(plan, graph, *found)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def laid(self, origin: str, targets: Sequence[int], shut: frozenset[int]) -> Laid:
        """The graph from a place to some platforms, with some arcs closed."""
        return self.layouts.laid(self.frozen.at_place.get(origin, ()), (frozenset(targets),), shut)

    def shut(self, origin: str, destination: str) -> frozenset[int]:
        """Arcs that the rules close between two places."""
        country = self.bans.country
        return self.closed.between(country[origin], country[destination])

    def figures(self, origin: str, destination: str) -> Row:
        """Hours, dollars with the charges on the whole trip, emissions and kilometres; None without a way."""
        return self.way(origin, destination)[0]

    def way(self, origin: str, destination: str) -> tuple[Row, list[int]]:
        """Figures of the best way, and the numbers of its arcs, last one first."""
        found = self.from_place(origin, self.shut(origin, destination))
        best = found.best(self.frozen.at_place.get(destination, ()), self.by)
        if best is None:
            return dict(NO_WAY), []
        arcs = found.arcs(best)
        km = 0.0
        for number in arcs:
            km += self.frozen.arcs[number].distance_km
        return self.row(origin, destination, found.values[best].tolist(), km), arcs

    def row(self, origin: str, destination: str, values: Sequence[float], km: float) -> Row:
        """Four values of a way as a row."""
        total = priced(self.prices, self._cargo, origin, destination)
        hours, spread, usd, co2e = values
        return {
            "time_mean_h": round(hours, 2),
            "cost_usd": round(total(Way((), (), hours, spread, usd, co2e)), 2),
            "co2e_kg": round(co2e, 1),
            "distance_km": round(km, 1),
        }
