"""What making a network leaves behind for one that differs little.

Question: what need not be worked out again?
In and out: the tables, rates and arcs of a finished network in; the same, asked which tables are unchanged.
Method: tables are compared by identity: an edit makes new frames of the tables that it changes and leaves
the others as they are.
Limits: of one cargo only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from daliz.freeze.rates import Rates, Steps
    from daliz.model.frozen import Arc, Gate

__all__ = ["HUBS", "RATES", "STEPS", "Drawn", "Entry", "Leg", "Platform"]

Platform = tuple[str, str]
Entry = tuple[Platform, Platform, "Arc", "Gate | None"]

HUBS = ("hub_energy", "countries", "places")
RATES = ("services", "speeds", "emissions", "tariffs", *HUBS)
STEPS = ("activity_codes", "calibrated_steps", "step_values", "procedures")
"""Tables that handlings, `Rates` and `Steps` are made from."""


@dataclass(frozen=True)
class Leg:
    """Arcs of one leg, with the states and the service whose rates they follow from."""

    entries: tuple[Entry, ...]
    states: tuple[str, ...]
    service: str
    crossing: bool


@dataclass(frozen=True)
class Drawn:
    """A network as it was made.

    `before` are the platforms when all legs and sailings were in, `after` those with the transfers, whose
    arcs are `transfers`; `tracks` are the tracks of each place by then.
    """

    frames: Mapping[str, pl.DataFrame]
    rates: Rates
    steps: Steps
    legs: Sequence[Leg]
    before: Sequence[Platform]
    transfers: Sequence[tuple[int, int, Arc, Gate | None]]
    after: Mapping[Platform, int]
    tracks: Mapping[str, tuple[str, ...]]

    def same(self, frames: Mapping[str, pl.DataFrame], names: Iterable[str]) -> bool:
        """Whether all of these tables are the ones this network was made from."""
        return all(frames[name] is self.frames[name] for name in names)

    def tracks_after(self) -> dict[str, list[str]]:
        """Tracks of each place, to be added to."""
        return defaultdict(list, {place: list(held) for place, held in self.tracks.items()})
