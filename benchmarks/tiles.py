"""Row `vector-tile`: one dense tile of zoom 6, encoded by us and by DuckDB's ST_AsMVT.

Two networks: the shipped rail and road graph, and a synthetic one of 1.3 million segments made of the shipped
one beside itself (shifted east and west by a tenth of a degree). The peer runs in an environment of its
own, because its extension fits one release of DuckDB only; its own clock around the query counts. Equal
means that both tiles, decoded, draw the same picture cell by cell.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import cache, partial
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np

from benchmarks.harness import Result
from daliz.config import Settings
from daliz.engine.mvt import EXTENT, chains, cut, encode, layer_bytes, simplified, together, world
from daliz.store import Store

ROUNDS = 7
ZOOM = 6
PEER = ("duckdb==1.5.5", "duckdb-extension-spatial==1.5.5")
SHIFTS_DEG = {"shipped, rail and road": (0.0,), "synthetic, 1.3M segments": (0.0, 0.1, -0.1)}
LEFT_OUT = 0.002
"""Share of cells that may differ: lines shorter than a pixel are drawn by one of the two only."""


@cache
def _peer_python() -> str:
    """An interpreter with the peer in it, made once in the temporary folder."""
    folder = Path(tempfile.gettempdir()) / "daliz-bench-spatial"
    python = folder / "bin" / "python"
    if not python.exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), "numpy", *PEER], check=True)
    return str(python)


def _network(shifts: tuple[float, ...]) -> tuple[np.ndarray[Any, Any], ...]:
    """Longitudes, latitudes, tails and heads of both graphs, once for each shift, at most 1.3M arcs."""
    store = Store(Settings().store)
    parts: list[list[np.ndarray[Any, Any]]] = [[], [], [], []]
    nodes = 0
    for shift in shifts:
        for mode in ("rail", "road"):
            lon, lat = (np.asarray(store.array(mode, name)) for name in ("lon", "lat"))
            tail, head = (np.asarray(store.array(mode, name)) for name in ("tail", "head"))
            for part, values in zip(parts, (lon + shift, lat, tail + nodes, head + nodes), strict=True):
                part.append(values)
            nodes += len(lon)
    lon, lat, tail, head = (np.concatenate(part) for part in parts)
    return lon, lat, tail[:1_300_000], head[:1_300_000]


def _row(row_name: str, instance: str, thinned: bool) -> Result:
    lon, lat, tail, head = _network(SHIFTS_DEG[instance])
    x, y = world(lon, lat)
    # Ours as the server has it: joined and cut once for the zoom, then asked again and again.
    begun = time.perf_counter()
    along, start = chains(tail, head, len(x))
    order = np.arange(len(start) - 1)
    level = simplified(x[along], y[along], start, ZOOM)
    tile, line = cut(*level, order, ZOOM)
    *laid, line, _ = together(*level, line)
    ready_s = time.perf_counter() - begun
    half = 20037508.342789244
    metres = np.stack([x / 2**30 * 2 * half - half, half - y / 2**30 * 2 * half], axis=1)
    segments = np.concatenate([metres[tail], metres[head]], axis=1)
    if thinned:
        # The peer gets our own lines of the zoom, so that only clipping and encoding are compared.
        points = np.stack([level[0] / 2**30 * 2 * half - half, half - level[1] / 2**30 * 2 * half], axis=1)
        inner = np.diff(np.repeat(np.arange(len(level[2]) - 1), np.diff(level[2]))) == 0
        segments = np.concatenate([points[:-1][inner], points[1:][inner]], axis=1)
    number = int(np.bincount(tile).argmax())
    column, row = number % (1 << ZOOM), number >> ZOOM
    room, scratch = np.empty(1 << 23, dtype=np.uint8), np.empty(1 << 23, dtype=np.int64)
    group, tags = np.zeros(len(order), dtype=np.int64), np.full((1, 0), -1, dtype=np.int64)

    def ours() -> bytes:
        low, high = np.searchsorted(tile, (number, number + 1))
        size, _ = encode(*laid, line[low:high], group, tags, ZOOM, column, row, len(room), room, scratch)
        return layer_bytes("lines", room[:size].tobytes(), (), ())

    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "segments.npy", segments)
        peer = subprocess.Popen(
            [_peer_python(), str(Path(__file__).parent / "spatial_peer.py"), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        asks, answers = peer.stdin, peer.stdout
        if asks is None or answers is None or answers.readline().strip() != "ready":
            raise SystemExit("the peer did not start")

        def theirs() -> tuple[float, bytes]:
            print(f"{ZOOM} {column} {row}", file=asks, flush=True)
            seconds, made = answers.readline().split()
            return float(seconds), bytes.fromhex(made)

        equal = _same(ours(), theirs()[1])
        mine, other = [], []
        for _ in range(ROUNDS):
            other.append(theirs()[0])
            begun = time.perf_counter()
            ours()
            mine.append(time.perf_counter() - begun)
        asks.close()
        peer.wait(timeout=60)
    peer_s, ours_s = statistics.median(other), statistics.median(mine)
    return Result(
        row_name,
        f"{instance}, z{ZOOM} ({len(ours())} bytes; ours joined, thinned and cut before, in {ready_s:.2f} s"
        f"{'; the peer has the thinned lines' if thinned else '; the peer thins nothing'})",
        "DuckDB 1.5.5 spatial, ST_AsMVT",
        round(peer_s, 6),
        round(ours_s, 6),
        round(peer_s / ours_s, 2),
        equal,
        f"python -m benchmarks {row_name}",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        None,
        ROUNDS,
    )


def _same(mine: bytes, other: bytes) -> bool:
    """Both tiles draw one picture: a cell that one touches is, or is beside, one that the other touches."""
    cells = [_cells(tile) for tile in (mine, other)]
    missing = [one & ~_grown(two) for one, two in (cells, cells[::-1])]
    return all(left.sum() <= LEFT_OUT * one.sum() for left, one in zip(missing, cells, strict=True))


def _cells(tile: bytes) -> np.ndarray[Any, Any]:
    """Cells that the lines of a tile pass, shape (512, 512)."""
    found = np.zeros((EXTENT // 8, EXTENT // 8), dtype=bool)
    for feature in mapbox_vector_tile.decode(tile)["lines"]["features"]:
        geometry = feature["geometry"]
        many = geometry["coordinates"] if geometry["type"] == "MultiLineString" else [geometry["coordinates"]]
        for line in many:
            points = np.asarray(line, dtype=np.float64)
            for a, b in zip(points, points[1:], strict=False):
                steps = int(max(1, np.abs(b - a).max() // 2))
                along = a + (b - a) * np.linspace(0, 1, steps + 1)[:, None]
                inside = along[((along >= 0) & (along < EXTENT)).all(axis=1)].astype(np.int64) // 8
                found[inside[:, 1], inside[:, 0]] = True
    return found


def _grown(cells: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Cells and their eight neighbours."""
    padded = np.pad(cells, 1)
    size = len(cells)
    return np.logical_or.reduce(
        [padded[1 + y : 1 + y + size, 1 + x : 1 + x + size] for y in (-1, 0, 1) for x in (-1, 0, 1)]
    )


ROWS = {
    "vector-tile": partial(_row, "vector-tile", "synthetic, 1.3M segments", thinned=False),
    "vector-tile-shipped": partial(_row, "vector-tile-shipped", "shipped, rail and road", thinned=False),
    "vector-tile-thinned": partial(_row, "vector-tile-thinned", "synthetic, 1.3M segments", thinned=True),
}
