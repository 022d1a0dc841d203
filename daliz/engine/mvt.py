"""Lines to vector tiles: joined, simplified for a zoom, cut by tile, encoded.

Question: which bytes does a map need to draw the lines that cross one tile?
In and out: polylines in world pixels in; the bytes of one layer of a Mapbox Vector Tile (version 2) out.
Method: arcs between branching nodes are joined to chains once. For a zoom, a chain is snapped to a quarter
of a screen pixel and thinned by Douglas and Peucker to three quarters of one; what shrinks to a point is
left out.
Each chain lists the tiles its segments touch; the list sorted by tile and importance is the index, and points
are laid out in its order, so a tile is one binary search and one sweep that clips (Liang and Barsky),
quantises and writes varints.
Limits: lines only. A layer stops at its byte budget, the least important chains first left out. World pixels
are 2**30 a side, so zoom 18 is the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = [
    "BUFFER", "EXTENT", "WORLD_BITS", "chains", "cut", "encode", "layer_bytes", "simplified", "together",
    "world",
]  # fmt: skip

WORLD_BITS = 30
"""World pixels a side, as a power of two."""

EXTENT = 4096
BUFFER = 64
"""Tile units a side, and how far lines reach beyond it: 64 of 4096 is 8 pixels of a 512-pixel tile."""

_EXTENT_BITS = 12
_SNAP_UNITS = 2
_TOLERANCE_UNITS = 6.0
MOST_LATITUDE = 85.05112877980659
"""Where the square of Web Mercator ends."""


def world(lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
    """Web Mercator world pixels of points in degrees; x grows east, y south."""
    size = float(1 << WORLD_BITS)
    within = np.radians(np.clip(lat, -MOST_LATITUDE, MOST_LATITUDE))
    x = (np.asarray(lon, dtype=np.float64) + 180.0) / 360.0 * size
    y = (1.0 - np.arcsinh(np.tan(within)) / np.pi) / 2.0 * size
    most = (1 << WORLD_BITS) - 1
    return np.clip(x, 0, most).astype(np.int64), np.clip(y, 0, most).astype(np.int64)


def chains(tail: Ints, head: Ints, nodes: int) -> tuple[Ints, Ints]:
    """Arcs joined at nodes where just two of them meet.

    Returns nodes along each chain and where chains start, shapes (n,) and (chains + 1,). Each arc is in one
    chain; direction is not kept.
    """
    keep = tail != head
    return _chains(np.ascontiguousarray(tail[keep]), np.ascontiguousarray(head[keep]), nodes)  # type: ignore[no-any-return]


@njit(cache=True)
def _chains(tail, head, nodes):  # type: ignore[no-untyped-def]
    arcs = len(tail)
    degree = np.zeros(nodes + 1, dtype=np.int64)
    for arc in range(arcs):
        degree[tail[arc]] += 1
        degree[head[arc]] += 1
    first = np.zeros(nodes + 1, dtype=np.int64)
    for node in range(nodes):
        first[node + 1] = first[node] + degree[node]
    fill = first.copy()
    at = np.empty(2 * arcs, dtype=np.int64)
    for arc in range(arcs):
        at[fill[tail[arc]]] = arc
        fill[tail[arc]] += 1
        at[fill[head[arc]]] = arc
        fill[head[arc]] += 1
    used = np.zeros(arcs, dtype=np.bool_)
    along = np.empty(2 * arcs + 1, dtype=np.int64)
    start = np.empty(arcs + 2, dtype=np.int64)
    size, count = 0, 0
    # First from branching nodes and ends, then round the circles that have neither.
    for turn in range(2):
        for node in range(nodes):
            if turn == 0 and degree[node] == 2:
                continue
            for place in range(first[node], first[node + 1]):
                arc = at[place]
                if used[arc]:
                    continue
                start[count] = size
                count += 1
                along[size] = node
                size += 1
                here = node
                while True:
                    used[arc] = True
                    here = head[arc] if tail[arc] == here else tail[arc]
                    along[size] = here
                    size += 1
                    if degree[here] != 2:
                        break
                    other = at[first[here]]
                    if other == arc:
                        other = at[first[here] + 1]
                    if used[other]:
                        break
                    arc = other
    start[count] = size
    return along[:size].copy(), start[: count + 1].copy()


def simplified(x: Ints, y: Ints, start: Ints, zoom: int) -> tuple[Ints, Ints, Ints]:
    """Polylines as a zoom needs them: x, y and start; one that shrinks to a point is empty."""
    unit = 1 << max(0, WORLD_BITS - zoom - _EXTENT_BITS)
    return _simplified(x, y, start, unit * _SNAP_UNITS, unit * _TOLERANCE_UNITS)  # type: ignore[no-any-return]


@njit(cache=True)
def _simplified(x, y, start, snap, tolerance):  # type: ignore[no-untyped-def]
    lines = len(start) - 1
    out_x = np.empty(len(x), dtype=np.int64)
    out_y = np.empty(len(x), dtype=np.int64)
    out_start = np.zeros(lines + 1, dtype=np.int64)
    longest = 0
    for line in range(lines):
        longest = max(longest, start[line + 1] - start[line])
    px = np.empty(longest, dtype=np.int64)
    py = np.empty(longest, dtype=np.int64)
    keep = np.empty(longest, dtype=np.bool_)
    stack = np.empty(2 * longest + 4, dtype=np.int64)
    size = 0
    half = snap // 2
    for line in range(lines):
        count = 0
        for at in range(start[line], start[line + 1]):
            sx = (x[at] + half) // snap * snap
            sy = (y[at] + half) // snap * snap
            if count == 0 or sx != px[count - 1] or sy != py[count - 1]:
                px[count] = sx
                py[count] = sy
                count += 1
        if count >= 2:
            keep[:count] = False
            keep[0] = True
            keep[count - 1] = True
            stack[0], stack[1] = 0, count - 1
            depth = 2
            while depth > 0:
                depth -= 2
                low, high = stack[depth], stack[depth + 1]
                dx = float(px[high] - px[low])
                dy = float(py[high] - py[low])
                norm = dx * dx + dy * dy
                worst, where = -1.0, -1
                for at in range(low + 1, high):
                    ax = float(px[at] - px[low])
                    ay = float(py[at] - py[low])
                    share = 0.0 if norm == 0.0 else min(1.0, max(0.0, (ax * dx + ay * dy) / norm))
                    ex = ax - share * dx
                    ey = ay - share * dy
                    apart = ex * ex + ey * ey
                    if apart > worst:
                        worst, where = apart, at
                if where >= 0 and worst > tolerance * tolerance:
                    keep[where] = True
                    stack[depth], stack[depth + 1] = low, where
                    stack[depth + 2], stack[depth + 3] = where, high
                    depth += 4
            for at in range(count):
                if keep[at]:
                    out_x[size] = px[at]
                    out_y[size] = py[at]
                    size += 1
        out_start[line + 1] = size
    return out_x[:size].copy(), out_y[:size].copy(), out_start


def cut(x: Ints, y: Ints, start: Ints, order: Ints, zoom: int) -> tuple[Ints, Ints]:
    """Which lines touch which tiles: tile numbers (y * 2**zoom + x, ascending) and lines beside them.

    Within a tile lines stand by `order`, the most important (smallest) first. Shapes (n,).
    """
    tile, line = _cut(x, y, start, zoom)
    by = np.lexsort((order[line], tile))
    tile, line = tile[by], line[by]
    first = np.ones(len(tile), dtype=bool)
    first[1:] = (tile[1:] != tile[:-1]) | (line[1:] != line[:-1])
    return tile[first], line[first]


def together(x: Ints, y: Ints, start: Ints, line: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """The same lines laid out in the order in which tiles ask for them, so that a tile is read in one sweep.

    x, y, start and `line` of `cut` in the new numbers, and the old number of each new one. Lines in no tile
    are left out.
    """
    old, first, new = np.unique(line, return_index=True, return_inverse=True)
    by = np.argsort(first)
    number = np.empty(len(by), dtype=np.int64)
    number[by] = np.arange(len(by))
    old = old[by]
    counts = start[old + 1] - start[old]
    fresh = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    at = np.arange(fresh[-1]) + np.repeat(start[old] - fresh[:-1], counts)
    return x[at], y[at], fresh, number[new], old


@njit(cache=True)
def _cut(x, y, start, zoom):  # type: ignore[no-untyped-def]
    shift = WORLD_BITS - zoom
    side = 1 << zoom
    reach = (1 << shift) * BUFFER // EXTENT
    tiles = np.empty(4 * len(start) + 16, dtype=np.int64)
    lines = np.empty(4 * len(start) + 16, dtype=np.int64)
    size = 0
    for line in range(len(start) - 1):
        last = -1
        for at in range(start[line], start[line + 1] - 1):
            low_x = max(0, (min(x[at], x[at + 1]) - reach) >> shift)
            high_x = min(side - 1, (max(x[at], x[at + 1]) + reach) >> shift)
            low_y = max(0, (min(y[at], y[at + 1]) - reach) >> shift)
            high_y = min(side - 1, (max(y[at], y[at + 1]) + reach) >> shift)
            for tile_y in range(low_y, high_y + 1):
                for tile_x in range(low_x, high_x + 1):
                    number = tile_y * side + tile_x
                    # Most segments stay in the tile of the one before; the rest is sorted out afterwards.
                    if number == last:
                        continue
                    last = number
                    if size == len(tiles):
                        tiles = np.concatenate((tiles, np.empty(size, dtype=np.int64)))
                        lines = np.concatenate((lines, np.empty(size, dtype=np.int64)))
                    tiles[size] = number
                    lines[size] = line
                    size += 1
    return tiles[:size].copy(), lines[:size].copy()


@njit(cache=True, inline="always")
def _varint(out, size, value):  # type: ignore[no-untyped-def]
    while value > 127:
        out[size] = (value & 127) | 128
        size += 1
        value >>= 7
    out[size] = value
    return size + 1


@njit(cache=True, inline="always")
def _zigzag(value):  # type: ignore[no-untyped-def]
    return (value << 1) ^ (value >> 63)


@njit(cache=True, inline="always")
def _varint_length(value):  # type: ignore[no-untyped-def]
    length = 1
    while value > 127:
        value >>= 7
        length += 1
    return length


@njit(cache=True)
def encode(  # type: ignore[no-untyped-def]
    x, y, start, lines, group, tags, zoom, tile_x, tile_y, budget, out, scratch
):
    """Features of one tile, written into `out`; bytes written and features are returned.

    `lines` are the chains of the tile, the most important first; neighbours of one `group` become one
    feature, whose id is the group and whose tags are a row of `tags` (groups, keys): the number of a value,
    or -1. `scratch` (int64) has room for the numbers of one feature in its first half and of one chain in its
    second.
    """
    shift = WORLD_BITS - zoom
    left, top = tile_x << shift, tile_y << shift
    scale = 1.0 / (1 << (shift - _EXTENT_BITS))
    room = len(scratch) // 2
    size, features, at_line = 0, 0, 0
    while at_line < len(lines):
        this = group[lines[at_line]]
        geometry, pen_x, pen_y = 0, 0, 0
        while at_line < len(lines) and group[lines[at_line]] == this:
            line = lines[at_line]
            at_line += 1
            if geometry + 4 * (start[line + 1] - start[line]) + 8 > room:
                continue
            geometry, pen_x, pen_y = _line(
                x, y, start[line], start[line + 1], left, top, scale, scratch, geometry, pen_x, pen_y
            )
        if geometry == 0:
            continue
        written = _feature(out, size, budget, this, tags[this], scratch, geometry)
        if written == size:
            break
        size = written
        features += 1
    return size, features


@njit(cache=True, inline="always")
def _clip(ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Shares of a segment where it is within the tile and its buffer; never: the first exceeds the second."""
    low, high = float(-BUFFER), float(EXTENT + BUFFER)
    dx, dy = bx - ax, by - ay
    enter, leave = 0.0, 1.0
    for side in range(4):
        if side == 0:
            p, q = -dx, ax - low
        elif side == 1:
            p, q = dx, high - ax
        elif side == 2:
            p, q = -dy, ay - low
        else:
            p, q = dy, high - ay
        if p == 0.0:
            if q < 0.0:
                return 1.0, 0.0
        elif p < 0.0:
            enter = max(enter, q / p)
        else:
            leave = min(leave, q / p)
    return enter, leave


@njit(cache=True, inline="always")
def _whole(value):  # type: ignore[no-untyped-def]
    """Nearest whole number of a value within the tile and its buffer."""
    return int(value + EXTENT + 0.5) - EXTENT


@njit(cache=True)
def _line(x, y, first, last, left, top, scale, scratch, geometry, pen_x, pen_y):  # type: ignore[no-untyped-def]
    """Commands of one chain within the tile, as numbers still to become varints."""
    # Points of a run wait in the upper half of the scratch, because their count leads them.
    points = len(scratch) // 2
    run, last_x, last_y = 0, 0, 0
    low, high = float(-BUFFER), float(EXTENT + BUFFER)
    bx, by = (x[first] - left) * scale, (y[first] - top) * scale
    inside = low <= bx <= high and low <= by <= high
    for at in range(first + 1, last):
        ax, ay, was_inside = bx, by, inside
        bx, by = (x[at] - left) * scale, (y[at] - top) * scale
        inside = low <= bx <= high and low <= by <= high
        # Most segments of a tile lie within it whole.
        enter, leave = (0.0, 1.0) if was_inside and inside else _clip(ax, ay, bx, by)
        if (enter > leave or enter > 0.0) and run > 0:
            geometry, pen_x, pen_y = _stroke(scratch, geometry, pen_x, pen_y, points, run)
            run = 0
        if enter > leave:
            continue
        if run == 0:
            last_x, last_y = _whole(ax + enter * (bx - ax)), _whole(ay + enter * (by - ay))
            scratch[points], scratch[points + 1] = last_x, last_y
            run = 1
        to_x, to_y = _whole(ax + leave * (bx - ax)), _whole(ay + leave * (by - ay))
        if to_x != last_x or to_y != last_y:
            scratch[points + 2 * run], scratch[points + 2 * run + 1] = to_x, to_y
            last_x, last_y = to_x, to_y
            run += 1
        if leave < 1.0:
            geometry, pen_x, pen_y = _stroke(scratch, geometry, pen_x, pen_y, points, run)
            run = 0
    return _stroke(scratch, geometry, pen_x, pen_y, points, run)


@njit(cache=True)
def _feature(out, size, budget, number, tags, scratch, geometry):  # type: ignore[no-untyped-def]
    """One feature after the others; the size stays as it was when the budget does not hold it."""
    # Lengths are summed and bytes written without branches: no one can guess which length comes next.
    geometry_bytes, longest = geometry, 0
    for at in range(geometry):
        geometry_bytes += np.int64(scratch[at] > 127)
        longest = max(longest, scratch[at])
    if longest >> 14:
        for at in range(geometry):
            geometry_bytes += max(0, _varint_length(scratch[at]) - 2)
    tag_bytes = 0
    for key in range(len(tags)):
        if tags[key] >= 0:
            tag_bytes += _varint_length(key) + _varint_length(tags[key])
    body = 1 + _varint_length(number) + 2 + 1 + _varint_length(geometry_bytes) + geometry_bytes
    if tag_bytes:
        body += 1 + _varint_length(tag_bytes) + tag_bytes
    if size + 1 + _varint_length(body) + body > budget:
        return size
    out[size] = 0x12
    size = _varint(out, size + 1, body)
    out[size] = 0x08
    size = _varint(out, size + 1, number)
    if tag_bytes:
        out[size] = 0x12
        size = _varint(out, size + 1, tag_bytes)
        for key in range(len(tags)):
            if tags[key] >= 0:
                size = _varint(out, size, key)
                size = _varint(out, size, tags[key])
    out[size], out[size + 1], out[size + 2] = 0x18, 0x02, 0x22
    size = _varint(out, size + 3, geometry_bytes)
    for at in range(geometry):
        value = scratch[at]
        if value >> 14:
            size = _varint(out, size, value)
            continue
        long = np.int64(value > 127)
        out[size] = value & 127 | long << 7
        out[size + 1] = value >> 7
        size += 1 + long
    return size


@njit(cache=True, inline="always")
def _stroke(scratch, geometry, pen_x, pen_y, points, count):  # type: ignore[no-untyped-def]
    """MoveTo and LineTo commands of one run, still to become varints; a lone point draws nothing."""
    if count < 2:
        return geometry, pen_x, pen_y
    scratch[geometry] = 9
    scratch[geometry + 1] = _zigzag(scratch[points] - pen_x)
    scratch[geometry + 2] = _zigzag(scratch[points + 1] - pen_y)
    scratch[geometry + 3] = ((count - 1) << 3) | 2
    geometry += 4
    for at in range(1, count):
        scratch[geometry] = _zigzag(scratch[points + 2 * at] - scratch[points + 2 * at - 2])
        scratch[geometry + 1] = _zigzag(scratch[points + 2 * at + 1] - scratch[points + 2 * at - 1])
        geometry += 2
    return geometry, scratch[points + 2 * count - 2], scratch[points + 2 * count - 1]


def layer_bytes(name: str, features: bytes, keys: tuple[str, ...], values: tuple[str | int, ...]) -> bytes:
    """A layer around encoded features; empty when there are none."""
    if not features:
        return b""
    body = b"\x78\x02" + _field(1, name.encode()) + features
    body += b"".join(_field(3, key.encode()) for key in keys)
    for value in values:
        body += _field(4, _field(1, value.encode()) if isinstance(value, str) else b"\x28" + _number(value))
    body += b"\x28" + _number(EXTENT)
    return _field(3, body)


def _field(number: int, body: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _number(len(body)) + body


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
