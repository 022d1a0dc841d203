"""From a question to its options.

Question: which few ways should the reader see?
In and out: an `Atlas` and a `Request` in; an `Answer` out, or a refusal that says what to change.
Method: names are resolved, what is closed or avoided is taken out, `finder` gives every way worth a
look, and the best by each criterion are kept, then ways that differ in borders, seas or modes.
Limits: at most eight further ways: more than a person reads.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daliz.engine.geodesy import distance_km
from daliz.errors import BadValue, NoRoute
from daliz.i18n import text
from daliz.routing.answer import Answer
from daliz.routing.costs import cost_lines, priced, with_charges
from daliz.routing.finder import Finder, clocks_of, closed
from daliz.routing.option import Surety, make_option, signature
from daliz.routing.request import MOST_SHIPMENTS
from daliz.routing.rules import binding, blocked, in_doubt, said
from daliz.units import parse_instant, shipments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daliz.model.frozen import Arc, FrozenNetwork
    from daliz.routing.atlas import Atlas
    from daliz.routing.finder import Way
    from daliz.routing.request import Request

__all__ = ["Asked", "choose", "prepare", "route"]

MOST_ALTERNATIVES = 8
MOST_SEARCHES = 12
LARGEST_T_PER_TEU = 21.7
"""Most cargo of one TEU: 24 t gross less a tare of 2.3 t; assumed, since roads and rails differ."""
P90_SPREADS = 1.28
"""Standard deviations from the mean to P90 of a normal; the surest way is the one least late at P90."""
WINTER_MONTHS = (11, 12, 1, 2, 3)
"""Months in which the winter limits of the sailings table hold."""


def route(atlas: Atlas, request: Request) -> Answer:
    """Options for `request`.

    Raises
    ------
    UnknownPlace, AmbiguousPlace
        when a name is not a place or is several.
    NoRoute
        when origin and destination are not connected; says where the network breaks.
    BadValue
        when an argument is out of range.

    Examples
    --------
    >>> route(atlas, Request("Altynkol", "Poti"))  # doctest: +SKIP
    """
    asked = prepare(atlas, request)
    depart = asked.depart
    ways = asked.ways(depart)
    due = None if request.arrive_by is None else parse_instant(request.arrive_by)
    if due is not None and request.depart is None:
        depart = due - dt.timedelta(hours=ways[0].hours)
        ways = asked.ways(depart)
    due_h = None if due is None else (due - depart).total_seconds() / 3600
    chosen = choose(asked.frozen, ways, asked.total_usd, request.alternatives)
    wanted = min(request.alternatives, MOST_ALTERNATIVES) - sum(label == "alternative" for label, _ in chosen)
    chosen += [("alternative", way) for way in asked.detours(depart, chosen, wanted)]
    shipped = request.shipments or shipments(asked.frozen.cargo.teu)
    surety = Surety(request.seed, depart.toordinal(), due_h, min(shipped, MOST_SHIPMENTS))
    options = []
    for label, way in chosen:
        option = make_option(label, asked.frozen, way, surety)
        option = replace(option, stops=asked.stops(way))
        options.append(with_charges(option, cost_lines(option, atlas, asked.frozen.cargo)))
    return Answer(
        request,
        asked.origin,
        asked.destination,
        depart,
        atlas.reference_date,
        asked.notes,
        tuple(options),
        atlas,
        surety.shipments,
    )


@dataclass(frozen=True)
class Asked:
    """A request resolved against the network: what is closed is closed, names are nodes."""

    atlas: Atlas
    frozen: FrozenNetwork
    origin: str
    destination: str
    depart: dt.datetime
    sources: Sequence[int]
    stages: Sequence[frozenset[int]]
    notes: tuple[str, ...]
    lang: str
    banned: tuple[str, ...] = ()

    def total_usd(self, way: Way) -> float:
        """What a way costs in all: its arcs, and the charges on the trip as a whole."""
        return priced(self.atlas, self.frozen.cargo, self.origin, self.destination)(way)

    def stops(self, way: Way) -> tuple[int, ...]:
        """Numbers of arcs of a way after which each via place is reached, in order."""
        found: list[int] = []
        if len(self.stages) > 1 and self.frozen.arcs[way.arcs[0]].from_place in self._places(0):
            found.append(0)
        for at, number in enumerate(way.arcs, start=1):
            if (
                len(found) < len(self.stages) - 1
                and self.frozen.graph.head[number] in self.stages[len(found)]
            ):
                found.append(at)
        return tuple(found)

    def _places(self, stage: int) -> set[str]:
        return {self.frozen.platforms[node][0] for node in self.stages[stage]}

    def ways(self, depart: dt.datetime) -> list[Way]:
        """Every way worth a look from `depart`, earliest first; NoRoute says where the network breaks."""
        finder = Finder(self.frozen, clocks_of(self.frozen, depart), self.sources, self.stages)
        ways = finder.ways()
        if not ways:
            mode = self.frozen.cargo.mode
            key = "error.no_route_rules" if self.banned else "error.no_route"
            rules = "; ".join(self.banned)
            raise NoRoute(key, mode=mode, rules=rules, **_break(self.atlas, finder, self.lang))
        return ways

    def detours(self, depart: dt.datetime, known: Sequence[tuple[str, Way]], count: int) -> list[Way]:
        """Up to `count` ways that something beats but that differ: next best when a crossing is shut.

        Each border and sea of the ways known is closed in turn; the soonest of what opens up is kept.
        """
        if count < 1:
            return []
        seen = {signature(self.frozen, way) for _, way in known}
        clocks = clocks_of(self.frozen, depart)
        todo: list[tuple[Way, frozenset[str]]] = [(way, frozenset()) for _, way in known]
        found: list[Way] = []
        for _ in range(MOST_SEARCHES):
            if not todo or len(found) >= count:
                break
            way, shut = todo.pop(0)
            for leg in dict.fromkeys(self.frozen.arcs[n].leg for n in way.arcs if self._marks(n)):
                without = shut | {leg}
                arcs = [n for n, arc in enumerate(self.frozen.arcs) if arc.leg in without]
                other = Finder(closed(self.frozen, arcs), clocks, self.sources, self.stages).ways()
                fresh = [w for w in other if signature(self.frozen, w) not in seen]
                if fresh and len(found) < count:
                    seen.add(signature(self.frozen, fresh[0]))
                    found.append(fresh[0])
                    todo.append((fresh[0], without))
        return sorted(found, key=lambda w: w.hours)

    def _marks(self, number: int) -> bool:
        arc = self.frozen.arcs[number]
        return bool(arc.crossing) or arc.kind == "sea"


def prepare(atlas: Atlas, request: Request) -> Asked:
    """Resolve names, close what is closed and avoided, and note what the reader should know.

    Raises
    ------
    UnknownPlace, AmbiguousPlace, BadValue, NoRoute
        as `route`.
    """
    request.check()
    gazetteer = atlas.gazetteer
    mode = request.cargo.mode
    origin, destination = (
        gazetteer.place(name, mode, request.lang) for name in (request.origin, request.destination)
    )
    if origin == destination:
        raise BadValue("error.same_place", name=gazetteer.name(origin, request.lang))
    via = [(gazetteer.place(name, mode, request.lang), name) for name in request.via]
    towns = [set(gazetteer.town(place, name)) for place, name in via]
    depart, notes = _departure(atlas, request)
    cargo = replace(request.cargo, winter=depart.month in WINTER_MONTHS)
    if cargo.tonnes is not None and cargo.tonnes > cargo.teu * LARGEST_T_PER_TEU:
        cargo = replace(cargo, teu=float(math.ceil(cargo.tonnes / LARGEST_T_PER_TEU)))
        notes.append(
            text("note.teu_from_tonnes", request.lang, tonnes=f"{cargo.tonnes:g}", teu=f"{cargo.teu:g}")
        )
    frozen = _without(atlas, atlas.frozen(cargo), request, [{origin}, {destination}, *towns])
    start, end = (str(gazetteer.places[place]["country"]) for place in (origin, destination))
    banned = blocked(atlas, frozen.arcs, cargo, start, end, depart.date())
    if banned:
        frozen = closed(frozen, banned)
    rules = {row["rule"]: row for row in binding(atlas, cargo, start, end, depart.date())}
    notes += [said(rules[rule], "blocked", cargo, request.lang) for rule in sorted(set(banned.values()))]
    notes += [
        said(row, "in_doubt", cargo, request.lang)
        for row in in_doubt(atlas, cargo, start, end, depart.date())
    ]
    stages = [frozenset(node for key in town for node in frozen.at_place.get(key, ())) for town in towns]
    stages.append(frozenset(frozen.at_place.get(destination, ())))
    sources = frozen.at_place.get(origin, ())
    stops = (origin, *(place for place, _ in via), destination)
    for place, nodes in zip(stops, (sources, *stages), strict=True):
        if not nodes:
            raise NoRoute("error.not_served", name=gazetteer.name(place, request.lang), mode=mode)
    return Asked(atlas, frozen, origin, destination, depart, sources, stages, tuple(notes), request.lang)


def choose(
    frozen: FrozenNetwork, ways: Sequence[Way], total_usd: Callable[[Way], float], alternatives: int
) -> list[tuple[str, Way]]:
    """The best way by each criterion, then further ones that differ in substance, soonest first.

    Every figure shown grows with hours, spread, dollars or emissions, so its best is among the ways
    that nothing beats.
    """
    best = {
        "fastest": min(ways, key=lambda w: (w.hours, total_usd(w))),
        "cheapest": min(ways, key=lambda w: (total_usd(w), w.hours)),
        "cleanest": min(ways, key=lambda w: (w.co2e_kg, w.hours)),
        "surest": min(ways, key=lambda w: (w.hours + P90_SPREADS * w.spread_h, w.hours)),
    }
    labels: dict[tuple[int, ...], list[str]] = {}
    for label, way in best.items():
        labels.setdefault(way.arcs, []).append(label)
    chosen = [("+".join(names), best[names[0]]) for names in labels.values()]
    seen = {signature(frozen, way) for _, way in chosen}
    for way in ways:
        if len(chosen) >= len(labels) + min(alternatives, MOST_ALTERNATIVES):
            break
        mark = signature(frozen, way)
        if mark not in seen:
            seen.add(mark)
            chosen.append(("alternative", way))
    return chosen


def _departure(atlas: Atlas, request: Request) -> tuple[dt.datetime, list[str]]:
    notes: list[str] = []
    default = dt.datetime.combine(atlas.reference_date, dt.time(0), tzinfo=dt.UTC)
    for option in (request.depart, request.arrive_by):
        if option is not None:
            try:
                instant = parse_instant(option)
            except ValueError:
                raise BadValue("error.instant", value=option) from None
            if instant < default:
                notes.append(text("note.past_departure", request.lang, date=atlas.reference_date.isoformat()))
            if option is request.depart:
                default = instant
    return default, notes


def _without(
    atlas: Atlas, frozen: FrozenNetwork, request: Request, kept: Sequence[set[str]]
) -> FrozenNetwork:
    """`frozen` without the arcs that touch what is avoided or closed; each stop of `kept` must stay open."""
    if not request.avoid and not request.close:
        return frozen
    places: set[str] = set()
    crossings: set[str] = set()
    countries: set[str] = set()
    for name in (*request.avoid, *request.close):
        found = atlas.gazetteer.targets(name, request.lang)
        if found["countries"]:
            countries |= set(found["countries"])
        elif found["crossings"]:
            crossings |= set(found["crossings"])
        else:
            places |= set(found["places"])  # a name closes every place that bears it
    states = {row["country"] for stop in kept[:2] for p in stop for row in [atlas.gazetteer.places[p]]}
    if states & countries:
        raise BadValue("error.avoids_itself", name=", ".join(sorted(states & countries)))
    for stop in kept:
        if stop <= places:
            raise BadValue("error.avoids_itself", name=", ".join(sorted(stop)))
    country_of = {place: row["country"] for place, row in atlas.gazetteer.places.items()}

    def usable(arc: Arc) -> bool:
        ends = {arc.from_place, arc.to_place}
        if arc.crossing in crossings or ends & places:
            return False
        return not {country_of[place] for place in ends} & countries

    return closed(frozen, [number for number, arc in enumerate(frozen.arcs) if not usable(arc)])


def _break(atlas: Atlas, finder: Finder, lang: str) -> dict[str, object]:
    """The nearest pair of places between what the origin reaches and what leads to the destination."""
    near = finder.reachable()
    far = finder.leading() - near
    rows = atlas.gazetteer.places
    near_list, far_list = sorted(near), sorted(far)
    gaps = distance_km(
        [[rows[a]["lat"]] for a in near_list], [[rows[a]["lon"]] for a in near_list],
        [rows[b]["lat"] for b in far_list], [rows[b]["lon"] for b in far_list],
    )  # fmt: skip
    position = int(gaps.argmin())
    a, b = near_list[position // len(far_list)], far_list[position % len(far_list)]
    return {
        "near": atlas.gazetteer.name(a, lang), "far": atlas.gazetteer.name(b, lang),
        "km": round(float(gaps.min())),
    }  # fmt: skip
