"""Which arcs of the base graph stay in their state, which cross, and which need a decision.

Question: may traffic use this arc, and in which state does it run?
In and out: one mode's base graph, a state-of-a-point function and the curated decisions in; `Lines` out.
Method: states of nodes by polygons; chords sampled every kilometre; an arc whose ends lie in two
states is a crossing arc and carries no traffic unless a curated crossing re-inserts it; an arc whose
ends share a state but whose chord leaves it follows its curated verdict, and is cut while undecided.
Limits: the true line may wander where the chord does not; that is what the decisions record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.geodesy import distance_km, sample_chords
from daliz.engine.graph import components
from daliz.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from daliz.io.basegraph import BaseGraph
    from daliz.schema import Row

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    StateOf = Callable[[Floats, Floats], NDArray[np.str_]]

SPACING_KM = 1.0
LONGEST_RATIO = 3.0
"""Arcs longer than this many times their great circle are flagged (in the base graph P99 is 1.45)."""

EXTENT = (5.0, 75.0, -12.0, 150.0)
"""South, north, west and east limits in degrees within which states are looked up."""

BRIDGE_KM = 2.0
_AUTOMATIC = "dead end within 2 km of another piece"


@dataclass(frozen=True)
class Lines:
    """Nodes and edges of one mode inside the states of the network.

    lat, lon, country: shape (n,). tail, head, km, crossing: shape (m,); `crossing` edges join two
    states and are closed to traffic. `origin` names where an edge comes from: base, bridge.
    """

    mode: str
    lat: Floats
    lon: Floats
    country: NDArray[np.str_]
    tail: Ints
    head: Ints
    km: Floats
    crossing: NDArray[np.bool_]
    origin: NDArray[np.str_]


def classify(
    base: BaseGraph,
    state_of: StateOf,
    states: Iterable[str],
    decisions: Iterable[Row],
) -> tuple[Lines, list[Row], list[Finding]]:
    """The lines of `base` inside `states`, the rows of `cut_arcs`, and findings on odd arcs."""
    south, north, west, east = EXTENT
    near = (base.lat > south) & (base.lat < north) & (base.lon > west) & (base.lon < east)
    country = np.full(len(base.lat), "", dtype="<U2")
    country[near] = state_of(base.lat[near], base.lon[near])
    wanted = np.isin(country, list(states))
    kept = wanted[base.tail] & wanted[base.head]
    number = np.cumsum(wanted) - 1
    lat, lon, country = base.lat[wanted], base.lon[wanted], country[wanted]
    tail, head, km = number[base.tail[kept]], number[base.head[kept]], base.km[kept]
    crossing = country[tail] != country[head]
    outside_km, third = _excursions(lat, lon, country, tail, head, state_of)
    astray = ~crossing & (outside_km > 0)
    verdicts = {_decision_key(row): row for row in decisions if row["mode"] == base.mode}
    keep = np.ones(len(tail), dtype=bool)
    cut_rows: list[Row] = []
    findings: list[Finding] = []
    for arc in np.flatnonzero(astray | crossing):
        ends = _ends(lat, lon, int(tail[arc]), int(head[arc]))
        row = {
            "mode": base.mode, **ends, "distance_km": float(km[arc]),
            "country_a": str(country[tail[arc]]), "country_b": str(country[head[arc]]),
            "third": third.get(int(arc), ""), "outside_km": round(float(outside_km[arc]), 2),
        }  # fmt: skip
        if crossing[arc]:
            cut_rows.append(row | {"fate": "crossing", "reason": "ends in two states"})
            continue
        decided = verdicts.get(_decision_key(row))
        verdict = str(decided["verdict"]) if decided else "undecided"
        keep[arc] = verdict == "artefact"
        reason = str(decided["reason"]) if decided else ""
        cut_rows.append(row | {"fate": verdict, "reason": reason})
        if decided is None:
            findings.append(_undecided(row))
    findings += _odd_lengths(base.mode, lat, lon, tail, head, km)
    lines = Lines(
        base.mode, lat, lon, country, tail[keep], head[keep], km[keep], crossing[keep],
        np.full(int(keep.sum()), "base", dtype="<U6"),
    )  # fmt: skip
    return lines, cut_rows, findings


def _excursions(
    lat: Floats, lon: Floats, country: NDArray[np.str_], tail: Ints, head: Ints, state_of: StateOf
) -> tuple[Floats, dict[int, str]]:
    """Km of each chord that lie in a state other than its tail's, and which states those are."""
    at_lat, at_lon, chord, _ = sample_chords(lat[tail], lon[tail], lat[head], lon[head], SPACING_KM)
    state = state_of(at_lat, at_lon)
    foreign = (state != country[tail][chord]) & (state != "")
    samples = np.bincount(chord, minlength=len(tail))
    length = distance_km(lat[tail], lon[tail], lat[head], lon[head])
    outside = np.bincount(chord[foreign], minlength=len(tail)) * length / (samples + 1)
    third: dict[int, set[str]] = {}
    for arc, name in zip(chord[foreign].tolist(), state[foreign].tolist(), strict=True):
        third.setdefault(arc, set()).add(name)
    return outside, {arc: ";".join(sorted(names)) for arc, names in third.items()}


def _ends(lat: Floats, lon: Floats, a: int, b: int) -> dict[str, float]:
    return {"lat_a": float(lat[a]), "lon_a": float(lon[a]), "lat_b": float(lat[b]), "lon_b": float(lon[b])}


def _decision_key(row: Row) -> tuple[object, ...]:
    def rounded(name: str) -> float:
        return round(float(row[name]), 3)

    ends = sorted([(rounded("lat_a"), rounded("lon_a")), (rounded("lat_b"), rounded("lon_b"))])
    return (row["mode"], *ends)


def _undecided(row: Row) -> Finding:
    where = f"{row['lat_a']:.3f},{row['lon_a']:.3f} - {row['lat_b']:.3f},{row['lon_b']:.3f}"
    return Finding(
        "error", "chord_decisions", f"{row['mode']} {where}", "finding.undecided", "repair.undecided",
        {"country": row["country_a"], "third": row["third"], "km": row["outside_km"]},
    )  # fmt: skip


def _odd_lengths(mode: str, lat: Floats, lon: Floats, tail: Ints, head: Ints, km: Floats) -> list[Finding]:
    straight = distance_km(lat[tail], lon[tail], lat[head], lon[head])
    rounding_km = 0.2
    short = km < straight - rounding_km
    long = (km > LONGEST_RATIO * straight) & (km > 5)
    return [
        Finding(
            "note", f"base_{mode}", f"{lat[tail[arc]]:.3f},{lon[tail[arc]]:.3f}",
            "finding.arc_short" if short[arc] else "finding.arc_long", "repair.arc_length",
            {"km": round(float(km[arc]), 1), "straight_km": round(float(straight[arc]), 1)},
        )
        for arc in np.flatnonzero(short | long)
    ]  # fmt: skip


def bridge(lines: Lines, curated: Iterable[Row], state_of: StateOf) -> tuple[Lines, list[Row]]:
    """`lines` with gaps mended, and one row with a reason for each bridge.

    Curated bridges join the base nodes nearest to their ends. Then, within one state only, each
    dead end is joined to the nearest node of another piece within 2 km.
    """
    from scipy.spatial import cKDTree

    rows: list[Row] = []
    tree = cKDTree(_on_sphere(lines.lat, lines.lon))
    pairs: list[tuple[int, int, float]] = []
    for given in (row for row in curated if row["mode"] == lines.mode):
        ends = [
            int(tree.query(_on_sphere(np.array([given[f"lat_{e}"]]), np.array([given[f"lon_{e}"]])))[1][0])
            for e in "ab"
        ]
        km = float(given["distance_km"])
        pairs.append((ends[0], ends[1], km))
        rows.append(_bridge_row(lines, ends[0], ends[1], km, str(given["reason"]), str(given["source"])))
    inside = ~lines.crossing  # a piece that hangs together only over a border is still a gap at home
    piece = components(
        len(lines.lat),
        np.concatenate([lines.tail[inside], np.array([p[0] for p in pairs], dtype=np.int64)]),
        np.concatenate([lines.head[inside], np.array([p[1] for p in pairs], dtype=np.int64)]),
    )
    degree = np.bincount(np.concatenate([lines.tail, lines.head]), minlength=len(lines.lat))
    merged = {int(label): int(label) for label in np.unique(piece)}

    def root(label: int) -> int:
        while merged[label] != label:
            label = merged[label]
        return label

    found = []
    dead = np.flatnonzero(degree <= 1)
    reach = 2 * np.sin(BRIDGE_KM / 6371.0088 / 2)
    for node, near in zip(
        dead, tree.query_ball_point(_on_sphere(lines.lat[dead], lines.lon[dead]), reach), strict=True
    ):
        other = np.array(
            [n for n in near if n != node and lines.country[n] == lines.country[node]], dtype=np.int64
        )
        if len(other) == 0:
            continue
        gap = distance_km(lines.lat[node], lines.lon[node], lines.lat[other], lines.lon[other])
        for km, target in sorted(zip(gap.tolist(), other.tolist(), strict=True)):
            if piece[target] != piece[node]:
                found.append((km, int(node), int(target)))
    for gap_km, a, b in sorted(_staying(lines, found, state_of)):
        if root(int(piece[a])) == root(int(piece[b])):
            continue
        merged[root(int(piece[a]))] = root(int(piece[b]))
        length = max(gap_km, 0.05)
        pairs.append((a, b, length))
        rows.append(_bridge_row(lines, a, b, length, _AUTOMATIC, "osm-scgraph"))
    if not pairs:
        return lines, rows
    added = np.array([[p[0], p[1]] for p in pairs], dtype=np.int64)
    return Lines(
        lines.mode, lines.lat, lines.lon, lines.country,
        np.concatenate([lines.tail, added[:, 0]]), np.concatenate([lines.head, added[:, 1]]),
        np.concatenate([lines.km, np.array([p[2] for p in pairs])]),
        np.concatenate([lines.crossing, lines.country[added[:, 0]] != lines.country[added[:, 1]]]),
        np.concatenate([lines.origin, np.full(len(pairs), "bridge", dtype="<U6")]),
    ), rows  # fmt: skip


def parts_astray(split: Lines, nodes_before: int, state_of: StateOf) -> list[Row]:
    """Parts of split arcs whose chords leave their state, as rows of `cut_arcs`.

    The whole arc was decided, or cut at a crossing; its parts keep their true kilometres, and only the
    straight line drawn between a place and the next node strays.
    """
    new = np.flatnonzero(((split.tail >= nodes_before) | (split.head >= nodes_before)) & ~split.crossing)
    tail, head = split.tail[new], split.head[new]
    outside_km, third = _excursions(split.lat, split.lon, split.country, tail, head, state_of)
    return [
        {
            "mode": split.mode, **_ends(split.lat, split.lon, int(tail[part]), int(head[part])),
            "distance_km": float(split.km[new[part]]),
            "country_a": str(split.country[tail[part]]), "country_b": str(split.country[head[part]]),
            "third": third.get(int(part), ""), "outside_km": round(float(outside_km[part]), 2),
            "fate": "artefact", "reason": "part of an arc split at a place; schematic between its ends",
        }
        for part in np.flatnonzero(outside_km > 0)
    ]  # fmt: skip


def _staying(
    lines: Lines, found: list[tuple[float, int, int]], state_of: StateOf
) -> list[tuple[float, int, int]]:
    """The gaps whose chord does not leave the state of its ends."""
    if not found:
        return []
    ends = np.array([[a, b] for _, a, b in found], dtype=np.int64)
    outside, _ = _excursions(lines.lat, lines.lon, lines.country, ends[:, 0], ends[:, 1], state_of)
    return [gap for gap, km in zip(found, outside.tolist(), strict=True) if km == 0]


def _on_sphere(lat: Floats, lon: Floats) -> Floats:
    phi, lam = np.radians(np.asarray(lat, dtype=float)), np.radians(np.asarray(lon, dtype=float))
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def _bridge_row(lines: Lines, a: int, b: int, km: float, reason: str, source: str) -> Row:
    return {
        "mode": lines.mode, **_ends(lines.lat, lines.lon, a, b), "distance_km": round(km, 3),
        "country": str(lines.country[a]), "reason": reason, "source": source,
    }  # fmt: skip
