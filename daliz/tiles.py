"""The network as vector tiles: every leg of the overlay, and under it each rail and road of the base graph.

Question: which bytes does the map need for one tile of the network?
In and out: an `Atlas` and its store in; Mapbox Vector Tiles (version 2) by zoom, column and row out.
Method: lines are joined, simplified and cut for a zoom when it is first asked for (`engine.mvt`), then kept.
Legs carry their number and what colours them: mode, gauge, status, year of opening; names and sources are
asked for by number, so a tile holds geometry and little else. Important lines first: what is closed or
planned, then sea, rail, road, the longer before the shorter; a tile ends at its byte budget.
Limits: lines only; the base graph has no names. Beyond zoom 11 the map enlarges what it has.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.engine.mvt import chains, cut, encode, layer_bytes, simplified, world
from daliz.errors import UnknownPlace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from daliz.routing import Atlas
    from daliz.store import Store

    Ints = NDArray[np.int64]

__all__ = ["BUDGET_BYTES", "LAST_ZOOM", "Tiles"]

LAST_ZOOM = 11
BUDGET_BYTES = 190_000
"""Most bytes of a tile before compression; the field's usual bound is 200 kB."""

BASE_FROM = {"rail": 4, "road": 6}
"""Zoom from which each base graph is drawn; below it the legs say it all."""

_CHAINS_A_FEATURE = 256
_SCRATCH = 1 << 20
_RUNNING = ("open", "limited")
_MODE_RANK = {"sea": 1, "rail": 2, "road": 3}


@dataclass(frozen=True)
class _Lines:
    """One layer before any zoom: world pixels, importance, and the feature each line is part of."""

    name: str
    x: Ints
    y: Ints
    start: Ints
    order: Ints
    group: Ints
    tags: Ints
    keys: tuple[str, ...]
    values: tuple[str | int, ...]
    from_zoom: int


@dataclass(frozen=True)
class _Level:
    """One layer at one zoom: simplified lines, and lines by tile."""

    x: Ints
    y: Ints
    start: Ints
    tile: Ints
    line: Ints


class Tiles:
    """Tiles of one store; safe to use from many threads."""

    def __init__(self, atlas: Atlas, store: Store) -> None:
        self._atlas, self._store = atlas, store
        self._lock = threading.Lock()
        self._layers: tuple[_Lines, ...] = ()
        self._levels: dict[tuple[str, int], _Level] = {}
        self._room = threading.local()

    def prepare(self, zooms: range = range(LAST_ZOOM + 1)) -> None:
        """Join, simplify and cut for these zooms, so that no reader waits for it."""
        for zoom in zooms:
            for layer in self._lines():
                if zoom >= layer.from_zoom:
                    self._level(layer, zoom)

    def tile(self, zoom: int, column: int, row: int) -> bytes:
        """One tile; empty where the network is not.

        Raises
        ------
        UnknownPlace
            when the zoom is beyond `LAST_ZOOM` or the tile beyond the world.
        """
        if not (0 <= zoom <= LAST_ZOOM and 0 <= column < 1 << zoom and 0 <= row < 1 << zoom):
            raise UnknownPlace("error.tile", zoom=zoom, column=column, row=row, last=LAST_ZOOM)
        out, scratch = self._buffers()
        found, left = b"", BUDGET_BYTES
        for layer in self._lines():
            if zoom < layer.from_zoom:
                continue
            level = self._level(layer, zoom)
            number = (row << zoom) + column
            low, high = np.searchsorted(level.tile, (number, number + 1))
            if low == high:
                continue
            size, _ = encode(
                level.x, level.y, level.start, level.line[low:high], layer.group, layer.tags,
                zoom, column, row, left - 300, out, scratch,
            )  # fmt: skip
            made = layer_bytes(layer.name, out[:size].tobytes(), layer.keys, layer.values)
            left -= len(made)
            found += made
        return found

    def _buffers(self) -> tuple[NDArray[np.uint8], Ints]:
        if not hasattr(self._room, "out"):
            self._room.out = np.empty(BUDGET_BYTES + 64, dtype=np.uint8)
            self._room.scratch = np.empty(_SCRATCH, dtype=np.int64)
        return self._room.out, self._room.scratch

    def _lines(self) -> tuple[_Lines, ...]:
        if not self._layers:
            with self._lock:
                if not self._layers:
                    self._layers = (_legs(self._atlas), *(_base(self._store, mode) for mode in BASE_FROM))
        return self._layers

    def _level(self, layer: _Lines, zoom: int) -> _Level:
        key = (layer.name, zoom)
        if key not in self._levels:
            with self._lock:
                if key not in self._levels:
                    x, y, start = simplified(layer.x, layer.y, layer.start, zoom)
                    tile, line = cut(x, y, start, layer.order, zoom)
                    self._levels[key] = _Level(x, y, start, tile, line)
        return self._levels[key]


def _legs(atlas: Atlas) -> _Lines:
    """Every leg, numbered by its row."""
    rows = atlas.frames["legs"].select("mode", "gauge_mm", "status", "open_from", "shape", "distance_km")
    points = [
        np.array([float(value) for value in str(shape).replace(";", " ").split()]).reshape(-1, 2)
        for shape in rows["shape"]
    ]
    counts = np.array([len(each) for each in points])
    flat = np.concatenate(points) if points else np.empty((0, 2))
    x, y = world(flat[:, 1], flat[:, 0])
    columns: dict[str, list[Any]] = {
        "mode": [str(value) for value in rows["mode"]],
        "gauge_mm": [None if value is None else int(value) for value in rows["gauge_mm"]],
        "status": [str(value) for value in rows["status"]],
        "open_year": [None if value is None else int(str(value)[:4]) for value in rows["open_from"]],
    }
    values: dict[str | int, int] = {}
    tags = np.full((rows.height, len(columns)), -1, dtype=np.int64)
    for key, cells in enumerate(columns.values()):
        for number, cell in enumerate(cells):
            if cell is not None:
                tags[number, key] = values.setdefault(cell, len(values))
    rank = np.array(
        [
            _MODE_RANK.get(mode, 3) if status in _RUNNING else 0
            for mode, status in zip(columns["mode"], columns["status"], strict=True)
        ],
        dtype=np.int64,
    )
    order = np.empty(rows.height, dtype=np.int64)
    order[np.lexsort((-rows["distance_km"].to_numpy(), rank))] = np.arange(rows.height)
    return _Lines(
        "legs", x, y, _starts(counts), order, np.arange(rows.height), tags, tuple(columns), tuple(values), 0
    )


def _base(store: Store, mode: str) -> _Lines:
    """One base graph as chains, the longest first."""
    lat, lon = store.array(mode, "lat"), store.array(mode, "lon")
    x, y = world(np.asarray(lon), np.asarray(lat))
    along, start = chains(
        np.asarray(store.array(mode, "tail")), np.asarray(store.array(mode, "head")), len(x)
    )
    x, y = x[along], y[along]
    piece = np.hypot(np.diff(x, append=x[-1:]), np.diff(y, append=y[-1:]))
    piece[start[1:] - 1] = 0.0
    length = np.add.reduceat(piece, start[:-1]) if len(start) > 1 else np.empty(0)
    order = np.empty(len(length), dtype=np.int64)
    order[np.argsort(-length, kind="stable")] = np.arange(len(length))
    group = order // _CHAINS_A_FEATURE
    tags = np.full((int(group.max(initial=0)) + 1, 0), -1, dtype=np.int64)
    return _Lines(mode, x, y, start, order, group, tags, (), (), BASE_FROM[mode])


def _starts(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
