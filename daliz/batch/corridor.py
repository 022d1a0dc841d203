"""Which corridor a way takes.

Question: along which named corridor does this way run?
In and out: the lines of the corridors of today and the arcs of a way in; a corridor and its share out.
Method: kilometres of the way that lie on the line of each corridor (`daliz.corridors`), as a share of all;
the largest share names the corridor when it is at least half.
Limits: corridors that run over the same line are told apart by the rest of theirs only; of equal shares the
one that comes first in the table counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daliz.corridors import Trace
    from daliz.model.frozen import Arc

__all__ = ["LEAST_SHARE", "Lines", "lines", "taken"]

LEAST_SHARE = 0.5
"""Share of the kilometres from which a way is said to take a corridor; assumed."""

Lines = dict[str, tuple[tuple[int, str], ...]]
"""Corridors over each leg, each with its place in the table of corridors."""


def lines(traces: Mapping[str, Trace]) -> Lines:
    """Corridors by leg."""
    found: dict[str, dict[tuple[int, str], None]] = {}
    for at, (corridor, trace) in enumerate(traces.items()):
        for arc in trace.arcs:
            if arc.distance_km:
                found.setdefault(arc.leg, {})[at, corridor] = None
    return {leg: tuple(corridors) for leg, corridors in found.items()}


def taken(arcs: Sequence[Arc], over: Lines) -> tuple[str, float] | None:
    """The corridor of a way and its share of the kilometres; None when no corridor has half of them."""
    km = 0.0
    on: dict[tuple[int, str], float] = {}
    for arc in arcs:
        km += arc.distance_km
        for corridor in over.get(arc.leg, ()):
            on[corridor] = on.get(corridor, 0.0) + arc.distance_km
    if not on or not km:
        return None
    best = min(on, key=lambda corridor: (-on[corridor], corridor))
    share = on[best] / km
    return (best[1], round(min(share, 1.0), 3)) if share >= LEAST_SHARE else None
