"""The whole ground: every node of the rail and road graphs, joined by posts, ports and terminals.

Question: how far, how long, how dear and how clean is it between any two points, by which lines and posts?
In and out: a store, its `Atlas` and a `Cargo` in; a `Ground` out, which is asked by names or coordinates.
Method: the frozen overlay with its procedures, waits and charges, and under it both base graphs. Base arcs
that cross a border are closed: states are left through posts only. A place is joined to the ends of the arc
it lies on; on rails by its platform of the state's main gauge, so that gauges are changed where the overlay
changes them. One contraction hierarchy holds all of it; a criterion is one set of weights on it.
Limits: hours are expected hours without clocks: opening hours and timetables are what `route` adds. Rails
off the main gauge are searched as legs between places. Charges on the trip as a whole are not in.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.geodesy import distance_km
from daliz.engine.hierarchy import (
    FAR,
    Metric,
    Topology,
    Way,
    alternatives,
    better_order,
    contract,
    first_order,
)
from daliz.engine.hierarchy import whole as metric_of
from daliz.errors import BadValue, UnknownPlace
from daliz.freeze import DEFAULT_SERVICE
from daliz.freeze.rates import Rates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from daliz.model.frozen import Arc, Cargo, FrozenNetwork
    from daliz.routing.atlas import Atlas
    from daliz.store import Store

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["CRITERIA", "Ground", "Line", "Stretch"]

CRITERIA = {"km": 0.001, "hours": 0.001, "usd": 0.01, "co2e": 0.01}
"""What a line can be least in, and the unit that lengths are whole multiples of."""

MODES = ("rail", "road")
NEAR_KM = 50.0
"""Farthest that a point may lie from a line; a choice of method."""

_KEPT = "ground-order.npz"
_OWN = ("hours", "usd", "co2e")
_MEASURED = ("lat", "lon", "km")


@dataclass(frozen=True)
class Stretch:
    """A part of a line: along lines of one mode in one state, or one crossing, sailing or transfer.

    `arc` is that arc of the overlay, None along lines; `places` are those at its ends, or passed on the
    lines; `points` are (lat, lon).
    """

    mode: str
    country: str
    arc: Arc | None
    places: tuple[str, ...]
    km: float
    hours: float
    usd: float
    co2e_kg: float
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Line:
    """A line between two points; figures are sums over its stretches."""

    by: str
    stretches: tuple[Stretch, ...]
    arcs: Ints

    def total(self, figure: str) -> float:
        """Sum of `km`, `hours`, `usd` or `co2e_kg`."""
        return sum(float(getattr(stretch, figure)) for stretch in self.stretches)

    @property
    def crossings(self) -> tuple[str, ...]:
        """Posts passed, in order."""
        return tuple(s.arc.crossing for s in self.stretches if s.arc is not None and s.arc.crossing)


@dataclass(frozen=True)
class _Base:
    """One base graph as it stands in the ground: where its nodes begin, and where they lie."""

    mode: str
    begins: int
    lat: Floats
    lon: Floats
    country: NDArray[np.str_]


class Ground:
    """The joined graph of a store for one cargo. Safe to ask from many threads; nothing in it changes."""

    def __init__(self, store: Store, atlas: Atlas, cargo: Cargo) -> None:
        self.atlas, self.cargo = atlas, cargo
        self.frozen: FrozenNetwork = atlas.frozen(cargo)
        self._store = store
        self._bases: dict[str, _Base] = {}
        parts: dict[str, list[NDArray[np.generic]]] = {
            name: [] for name in ("tail", "head", "km", "mode", "country", "overlay")
        }
        begins = 0
        for number, mode in enumerate(MODES):
            lat, lon, km = (np.asarray(store.array(mode, name), dtype=np.float64) for name in _MEASURED)
            tail, head = (np.asarray(store.array(mode, name), dtype=np.int64) for name in ("tail", "head"))
            country = np.asarray(store.array(mode, "country"))
            inside = ~np.asarray(store.array(mode, "crossing"), dtype=bool)
            self._bases[mode] = _Base(mode, begins, lat, lon, country)
            tail, head, km = tail[inside], head[inside], km[inside]
            _add(parts, begins + tail, begins + head, km, number, country[tail])
            _add(parts, begins + head, begins + tail, km, number, country[tail])
            begins += len(lat)
        self._platforms = begins
        self._join(parts)
        self.nodes = begins + len(self.frozen.platforms)
        self._overlay(parts)
        joined = {name: np.concatenate(values) for name, values in parts.items()}
        self.tail, self.head = joined["tail"].astype(np.int64), joined["head"].astype(np.int64)
        self.km = joined["km"].astype(np.float64)
        self._mode, self._country = joined["mode"].astype(np.int8), joined["country"]
        self.overlay = joined["overlay"].astype(np.int64)
        self.metric = lru_cache(maxsize=len(CRITERIA))(self._metric)

    def _join(self, parts: dict[str, list[NDArray[np.generic]]]) -> None:
        """Arcs between places and the ends of the base arcs they lie on."""
        gauge = {
            r["country"]: r["main_gauge_mm"] for r in self.atlas.frames["countries"].iter_rows(named=True)
        }
        places = self.atlas.gazetteer.places
        number = {platform: at for at, platform in enumerate(self.frozen.platforms)}
        rows = []
        for row in self._store.frame("attachments").iter_rows(named=True):
            base, state = self._bases[row["mode"]], places[row["place"]]["country"]
            track = f"rail{gauge[state]}" if row["mode"] == "rail" else "road"
            platform = number.get((row["place"], track))
            if platform is None:
                continue
            for node, km in (
                (row["tail_node"], row["chainage_km"]),
                (row["head_node"], row["arc_km"] - row["chainage_km"]),
            ):
                if base.country[node] == state:
                    ends = self._platforms + platform, base.begins + node
                    rows.append((*ends, max(0.0, km) + row["spur_km"], MODES.index(row["mode"]), state))
        for tail, head, km, mode, state in rows:
            for a, b in ((tail, head), (head, tail)):
                _add(parts, np.array([a]), np.array([b]), np.array([km]), mode, np.array([state]))

    def _overlay(self, parts: dict[str, list[NDArray[np.generic]]]) -> None:
        """The arcs of the frozen network; departures of trains lead nowhere and stay out by themselves."""
        graph, count = self.frozen.graph, len(self.frozen.arcs)
        tail = np.repeat(np.arange(len(graph.indptr) - 1), np.diff(graph.indptr))
        parts["tail"].append(self._platforms + tail)
        parts["head"].append(self._platforms + np.asarray(graph.head, dtype=np.int64))
        parts["km"].append(np.array([arc.distance_km for arc in self.frozen.arcs]))
        parts["mode"].append(np.full(count, len(MODES), dtype=np.int8))
        parts["country"].append(np.array([arc.country for arc in self.frozen.arcs], dtype="<U2"))
        parts["overlay"].append(np.arange(count))

    @cached_property
    def topology(self) -> Topology:
        """The contracted ground. Its order is kept in the store, and made anew where it is not there."""
        return contract(self.nodes, self.tail, self.head, self._order())

    def _names(self) -> NDArray[np.str_]:
        return np.array(["/".join(platform) for platform in self.frozen.platforms])

    def _order(self) -> Ints:
        """The kept order, fitted to the platforms of this cargo; else a first one."""
        try:
            with np.load(self._store.folder / _KEPT) as held:
                base, names = held["order"], held["names"]
        except (OSError, ValueError, KeyError):
            return first_order(self.nodes, self.tail, self.head)
        if len(base) != self._platforms + len(names):
            return first_order(self.nodes, self.tail, self.head)
        mine = {name: self._platforms + at for at, name in enumerate(self._names().tolist())}
        known = [mine.get(name, -1) for name in names.tolist()]
        number = np.concatenate([np.arange(self._platforms), np.array(known, dtype=np.int64)])
        order = number[base]
        order = order[order >= 0]
        rest = np.ones(self.nodes, dtype=bool)
        rest[order] = False
        return np.concatenate([order, np.flatnonzero(rest)])

    def keep_order(self) -> None:
        """Find a better order and keep it in the store for the next start."""
        lat, lon = self._where
        order = better_order(self.nodes, self.tail, self.head, lon * np.cos(np.radians(lat)), lat)
        path = self._store.folder / _KEPT
        with contextlib.suppress(OSError):  # a store that cannot be written is ordered anew at each start
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
                np.savez(file, order=order, names=self._names())
            Path(file.name).replace(path)

    @property
    def kept(self) -> bool:
        """Whether an order is kept in the store."""
        return (self._store.folder / _KEPT).exists()

    @cached_property
    def _where(self) -> tuple[Floats, Floats]:
        """Coordinates of all nodes."""
        places = self.atlas.gazetteer.places
        at = [places[place] for place, _ in self.frozen.platforms]
        lat = [base.lat for base in self._bases.values()]
        lon = [base.lon for base in self._bases.values()]
        return (
            np.concatenate([*lat, np.array([row["lat"] for row in at], dtype=np.float64)]),
            np.concatenate([*lon, np.array([row["lon"] for row in at], dtype=np.float64)]),
        )

    @cached_property
    def figures(self) -> Mapping[str, Floats]:
        """Kilometres, hours, dollars and kg CO2e of every arc, float64[m]; hours are inf where closed."""
        rates = Rates(self.atlas.frames, self.cargo)
        made = {"km": self.km} | {name: np.zeros(len(self.km)) for name in _OWN}
        for number, mode in enumerate(MODES):
            service = self.frozen.cargo.service or DEFAULT_SERVICE[mode]
            if rates.services[service]["mode"] != mode:
                service = DEFAULT_SERVICE[mode]
            of_mode = self._mode == number
            for country in np.unique(self._country[of_mode]).tolist():
                here = of_mode & (self._country == country)
                made["hours"][here] = self.km[here] * rates.move_h(service, country, 1.0)[0]
                made["usd"][here] = self.km[here] * rates.cost_usd(service, 1.0, country)[0]
                made["co2e"][here] = self.km[here] * rates.co2e_kg(service, country, 1.0)
            if self.cargo.mode not in ("any", mode):
                made["hours"][of_mode] = np.inf
        over = self.overlay >= 0
        behind = self.overlay[over]
        for name, values in zip(
            _OWN, (self.frozen.graph.hours, self.frozen.cost_usd, self.frozen.co2e_kg), strict=True
        ):
            made[name][over] = np.asarray(values)[behind]
        return made

    def _metric(self, by: str) -> tuple[Metric, float]:
        """Weights for one criterion and the unit of one."""
        weights = np.where(np.isinf(self.figures["hours"]), np.inf, self.figures[by])
        return metric_of(self.topology, weights, CRITERIA[by])

    def at(self, point: str) -> Ints:
        """Nodes of a place by any of its names, or the nearest of each mode to `lat,lon`.

        Raises
        ------
        UnknownPlace, AmbiguousPlace
            when the name is not one place, or no line is near the coordinates.
        BadValue
            when coordinates are on no map.
        """
        where = _coordinates(point)
        if where is None:
            place = self.atlas.gazetteer.place(point, self.cargo.mode)
            nodes = self.frozen.at_place.get(place, ())
            return self._platforms + np.asarray(nodes, dtype=np.int64)
        found = []
        for base in self._bases.values():
            if self.cargo.mode not in ("any", base.mode):
                continue
            away = distance_km(base.lat, base.lon, *where)
            nearest = int(np.argmin(away))
            if away[nearest] <= NEAR_KM:
                found.append(base.begins + nearest)
        if not found:
            raise UnknownPlace("error.no_line_near", point=point, km=round(NEAR_KM))
        return np.array(found, dtype=np.int64)

    def lines(
        self, origin: str, destination: str, by: str = "hours", most: int = 1, close: Iterable[str] = ()
    ) -> list[Line]:
        """Up to `most` different lines, the best first; none where nothing leads there.

        `close` are ids of legs, crossings, links or places that are shut; a place shuts what it does, and
        base lines through it stay open.

        Raises
        ------
        BadValue
            when a criterion is unknown.
        UnknownPlace, AmbiguousPlace
            when a point or a closure is.
        """
        if by not in CRITERIA:
            raise BadValue("error.choice", option="by", value=by, allowed=", ".join(CRITERIA))
        metric, _ = self.metric(by)
        shut = self._shut(list(close))
        if len(shut):
            metric = metric.changed(shut, np.full(len(shut), FAR))
        sources, targets = self.at(origin), self.at(destination)
        lengths = metric.matrix(sources, targets, threads=1)
        if not lengths.size or lengths.min() >= FAR:
            return []
        a, b = np.unravel_index(int(np.argmin(lengths)), lengths.shape)
        ways = alternatives(metric, int(sources[a]), int(targets[b]), most)
        return [self._line(way, by) for way in ways]

    def _shut(self, close: Sequence[str]) -> Ints:
        found: list[int] = []
        begun = len(self.tail) - len(self.frozen.arcs)
        for word in close:
            mine = [
                begun + at
                for at, arc in enumerate(self.frozen.arcs)
                if word in (arc.crossing, arc.leg, arc.from_place, arc.to_place)
            ]
            if not mine:
                raise UnknownPlace("error.ground_close", value=word)
            found += mine
        return np.unique(np.array(found, dtype=np.int64))

    def _line(self, way: Way, by: str) -> Line:
        """Stretches of a way: lines of one mode and state together, other arcs each by itself."""
        keys = [self._kind(int(arc)) for arc in way.arcs]
        stretches: list[Stretch] = []
        at = 0
        while at < len(way.arcs):
            end = at + 1
            while keys[at][2] < 0 and end < len(way.arcs) and keys[end] == keys[at]:
                end += 1
            arcs = way.arcs[at:end]
            mode, country, other = keys[at]
            km, hours, usd, co2e_kg = (float(self.figures[name][arcs].sum()) for name in ("km", *_OWN))
            arc = self.frozen.arcs[other] if other >= 0 else None
            points = tuple(self._points(arcs))
            stretches.append(Stretch(mode, country, arc, self._places(arcs), km, hours, usd, co2e_kg, points))
            at = end
        return Line(by, tuple(stretches), way.arcs)

    def _kind(self, arc: int) -> tuple[str, str, int]:
        """Mode and state of a land line and -1; else the mode and the number of the arc of the overlay."""
        over = int(self.overlay[arc])
        if over < 0:
            return MODES[self._mode[arc]], str(self._country[arc]), -1
        held = self.frozen.arcs[over]
        return held.mode, held.country, -1 if held.kind == "leg" else over

    def _places(self, arcs: Ints) -> tuple[str, ...]:
        nodes = np.concatenate([self.tail[arcs[:1]], self.head[arcs]]) - self._platforms
        passed = [self.frozen.platforms[node][0] for node in nodes.tolist() if node >= 0]
        return tuple(place for at, place in enumerate(passed) if at == 0 or place != passed[at - 1])

    def _points(self, arcs: Ints) -> Iterator[tuple[float, float]]:
        lat, lon = self._where
        for arc in arcs.tolist():
            over = int(self.overlay[arc])
            drawn = _shape(self.frozen.arcs[over]) if over >= 0 else ()
            yield from drawn or (
                (float(lat[node]), float(lon[node])) for node in (self.tail[arc], self.head[arc])
            )


def _add(
    parts: dict[str, list[NDArray[np.generic]]], tail: Ints, head: Ints, km: Floats, mode: int,
    country: NDArray[np.str_],
) -> None:  # fmt: skip
    """Add base arcs, which no arc of the overlay stands for."""
    parts["tail"].append(tail)
    parts["head"].append(head)
    parts["km"].append(km)
    parts["mode"].append(np.full(len(tail), mode, dtype=np.int8))
    parts["country"].append(country)
    parts["overlay"].append(np.full(len(tail), -1))


def _coordinates(point: str) -> tuple[float, float] | None:
    """Latitude and longitude of `lat,lon`; None for a name.

    Raises
    ------
    BadValue
        when they are on no map.
    """
    words = point.split(",")
    if len(words) != 2:
        return None
    try:
        lat, lon = float(words[0]), float(words[1])
    except ValueError:
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise BadValue("error.coordinates", point=point)
    return lat, lon


def _shape(arc: Arc) -> tuple[tuple[float, float], ...]:
    """Points of an arc of the overlay in the direction travelled; none where it has no shape."""
    if not arc.shape:
        return ()
    pairs = [tuple(float(word) for word in point.split()) for point in arc.shape.split(";")]
    return tuple((pair[0], pair[1]) for pair in (pairs[::-1] if arc.backward else pairs))
