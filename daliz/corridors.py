"""Named corridors walked over the overlay.

Question: over which legs does a named corridor run, how long is it, and does it connect?
In and out: frames of a store in; one `Trace` a corridor out.
Method: between two named places the shortest way by kilometres in the stated mode, gauge changes
allowed at facilities; planned legs only for corridors that are not open.
Limits: a corridor is a chain of places; the line between two of them is the shortest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.engine.search import search
from daliz.freeze import freeze
from daliz.model.frozen import Arc, Cargo

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from daliz.model.frozen import FrozenNetwork

__all__ = ["Trace", "trace_all"]


@dataclass(frozen=True)
class Trace:
    """A corridor on the overlay; `gaps` are the pairs of named places that do not connect."""

    corridor: str
    arcs: tuple[Arc, ...]
    gaps: tuple[tuple[str, str, str], ...]

    @property
    def distance_km(self) -> float:
        """Kilometres of the legs that connect."""
        return sum(arc.distance_km for arc in self.arcs)


def trace_all(frames: Mapping[str, pl.DataFrame]) -> dict[str, Trace]:
    """Every corridor of the tables, by id."""
    frozen = {
        (mode, planned): freeze(frames, Cargo(mode=mode, planned=planned))
        for mode in ("rail", "road", "sea")
        for planned in (False, True)
    }
    return {row["corridor"]: _trace(row, frozen) for row in frames["corridors"].iter_rows(named=True)}


def _trace(row: Mapping[str, object], frozen: Mapping[tuple[str, bool], FrozenNetwork]) -> Trace:
    via = [str(place) for place in row["via"]]  # type: ignore[attr-defined]
    modes = [str(mode) for mode in row["leg_modes"]]  # type: ignore[attr-defined]
    if len(modes) == 1:
        modes *= len(via) - 1
    arcs: list[Arc] = []
    gaps: list[tuple[str, str, str]] = []
    for start, end, mode in zip(via, via[1:], modes, strict=False):
        network = frozen[mode, row["status"] != "open"]
        found = shortest_km(network, start, end)
        if found is None:
            gaps.append((start, end, mode))
        else:
            arcs += found
    return Trace(str(row["corridor"]), tuple(arcs), tuple(gaps))


def shortest_km(network: FrozenNetwork, start: str, end: str) -> list[Arc] | None:
    """Arcs of the shortest way by kilometres between two places, or None."""
    sources = network.at_place.get(start, ())
    target = frozenset(network.at_place.get(end, ()))
    if not sources or not target:
        return None
    found, _ = search(network.graph, network.kilometres, lambda _gate, _hours: 0.0, sources, [target])
    return None if found is None else [network.arcs[number] for number in found.arcs]
