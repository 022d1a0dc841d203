"""Curated places put on the lines by chainage.

Question: where along which arc does a place lie?
In and out: lines and places in; lines whose arcs are split at the places, a node for each place, and
rows saying how each was attached, out.
Method: an arc of true length L between u and v can pass through P only if d(u,P) + d(P,v) <= L.
Among arcs near the place the one with the smallest distance off its chord, plus three times the
excess over L, is split at L d(u,P) / (d(u,P) + d(P,v)), so kilometres are conserved. Every other arc
that passes within 0.8 km is split at the same node: a station is where its lines meet, and a line that
slips past beside it would let traffic through a closed place. A gap of up to 6 km is the distance
between a town and its line and is forgiven; a place farther off is joined by a spur as long as the gap.
Where the chainage is an end of the arc within half a kilometre, the junction there is the place.
Limits: coordinates are good to about 100 m at best; parallel tracks are told apart in `contract`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.geodesy import distance_km, off_chord_km
from daliz.engine.graph import components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from daliz.overlay.borders import Lines

SEARCH_KM = 40.0
SPUR_LIMIT_KM = 30.0
_EXCESS_WEIGHT = 3.0
_ISLAND_NODES = 60
_ISLAND_PENALTY_KM = 12.0
_FOREIGN_PENALTY_KM = 60.0
MEETING_KM = 0.8
TOWN_KM = 6.0
JUNCTION_KM = 0.5


@dataclass(frozen=True)
class Point:
    """A place to attach: id, state, position in degrees.

    `linked` when it is a port or terminal that a curated link joins to the lines: then a line far off
    is not its own.
    """

    place: str
    country: str
    lat: float
    lon: float
    linked: bool = False


@dataclass(frozen=True)
class Attached:
    """Lines split at the places; `node[place]` is the node of each attached place."""

    lines: Lines
    node: dict[str, int]
    rows: list[dict[str, object]]
    missing: list[str]


def attach(lines: Lines, points: Sequence[Point]) -> Attached:
    """Split arcs of `lines` at `points`; places farther than 30 km from any line are `missing`."""
    island = _islands(lines)
    choices: dict[int, list[tuple[float, Point, float]]] = {}
    rows: list[dict[str, object]] = []
    missing: list[str] = []
    junction: dict[str, int] = {}
    for point in points:
        chosen = _choose(lines, island, point)
        if chosen is None:
            missing.append(point.place)
            continue
        edge, fraction, off_km, spur_km = chosen[0]
        end = _end_reached(lines, edge, fraction, point)
        if end is not None and not spur_km and end not in junction.values():
            junction[point.place] = end
        for other, at, _, spur in chosen:
            if junction.get(point.place, -1) not in (lines.tail[other], lines.head[other]):
                choices.setdefault(other, []).append((at, point, spur))
        rows.append(
            {"place": point.place, "mode": lines.mode, "off_chord_km": round(off_km, 3),
             "spur_km": round(spur_km, 3), "arc_km": round(float(lines.km[edge]), 3),
             "chainage_km": round(fraction * float(lines.km[edge]), 3),
             "tail_node": int(lines.tail[edge]), "head_node": int(lines.head[edge])}
        )  # fmt: skip
    return _split(lines, choices, junction, rows, missing)


def _end_reached(lines: Lines, edge: int, fraction: float, point: Point) -> int | None:
    """The end node of the arc that the chainage falls on, when it lies in the place's state."""
    length = float(lines.km[edge])
    for end, away_km in (
        (int(lines.tail[edge]), fraction * length),
        (int(lines.head[edge]), (1 - fraction) * length),
    ):
        if away_km <= JUNCTION_KM and lines.country[end] == point.country:
            return end
    return None


def _islands(lines: Lines) -> NDArray[np.bool_]:
    piece = components(len(lines.lat), lines.tail, lines.head)
    size = np.bincount(piece)
    return np.asarray(size[piece][lines.tail] < _ISLAND_NODES)


def _choose(
    lines: Lines, island: NDArray[np.bool_], point: Point
) -> list[tuple[int, float, float, float]] | None:
    """(arc, fraction, km off its chord, spur km): the best arc first, then those that meet it there."""
    reach_deg = SEARCH_KM / 111.2
    tail, head = lines.tail, lines.head
    low = np.minimum(lines.lat[tail], lines.lat[head]) - reach_deg
    high = np.maximum(lines.lat[tail], lines.lat[head]) + reach_deg
    near = np.flatnonzero((low < point.lat) & (point.lat < high))
    wide = reach_deg / max(0.1, np.cos(np.radians(point.lat)))
    west = np.minimum(lines.lon[tail[near]], lines.lon[head[near]]) - wide
    east = np.maximum(lines.lon[tail[near]], lines.lon[head[near]]) + wide
    near = near[(west < point.lon) & (point.lon < east)]
    own = (lines.country[tail[near]] == point.country) | (lines.country[head[near]] == point.country)
    if len(near) == 0:
        return None
    ends_a = lines.lat[tail[near]], lines.lon[tail[near]]
    ends_b = lines.lat[head[near]], lines.lon[head[near]]
    off, foot = off_chord_km(point.lat, point.lon, ends_a, ends_b)
    to_a = distance_km(point.lat, point.lon, *ends_a)
    to_b = distance_km(point.lat, point.lon, *ends_b)
    km = lines.km[near]
    excess = np.maximum(0.0, to_a + to_b - km * 1.01 - 0.15)
    score = (
        off + _EXCESS_WEIGHT * excess
        + _ISLAND_PENALTY_KM * island[near] + _FOREIGN_PENALTY_KM * ~own
    )  # fmt: skip
    best = int(np.argmin(score))
    fits = excess[best] == 0
    if not own[best] or (not fits and off[best] > SEARCH_KM):
        return None
    total = to_a + to_b
    spur = 0.0 if fits or off[best] <= TOWN_KM else float(off[best])
    if spur > SPUR_LIMIT_KM or (point.linked and off[best] > TOWN_KM):
        return None
    fraction = float(to_a[best] / total[best]) if fits and total[best] > 0 else float(foot[best])
    chosen = [(int(near[best]), fraction, float(off[best]), spur)]
    if fits:
        meeting = np.flatnonzero(own & (excess == 0) & (off <= MEETING_KM) & (total > 0))
        chosen += [
            (int(near[i]), float(to_a[i] / total[i]), float(off[i]), 0.0) for i in meeting if i != best
        ]
    return chosen


def _split(
    lines: Lines,
    choices: dict[int, list[tuple[float, Point, float]]],
    junction: dict[str, int],
    rows: list[dict[str, object]],
    missing: list[str],
) -> Attached:
    lat, lon, country = list(lines.lat), list(lines.lon), list(lines.country)
    keep = np.ones(len(lines.tail), dtype=bool)
    tail, head, km, origin = [], [], [], []
    node = dict(junction)

    def new_node(at: Point, at_lat: float, at_lon: float) -> int:
        lat.append(at_lat)
        lon.append(at_lon)
        country.append(at.country)
        return len(lat) - 1

    def add(a: int, b: int, length: float, kind: str) -> None:
        tail.append(a)
        head.append(b)
        km.append(length)
        origin.append(kind)

    for edge, on_edge in choices.items():
        keep[edge] = False
        a, b, length = int(lines.tail[edge]), int(lines.head[edge]), float(lines.km[edge])
        done = 0.0
        last = a
        for fraction, point, spur_km in sorted(on_edge, key=lambda item: item[0]):
            if spur_km:
                at_lat = lines.lat[a] + fraction * (lines.lat[b] - lines.lat[a])
                at_lon = lines.lon[a] + fraction * (lines.lon[b] - lines.lon[a])
                joint = new_node(point, float(at_lat), float(at_lon))
                node[point.place] = new_node(point, point.lat, point.lon)
                add(joint, node[point.place], spur_km, "spur")
            else:
                joint = node.get(point.place, -1)
                if joint < 0:
                    joint = node[point.place] = new_node(point, point.lat, point.lon)
            add(last, joint, (fraction - done) * length, "base")
            done, last = fraction, joint
        add(last, b, (1 - done) * length, "base")
    states = np.array(country)
    all_tail = np.concatenate([lines.tail[keep], np.array(tail, dtype=np.int64)])
    all_head = np.concatenate([lines.head[keep], np.array(head, dtype=np.int64)])
    split = replace(
        lines, lat=np.array(lat), lon=np.array(lon), country=states, tail=all_tail, head=all_head,
        km=np.concatenate([lines.km[keep], np.array(km)]),
        crossing=states[all_tail] != states[all_head],
        origin=np.concatenate([lines.origin[keep], np.array(origin, dtype="<U6")]),
    )  # fmt: skip
    return Attached(split, node, rows, missing)
