"""Legs on land as arcs, worked out anew only where something behind them changed.

Question: what does a leg by rail or road come to, each way?
In and out: frames, a `Cargo`, rates and steps in; the arcs of every leg, in the order of the table, out.
Method: hours, dollars and emissions of a leg follow from its row, the rates of the states at its ends and,
at a border, from the crossing with the steps of both posts. With a network made before (`Drawn`) a leg for
which all of these are as they were keeps its arcs.
Limits: legs at borders are worked out again when any crossing, place or step has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.freeze.drawn import STEPS, Leg
from daliz.model.frozen import Arc, Gate
from daliz.model.hours import opening_hours

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from daliz.freeze.drawn import Drawn, Entry
    from daliz.freeze.rates import Rates, Steps
    from daliz.model.frozen import Cargo, Step
    from daliz.model.hours import OpeningHours
    from daliz.schema import Row

__all__ = ["GAUGE_CHANGE", "OPEN", "PLANNED", "land", "usable"]

OPEN = ("open", "limited")
PLANNED = (*OPEN, "planned", "construction")
GAUGE_CHANGE = "gauge_change"
_CLOCKS = ("crossings", "places", *STEPS)


def usable(leg: Row, cargo: Cargo) -> bool:
    """Whether a leg is open, or planned and asked for: all that is planned, or what opens by a year."""
    if leg["status"] in OPEN or (cargo.planned and leg["status"] in PLANNED):
        return True
    by_year, opens = cargo.by_year, leg["open_from"]
    return bool(by_year and leg["status"] in PLANNED and opens is not None and opens <= by_year)


def land(
    frames: Mapping[str, pl.DataFrame],
    cargo: Cargo,
    chosen: Mapping[str, str],
    figures: tuple[Rates, Steps],
    places: Mapping[str, Row],
    known: Drawn | None = None,
) -> list[Leg]:
    """Every leg with its arcs; a leg at sea, closed, or of another mode has none.

    `chosen` is the service class of each land mode.
    """
    legs = frames["legs"]
    found: list[Leg | None] = [None] * legs.height
    if known is not None:
        same = _same_rows(known.frames["legs"], legs)
        clocks = known.same(frames, _CLOCKS)
        alike = _Alike(known.rates, figures[0])
        for at in np.flatnonzero(same).tolist():
            leg = known.legs[at]
            if (clocks or not leg.crossing) and all(alike.at(leg.service, state) for state in leg.states):
                found[at] = leg
    anew = [at for at, leg in enumerate(found) if leg is None]
    crossings = {row["crossing"]: row for row in frames["crossings"].iter_rows(named=True)}
    rows = legs if len(anew) == legs.height else legs[anew]
    drawing = _Drawing(cargo, *figures, places)
    for at, row in zip(anew, rows.iter_rows(named=True), strict=True):
        found[at] = drawing.leg(row, crossings.get(row["crossing"]), chosen)
    return [leg for leg in found if leg is not None]


def _same_rows(old: pl.DataFrame, new: pl.DataFrame) -> np.ndarray:
    """Rows of a table that stand as they stood, shape (rows,)."""
    import polars as pl

    if old is new:
        return np.ones(new.height, dtype=bool)
    if old.height != new.height or old.schema != new.schema:
        return np.zeros(new.height, dtype=bool)
    columns = [old[name].eq_missing(new[name]) for name in new.columns]
    return pl.DataFrame({str(at): column for at, column in enumerate(columns)}).select(
        pl.all_horizontal(pl.all())
    ).to_series().to_numpy()  # fmt: skip


@dataclass
class _Alike:
    """Whether two sets of rates say the same of a service in a state."""

    old: Rates
    new: Rates

    def __post_init__(self) -> None:
        self._said: dict[tuple[str, str], bool] = {}

    def at(self, service: str, state: str) -> bool:
        if self.old is self.new or not service:
            return True
        key = (service, state)
        if key not in self._said:
            self._said[key] = self.old.behind(service, state) == self.new.behind(service, state)
        return self._said[key]


@dataclass(frozen=True)
class _Drawing:
    """What every leg is worked out with."""

    cargo: Cargo
    rates: Rates
    steps: Steps
    places: Mapping[str, Row]

    def leg(self, row: Row, crossing: Row | None, chosen: Mapping[str, str]) -> Leg:
        """One leg both ways."""
        mode = str(row["mode"])
        if mode == "sea" or self.cargo.mode not in ("any", mode):
            return Leg((), (), "", crossing=False)
        states = (str(row["country_a"]), str(row["country_b"]))
        entries = [
            self._one_way(row, crossing, chosen[mode], backward=backward)
            for backward in (False, True)
            if usable(row, self.cargo) and (crossing is None or _passable(crossing, backward=backward))
        ]
        return Leg(tuple(entries), states, chosen[mode], crossing=crossing is not None)

    def _one_way(self, leg: Row, crossing: Row | None, service: str, *, backward: bool) -> Entry:
        rates = self.rates
        ends = (str(leg["from_place"]), str(leg["to_place"]))
        states = (str(leg["country_a"]), str(leg["country_b"]))
        start, end = ends[::-1] if backward else ends
        state = states[1] if backward else states[0]
        km = float(leg["distance_km"])
        move_h, speed = rates.move_h(service, state, km)
        move_h *= leg["time_factor"] or 1.0
        cost, tariff_source, tariff_quality = rates.cost_usd(service, km, state)
        procedure: tuple[Step, ...] = ()
        gate = None
        wait_quality = "assumed"
        if crossing is not None:
            mode = str(leg["mode"])
            out = _without_gauge_change(self.steps.process(start, mode, "out", service))
            into = _without_gauge_change(self.steps.process(end, mode, "in", service))
            procedure = out + into
            side = ("b", "a") if backward else ("a", "b")
            clocks = [_clock(crossing, end_of, self.places) for end_of in side]
            wait_quality = str(crossing["hours_quality"])
            if not all(clock.always for clock in clocks):
                gate = Gate(clocks[0], clocks[1], sum(step.hours for step in out) + move_h)
        track = f"rail{leg['gauge_mm']}" if leg["mode"] == "rail" else str(leg["mode"])
        arc = Arc(
            "crossing" if crossing else "leg", str(leg["mode"]), service, start, end, str(leg["leg"]),
            str(leg["crossing"] or ""), km, move_h, 0.0, float(speed["cv"]), cost,
            rates.co2e_kg(service, state, km), None if leg["gauge_mm"] is None else int(leg["gauge_mm"]),
            state, procedure, str(speed["source"]), str(speed["quality"]), wait_quality,
            tariff_source, tariff_quality, str(leg["shape"]), backward,
        )  # fmt: skip
        return (start, track), (end, track), arc, gate


def _passable(crossing: Row, *, backward: bool) -> bool:
    return crossing["directions"] in ("both", "b_to_a" if backward else "a_to_b")


def _clock(crossing: Row, side: str, places: Mapping[str, Row]) -> OpeningHours:
    post = places[crossing[f"post_{side}"]]
    shut = post["country"] if crossing["closed_on_holidays"] in (side, "both") else ""
    return opening_hours(crossing[f"hours_{side}"], post["timezone"], shut)


def _without_gauge_change(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in steps if not step.code.startswith(GAUGE_CHANGE))
