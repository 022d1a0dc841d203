"""The network as vector tiles: every leg of the overlay, and under it each rail and road of the base graph.

Question: which bytes does the map need for one tile of the network?
In and out: an `Atlas` and its store in; Mapbox Vector Tiles (version 2) by zoom, column and row out.
Method: lines are joined, simplified and cut for a zoom when it is first asked for (`engine.mvt`), then kept.
Many legs run over one track, so what is drawn is layer `net`: each stretch once, with what colours it (mode,
gauge, status, year of opening). Layer `legs` has every leg by its number, to light one up; names and sources
are asked for by number. Layers `rail` and `road` are the base graph. Important lines first: what is closed
or planned, then sea, rail, road, the longer before the shorter; a tile ends at its byte budget.
Limits: lines only; the base graph has no names. Beyond zoom 11 the map enlarges what it has.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.engine.mvt import WORLD_BITS, chains, cut, encode, layer_bytes, simplified, together, world
from daliz.errors import UnknownPlace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from daliz.routing import Atlas
    from daliz.store import Store

    Ints = NDArray[np.int64]

__all__ = ["BUDGET_BYTES", "LAST_ZOOM", "SHEETS", "Tiles"]

LAST_ZOOM = 11
BUDGET_BYTES = 190_000
"""Most bytes of a tile before compression; the field's usual bound is 200 kB."""

BASE_FROM = {"rail": 6, "road": 6}
"""Zoom from which each base graph is drawn; below it the legs say it all."""

SHEETS = {"network": ("net", "rail", "road"), "legs": ("legs",)}
"""What is sent together: the drawing, and apart from it every leg for lighting one up."""

_CHAINS_A_FEATURE = 256
_SAME_TRACK_PX = 4.0
_KEPT = "lines.npz"
_ARRAYS = ("x", "y", "start", "order", "group", "tags")
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
    group: Ints
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

    def tile(self, sheet: str, zoom: int, column: int, row: int) -> bytes:
        """One tile of a sheet (`SHEETS`); empty where the network is not.

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
            if zoom < layer.from_zoom or layer.name not in SHEETS[sheet]:
                continue
            level = self._level(layer, zoom)
            number = (row << zoom) + column
            low, high = np.searchsorted(level.tile, (number, number + 1))
            if low == high:
                continue
            size, _ = encode(
                level.x,
                level.y,
                level.start,
                level.line[low:high],
                level.group,
                layer.tags,
                zoom,
                column,
                row,
                left - 300,
                out,
                scratch,
            )
            made = layer_bytes(layer.name, out[:size].tobytes(), layer.keys, layer.values)
            left -= len(made)
            found += made
        return found

    def leg_at(self, lon: float, lat: float, mode: str) -> int | None:
        """Number of the leg nearest to a point; the shortest of those over the same track."""
        legs = next(layer for layer in self._lines() if layer.name == "legs")
        (x,), (y,) = world(np.array([lon]), np.array([lat]))
        line = np.repeat(np.arange(len(legs.start) - 1), np.diff(legs.start))
        wanted = legs.values.index(mode) if mode in legs.values else -1
        first = np.flatnonzero((line[1:] == line[:-1]) & (legs.tags[line[:-1], 0] == wanted))
        if not len(first):
            return None
        dx, dy = legs.x[first + 1] - legs.x[first], legs.y[first + 1] - legs.y[first]
        to_x, to_y = x - legs.x[first], y - legs.y[first]
        share = np.clip((to_x * dx + to_y * dy) / np.maximum(dx * dx + dy * dy, 1), 0, 1)
        apart = np.hypot(to_x - share * dx, to_y - share * dy)
        near = np.unique(line[first[apart <= apart.min() + _SAME_TRACK_PX]])
        lengths = _lengths(legs.x, legs.y, legs.start)
        return int(near[np.argmin(lengths[near])])

    def _buffers(self) -> tuple[NDArray[np.uint8], Ints]:
        if not hasattr(self._room, "out"):
            self._room.out = np.empty(BUDGET_BYTES + 64, dtype=np.uint8)
            self._room.scratch = np.empty(_SCRATCH, dtype=np.int64)
        return self._room.out, self._room.scratch

    def _lines(self) -> tuple[_Lines, ...]:
        if not self._layers:
            with self._lock:
                if not self._layers:
                    self._layers = _kept(self._store) or _made(self._atlas, self._store)
        return self._layers

    def _level(self, layer: _Lines, zoom: int) -> _Level:
        key = (layer.name, zoom)
        if key not in self._levels:
            with self._lock:
                if key not in self._levels:
                    x, y, start = simplified(layer.x, layer.y, layer.start, zoom)
                    tile, line = cut(x, y, start, layer.order, zoom)
                    x, y, start, line, old = together(x, y, start, line)
                    self._levels[key] = _Level(x, y, start, layer.group[old], tile, line)
        return self._levels[key]


def _made(atlas: Atlas, store: Store) -> tuple[_Lines, ...]:
    """All layers, made and written beside the tables of the store for the next start."""
    legs = _legs(atlas)
    layers = (_net(legs), *(_base(store, mode) for mode in BASE_FROM), legs)
    arrays = {
        f"{layer.name}-{name}": getattr(layer, name) for layer in layers for name in (*_ARRAYS, "keys")
    } | {f"{layer.name}-values": np.array([str(value) for value in layer.values]) for layer in layers}
    path = store.folder / _KEPT
    with contextlib.suppress(OSError):  # a store that cannot be written is joined anew at each start
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
            np.savez(file, **arrays)
        Path(file.name).replace(path)
    return layers


def _kept(store: Store) -> tuple[_Lines, ...]:
    """Layers written by an earlier start; a store is replaced whole, so they are never older than it."""
    try:
        held = np.load(store.folder / _KEPT)
        return tuple(
            _Lines(
                name=name,
                keys=tuple(str(key) for key in held[f"{name}-keys"]),
                values=tuple(
                    int(value) if value.isdecimal() else str(value) for value in held[f"{name}-values"]
                ),
                from_zoom=BASE_FROM.get(name, 0),
                **{array: held[f"{name}-{array}"] for array in _ARRAYS},
            )
            for name in ("net", *BASE_FROM, "legs")
        )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return ()


def _legs(atlas: Atlas) -> _Lines:
    """Every leg, numbered by its row."""
    rows = atlas.frames["legs"].select("mode", "gauge_mm", "status", "open_from", "shape", "distance_km")
    counts = rows["shape"].str.count_matches(";").to_numpy().astype(np.int64) + 1
    flat = np.array(";".join(rows["shape"]).replace(";", " ").split(), dtype=np.float64).reshape(-1, 2)
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
    found = _Lines(
        "legs", x, y, _starts(counts), x, np.arange(rows.height), tags, tuple(columns), tuple(values), 0
    )
    rank = np.array([_rank(found, row) for row in tags], dtype=np.int64)
    order = np.empty(rows.height, dtype=np.int64)
    order[np.lexsort((-rows["distance_km"].to_numpy(), rank))] = np.arange(rows.height)
    return replace(found, order=order)


def _net(legs: _Lines) -> _Lines:
    """Every stretch of the legs once for each way it is coloured."""
    kinds, kind = np.unique(legs.tags, axis=0, return_inverse=True)
    line = np.repeat(np.arange(len(legs.start) - 1), np.diff(legs.start))
    inner = line[1:] == line[:-1]
    # Points and stretches as one number each: sorting numbers is much faster than sorting rows.
    spot, node = np.unique(legs.x << WORLD_BITS | legs.y, return_inverse=True)
    low, high = np.minimum(node[:-1], node[1:])[inner], np.maximum(node[:-1], node[1:])[inner]
    packed = np.unique((kind.ravel()[line[:-1][inner]] * len(spot) + low) * len(spot) + high)
    stretch_kind, pair = np.divmod(packed, len(spot) ** 2)
    low, high = np.divmod(pair, len(spot))
    parts = []
    for number in range(len(kinds)):
        own = stretch_kind == number
        along, start = chains(low[own], high[own], len(spot))
        parts.append((along, np.diff(start), np.full(len(start) - 1, number)))
    along, counts, of_kind = (np.concatenate(part) for part in zip(*parts, strict=True))
    start, x, y = _starts(counts), spot[along] >> WORLD_BITS, spot[along] & (1 << WORLD_BITS) - 1
    length = _lengths(x, y, start)
    rank = np.empty(len(kinds), dtype=np.int64)
    rank[of_kind] = [_rank(legs, row) for row in kinds[of_kind]] if len(of_kind) else []
    by = np.lexsort((-length, of_kind, rank[of_kind]))
    order = np.empty(len(by), dtype=np.int64)
    order[by] = np.arange(len(by))
    # A feature holds lines of one kind only, so that one row of tags colours it.
    pairs, group = np.unique(
        np.column_stack([rank[of_kind], of_kind, order // _CHAINS_A_FEATURE]), axis=0, return_inverse=True
    )
    return _Lines(
        "net",
        x,
        y,
        start,
        order,
        group.ravel(),
        kinds[pairs[:, 1]],
        legs.keys,
        legs.values,
        0,
    )


def _rank(legs: _Lines, tags: Ints) -> int:
    """How important lines with these tags are; the smaller the more."""
    told = {key: legs.values[value] for key, value in zip(legs.keys, tags, strict=True) if value >= 0}
    return _MODE_RANK.get(str(told["mode"]), 3) if told["status"] in _RUNNING else 0


def _base(store: Store, mode: str) -> _Lines:
    """One base graph as chains, the longest first."""
    lat, lon = store.array(mode, "lat"), store.array(mode, "lon")
    x, y = world(np.asarray(lon), np.asarray(lat))
    along, start = chains(
        np.asarray(store.array(mode, "tail")), np.asarray(store.array(mode, "head")), len(x)
    )
    x, y = x[along], y[along]
    length = _lengths(x, y, start)
    order = np.empty(len(length), dtype=np.int64)
    order[np.argsort(-length, kind="stable")] = np.arange(len(length))
    group = order // _CHAINS_A_FEATURE
    tags = np.full((int(group.max(initial=0)) + 1, 0), -1, dtype=np.int64)
    return _Lines(mode, x, y, start, order, group, tags, (), (), BASE_FROM[mode])


def _lengths(x: Ints, y: Ints, start: Ints) -> NDArray[np.float64]:
    """Length of each line in world pixels."""
    piece = np.hypot(np.diff(x, append=x[-1:]), np.diff(y, append=y[-1:]))
    piece[start[1:] - 1] = 0.0
    return np.add.reduceat(piece, start[:-1]) if len(start) > 1 else np.empty(0)


def _starts(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
