"""What the engines trust: the network validated for one cargo, one service choice and one vintage.

Question: which arcs may be used, and what do they cost in hours, dollars and emissions?
In and out: made by `daliz.freeze`; read by topics.
Method: plain tuples and lists, one number per arc, with enough kept beside them to explain each.
Limits: nothing here changes; an edit makes a new one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daliz.engine.search import Graph
    from daliz.model.hours import OpeningHours

HEADWAY_CV = 0.577
"""Standard deviation over mean of a wait uniform between nothing and one headway."""

__all__ = ["HEADWAY_CV", "Arc", "Boarding", "Cargo", "FrozenNetwork", "Gate", "Run", "Step"]


@dataclass(frozen=True)
class Cargo:
    """What is moved and how it is asked for.

    `service` is the land service class or None for defaults; `winter` is set from the departure; `by_year`
    lets in what is planned to be open by that year, `planned` all that is planned.
    """

    teu: float = 2.0
    tonnes: float | None = None
    value_usd: float | None = None
    hs: str | None = None
    mode: str = "any"
    service: str | None = None
    ground: str = "published"
    vintage: int | None = None
    planned: bool = False
    winter: bool = False
    by_year: int | None = None


@dataclass(frozen=True)
class Step:
    """One step of a procedure as it counts here: hours and dollars are expected values.

    `shared` says that all shipments of one day through the place meet it together.
    `n` and `quarter` say how many visits stand behind a measured time, and of which quarter of `year`.
    """

    procedure: str
    place: str
    code: str
    party: str
    probability: float
    mean_h: float
    cv: float
    cost_usd: float
    source: str
    quality: str
    cost_quality: str
    basis: str
    year: int | None
    shared: bool = False
    n: int | None = None
    quarter: int | None = None

    @property
    def hours(self) -> float:
        """Probability times mean."""
        return self.probability * self.mean_h


@dataclass(frozen=True)
class Gate:
    """Two posts one after the other: wait at the first, work, wait at the second."""

    first: OpeningHours
    second: OpeningHours
    between_h: float


@dataclass(frozen=True)
class Arc:
    """One movement or transfer between two platforms, with all that explains its figures."""

    kind: str
    mode: str
    service: str
    from_place: str
    to_place: str
    leg: str
    crossing: str
    distance_km: float
    move_h: float
    fixed_wait_h: float
    move_cv: float
    cost_usd: float
    co2e_kg: float
    gauge_mm: int | None
    country: str
    steps: tuple[Step, ...]
    source: str
    quality: str
    wait_quality: str
    tariff_source: str
    tariff_quality: str
    shape: str
    backward: bool

    @cached_property
    def hours(self) -> float:
        """Moving, waiting without a clock, and steps at their probability."""
        return self.move_h + self.fixed_wait_h + sum(step.hours for step in self.steps)

    @cached_property
    def usd(self) -> float:
        """Freight or handling, and what the steps cost."""
        return self.cost_usd + sum(step.cost_usd for step in self.steps)

    @cached_property
    def spread_h(self) -> float:
        """Sum of the standard deviations of all that takes time here: a bound that adds up over a way."""
        steps = sum(
            step.mean_h * math.sqrt(step.probability * (step.cv**2 + 1) - step.probability**2)
            for step in self.steps
        )
        return steps + self.move_cv * self.move_h + HEADWAY_CV * self.fixed_wait_h


@dataclass(frozen=True)
class Run:
    """The trains from one place to another. `departures` are numbers of arcs on which one waits for them.

    `last` are the rail platforms of their last place, `passes` those of the last places of other trains
    from the same place that lie on their way.
    """

    departures: tuple[int, ...]
    last: frozenset[int]
    passes: frozenset[int]


@dataclass(frozen=True)
class Boarding:
    """A place from which scheduled trains leave: its rail platforms, and the runs by last place.

    A ride on rails that begins here (at the start of a trip, or off a lorry or ship) comes to the last
    place of a run only by one of its departures. To every other place it goes without waiting.
    """

    nodes: frozenset[int]
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class FrozenNetwork:
    """Platforms and arcs for one cargo; `graph.hours` are move, fixed waits and steps together.

    Arcs of kind `departure` lead from a platform to itself; only a search that knows `boardings` takes them.
    """

    cargo: Cargo
    platforms: Sequence[tuple[str, str]]
    at_place: Mapping[str, Sequence[int]]
    graph: Graph
    arcs: Sequence[Arc]
    gates: Sequence[Gate]
    spread_h: Sequence[float]
    cost_usd: Sequence[float]
    co2e_kg: Sequence[float]
    boardings: Sequence[Boarding] = ()
    drawn: object = field(default=None, compare=False, repr=False)
    """What `freeze` kept of the work, for a network that differs little."""

    @cached_property
    def usd_by_arc(self) -> Mapping[int, float]:
        """Dollars of each arc by its `id`, which is its own as long as this network is."""
        return {id(arc): usd for arc, usd in zip(self.arcs, self.cost_usd, strict=True)}

    @cached_property
    def kilometres(self) -> Sequence[float]:
        """Kilometres of each arc and a metre more: of equal ways the one of fewer arcs is shorter."""
        return [arc.distance_km + 0.001 for arc in self.arcs]
