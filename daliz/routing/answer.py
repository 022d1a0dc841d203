"""An answer as plain data, worded in the reader's language.

Question: what does the reader get to see of the options found?
In and out: options and the atlas they came from in; dictionaries ready for JSON out.
Method: consecutive legs of one state, mode, gauge and service are one leg; each step, wait, rate and
length keeps its source and quality class.
Limits: nothing is computed here that an engine owns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daliz.engine.spread import RHO
from daliz.i18n import text
from daliz.routing.costs import cost_lines, emission_lines
from daliz.routing.explain import explained
from daliz.routing.rules import availability, rules_met, said

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from daliz.model.frozen import Arc, Step
    from daliz.routing.atlas import Atlas
    from daliz.routing.option import Option
    from daliz.routing.request import Request
    from daliz.schema import Row

__all__ = ["QUALITIES", "Answer"]

QUALITIES = ("measured", "published", "derived", "assumed")


@dataclass(frozen=True)
class Answer:
    """Options with the request they answer; `as_dict` is the JSON of CLI and server."""

    request: Request
    origin: str
    destination: str
    depart: dt.datetime
    reference_date: dt.date
    notes: tuple[str, ...]
    options: tuple[Option, ...]
    atlas: Atlas
    shipments: int = 1

    def as_dict(self, geometry: bool = False, explain: bool = False) -> Row:
        """Plain data, names in the language of the request."""
        lang, gazetteer = self.request.lang, self.atlas.gazetteer
        plain: Row = {
            "origin": {"place": self.origin, "name": gazetteer.name(self.origin, lang)},
            "destination": {"place": self.destination, "name": gazetteer.name(self.destination, lang)},
            "depart": self.depart.isoformat(),
            "reference_date": self.reference_date.isoformat(),
            "seed": self.request.seed,
            "shipments": self.shipments,
            "correlation": {"rho": RHO, "quality": "assumed"},
            "counts": text("route.counts", lang),
            "notes": list(self.notes),
            "options": [self._option(option, geometry) for option in self.options],
        }
        if explain:
            plain["explain"] = explained(self.options, self.atlas, self.request.seed, lang)
        return plain

    def _option(self, option: Option, geometry: bool) -> Row:
        """One option with its bill, its emissions, the rules it meets and what may be short."""
        atlas, lang, cargo = self.atlas, self.request.lang, self.request.cargo
        rules = rules_met(atlas, option, cargo, self.depart.date())
        return _option_dict(option, atlas, lang, geometry) | {
            "on_time": option.on_time,
            "all_on_time": option.all_on_time,
            "cost_lines": [line.as_dict(atlas, lang) for line in cost_lines(option, atlas, cargo)],
            "emission_lines": [line.as_dict(atlas, lang) for line in emission_lines(option, atlas, cargo)],
            "rules": [said(rule, "met", cargo, lang) for rule in rules],
            "notes": _notes(option, atlas, lang),
            "availability": [found.as_dict(atlas, lang) for found in availability(option, atlas)],
        }

    def __str__(self) -> str:
        lines = [
            f"{option.label}: {option.time_mean_h:.0f} h, {option.cost_usd:.0f} USD, "
            f"{option.distance_km:.0f} km"
            for option in self.options
        ]
        return "\n".join(lines)


def _option_dict(option: Option, atlas: Atlas, lang: str, geometry: bool) -> Row:
    legs = _merged_legs(option, atlas, lang, geometry)
    hours = dict.fromkeys(QUALITIES, 0.0)
    for arc, wait in zip(option.arcs, option.waits_h, strict=True):
        hours[arc.quality] += arc.move_h
        hours[arc.wait_quality] += wait
        for step in arc.steps:
            hours[step.quality] = hours.get(step.quality, 0.0) + step.hours
    total = sum(hours.values()) or 1.0
    places = atlas.gazetteer.places
    countries = dict.fromkeys(
        str(places[place]["country"]) for arc in option.arcs for place in (arc.from_place, arc.to_place)
    )
    return {
        "label": option.label,
        "label_text": " · ".join(text(f"label.{name}", lang) for name in option.label.split("+")),
        "service": option.service,
        "service_text": " + ".join(
            _service_name(atlas, key, lang) for key in option.service.split("+") if key
        ),
        "time_mean_h": round(option.time_mean_h, 2),
        "time_p50_h": round(option.time_p50_h, 2),
        "time_p90_h": round(option.time_p90_h, 2),
        "cost_usd": round(option.cost_usd, 2),
        "co2e_kg": round(option.co2e_kg, 1),
        "distance_km": round(option.distance_km, 1),
        "countries": list(countries),
        "borders": _borders(option, atlas, lang),
        "legs": legs,
        "share_by_quality": {name: round(value / total, 4) for name, value in hours.items()},
        "sources": sorted(_sources(option)),
    }


def _service_name(atlas: Atlas, service: str, lang: str) -> str:
    row = atlas.services[service]
    return str(row[f"name_{lang}"])


def _sources(option: Option) -> set[str]:
    keys = {arc.source for arc in option.arcs} | {arc.tariff_source for arc in option.arcs if arc.cost_usd}
    return keys | {step.source for arc in option.arcs for step in arc.steps}


def _borders(option: Option, atlas: Atlas, lang: str) -> list[Row]:
    """Crossings passed, with the hours spent at both posts; a gauge change at either post is part of it."""
    rows: list[Row] = []
    row_at: dict[str, Row] = {}
    changing: dict[str, float] = {}
    for arc, wait in zip(option.arcs, option.waits_h, strict=True):
        hours = wait + sum(step.hours for step in arc.steps)
        if arc.crossing:
            crossing = atlas.gazetteer.crossings[arc.crossing]
            row: Row = {
                "crossing": arc.crossing, "name": crossing.get(f"name_{lang}") or crossing["name_en"],
                "hours": hours + changing.pop(arc.from_place, 0.0),
                "from": arc.from_place, "to": arc.to_place,
            }  # fmt: skip
            rows.append(row)
            row_at = {arc.to_place: row}
        elif arc.kind == "transfer" and arc.from_place in row_at:
            row_at[arc.from_place]["hours"] += hours + arc.move_h
        elif arc.kind == "transfer":
            changing = {arc.from_place: hours + arc.move_h}
    return [row | {"hours": round(row["hours"], 2)} for row in rows]


def _step_dict(step: Step, atlas: Atlas, lang: str) -> Row:
    code = atlas.codes[step.code]
    return {
        "code": step.code, "name": code.get(f"name_{lang}") or code["name_en"],
        "place": step.place, "place_name": atlas.gazetteer.name(step.place, lang), "party": step.party,
        "probability": step.probability, "hours": round(step.hours, 3), "cost_usd": round(step.cost_usd, 2),
        "cost_quality": step.cost_quality, "source": step.source, "quality": step.quality,
        "basis": step.basis, "year": step.year, "quarter": step.quarter, "n": step.n,
    }  # fmt: skip


def _turns(option: Option) -> list[int]:
    """Stops that are left by the leg on which they were reached: the end of a branch line or quay road."""
    return [
        at
        for at in option.stops
        if 0 < at < len(option.arcs)
        and option.arcs[at].leg == option.arcs[at - 1].leg
        and option.arcs[at].to_place == option.arcs[at - 1].from_place
    ]


def _notes(option: Option, atlas: Atlas, lang: str) -> list[str]:
    """What is odd about a way: a via place left as it was reached, a state left and entered again."""
    name = atlas.gazetteer.name
    found = [
        text("note.via_turn", lang, place=name(option.arcs[at].from_place, lang)) for at in _turns(option)
    ]
    places, countries = atlas.gazetteer.places, atlas.gazetteer.countries
    passed = [
        str(places[place]["country"]) for arc in option.arcs for place in (arc.from_place, arc.to_place)
    ]
    states = [state for at, state in enumerate(passed) if at == 0 or passed[at - 1] != state]
    last = {state: at for at, state in enumerate(states)}
    at = 0
    while at < len(states):
        if last[states[at]] > at:
            between = dict.fromkeys(state for state in states[at : last[states[at]]] if state != states[at])
            named = [str(countries[state][f"name_{lang}"]) for state in (states[at], *between)]
            found.append(text("note.comes_back", lang, state=named[0], others=", ".join(named[1:])))
        at = last[states[at]] + 1
    return found


def _merged_legs(option: Option, atlas: Atlas, lang: str, geometry: bool) -> list[Row]:
    """Arcs joined into legs: one a state, mode, gauge and service; borders, seas and transfers apart.

    A via place asked for ends a leg, and one that is left as it was reached is a stop of its own.
    """
    legs: list[Row] = []
    pending: list[Arc] = []
    pending_waits: list[float] = []

    def flush() -> None:
        if pending:
            legs.append(_leg_dict(pending, pending_waits, atlas, lang, geometry))
            pending.clear()
            pending_waits.clear()

    turns = _turns(option)
    for at, (arc, wait) in enumerate(zip(option.arcs, option.waits_h, strict=True)):
        if at in option.stops:
            flush()
        if at in turns:
            legs.append(_stop_dict(option.arcs[at - 1], atlas, lang, geometry))
        same = (
            pending
            and arc.kind == "leg" == pending[-1].kind
            and (
                (arc.mode, arc.gauge_mm, arc.service, arc.country)
                == (pending[-1].mode, pending[-1].gauge_mm, pending[-1].service, pending[-1].country)
            )
        )
        if not same:
            flush()
        pending.append(arc)
        pending_waits.append(wait)
    flush()
    return legs


def _stop_dict(arc: Arc, atlas: Atlas, lang: str, geometry: bool) -> Row:
    """The stay at the end of an arc as a leg of its own, of which nothing is counted."""
    still = replace(
        arc, kind="stop", mode="transfer", service="", from_place=arc.to_place, leg="", crossing="",
        distance_km=0.0, move_h=0.0, fixed_wait_h=0.0, cost_usd=0.0, co2e_kg=0.0, gauge_mm=None, steps=(),
        shape="",
    )  # fmt: skip
    return _leg_dict([still], [0.0], atlas, lang, geometry)


def _train(arc: Arc, atlas: Atlas, lang: str) -> Row | None:
    """The scheduled train that is waited for, with its timetable or departures a week."""
    if arc.kind != "departure":
        return None
    row = atlas.trains[arc.leg]
    return {
        "train": arc.leg, "name": row[f"name_{lang}"], "timetable": row["timetable"],
        "frequency_per_week": row["frequency_per_week"],
    }  # fmt: skip


def _leg_dict(arcs: Sequence[Arc], waits: Sequence[float], atlas: Atlas, lang: str, geometry: bool) -> Row:
    first, last = arcs[0], arcs[-1]
    name = atlas.gazetteer.name
    leg: Row = {
        "mode": first.mode, "kind": first.kind, "service": first.service,
        "from": name(first.from_place, lang), "to": name(last.to_place, lang),
        "from_place": first.from_place, "to_place": last.to_place,
        "through": [name(arc.to_place, lang) for arc in arcs[:-1]],
        "crossing": first.crossing or None, "gauge_mm": first.gauge_mm,
        "train": _train(first, atlas, lang),
        "distance_km": round(sum(arc.distance_km for arc in arcs), 2),
        "move_h": round(sum(arc.move_h for arc in arcs), 3), "wait_h": round(sum(waits), 3),
        "cost_usd": round(sum(arc.cost_usd for arc in arcs), 2),
        "co2e_kg": round(sum(arc.co2e_kg for arc in arcs), 2),
        "source": first.source, "quality": first.quality,
        "cost_source": first.tariff_source, "cost_quality": first.tariff_quality,
        "wait_quality": first.wait_quality,
        "steps": [_step_dict(step, atlas, lang) for arc in arcs for step in arc.steps],
    }  # fmt: skip
    if geometry:
        points: list[list[float]] = []
        for arc in arcs:
            line = [[float(v) for v in point.split()][::-1] for point in arc.shape.split(";") if point]
            points += line[::-1] if arc.backward else line
        leg["geometry"] = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
    return leg
