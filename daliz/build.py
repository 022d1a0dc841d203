"""From curated tables and data packages to a store.

Question: how is the whole network made on a fresh machine?
In and out: a folder of curated tables, a cache of data packages and a store in; a written store out.
Method: validate, read the base graphs, assemble the overlay, calibrate the procedures, list where
two sources disagree on the state of a node, write all at once.
Limits: some 20 seconds and under 2 GB; the figures of the last build are in the manifest.
"""

from __future__ import annotations

import json
import resource
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from daliz.calibration import calibrate
from daliz.engine.geodesy import distance_km, sample_chords
from daliz.errors import BadValue, Finding
from daliz.io.basegraph import read
from daliz.io.boundaries import NaturalEarth, ZonePolygons
from daliz.io.packages import NATURAL_EARTH, SCGRAPH, fetch
from daliz.model.network import CURATED, Network
from daliz.overlay import assemble
from daliz.schema import table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    from daliz.io.basegraph import BaseGraph
    from daliz.overlay import Overlay
    from daliz.store import Store

__all__ = ["build", "curated_folder", "keep_order", "warm_kernels"]

MODES = ("rail", "road")
NEEDED = ("activity_codes", "countries", "hub_energy", "places", "services", "sources", "speeds")
"""Tables without which there is no network: one of them missing or empty is refused."""
SEA_SPACING_KM = 10.0
PORT_KM = 30.0
ATTRIBUTION = "© OpenStreetMap contributors (ODbL 1.0); Natural Earth; GeoNames (CC BY 4.0); UNECE UN/LOCODE"


def curated_folder() -> Path:
    """Folder of the curated tables that ship with the package."""
    return Path(str(files("daliz") / "data"))


def build(
    store: Store,
    cache: Path,
    reference_date: dt.date,
    curated: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, object]:
    """Make the store and return its manifest.

    Raises
    ------
    BadTable
        when curated rows break their schema; nothing is written.
    BadValue
        when the folder has no curated tables or lacks a needed one, or a data package is missing or is
        not the pinned one.
    """
    started = time.monotonic()
    progress("tables")
    network = Network.from_folder(curated or curated_folder())
    empty = [name for name in NEEDED if network.frames[name].is_empty()]
    if empty:
        raise BadValue("error.tables_empty", folder=str(curated or curated_folder()), tables=", ".join(empty))
    progress("packages")
    graphs, polygons = fetch(SCGRAPH, cache), fetch(NATURAL_EARTH, cache)
    states = ZonePolygons()
    progress("base graphs")
    bases = [read(graphs, mode) for mode in MODES]
    overlay = assemble(network.frames, bases, states.countries, progress)
    progress("second source")
    second = NaturalEarth(polygons)
    disagreements = _disagreements(overlay, second)
    overlay.findings.extend(misplaced(network, states))
    overlay.findings.extend(over_land(overlay, second))
    progress("procedures")
    calibrations, steps = calibrate(network.frames)
    frames = {name: network.frames[name] for name in CURATED} | {
        "legs": table("legs").frame(overlay.legs),
        "attachments": _numbered("attachments", overlay.attachments, ("place", "mode")),
        "built_bridges": _numbered("built_bridges", overlay.built_bridges, ()),
        "cut_arcs": _numbered("cut_arcs", overlay.cut_arcs, ()),
        "country_disagreements": _numbered("country_disagreements", disagreements, ()),
        "calibrations": table("calibrations").frame(calibrations),
        "calibrated_steps": table("calibrated_steps").frame(steps),
        "build_findings": _findings(overlay),
    }
    progress("store")
    manifest = _manifest(reference_date, bases, started)
    store.write(frames, _arrays(overlay), manifest)
    return store.manifest()


def _numbered(name: str, rows: list[dict[str, object]], by: tuple[str, ...]) -> pl.DataFrame:
    key = table(name).primary
    return table(name).frame(
        {**row, key: "|".join(str(row[part]) for part in by) if by else f"{row['mode']}-{number}"}
        for number, row in enumerate(rows)
    )


def _findings(overlay: Overlay) -> pl.DataFrame:
    return table("build_findings").frame(
        {
            "finding": str(number), "level": found.level, "table": found.table, "row": found.row,
            "message": found.message, "repair": found.repair,
            "values": json.dumps(found.values, ensure_ascii=False),
        }
        for number, found in enumerate(overlay.findings)
    )  # fmt: skip


def _disagreements(overlay: Overlay, second: NaturalEarth) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for mode, lines in overlay.lines.items():
        for node, other in second.disagreements(lines.lat, lines.lon, lines.country):
            rows.append(
                {"mode": mode, "lat": float(lines.lat[node]), "lon": float(lines.lon[node]),
                 "by_zone": str(lines.country[node]), "by_natural_earth": other}
            )  # fmt: skip
    return rows


def misplaced(network: Network, states: ZonePolygons) -> list[Finding]:
    """Places that the polygons put on the soil of another state than the one they are declared in."""
    places = network.frames["places"]
    found = states.countries(places["lat"].to_numpy(), places["lon"].to_numpy())
    return [
        Finding(
            "warning", "places", place, "finding.misplaced", "repair.misplaced",
            {"country": country, "found": str(other)},
        )
        for place, country, other in zip(places["place"], places["country"], found, strict=True)
        if other not in ("", country)
    ]  # fmt: skip


def over_land(overlay: Overlay, second: NaturalEarth) -> list[Finding]:
    """Sea links whose shape runs over land away from their ports (canals and deltas do, rightly)."""
    findings = []
    for leg in (leg for leg in overlay.legs if leg["mode"] == "sea"):
        points = np.array([point.split() for point in leg["shape"].split(";")], dtype=np.float64)
        ends = points[[0, -1]]
        lat, lon, _, _ = sample_chords(
            points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1], SEA_SPACING_KM
        )
        away = np.min(distance_km(lat[:, None], lon[:, None], ends[:, 0], ends[:, 1]), axis=1) > PORT_KM
        ashore = np.flatnonzero(away & second.on_land(lat, lon))
        if len(ashore):
            at = {"lat": round(float(lat[ashore[0]]), 2), "lon": round(float(lon[ashore[0]]), 2)}
            findings.append(Finding("note", "links", leg["leg"], "finding.over_land", "repair.over_land", at))
    return findings


def _arrays(overlay: Overlay) -> dict[str, dict[str, NDArray[np.generic]]]:
    return {
        mode: {
            "lat": lines.lat, "lon": lines.lon, "country": lines.country, "tail": lines.tail,
            "head": lines.head, "km": lines.km, "crossing": lines.crossing,
        }
        for mode, lines in overlay.lines.items()
    }  # fmt: skip


def _manifest(reference_date: dt.date, bases: list[BaseGraph], started: float) -> dict[str, object]:
    from daliz import __version__

    dropped = {
        base.mode: {"self_arcs": base.self_arcs, "parallel_arcs": base.parallel_arcs} for base in bases
    }
    return {
        "daliz": __version__,
        "reference_date": reference_date.isoformat(),
        "dropped": dropped,
        "build_s": round(time.monotonic() - started, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "attribution": ATTRIBUTION,
    }


def warm_kernels() -> None:
    """Compile the numba kernels into their cache on graphs of a few nodes and a line of two points."""
    from daliz.engine.graph import Searcher, csr
    from daliz.engine.mvt import chains, cut, encode, simplified
    from daliz.engine.pareto import Clocks, Weighted, front

    graph = csr(3, np.array([0, 1]), np.array([1, 2]), np.array([1.0, 2.0]))
    Searcher(graph).run(0, np.zeros(3, dtype=bool))
    one = np.array([0], dtype=np.int64)
    clocks = Clocks(one, one, np.zeros(1), np.array([0, 1]), np.zeros(1), np.full(1, np.inf))
    weighted = Weighted(np.array([0, 1, 1]), np.array([1]), np.ones((4, 1)), np.array([0]))
    front(weighted, clocks, [0], [1], (np.inf,) * 4)
    ends = np.array([0, 1 << 29], dtype=np.int64)
    _, start = chains(ends[:1], np.array([1], dtype=np.int64), 2)
    x, y, start = simplified(ends, ends, start, 0)
    _, line = cut(x, y, start, ends[:1], 0)
    room, tags = np.empty(256, dtype=np.uint8), np.zeros((1, 1), dtype=np.int64)
    encode(x, y, start, line, ends[:1], tags, 0, 0, 0, 200, room, np.empty(256, dtype=np.int64))
    _warm_hierarchy()


def _warm_hierarchy() -> None:
    """Each kernel of the hierarchy once, on a street of nine crossings of which none is at a dead end."""
    from daliz.engine import hierarchy

    number = np.arange(9).reshape(3, 3)
    one = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel(), [0, 2]])
    other = np.concatenate([number[:, 1:].ravel(), number[1:].ravel(), [8, 6]])
    tail, head = np.concatenate([one, other]), np.concatenate([other, one])
    weight = np.arange(1, len(tail) + 1)
    x, y = (np.arange(9) % 3).astype(np.float64), (np.arange(9) // 3).astype(np.float64)
    hierarchy.first_order(9, tail, head)
    topology = hierarchy.contract(9, tail, head, hierarchy.better_order(9, tail, head, x, y))
    metric = hierarchy.Metric.of(topology, weight)
    hierarchy.alternatives(metric, 0, 8, 3)
    hierarchy.next_best(metric, 0, 8, metric.way(0, 8).arcs)
    metric.everywhere(0)
    metric.matrix([0, 1], [7, 8])
    group = hierarchy.lanes(topology, np.stack([weight, weight]))[0]
    next(group.matrices([0], [8]))
    group.pairs([0], [8])


def keep_order(store: Store) -> bool:
    """Find the order of contraction of the whole ground and keep it in the store; False when it is there."""
    from daliz.model.frozen import Cargo
    from daliz.routing import Atlas
    from daliz.routing.ground import Ground

    ground = Ground(store, Atlas(store), Cargo())
    if ground.kept:
        return False
    ground.keep_order()
    return True
