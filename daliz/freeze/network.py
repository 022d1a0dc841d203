"""Platforms and the arcs between them.

Question: which platforms are there, and what joins two of them?
In and out: frames of a store and a `Cargo` in; a `FrozenNetwork` out.
Method: platforms are pairs of place and track (a rail gauge, road, quay in, quay out). Legs and sailings
join platforms of different places; facilities join platforms of one place. Crossings carry the steps of
both posts, ports the steps of their sea process, gauge changes the steps that change gauge. Where gauges
meet, cargo taken off rails stands on a platform of its own (`road_off`), from which no train of that place
can be boarded: only a gauge facility changes gauge.
Limits: waits for a ship or train without a timetable are the mean of half a headway; a lorry that goes
round by two other places, or 100 km off and back, may still come to the rails that its cargo left.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from daliz.engine.search import Graph
from daliz.errors import BadValue
from daliz.freeze.drawn import HUBS, RATES, STEPS, Drawn
from daliz.freeze.land import GAUGE_CHANGE, OPEN, PLANNED, land, usable
from daliz.freeze.rates import Rates, Steps
from daliz.freeze.trains import boardings, headway, planned
from daliz.model.frozen import Arc, Cargo, FrozenNetwork, Gate, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from daliz.freeze.drawn import Platform
    from daliz.schema import Row

__all__ = ["BERTH_SERVICES", "DEFAULT_SERVICE", "TABLES", "freeze"]

TABLES = (
    "countries", "places", "crossings", "links", "sailings", "trains", "facilities", "services", "speeds",
    "tariffs", "emissions", "activity_codes", "procedures", "step_values", "legs", "calibrated_steps",
    "corridors", "sources", "calibrations", "eligibility", "charges", "hub_energy",
)  # fmt: skip
"""Tables of a store that a frozen network is made from."""

DEFAULT_SERVICE = {"rail": "block_train", "road": "road_tir"}
BERTH_SERVICES = {"ro_ro_berth": ("ro_ro",), "rail_ferry_berth": ("rail_ferry",)}
"""Ship services that a special berth takes; a terminal takes boxes, and ships whose berth is not there."""
BOX_SERVICES = ("feeder", "deep_sea")
_OFF_RAILS = "road_off"
"""Track of lorries loaded from a train at the same place."""
TURN_KM = 100.0
"""Road to the next place beyond which driving there and back costs more than any change of gauge; assumed."""
_TRANSHIPMENT = ("port_unloading", "port_loading", "port_dwell")


@dataclass
class _Draft:
    """Arcs and gates collected before they are put into rows."""

    platforms: dict[tuple[str, str], int] = field(default_factory=dict)
    arcs: list[tuple[int, int, Arc, Gate | None]] = field(default_factory=list)
    tracks: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def platform(self, place: str, track: str) -> int:
        if (place, track) not in self.platforms:
            self.platforms[place, track] = len(self.platforms)
            self.tracks[place].append(track)
        return self.platforms[place, track]

    def add(self, tail: Platform, head: Platform, arc: Arc, gate: Gate | None = None) -> None:
        self.arcs.append((self.platform(*tail), self.platform(*head), arc, gate))


def freeze(
    frames: Mapping[str, pl.DataFrame], cargo: Cargo, like: FrozenNetwork | None = None
) -> FrozenNetwork:
    """The network as it stands for `cargo`.

    `like` is one made for the same cargo from tables of which most are these: what they share is not worked
    out again, and the network is the same to the last digit.

    Raises
    ------
    BadValue
        when the service is unknown or has no speed.
    """
    drawn = like.drawn if like is not None and like.cargo == cargo else None
    known = drawn if isinstance(drawn, Drawn) else None
    rates = known.rates if known and known.same(frames, RATES) else Rates(frames, cargo)
    steps = known.steps if known and known.same(frames, STEPS) else Steps(frames, cargo)
    chosen = _services(cargo, rates)
    draft = _Draft()
    places = {row["place"]: row for row in frames["places"].iter_rows(named=True)}
    legs = land(frames, cargo, chosen, (rates, steps), places, known)
    for leg in legs:
        for entry in leg.entries:
            draft.add(*entry)
    if cargo.mode in ("any", "sea"):
        _all_at_sea(draft, frames, cargo, rates, steps, places)
    before, counted = list(draft.platforms), len(draft.arcs)
    if known and known.before == before and known.same(frames, ("facilities", *HUBS, *STEPS)):
        draft.arcs += known.transfers
        draft.platforms, draft.tracks = dict(known.after), known.tracks_after()
    else:
        _transfers(draft, frames, rates, steps, chosen)
    transfers, after = draft.arcs[counted:], dict(draft.platforms)
    tracks = {place: tuple(held) for place, held in draft.tracks.items()}
    _leave_by_road(draft)
    trains = frames["trains"].iter_rows(named=True)
    runs = planned(trains, draft.arcs, draft.platforms, chosen["rail"])
    for run in runs:
        at = list(draft.platforms)[run.way[0]]
        for arc, gate in run.arcs(chosen["rail"], places):
            draft.add(at, at, arc, gate)
    frozen = _rows(draft, cargo)
    kept = None if known else Drawn(frames, rates, steps, legs, before, transfers, after, tracks)
    return replace(frozen, boardings=boardings(runs, draft.platforms, frozen.arcs), drawn=kept)


def _services(cargo: Cargo, rates: Rates) -> dict[str, str]:
    """The service class of each land mode."""
    chosen = dict(DEFAULT_SERVICE)
    if cargo.service is not None:
        if cargo.service not in rates.services:
            raise BadValue(
                "error.unknown_service", service=cargo.service, allowed=", ".join(sorted(rates.services))
            )
        mode = rates.services[cargo.service]["mode"]
        if cargo.mode not in ("any", mode):
            raise BadValue("error.service_mode", service=cargo.service, service_mode=mode, mode=cargo.mode)
        if mode in chosen:
            chosen[mode] = cargo.service
    return chosen


def _all_at_sea(
    draft: _Draft, frames: Mapping[str, pl.DataFrame], cargo: Cargo, rates: Rates, steps: Steps,
    places: Mapping[str, Row],
) -> None:  # fmt: skip
    """Every sailing that runs, both ways."""
    linked = frames["legs"].filter(frames["legs"]["link"].fill_null("") != "")
    legs = {row["link"]: row for row in linked.iter_rows(named=True)}
    for sailing in frames["sailings"].iter_rows(named=True):
        sea_leg = legs.get(sailing["link"])
        fits = cargo.service is None or rates.services[cargo.service]["mode"] != "sea"
        if sea_leg is None or not usable(sea_leg, cargo):
            continue
        if sailing["status"] not in (PLANNED if cargo.planned or cargo.by_year else OPEN):
            continue
        if fits or sailing["service"] == cargo.service:
            for backward in (False, True):
                _sea(draft, sea_leg, sailing, backward, rates, steps, places)


def _sea(
    draft: _Draft,
    leg: Row,
    sailing: Row,
    backward: bool,
    rates: Rates,
    steps: Steps,
    places: Mapping[str, Row],
) -> None:
    """One sailing one way.

    The wait beyond half the headway stands in the dwell step of the port where there is one, else in
    the sailing: never in both.
    """
    ends = (str(leg["from_place"]), str(leg["to_place"]))
    start, end = ends[::-1] if backward else ends
    km, service = float(leg["distance_km"]), str(sailing["service"])
    dwells = any(step.code == "port_dwell" for step in steps.process(start, "sea", "out", service))
    wait_h, gate = headway(
        sailing["timetable_back" if backward else "timetable"], float(sailing["frequency_per_week"]),
        str(places[start]["timezone"]),
    )  # fmt: skip
    wait_h += 0.0 if dwells else float(sailing["vessel_wait_h"] or 0)
    if rates.cargo.winter:
        wait_h *= float(sailing["winter_factor"])
    cost, tariff_source, tariff_quality = rates.cost_usd(service, km, str(leg["link"]))
    draft.add(
        (start, f"quay_out/{service}"), (end, f"quay_in/{service}"),
        Arc(
            "sea", "sea", service, start, end, str(leg["leg"]), "", km, float(sailing["sailing_h"]),
            wait_h, 0.15, cost, rates.co2e_kg(service, "*", km), None, "", (),
            str(sailing["source"]), str(sailing["quality"]), str(sailing["quality"]),
            tariff_source, tariff_quality, str(leg["shape"]), backward,
        ),
        gate,
    )  # fmt: skip


def _transfers(
    draft: _Draft,
    frames: Mapping[str, pl.DataFrame],
    rates: Rates,
    steps: Steps,
    chosen: Mapping[str, str],
) -> None:
    berths: dict[str, set[str]] = defaultdict(set)
    facilities = frames["facilities"].to_dicts()
    for facility in facilities:
        if "sea" in (facility["from_mode"], facility["to_mode"]):
            berths[facility["place"]] |= set(BERTH_SERVICES.get(facility["kind"], BOX_SERVICES))
    for facility in facilities:
        if rates.cargo.mode not in ("any", "rail") and facility["from_mode"] == facility["to_mode"] == "rail":
            continue
        place = str(facility["place"])
        sides = [
            (str(facility["from_mode"]), facility["from_gauge_mm"]),
            (str(facility["to_mode"]), facility["to_gauge_mm"]),
        ]
        quays = _quays(str(facility["kind"]), berths[place])
        for (mode_a, gauge_a), (mode_b, gauge_b) in (sides, sides[::-1]):
            for tail in _sides(draft, place, mode_a, gauge_a, [f"quay_in/{q}" for q in quays]):
                for head in _sides(draft, place, mode_b, gauge_b, [f"quay_out/{q}" for q in quays]):
                    if tail != head:
                        _transfer(draft, place, tail, head, facility, rates, steps, chosen)
    for place in sorted(berths):
        _transhipment(draft, place, steps, rates)


def _quays(kind: str, at_place: set[str]) -> list[str]:
    """Ship services whose quays a facility serves."""
    if kind in BERTH_SERVICES:
        return list(BERTH_SERVICES[kind])
    homeless = [
        service for services in BERTH_SERVICES.values() for service in services if service not in at_place
    ]
    return [*BOX_SERVICES, *homeless]


def _sides(draft: _Draft, place: str, mode: str, gauge: object, quays: list[str]) -> list[str]:
    """Tracks of `place` that a facility side means: the named gauge, or every gauge when none is named."""
    if mode == "sea":
        return quays
    if mode == "road":
        return ["road"]
    if gauge:
        return [f"rail{gauge}"]
    return [track for track in draft.tracks[place] if track.startswith("rail")]


def _transfer(
    draft: _Draft,
    place: str,
    tail: str,
    head: str,
    facility: Row,
    rates: Rates,
    steps: Steps,
    chosen: Mapping[str, str],
) -> None:
    service = chosen["rail"]
    if head.startswith("quay_out"):
        procedure = steps.process(place, "sea", "out", head.partition("/")[2])
    elif tail.startswith("quay_in"):
        procedure = steps.process(place, "sea", "in", tail.partition("/")[2])
    elif tail.startswith("rail") and head.startswith("rail"):
        procedure = next(
            (
                found
                for direction in ("in", "out", "through")
                if (found := _gauge_change(steps.process(place, "rail", direction, service)))
            ),
            (),
        )
    else:
        procedure = steps.process(place, "rail", "through", service) or steps.process(
            place, "road", "through", service
        )
    if tail.startswith("rail") and head == "road":
        head = _OFF_RAILS
    handling_h = 0.0 if procedure else float(facility["handling_h"])
    charge = 0.0 if procedure else float(facility["handling_usd_per_teu"] or 0) * rates.cargo.teu
    draft.add(
        (place, tail), (place, head),
        Arc(
            "transfer", "transfer", "", place, place, str(facility["facility"]), "", 0.0, handling_h, 0.0,
            float(facility["handling_cv"]), charge, rates.hub_co2e_kg(place, str(facility["kind"])),
            None, "", procedure, str(facility["source"]),
            str(facility["quality"]), "assumed", str(facility["source"]), str(facility["quality"]), "", False,
        ),
    )  # fmt: skip


def _leave_by_road(draft: _Draft) -> None:
    """Keep cargo taken off rails at a place from going back on rails there.

    Rail, road and rail again at one place would change gauge past the facility that does it, or leave by a
    train without waiting for it. From the platform of such cargo roads lead on; from a place near by they
    do not turn back.
    """
    tracks = list(draft.platforms)
    off = {place for place, track in tracks if track == _OFF_RAILS}
    on_road = {at for at, (_, track) in enumerate(tracks) if track == "road"}
    ahead: dict[int, list[tuple[int, Arc, Gate | None]]] = defaultdict(list)
    for tail, head, arc, gate in draft.arcs:
        if tail in on_road:
            ahead[tail].append((head, arc, gate))
    for place in sorted(off):
        for head, arc, gate in ahead[draft.platform(place, "road")]:
            other, track = tracks[head]
            if track.startswith("rail"):
                continue
            if arc.mode != "road" or arc.distance_km > TURN_KM:
                draft.add((place, _OFF_RAILS), (other, track), arc, gate)
                continue
            beyond = f"{_OFF_RAILS}:{place}"
            fresh = (other, beyond) not in draft.platforms
            draft.add((place, _OFF_RAILS), (other, beyond), arc, gate)
            for further, onward, clock in ahead[head] if fresh else ():
                if tracks[further] != (place, "road"):
                    draft.add((other, beyond), tracks[further], onward, clock)


def _gauge_change(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in steps if step.code.startswith(GAUGE_CHANGE))


def _transhipment(draft: _Draft, place: str, steps: Steps, rates: Rates) -> None:
    """From ship to ship at one port: its own unloading, dwell and loading, without customs."""
    quays = sorted({track.partition("/")[2] for track in draft.tracks[place] if "/" in track})
    for tail in quays:
        for head in quays:
            both = steps.process(place, "sea", "in", tail) + steps.process(place, "sea", "out", head)
            procedure = tuple(step for step in both if step.code in _TRANSHIPMENT)
            draft.add(
                (place, f"quay_in/{tail}"), (place, f"quay_out/{head}"),
                Arc(
                    "transfer", "transfer", "", place, place, "transhipment", "", 0.0,
                    0.0 if procedure else 48.0, 0.0, 0.5, 0.0, rates.hub_co2e_kg(place, "transhipment"),
                    None, "", procedure, "daliz-assumption",
                    "assumed", "assumed", "daliz-assumption", "assumed", "", False,
                ),
            )  # fmt: skip


def _rows(draft: _Draft, cargo: Cargo) -> FrozenNetwork:
    ordered = sorted(draft.arcs, key=lambda item: item[0])
    indptr = [0] * (len(draft.platforms) + 1)
    for tail, *_ in ordered:
        indptr[tail + 1] += 1
    for node in range(len(draft.platforms)):
        indptr[node + 1] += indptr[node]
    arcs = [arc for _, _, arc, _ in ordered]
    gates: list[Gate] = []
    numbers: list[int] = []
    for _, _, _, gate in ordered:
        numbers.append(-1 if gate is None else len(gates))
        if gate is not None:
            gates.append(gate)
    platforms = list(draft.platforms)
    at_place: dict[str, list[int]] = defaultdict(list)
    for number, (place, _) in enumerate(platforms):
        at_place[place].append(number)
    return FrozenNetwork(
        cargo, platforms, dict(at_place),
        Graph(indptr, [head for _, head, _, _ in ordered],
              [arc.hours for arc in arcs], numbers), arcs, gates,
        [arc.spread_h for arc in arcs],
        [arc.usd for arc in arcs],
        [arc.co2e_kg for arc in arcs],
    )  # fmt: skip
