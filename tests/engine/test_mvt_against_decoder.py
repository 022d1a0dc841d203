"""Tiles are read back by another library and hold what shapely says the tile holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mapbox_vector_tile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, box, shape
from shapely.ops import unary_union

from daliz.engine.mvt import (
    BUFFER,
    EXTENT,
    WORLD_BITS,
    chains,
    cut,
    encode,
    layer_bytes,
    simplified,
    together,
    world,
)

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

UNIT_PX = 1.0
ROOM, SCRATCH = np.empty(1 << 20, dtype=np.uint8), np.empty(1 << 20, dtype=np.int64)


def lines(seed: int, count: int = 30, points: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random walks over the world, some far longer than a tile."""
    rng = np.random.default_rng(seed)
    size = 1 << WORLD_BITS
    step = rng.normal(0, size / 2 ** rng.uniform(3, 12, count)[:, None, None], (count, points, 2))
    path = np.clip(rng.uniform(0.2, 0.8, (count, 1, 2)) * size + step.cumsum(axis=1), 0, size - 1).astype(
        np.int64
    )
    return path[..., 0].ravel(), path[..., 1].ravel(), np.arange(count + 1) * points


def made(
    layer: tuple[np.ndarray, np.ndarray, np.ndarray], zoom: int, budget: int = 1 << 20, laid: bool = False
) -> dict[int, bytes]:
    """Every tile of a zoom by its number, each line a feature of its own; lines laid out anew when asked."""
    x, y, start = layer
    order = group = np.arange(len(start) - 1)
    tags = np.stack([order % 3, np.full(len(order), -1)], axis=1)
    tile, line = cut(x, y, start, order, zoom)
    if laid:
        x, y, start, line, group = together(x, y, start, line)
    found = {}
    for number in np.unique(tile).tolist():
        touching = line[tile == number]
        column, row = number % (1 << zoom), number >> zoom
        size, _ = encode(x, y, start, touching, group, tags, zoom, column, row, budget, ROOM, SCRATCH)
        found[number] = layer_bytes("lines", ROOM[:size].tobytes(), ("mode", "year"), ("rail", "road", 7))
    return found


def within(clipped: BaseGeometry) -> MultiLineString:
    """The lines of what was clipped; points that only touch the frame draw nothing."""
    parts = getattr(clipped, "geoms", [clipped])
    return MultiLineString(
        [part for part in parts if isinstance(part, LineString) and part.length > 2 * UNIT_PX]
    )


def decoded(tile: bytes) -> dict[int, dict]:
    """Features of the layer by id; y grows south as we wrote it."""
    return {
        one["id"]: one
        for one in mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["lines"][
            "features"
        ]
    }


@pytest.mark.parametrize("zoom", [0, 2, 5, 9])
@pytest.mark.parametrize("seed", range(3))
def test_a_tile_holds_the_lines_clipped_to_it(zoom: int, seed: int) -> None:
    """What is decoded and what shapely clips lie within a unit and a half of each other, line by line."""
    layer = simplified(*lines(seed), zoom)
    x, y, start = layer
    scale = EXTENT / (1 << (WORLD_BITS - zoom))
    frame = box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    tiles = made(layer, zoom)
    assert tiles
    for number, tile in list(tiles.items())[:15]:
        column, row = number % (1 << zoom), number >> zoom
        features = decoded(tile) if tile else {}
        for line in range(len(start) - 1):
            span = slice(start[line], start[line + 1])
            if span.stop - span.start < 2:
                continue
            own = np.stack([x[span] * scale - column * EXTENT, y[span] * scale - row * EXTENT], axis=1)
            expected = within(LineString(own).intersection(frame))
            if line not in features:
                assert expected.length <= 2 * UNIT_PX, (number, line)
                continue
            drawn = shape(features[line]["geometry"])
            assert isinstance(drawn, LineString | MultiLineString)
            assert LineString(own).buffer(1.5 * UNIT_PX).covers(drawn)
            assert unary_union(drawn).buffer(1.5 * UNIT_PX).covers(expected)
            assert features[line]["properties"] == {"mode": ("rail", "road", 7)[line % 3]}


@pytest.mark.parametrize("zoom", [3, 6, 10])
def test_thinned_lines_stay_within_a_pixel(zoom: int) -> None:
    """Simplification moves no point further than snapping and tolerance allow, and keeps the ends."""
    x, y, start = lines(9)
    sx, sy, s_start = simplified(x, y, start, zoom)
    unit = (1 << (WORLD_BITS - zoom)) / EXTENT
    for line in range(len(start) - 1):
        before = LineString(
            np.stack([x[start[line] : start[line + 1]], y[start[line] : start[line + 1]]], axis=1)
        )
        span = slice(s_start[line], s_start[line + 1])
        if span.stop - span.start < 2:
            assert before.length < 200 * unit
            continue
        after = LineString(np.stack([sx[span], sy[span]], axis=1))
        assert before.hausdorff_distance(after) <= 8 * unit
        assert len(after.coords) <= len(before.coords)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=60))
@settings(max_examples=150, deadline=None)
def test_each_arc_is_in_one_chain(arcs: list[tuple[int, int]]) -> None:
    """Chains spell out every arc that has two ends once, and bend only where two arcs meet."""
    tail = np.array([a for a, _ in arcs], dtype=np.int64)
    head = np.array([b for _, b in arcs], dtype=np.int64)
    along, start = chains(tail, head, 13)
    drawn = [
        tuple(sorted((int(along[at]), int(along[at + 1]))))
        for chain in range(len(start) - 1)
        for at in range(start[chain], start[chain + 1] - 1)
    ]
    assert sorted(drawn) == sorted(tuple(sorted(arc)) for arc in arcs if arc[0] != arc[1])
    degree = np.bincount([node for arc in drawn for node in arc], minlength=13)
    for chain in range(len(start) - 1):
        inner = along[start[chain] + 1 : start[chain + 1] - 1]
        assert (degree[inner] == 2).all()


@pytest.mark.parametrize("zoom", [0, 3, 6])
def test_lines_laid_out_by_tile_make_the_same_bytes(zoom: int) -> None:
    """Laying lines out in the order of tiles changes no tile, and the first tile reads one sweep."""
    layer = simplified(*lines(5, count=80), zoom)
    assert made(layer, zoom) == made(layer, zoom, laid=True)
    _, line = cut(*layer, np.arange(80), zoom)
    _, _, start, new, old = together(*layer, line)
    assert new[: len(np.unique(line[:1]))].tolist() == [0]
    assert np.array_equal(old[new], line)
    assert np.array_equal(np.diff(start), np.diff(layer[2])[old])


def test_the_budget_keeps_the_most_important() -> None:
    """A small budget drops lines from the end of the order and never breaks the tile."""
    layer = simplified(*lines(3, count=200), 1)
    whole, small = made(layer, 1), made(layer, 1, budget=2000)
    for number, tile in small.items():
        kept, every = decoded(tile), decoded(whole[number])
        assert len(tile) < 2200
        assert list(kept) == list(every)[: len(kept)]
        assert 0 < len(kept) < len(every)


def test_the_world_is_web_mercator() -> None:
    """Greenwich on the equator is the middle; the poles are cut at the usual latitude."""
    x, y = world(np.array([0.0, -180.0, 180.0]), np.array([0.0, 89.0, -89.0]))
    size = 1 << WORLD_BITS
    assert x.tolist() == [size // 2, 0, size - 1]
    assert np.abs(y - [size // 2, 0, size - 1]).max() <= 1
