"""Options from A to B: fastest, cheapest, cleanest, on mean values, with every step shown.

Question: which ways are there for this cargo, how long, how much, over which borders, and on what ground?
In and out: an `Atlas` (tables of a store) and a `Request` in; an `Answer` out, which prints itself.
Method: exact label-setting search on the frozen overlay (`engine.search`), hours by the clock of each
post; spread by seeded Monte Carlo (`engine.spread`).
Limits: one criterion an option; terminal to terminal: the stay at the first and last place is not counted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from daliz.engine.geodesy import distance_km
from daliz.engine.search import Found, Graph, search
from daliz.engine.spread import RHO, quantiles
from daliz.errors import BadValue, NoRoute
from daliz.freeze import TABLES, freeze
from daliz.gazetteer import Gazetteer
from daliz.i18n import text
from daliz.model.frozen import Arc, Cargo, FrozenNetwork, Step
from daliz.units import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from daliz.schema import Row
    from daliz.store import Store

__all__ = ["Answer", "Atlas", "Option", "Request", "route"]

QUALITIES = ("measured", "published", "derived", "assumed")
MODES = ("any", "rail", "road", "sea")
GROUNDS = ("published", "measured", "sla")
_ALTERNATIVE_PENALTY = 1.6
_MOST_ALTERNATIVES = 8


@dataclass(frozen=True)
class Request:
    """What is asked. Names may be in any of three languages; instants are ISO 8601."""

    origin: str
    destination: str
    via: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    depart: str | None = None
    arrive_by: str | None = None
    cargo: Cargo = field(default_factory=Cargo)
    seed: int = 0
    alternatives: int = 0
    lang: str = "en"


class Atlas:
    """The tables of one store, read once, with frozen networks kept for the cargoes asked for lately."""

    def __init__(self, store: Store) -> None:
        manifest = store.manifest()
        self.reference_date = dt.date.fromisoformat(str(manifest["reference_date"]))
        self.manifest = manifest
        self.frames = store.frames(TABLES)
        self.gazetteer = Gazetteer(self.frames)
        self.sources = {row["source"]: row for row in self.frames["sources"].iter_rows(named=True)}
        self.services = {row["service"]: row for row in self.frames["services"].iter_rows(named=True)}
        self.codes = {row["code"]: row for row in self.frames["activity_codes"].iter_rows(named=True)}
        self.frozen = lru_cache(maxsize=16)(lambda cargo: freeze(self.frames, cargo))


@dataclass(frozen=True)
class Option:
    """One way: its arcs, its figures and the label it earned."""

    label: str
    arcs: tuple[Arc, ...]
    waits_h: tuple[float, ...]
    time_mean_h: float
    time_p50_h: float
    time_p90_h: float
    cost_usd: float
    co2e_kg: float

    @property
    def distance_km(self) -> float:
        """Kilometres over all legs."""
        return sum(arc.distance_km for arc in self.arcs)

    @property
    def service(self) -> str:
        """Service classes in the order they are used, each once."""
        used = dict.fromkeys(arc.service for arc in self.arcs if arc.service)
        return "+".join(used)


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

    def as_dict(self, geometry: bool = False) -> Row:
        """Plain data, names in the language of the request."""
        lang, gazetteer = self.request.lang, self.atlas.gazetteer
        return {
            "origin": {"place": self.origin, "name": gazetteer.name(self.origin, lang)},
            "destination": {"place": self.destination, "name": gazetteer.name(self.destination, lang)},
            "depart": self.depart.isoformat(),
            "reference_date": self.reference_date.isoformat(),
            "seed": self.request.seed,
            "correlation": {"rho": RHO, "quality": "assumed"},
            "counts": text("route.counts", lang),
            "notes": list(self.notes),
            "options": [_option_dict(option, self.atlas, lang, geometry) for option in self.options],
        }

    def __str__(self) -> str:
        lines = [
            f"{option.label}: {option.time_mean_h:.0f} h, {option.cost_usd:.0f} USD, "
            f"{option.distance_km:.0f} km"
            for option in self.options
        ]
        return "\n".join(lines)


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
    _validate(request)
    gazetteer = atlas.gazetteer
    mode = request.cargo.mode
    origin, destination = gazetteer.place(request.origin, mode), gazetteer.place(request.destination, mode)
    if origin == destination:
        raise BadValue("error.same_place", name=gazetteer.name(origin, request.lang))
    via = [(gazetteer.place(name, mode), name) for name in request.via]
    towns = [set(gazetteer.town(place, name)) for place, name in via]
    frozen = _without(atlas, atlas.frozen(request.cargo), request, [{origin}, {destination}, *towns])
    depart, notes = _departure(atlas, request)
    stages = [frozenset(node for key in town for node in frozen.at_place.get(key, ())) for town in towns]
    stages.append(frozenset(frozen.at_place.get(destination, ())))
    sources = frozen.at_place.get(origin, ())
    stops = (origin, *(place for place, _ in via), destination)
    for place, nodes in zip(stops, (sources, *stages), strict=True):
        if not nodes:
            raise NoRoute(
                "error.not_served", name=gazetteer.name(place, request.lang), mode=request.cargo.mode
            )
    find = _Finder(frozen, depart, sources, stages)
    best, reached = find.best(None)
    if best is None:
        raise NoRoute("error.no_route", **_break(atlas, frozen, reached, stages, request.lang))
    if request.arrive_by is not None and request.depart is None:
        deadline = parse_instant(request.arrive_by)
        depart = deadline - dt.timedelta(hours=best.hours)
        find = _Finder(frozen, depart, sources, stages)
        best = find.best(None)[0] or best
    found = [("fastest", best)]
    for label, weight in (("cheapest", frozen.cost_usd), ("cleanest", frozen.co2e_kg)):
        way, _ = find.best(weight)
        if way is not None:
            found.append((label, way))
    found += find.alternatives(best, min(request.alternatives, _MOST_ALTERNATIVES))
    options = _distinct(find, found, request.seed)
    return Answer(
        request, origin, destination, depart, atlas.reference_date, tuple(notes), tuple(options), atlas
    )


def _validate(request: Request) -> None:
    cargo = request.cargo
    if cargo.mode not in MODES:
        raise BadValue("error.choice", option="mode", value=cargo.mode, allowed=", ".join(MODES))
    if cargo.ground not in GROUNDS:
        raise BadValue("error.choice", option="with", value=cargo.ground, allowed=", ".join(GROUNDS))
    for name, value in (("teu", cargo.teu), ("tonnes", cargo.tonnes), ("value-usd", cargo.value_usd)):
        if value is not None and not 0 < value < 1e9:
            raise BadValue("error.positive", option=name, value=value)
    if request.alternatives < 0:
        raise BadValue("error.positive", option="alternatives", value=request.alternatives)


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
    for row in _rules(atlas, request, default.date()):
        notes.append(text("note.eligibility", request.lang, rule=row["rule"], note=row["note"] or ""))
    return default, notes


def _rules(atlas: Atlas, request: Request, day: dt.date) -> Iterable[Row]:
    """Eligibility rules in force that name the HS code asked for (applied in full by the router)."""
    hs = request.cargo.hs
    if hs is None:
        return
    for row in atlas.frames["eligibility"].iter_rows(named=True):
        named = row["hs"] and any(hs.startswith(prefix) for prefix in row["hs"])
        if named and row["valid_from"] <= day and (row["valid_until"] is None or day <= row["valid_until"]):
            yield row


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
        found = atlas.gazetteer.targets(name)
        if found["countries"]:
            countries |= set(found["countries"])
        elif found["crossings"]:
            crossings |= set(found["crossings"])
        else:
            places |= set(found["places"])  # a name closes every place that bears it
    for stop in kept:
        if stop <= places:
            raise BadValue("error.avoids_itself", name=", ".join(sorted(stop)))
    country_of = {place: row["country"] for place, row in atlas.gazetteer.places.items()}

    def usable(arc: Arc) -> bool:
        ends = {arc.from_place, arc.to_place}
        if arc.crossing in crossings or ends & places:
            return False
        return not {country_of[place] for place in ends} & countries

    hours = [
        hour if usable(arc) else float("inf")
        for hour, arc in zip(frozen.graph.hours, frozen.arcs, strict=True)
    ]
    graph = frozen.graph
    return replace(frozen, graph=Graph(graph.indptr, graph.head, hours, graph.gate))


class _Finder:
    """Searches on one frozen network from one departure."""

    def __init__(
        self,
        frozen: FrozenNetwork,
        depart: dt.datetime,
        sources: Sequence[int],
        stages: Sequence[frozenset[int]],
    ) -> None:
        self._frozen, self._depart, self._sources, self._stages = frozen, depart, sources, stages

    def wait(self, gate: int, hours: float) -> float:
        """Wait at both posts of a gate for a shipment that comes `hours` after departure."""
        at = self._frozen.gates[gate]
        if hours == float("inf"):
            return 0.0
        first = at.first.wait_h(self._depart + dt.timedelta(hours=hours))
        second = at.second.wait_h(self._depart + dt.timedelta(hours=hours + first + at.between_h))
        return first + second

    def best(self, weight: Sequence[float] | None) -> tuple[Found | None, set[int]]:
        """Best way by hours (None) or by a weight per arc, closed arcs left out."""
        closed = [hours == float("inf") for hours in self._frozen.graph.hours]
        if weight is not None:
            weight = [float("inf") if shut else w for w, shut in zip(weight, closed, strict=True)]
        found, reached = search(self._frozen.graph, weight, self.wait, self._sources, self._stages)
        if found is not None and found.hours == float("inf"):
            return None, reached
        return found, reached

    def alternatives(self, best: Found, count: int) -> list[tuple[str, Found]]:
        """Up to `count` other ways by hours: each border, port and leg used before costs more."""
        used: dict[str, float] = {}
        ways: list[tuple[str, Found]] = []
        seen = {self._borders(best)}
        latest = best
        for _ in range(3 * count):
            if len(ways) >= count:
                break
            for number in latest.arcs:
                arc = self._frozen.arcs[number]
                used[arc.leg] = used.get(arc.leg, 1.0) * _ALTERNATIVE_PENALTY
            graph = self._frozen.graph
            penalised = [
                hours * used.get(arc.leg, 1.0)
                for hours, arc in zip(graph.hours, self._frozen.arcs, strict=True)
            ]
            way, _ = self.best(penalised)
            if way is None:
                break
            latest = way
            if self._borders(way) not in seen:
                seen.add(self._borders(way))
                ways.append(("alternative", way))
        return ways

    def _borders(self, found: Found) -> tuple[str, ...]:
        return tuple(
            arc.crossing or arc.leg
            for arc in (self._frozen.arcs[n] for n in found.arcs)
            if arc.crossing or arc.kind == "sea"
        )

    def option(self, label: str, found: Found, seed: int) -> Option:
        """Figures of a way found."""
        arcs = tuple(self._frozen.arcs[number] for number in found.arcs)
        at, waits = 0.0, []
        for number, arc in zip(found.arcs, arcs, strict=True):
            gate = self._frozen.graph.gate[number]
            wait = arc.fixed_wait_h + (self.wait(gate, at) if gate >= 0 else 0.0)
            waits.append(wait)
            at += wait + arc.move_h + sum(step.hours for step in arc.steps)
        mean, cv, probability = _parts(arcs, waits)
        p50, p90 = quantiles(mean, cv, probability, seed)
        return Option(
            label, arcs, tuple(waits), at, p50, p90,
            sum(self._frozen.cost_usd[number] for number in found.arcs),
            sum(self._frozen.co2e_kg[number] for number in found.arcs),
        )  # fmt: skip


def _parts(arcs: Sequence[Arc], waits: Sequence[float]) -> tuple[list[float], list[float], list[float]]:
    """Means, spreads and probabilities of everything that takes time; movement on one service is one part."""
    moves: dict[str, tuple[float, float]] = {}
    mean, cv, probability = [], [], []
    for arc, wait in zip(arcs, waits, strict=True):
        if arc.kind in ("leg", "crossing"):
            hours, _ = moves.get(arc.service, (0.0, 0.0))
            moves[arc.service] = (hours + arc.move_h, arc.move_cv)
        elif arc.move_h > 0:
            mean.append(arc.move_h)
            cv.append(arc.move_cv)
            probability.append(1.0)
        if wait > 0:
            mean.append(wait)
            cv.append(0.58 if arc.kind == "sea" else 0.0)
            probability.append(1.0)
        for step in arc.steps:
            mean.append(step.mean_h)
            cv.append(step.cv)
            probability.append(step.probability)
    for hours, spread in moves.values():
        mean.append(hours)
        cv.append(spread)
        probability.append(1.0)
    return mean, cv, probability


def _distinct(find: _Finder, found: list[tuple[str, Found]], seed: int) -> list[Option]:
    """Options without repeats: a way that is best twice keeps both labels."""
    labels: dict[tuple[int, ...], list[str]] = {}
    ways: dict[tuple[int, ...], Found] = {}
    for label, way in found:
        labels.setdefault(way.arcs, []).append(label)
        ways.setdefault(way.arcs, way)
    return [find.option("+".join(dict.fromkeys(names)), ways[arcs], seed) for arcs, names in labels.items()]


def _break(
    atlas: Atlas, frozen: FrozenNetwork, reached: set[int], stages: Sequence[frozenset[int]], lang: str
) -> dict[str, object]:
    """The nearest pair of places between what the origin reaches and what leads to the destination."""
    backward: dict[int, list[int]] = {}
    for tail in range(len(frozen.platforms)):
        for arc in range(frozen.graph.indptr[tail], frozen.graph.indptr[tail + 1]):
            if frozen.graph.hours[arc] != float("inf"):
                backward.setdefault(frozen.graph.head[arc], []).append(tail)
    near = {frozen.platforms[node][0] for node in reached}
    seen, todo = set(stages[-1]), list(stages[-1])
    while todo:
        for node in backward.get(todo.pop(), ()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    far = {frozen.platforms[node][0] for node in seen} - near or {frozen.platforms[n][0] for n in stages[-1]}
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
        "km": round(float(gaps.min())), "mode": frozen.cargo.mode,
    }  # fmt: skip


def _option_dict(option: Option, atlas: Atlas, lang: str, geometry: bool) -> Row:
    legs = _merged_legs(option, atlas, lang, geometry)
    hours = dict.fromkeys(QUALITIES, 0.0)
    for arc, wait in zip(option.arcs, option.waits_h, strict=True):
        hours[arc.quality] += arc.move_h
        hours[arc.wait_quality] += wait
        for step in arc.steps:
            hours[step.quality] += step.hours
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
    """Crossings passed, with the hours spent at both posts, gauge change there included."""
    rows: list[Row] = []
    posts: dict[str, Row] = {}
    for arc, wait in zip(option.arcs, option.waits_h, strict=True):
        steps_h = sum(step.hours for step in arc.steps)
        if arc.crossing:
            crossing = atlas.gazetteer.crossings[arc.crossing]
            row: Row = {
                "crossing": arc.crossing, "name": crossing.get(f"name_{lang}") or crossing["name_en"],
                "hours": steps_h + wait, "from": arc.from_place, "to": arc.to_place,
            }  # fmt: skip
            rows.append(row)
            posts[arc.from_place] = posts[arc.to_place] = row
        elif arc.kind == "transfer" and arc.from_place in posts and rows:
            posts[arc.from_place]["hours"] = float(posts[arc.from_place]["hours"]) + steps_h + arc.move_h
    for row in rows:
        row["hours"] = round(float(row["hours"]), 2)
    return rows


def _step_dict(step: Step, atlas: Atlas, lang: str) -> Row:
    code = atlas.codes[step.code]
    return {
        "code": step.code, "name": code.get(f"name_{lang}") or code["name_en"],
        "place": step.place, "place_name": atlas.gazetteer.name(step.place, lang), "party": step.party,
        "probability": step.probability, "hours": round(step.hours, 3), "cost_usd": round(step.cost_usd, 2),
        "cost_quality": step.cost_quality, "source": step.source, "quality": step.quality,
        "basis": step.basis, "year": step.year,
    }  # fmt: skip


def _merged_legs(option: Option, atlas: Atlas, lang: str, geometry: bool) -> list[Row]:
    """Arcs joined into legs: one a state, mode, gauge and service; borders, seas and transfers apart."""
    legs: list[Row] = []
    pending: list[Arc] = []
    pending_waits: list[float] = []

    def flush() -> None:
        if pending:
            legs.append(_leg_dict(pending, pending_waits, atlas, lang, geometry))
            pending.clear()
            pending_waits.clear()

    for arc, wait in zip(option.arcs, option.waits_h, strict=True):
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


def _leg_dict(arcs: Sequence[Arc], waits: Sequence[float], atlas: Atlas, lang: str, geometry: bool) -> Row:
    first, last = arcs[0], arcs[-1]
    name = atlas.gazetteer.name
    leg: Row = {
        "mode": first.mode, "kind": first.kind, "service": first.service,
        "from": name(first.from_place, lang), "to": name(last.to_place, lang),
        "from_place": first.from_place, "to_place": last.to_place,
        "through": [name(arc.to_place, lang) for arc in arcs[:-1]],
        "crossing": first.crossing or None, "gauge_mm": first.gauge_mm,
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
