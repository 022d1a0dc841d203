"""One way with its figures: when it arrives, how surely, what it costs, what it emits.

Question: what does this way take, and how sure is that?
In and out: a `Way` on a frozen network in; an `Option` out.
Method: hours are expected values; P50, P90 and the chance to be on time come from seeded Monte Carlo
over the parts (`engine.spread`), which share one factor along the trip.
Limits: rho of that factor is assumed and shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daliz.engine.spread import quantiles
from daliz.model.frozen import HEADWAY_CV

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daliz.model.frozen import Arc, FrozenNetwork
    from daliz.routing.finder import Way

__all__ = ["Option", "make_option", "parts", "signature"]


@dataclass(frozen=True)
class Option:
    """A way with its figures; `label` joins what it is best at with plus signs."""

    label: str
    arcs: tuple[Arc, ...]
    waits_h: tuple[float, ...]
    time_mean_h: float
    time_p50_h: float
    time_p90_h: float
    cost_usd: float
    co2e_kg: float
    on_time: float | None = None
    way: Way | None = field(default=None, repr=False)

    @property
    def distance_km(self) -> float:
        """Kilometres over all legs."""
        return sum(arc.distance_km for arc in self.arcs)

    @property
    def service(self) -> str:
        """Service classes in the order they are used, each once, joined by plus signs."""
        return "+".join(dict.fromkeys(arc.service for arc in self.arcs if arc.service))


def parts(arcs: Sequence[Arc], waits_h: Sequence[float]) -> tuple[list[float], list[float], list[float]]:
    """Means (h), spreads and probabilities of all that takes time.

    Movement on one service is one part: a slow train is slow on every leg.
    """
    moves: dict[str, tuple[float, float]] = {}
    found: list[tuple[float, float, float]] = []
    for arc, wait_h in zip(arcs, waits_h, strict=True):
        if arc.kind in ("leg", "crossing"):
            moves[arc.service] = (moves.get(arc.service, (0.0, 0.0))[0] + arc.move_h, arc.move_cv)
        elif arc.move_h > 0:
            found.append((arc.move_h, arc.move_cv, 1.0))
        if wait_h > 0:
            found.append((wait_h, HEADWAY_CV if arc.kind == "sea" else 0.0, 1.0))
        found += [(step.mean_h, step.cv, step.probability) for step in arc.steps]
    found += [(hours, cv, 1.0) for hours, cv in moves.values()]
    return [f[0] for f in found], [f[1] for f in found], [f[2] for f in found]


def make_option(label: str, frozen: FrozenNetwork, way: Way, seed: int, due_h: float | None = None) -> Option:
    """Figures of a way; `due_h` is when it should arrive, in hours after departure."""
    arcs = tuple(frozen.arcs[number] for number in way.arcs)
    p50, p90, on_time = quantiles(*parts(arcs, way.waits_h), seed=seed, due_h=due_h)
    return Option(
        label, arcs, way.waits_h, way.hours, p50, p90,
        way.cost_usd, way.co2e_kg, on_time, way,
    )  # fmt: skip


def signature(frozen: FrozenNetwork, way: Way) -> tuple[str, ...]:
    """What makes a way another way: its borders and seas in order, and the modes between them."""
    marks: list[str] = []
    for number in way.arcs:
        arc = frozen.arcs[number]
        mark = arc.crossing or (arc.leg if arc.kind == "sea" else arc.mode if arc.kind == "leg" else "")
        if mark and (not marks or marks[-1] != mark):
            marks.append(mark)
    return tuple(marks)
