"""One way with its figures: when it arrives, how surely, what it costs, what it emits.

Question: what does this way take, and how sure is that?
In and out: a `Way` on a frozen network in; an `Option` out.
Method: hours are expected values; P50, P90 and the chance to be on time come from seeded Monte Carlo
over the parts (`engine.spread`), which share one factor along the trip. What all shipments of a day meet
together is drawn by seed, day, place and activity: options through one port are judged by one weather.
Limits: rho of that factor is assumed and shown; a missed train or ship is not followed up in the draws.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from daliz.engine.spread import Events, quantiles, together
from daliz.model.frozen import HEADWAY_CV

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daliz.model.frozen import Arc, FrozenNetwork
    from daliz.routing.finder import Way

__all__ = ["Option", "Surety", "events", "make_option", "parts", "signature"]


@dataclass(frozen=True)
class Option:
    """A way with its figures; `label` joins what it is best at with plus signs.

    `on_time` is the chance of one shipment, `all_on_time` that of all shipments of the day together;
    `stops` are the numbers of arcs after which each via place asked for is reached.
    """

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
    all_on_time: float | None = None
    day: int = 0
    stops: tuple[int, ...] = ()

    @property
    def distance_km(self) -> float:
        """Kilometres over all legs."""
        return sum(arc.distance_km for arc in self.arcs)

    @property
    def service(self) -> str:
        """Service classes in the order they are used, each once, joined by plus signs."""
        return "+".join(dict.fromkeys(arc.service for arc in self.arcs if arc.service))


@dataclass(frozen=True)
class _Part:
    """Something that takes time; `event` names what all shipments of the day meet, empty if nothing."""

    mean_h: float
    cv: float
    probability: float
    event: tuple[str, ...] = ()


def _parts(arcs: Sequence[Arc], waits_h: Sequence[float]) -> list[_Part]:
    """Movement on one service is one part: a slow train is slow on every leg.

    Trains and ships carry all shipments of a day together: their movement and the wait for them are events.
    """
    moves: dict[str, _Part] = {}
    found: list[_Part] = []
    for arc, wait_h in zip(arcs, waits_h, strict=True):
        rides = arc.mode in ("rail", "sea")
        if arc.kind in ("leg", "crossing"):
            before = moves.get(arc.service)
            event = (arc.from_place, "move", arc.service) if rides else ()
            moves[arc.service] = (
                _Part(arc.move_h, arc.move_cv, 1.0, event)
                if before is None
                else replace(before, mean_h=before.mean_h + arc.move_h, cv=arc.move_cv)
            )
        elif arc.move_h > 0:
            ride = (arc.from_place, "move", arc.leg, arc.service) if rides else ()
            found.append(_Part(arc.move_h, arc.move_cv, 1.0, ride))
        if wait_h > 0:  # what a clock decides does not spread
            cv = HEADWAY_CV * arc.fixed_wait_h / wait_h
            found.append(_Part(wait_h, cv, 1.0, (arc.from_place, "wait", arc.leg, arc.service)))
        found += [
            _Part(step.mean_h, step.cv, step.probability, (step.place, step.code) if step.shared else ())
            for step in arc.steps
        ]
    return [*found, *moves.values()]


def parts(arcs: Sequence[Arc], waits_h: Sequence[float]) -> tuple[list[float], list[float], list[float]]:
    """Means (h), spreads and probabilities of all that takes time."""
    found = _parts(arcs, waits_h)
    return [p.mean_h for p in found], [p.cv for p in found], [p.probability for p in found]


def events(arcs: Sequence[Arc], waits_h: Sequence[float], day: int) -> Events:
    """Which of the parts shipments of one day (its ordinal) meet together, whatever way they go.

    An event is known by day, place and activity; a second of the same kind on one way is another.
    """
    met: dict[tuple[str, ...], int] = {}
    streams = []
    for part in _parts(arcs, waits_h):
        if not part.event:
            streams.append(-1)
            continue
        met[part.event] = met.get(part.event, 0) + 1
        name = "|".join((str(day), *part.event, str(met[part.event])))
        streams.append(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]))
    return Events(day, streams)


@dataclass(frozen=True)
class Surety:
    """How sureness is asked for: seed, day of departure (ordinal), hours until due, shipments of that day."""

    seed: int
    day: int = 0
    due_h: float | None = None
    shipments: int = 1


def make_option(label: str, frozen: FrozenNetwork, way: Way, asked: Surety) -> Option:
    """Figures of a way."""
    arcs = tuple(frozen.arcs[number] for number in way.arcs)
    spread, shared = parts(arcs, way.waits_h), events(arcs, way.waits_h, asked.day)
    p50, p90, on_time = quantiles(*spread, seed=asked.seed, due_h=asked.due_h, events=shared)
    all_on_time = None
    if asked.due_h is not None and asked.shipments > 1:
        all_on_time = together(
            *spread, seed=asked.seed, due_h=asked.due_h, events=shared, shipments=asked.shipments
        )
    return Option(
        label, arcs, way.waits_h, way.hours, p50, p90,
        way.cost_usd, way.co2e_kg, on_time, way, all_on_time, asked.day,
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
