"""What is wrong, doubtful or out of date in a built network.

Question: can this network be trusted, row by row?
In and out: frames of a store and its reference date in; a `Report` of findings with row ids and
repairs out. Raises nothing for what it finds.
Method: one small rule a function; the findings of the build (arcs, borders, attachments) are kept.
Limits: it checks agreement and coverage, not truth; docs/traced-rows.md traces a sample by hand.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from daliz.barriers import Register
from daliz.corridors import trace_all
from daliz.engine.geodesy import distance_km
from daliz.errors import Finding, Report
from daliz.regime import Regime
from daliz.schema import check_keys, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    import polars as pl

    from daliz.schema import Row

__all__ = ["check"]

RESIDUAL_LIMIT = 0.02
IDENTICAL_LIMIT = 0.10
SHIP_KMH = (4.0, 50.0)
LINE_RATIO = 3.0


def check(frames: Mapping[str, pl.DataFrame], reference_date: dt.date) -> Report:
    """All findings on the tables of a store, errors first, and counts of the main tables."""
    findings = [
        *_kept(frames),
        *check_keys(frames),
        *_classes(frames),
        *_stale(frames, reference_date),
        *_coordinates(frames),
        *_pairs(frames),
        *_gauge_breaks(frames),
        *_link_lengths(frames),
        *_ship_speeds(frames),
        *_trains(frames),
        *_identical_steps(frames),
        *_residuals(frames),
        *_distances(frames),
        *_corridors(frames),
        *_isolated(frames),
        *_regime(frames),
        *Register.from_frames(frames).check(reference_date, frames),
    ]
    order = {"error": 0, "warning": 1, "note": 2}
    counts = {
        name: frames[name].height
        for name in ("places", "crossings", "corridors", "links", "procedures", "sources", "legs")
    }
    return Report(tuple(sorted(findings, key=lambda f: (order[f.level], f.table, f.row))), counts)


def _regime(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """Checklists at odds with themselves, and codes in their lists that the keys do not reach."""
    for finding in Regime.from_tables(frames).check(frames):
        if finding.message != "finding.dangling" or finding.values["column"] in ("after", "stops"):
            yield finding


def _rows(frames: Mapping[str, pl.DataFrame], name: str) -> Iterable[Row]:
    return frames[name].iter_rows(named=True)


def _kept(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    for row in _rows(frames, "build_findings"):
        level = row["level"]
        yield Finding(
            "error" if level == "error" else "warning" if level == "warning" else "note",
            str(row["table"]), str(row["row"]), str(row["message"]), str(row["repair"]),
            json.loads(str(row["values"] or "{}")),
        )  # fmt: skip


def _classes(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """A figure of a class other than assumed must name a source other than our own assumption."""
    for name, frame in frames.items():
        if not {"source", "quality"} <= set(frame.columns) or name in ("calibrated_steps", "legs"):
            continue
        key = table(name).primary
        for row in frame.iter_rows(named=True):
            if row["source"] == "daliz-assumption" and row["quality"] != "assumed":
                yield Finding(
                    "error", name, str(row[key]), "finding.class_without_source",
                    "repair.class_without_source", {"quality": row["quality"]},
                )  # fmt: skip


def _stale(frames: Mapping[str, pl.DataFrame], today: dt.date) -> Iterator[Finding]:
    for row in _rows(frames, "tariffs"):
        if row["valid_until"] < today:
            yield Finding(
                "warning", "tariffs", str(row["tariff"]), "finding.past_valid", "repair.past_valid",
                {"date": str(row["valid_until"])},
            )  # fmt: skip
    for row in _rows(frames, "sources"):
        if row["recheck_by"] is not None and row["recheck_by"] < today:
            yield Finding(
                "warning", "sources", str(row["source"]), "finding.recheck", "repair.recheck",
                {"date": str(row["recheck_by"])},
            )  # fmt: skip


def _coordinates(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    seen: dict[tuple[float, float], str] = {}
    for row in _rows(frames, "places"):
        at = (float(row["lat"]), float(row["lon"]))
        if at in seen:
            yield Finding(
                "error", "places", str(row["place"]), "finding.same_point", "repair.same_point",
                {"other": seen[at]},
            )  # fmt: skip
        seen[at] = str(row["place"])


def _pairs(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    country = {row["place"]: row["country"] for row in _rows(frames, "places")}
    paired: set[object] = set()
    for row in _rows(frames, "crossings"):
        paired |= {row["post_a"], row["post_b"]}
        if country[row["post_a"]] == country[row["post_b"]]:
            yield Finding(
                "error", "crossings", str(row["crossing"]), "finding.one_state", "repair.one_state",
                {"country": country[row["post_a"]]},
            )  # fmt: skip
    for row in _rows(frames, "places"):
        if row["kind"] == "border_post" and row["place"] not in paired:
            yield Finding("warning", "places", str(row["place"]), "finding.no_pair", "repair.no_pair")


def _gauge_breaks(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """A yard with two gauges needs a facility between them, or cargo is stuck in it."""
    joined: dict[str, set[str]] = defaultdict(set)
    for row in _rows(frames, "facilities"):
        if row["from_mode"] == row["to_mode"] == "rail":
            joined[str(row["place"])] |= {str(row["from_gauge_mm"]), str(row["to_gauge_mm"])}
    open_posts = {
        row[post]
        for row in _rows(frames, "crossings")
        for post in ("post_a", "post_b")
        if row["mode"] == "rail" and row["status"] in ("open", "limited")
    }
    helped = set(joined)
    for crossing in _rows(frames, "crossings"):
        pair = (str(crossing["post_a"]), str(crossing["post_b"]))
        if helped & set(pair):
            helped |= set(pair)
    for row in _rows(frames, "places"):
        gauges = {str(gauge) for gauge in row["gauges_mm"] or []}
        if "rail" in row["modes"] and not gauges:
            yield Finding("error", "places", str(row["place"]), "finding.no_gauge", "repair.no_gauge")
        if len(gauges) > 1 and not gauges <= joined[str(row["place"])] and row["place"] not in helped:
            level = "error" if row["place"] in open_posts else "warning"
            yield Finding(
                "error" if level == "error" else "warning", "places", str(row["place"]),
                "finding.gauge_break", "repair.gauge_break", {"gauges": ", ".join(sorted(gauges))},
            )  # fmt: skip


def _link_lengths(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    at = {row["place"]: (float(row["lat"]), float(row["lon"])) for row in _rows(frames, "places")}
    for row in _rows(frames, "links"):
        straight = float(distance_km(*at[row["from_place"]], *at[row["to_place"]]))
        km = float(row["distance_km"])
        values = {"km": round(km, 1), "straight_km": round(straight, 1)}
        if km < 0.98 * straight - 0.5:
            yield Finding("error", "links", str(row["link"]), "finding.shorter", "repair.shorter", values)
        elif km > LINE_RATIO * straight + 5 and row["mode"] != "sea":
            yield Finding("warning", "links", str(row["link"]), "finding.longer", "repair.longer", values)


def _ship_speeds(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    km = {row["link"]: float(row["distance_km"]) for row in _rows(frames, "links")}
    for row in _rows(frames, "sailings"):
        speed = km[row["link"]] / float(row["sailing_h"])
        if not SHIP_KMH[0] <= speed <= SHIP_KMH[1]:
            yield Finding(
                "error", "sailings", str(row["sailing"]), "finding.ship_speed", "repair.ship_speed",
                {"kmh": round(speed, 1), "low": SHIP_KMH[0], "high": SHIP_KMH[1]},
            )  # fmt: skip


def _trains(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """Trains that no rails carry from their first place to their last by their own service."""
    from daliz.freeze import freeze
    from daliz.model.frozen import Cargo

    rows = list(_rows(frames, "trains"))
    for service in sorted({str(row["service"]) for row in rows}):
        network = freeze(frames, Cargo(service=service))
        carried = {
            (arc.from_place, platform_place)
            for boarding in network.boardings
            for run in boarding.runs
            for arc in [network.arcs[run.departures[0]]]
            for platform_place in {network.platforms[node][0] for node in run.last}
        }
        for row in rows:
            ends = (str(row["from_place"]), str(row["to_place"]))
            if row["service"] == service and ends not in carried:
                yield Finding(
                    "warning", "trains", str(row["train"]), "finding.train_no_way", "repair.train_no_way",
                    {"service": service, "start": ends[0], "end": ends[1]},
                )  # fmt: skip


def step_vectors(frames: Mapping[str, pl.DataFrame]) -> dict[str, tuple[object, ...]]:
    """Steps of each process as (code, service, probability, weight), by process."""
    vectors: dict[str, list[object]] = defaultdict(list)
    for row in frames["procedures"].sort("seq", "procedure").iter_rows(named=True):
        process = f"{row['place']}|{row['mode']}|{row['direction']}"
        vectors[process].append((row["code"], row["service"], row["probability"], row["weight"]))
    return {process: tuple(vector) for process, vector in vectors.items()}


def _identical_steps(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    vectors = step_vectors(frames)
    times = Counter(vectors.values())
    rows = sum(len(vector) for vector in vectors.values())
    copies = {process: vector for process, vector in vectors.items() if times[vector] > 1}
    share = sum(len(vector) for vector in copies.values()) / rows if rows else 0.0
    for process, vector in copies.items():
        yield Finding(
            "note", "procedures", process, "finding.identical", "repair.identical", {"count": times[vector]}
        )
    if share > IDENTICAL_LIMIT:
        yield Finding(
            "error", "procedures", "*", "finding.identical_share", "repair.identical",
            {"share": f"{share:.0%}", "limit": f"{IDENTICAL_LIMIT:.0%}"},
        )  # fmt: skip


def _residuals(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    for row in _rows(frames, "calibrations"):
        if row["residual"] is not None and abs(float(row["residual"])) > RESIDUAL_LIMIT:
            yield Finding(
                "error", "calibrations", str(row["calibration"]), "finding.residual", "repair.residual",
                {"residual": f"{float(row['residual']):.1%}", "published_h": row["published_h"]},
            )  # fmt: skip
    done = {
        (row["place"], row["mode"], row["direction"]) for row in _rows(frames, "calibrations") if row["year"]
    }
    for row in _rows(frames, "published_times"):
        if row["scope"] != "post" or row["indicator"] != "tfi1_h" or row["direction"] == "both":
            continue
        if (row["key"], row["mode"], row["direction"]) not in done:
            yield Finding(
                "error", "published_times", str(row["figure"]), "finding.no_process", "repair.no_process"
            )


def _distances(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """Published distances against ours by the named mode: within 5 per cent or 5 km."""
    for row, km in measured_distances(frames):
        published = float(row["distance_km"])
        if km is None:
            yield Finding("warning", "distances", str(row["distance"]), "finding.no_way", "repair.no_way")
        elif abs(km - published) > max(5.0, 0.05 * published):
            yield Finding(
                "warning", "distances", str(row["distance"]), "finding.distance", "repair.distance",
                {"km": round(km), "published_km": round(published)},
            )  # fmt: skip


def measured_distances(
    frames: Mapping[str, pl.DataFrame],
) -> Iterator[tuple[Row, float | None]]:
    """Each row of `distances` with our shortest distance by its mode and via places, or None."""
    from daliz.corridors import shortest_km
    from daliz.freeze import freeze
    from daliz.model.frozen import Cargo

    frozen = {mode: freeze(frames, Cargo(mode=mode)) for mode in ("rail", "road", "sea")}
    for row in _rows(frames, "distances"):
        stops = [str(row["from_place"]), *[str(v) for v in row["via"] or []], str(row["to_place"])]
        parts = [shortest_km(frozen[str(row["mode"])], a, b) for a, b in zip(stops, stops[1:], strict=False)]
        if any(part is None for part in parts):
            yield row, None
        else:
            yield row, sum(arc.distance_km for part in parts for arc in part or [])


def _corridors(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    status = {row["corridor"]: row["status"] for row in _rows(frames, "corridors")}
    for corridor, trace in trace_all(frames).items():
        for start, end, mode in trace.gaps:
            level = "error" if status[corridor] == "open" else "warning"
            yield Finding(
                "error" if level == "error" else "warning", "corridors", corridor,
                "finding.corridor_gap", "repair.corridor_gap", {"start": start, "end": end, "mode": mode},
            )  # fmt: skip


def _isolated(frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """Places that nothing connects to the main piece of the network."""
    from daliz.freeze import freeze
    from daliz.model.frozen import Cargo

    network = freeze(frames, Cargo())
    piece: dict[str, str] = {row["place"]: row["place"] for row in _rows(frames, "places")}

    def root(place: str) -> str:
        while piece[place] != place:
            piece[place] = piece[piece[place]]
            place = piece[place]
        return place

    for arc in network.arcs:
        piece[root(arc.from_place)] = root(arc.to_place)
    sizes = Counter(root(place) for place in piece)
    main = max(sizes, key=lambda place: sizes[place])
    for place in piece:
        if root(place) != main:
            yield Finding(
                "warning", "places", place, "finding.isolated", "repair.isolated",
                {"count": sizes[root(place)]},
            )  # fmt: skip
