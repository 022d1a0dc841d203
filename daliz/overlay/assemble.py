"""All modes, crossings and curated links put together into one table of legs.

Question: over which legs may cargo move, on which gauge, and what was done to the base graph for it?
In and out: curated frames, base graphs and a state-of-a-point function in; an `Overlay` of declared
tables out.
Method: see `borders`, `attach` and `contract`; the gauge of a rail leg is one that both of its ends
have in their yards.
Limits: where both ends have two gauges and lie more than 60 km apart inside one state, only the main
gauge of the state is believed to run all the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import Finding
from daliz.overlay.attach import Attached, Point, attach
from daliz.overlay.borders import Lines, bridge, classify, parts_astray
from daliz.overlay.contract import Contractor, Way, curated_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

    from daliz.io.basegraph import BaseGraph
    from daliz.overlay.borders import StateOf
    from daliz.schema import Row

DUAL_GAUGE_KM = 60.0
LINKED_KINDS = ("port", "terminal", "dry_port")


@dataclass(frozen=True)
class Overlay:
    """What the assembly made: rows of declared tables, findings, and the lines of each mode."""

    legs: list[Row]
    attachments: list[Row]
    built_bridges: list[Row]
    cut_arcs: list[Row]
    findings: list[Finding]
    lines: dict[str, Lines]


def assemble(
    frames: Mapping[str, pl.DataFrame],
    bases: Iterable[BaseGraph],
    state_of: StateOf,
    progress: Callable[[str], None] = lambda _: None,
) -> Overlay:
    """The overlay of `frames` on `bases`. `progress` is told the stage by name."""
    made = Overlay([], [], [], [], [], {})
    places = {row["place"]: row for row in frames["places"].iter_rows(named=True)}
    for base in bases:
        states = {str(row["country"]) for row in places.values() if base.mode in row["modes"]}
        progress(f"borders {base.mode}")
        lines, cut, findings = classify(
            base, state_of, states, frames["chord_decisions"].iter_rows(named=True)
        )
        made.cut_arcs.extend(cut)
        made.findings.extend(findings)
        lines, bridges = bridge(lines, frames["bridges"].iter_rows(named=True), state_of)
        made.built_bridges.extend(bridges)
        made.lines[base.mode] = lines
        progress(f"places {base.mode}")
        linked = _linked(frames, base.mode, lambda row: row["basis"] != "planned")
        points = [
            _point(row, row["place"] in linked and row["kind"] in LINKED_KINDS)
            for row in places.values()
            if base.mode in row["modes"]
        ]
        attached = attach(lines, points)
        made.attachments.extend(attached.rows)
        made.cut_arcs.extend(parts_astray(attached.lines, len(lines.lat), state_of))
        progress(f"legs {base.mode}")
        _contract(base.mode, attached, frames, places, made)
    for link in frames["links"].iter_rows(named=True):
        made.legs.append(_link_leg(link, places))
    made.legs.sort(key=lambda leg: str(leg["leg"]))
    return made


def _point(row: Row, linked: bool) -> Point:
    return Point(row["place"], row["country"], row["lat"], row["lon"], linked)


def _linked(frames: Mapping[str, pl.DataFrame], mode: str, which: Callable[[Row], bool]) -> set[str]:
    """Places at the ends of curated links of a mode."""
    return {
        place
        for row in frames["links"].iter_rows(named=True)
        if row["mode"] == mode and which(row)
        for place in (row["from_place"], row["to_place"])
    }


def _contract(
    mode: str,
    attached: Attached,
    frames: Mapping[str, pl.DataFrame],
    places: Mapping[str, Row],
    made: Overlay,
) -> None:
    pairs_linked = {
        frozenset((row["from_place"], row["to_place"]))
        for row in frames["links"].iter_rows(named=True)
        if row["mode"] == mode
    }
    contractor = Contractor(attached, curated_shapes(frames["shapes"].iter_rows(named=True), mode))
    for way in contractor.legs():
        made.legs.extend(_base_legs(mode, way, places, frames, made.findings))
    for crossing in frames["crossings"].iter_rows(named=True):
        if crossing["mode"] != mode:
            continue
        over = contractor.crossing(crossing["post_a"], crossing["post_b"])
        pair = frozenset((crossing["post_a"], crossing["post_b"]))
        if over is None and crossing["distance_km"] is None:
            if pair not in pairs_linked:
                made.findings.append(_no_line(crossing))
            continue
        made.legs.extend(_crossing_legs(crossing, over, places, made.findings))
    crossing_posts = {
        post for row in frames["crossings"].iter_rows(named=True) for post in (row["post_a"], row["post_b"])
    }
    joined = _linked(frames, mode, lambda _: True) | crossing_posts
    for place in attached.missing:
        if place not in joined:
            made.findings.append(
                Finding("error", "places", place, "finding.off_network", "repair.off_network", {"mode": mode})
            )


def _no_line(crossing: Row) -> Finding:
    level = "error" if crossing["status"] in ("open", "limited") else "note"
    return Finding(
        "error" if level == "error" else "note", "crossings", str(crossing["crossing"]),
        "finding.no_line", "repair.no_line", {"mode": crossing["mode"]},
    )  # fmt: skip


def gauges_between(a: Row, b: Row, distance_km: float, main: int | None) -> list[int]:
    """Rail gauges in mm on which a leg between places `a` and `b` can be run."""
    shared = sorted(
        {int(g) for g in _words(a["gauges_mm"])} & {int(g) for g in _words(b["gauges_mm"])}, reverse=True
    )
    far = distance_km > DUAL_GAUGE_KM and a["country"] == b["country"]
    if len(shared) > 1 and far and main in shared:
        return [main]
    return shared


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else []


def _shape_text(shape: list[tuple[float, float]]) -> str:
    return ";".join(f"{lat} {lon}" for lat, lon in shape)


def _base_legs(
    mode: str,
    way: Way,
    places: Mapping[str, Row],
    frames: Mapping[str, pl.DataFrame],
    findings: list[Finding],
) -> list[Row]:
    a, b = places[way.from_place], places[way.to_place]
    gauges: list[int | None] = [None]
    if mode == "rail":
        gauges = list(gauges_between(a, b, way.distance_km, _main_gauge(frames, str(a["country"]))))
        if not gauges:
            findings.append(
                Finding("note", "places", f"{way.from_place} - {way.to_place}", "finding.gauge_gap",
                        "repair.gauge_gap", {"km": round(way.distance_km)})
            )  # fmt: skip
    return [
        {
            "leg": _leg_id(mode, way.from_place, way.to_place, gauge), "kind": "leg", "mode": mode,
            "from_place": way.from_place, "to_place": way.to_place, "gauge_mm": gauge,
            "distance_km": round(way.distance_km, 3), "country_a": a["country"], "country_b": b["country"],
            "status": "open", "shape": _shape_text(way.shape), "source": "osm-scgraph", "quality": "derived",
        }
        for gauge in gauges
    ]  # fmt: skip


def _main_gauge(frames: Mapping[str, pl.DataFrame], country: str) -> int | None:
    for row in frames["countries"].iter_rows(named=True):
        if row["country"] == country and row["main_gauge_mm"]:
            return int(row["main_gauge_mm"])
    return None


def _leg_id(mode: str, a: str, b: str, gauge: int | None) -> str:
    return f"{mode}{gauge or ''}-{a}-{b}"


def _crossing_legs(
    crossing: Row, way: Way | None, places: Mapping[str, Row], findings: list[Finding]
) -> list[Row]:
    post_a, post_b = str(crossing["post_a"]), str(crossing["post_b"])
    a, b = places[post_a], places[post_b]
    given = crossing["distance_km"]
    km = float(given) if given is not None else way.distance_km if way else 0.0
    gauges: list[int | None] = [None]
    if crossing["mode"] == "rail":
        gauges = list(gauges_between(a, b, km, None))
        if not gauges:
            findings.append(
                Finding("error", "crossings", str(crossing["crossing"]), "finding.gauge_gap",
                        "repair.gauge_gap", {"km": round(km)})
            )  # fmt: skip
    shape = way.shape if way else [(float(p["lat"]), float(p["lon"])) for p in (a, b)]
    return [
        {
            "leg": _leg_id(str(crossing["mode"]), post_a, post_b, gauge), "kind": "crossing",
            "mode": crossing["mode"], "from_place": post_a, "to_place": post_b, "gauge_mm": gauge,
            "crossing": crossing["crossing"], "distance_km": round(km, 3),
            "country_a": a["country"], "country_b": b["country"], "status": crossing["status"],
            "shape": _shape_text(shape),
            "source": crossing["source"] if given is not None else "osm-scgraph",
            "quality": crossing["quality"] if given is not None else "derived",
        }
        for gauge in gauges
    ]  # fmt: skip


def _link_leg(link: Row, places: Mapping[str, Row]) -> Row:
    a, b = places[str(link["from_place"])], places[str(link["to_place"])]
    ends = [f"{p['lat']} {p['lon']}" for p in (a, b)]
    shape = ";".join([ends[0], *([str(link["shape"])] if link["shape"] else []), ends[1]])
    gauge = int(link["gauge_mm"]) if link["gauge_mm"] else None
    return {
        "leg": str(link["link"]), "kind": "link", "mode": link["mode"],
        "from_place": link["from_place"], "to_place": link["to_place"], "gauge_mm": gauge,
        "link": link["link"], "distance_km": link["distance_km"],
        "country_a": a["country"], "country_b": b["country"], "status": link["status"],
        "open_from": link["open_from"], "electrified": link["electrified"], "tracks": link["tracks"],
        "shape": shape, "source": link["source"], "quality": link["quality"],
    }  # fmt: skip
