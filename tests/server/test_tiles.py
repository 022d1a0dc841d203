"""The network as tiles: read by another library, small enough, the same for everyone who asks again."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import httpx
import mapbox_vector_tile
import numpy as np
import pytest
from shapely.geometry import shape
from shapely.ops import unary_union

from daliz.engine.mvt import world
from daliz.errors import UnknownPlace
from daliz.server.app import create_app
from daliz.store import Store
from daliz.tiles import BUDGET_BYTES, LAST_ZOOM, SHEETS, Tiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from daliz.routing import Atlas


@pytest.fixture
def ask(built_store: Path) -> Callable[..., httpx.Response]:
    """Questions to an application over the built store."""
    app = create_app(str(built_store), ahead=False)

    def send(method: str, path: str, **asked: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, **asked)

        return asyncio.run(once())

    return send


ALMATY = (76.9, 43.25)
CENTRAL = ((50.0, 40.5), (71.4, 51.1), (76.9, 43.25), (37.6, 55.7), (116.4, 39.9), (49.9, 40.4))


@pytest.fixture(scope="module")
def tiles(atlas: Atlas, built_store: Path) -> Tiles:
    """Tiles of the built store."""
    return Tiles(atlas, Store(built_store))


def place(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    x, y = world(np.array([lon]), np.array([lat]))
    return int(x[0]) >> (30 - zoom), int(y[0]) >> (30 - zoom)


def test_a_tile_says_what_colours_a_leg_and_no_more(tiles: Tiles, atlas: Atlas) -> None:
    """Numbers are rows of table legs; properties are those of the row."""
    at = place(*ALMATY, 6)
    read = mapbox_vector_tile.decode(tiles.tile("legs", 6, *at))
    legs = atlas.frames["legs"]
    assert set(read) == {"legs"}
    for feature in read["legs"]["features"]:
        row = legs.row(feature["id"], named=True)
        expected = {key: row[key] for key in ("mode", "gauge_mm", "status") if row[key] is not None}
        if row["open_from"] is not None:
            expected["open_year"] = int(str(row["open_from"])[:4])
        assert feature["properties"] == expected
    drawn = mapbox_vector_tile.decode(tiles.tile("network", 6, *at))
    assert set(drawn) == {"net", "rail", "road"}
    colours = {tuple(sorted(feature["properties"].items())) for feature in read["legs"]["features"]}
    assert {tuple(sorted(feature["properties"].items())) for feature in drawn["net"]["features"]} == colours
    assert all(not feature["properties"] for feature in drawn["rail"]["features"])


@pytest.mark.parametrize("zoom", range(LAST_ZOOM + 1))
def test_no_tile_is_heavier_than_its_budget(tiles: Tiles, zoom: int) -> None:
    """The densest places at every zoom stay within 200 kB, and each tile can be read."""
    for lon, lat, sheet in [(*at, sheet) for at in CENTRAL for sheet in SHEETS]:
        tile = tiles.tile(sheet, zoom, *place(lon, lat, zoom))
        assert len(tile) <= BUDGET_BYTES
        if tile:
            assert mapbox_vector_tile.decode(tile)


def test_what_is_closed_is_never_left_out(tiles: Tiles, atlas: Atlas) -> None:
    """Closed and planned legs come first: one tile of the world holds all that are longer than a dot."""
    drawn = {one["id"] for one in mapbox_vector_tile.decode(tiles.tile("legs", 0, 0, 0))["legs"]["features"]}
    legs = atlas.frames["legs"].with_row_index("number")
    troubled = legs.filter(~legs["status"].is_in(["open", "limited"]) & (legs["distance_km"] > 300))
    assert troubled.height
    assert set(troubled["number"]) <= drawn


def test_a_second_start_reads_what_the_first_one_joined(
    atlas: Atlas, built_store: Path, tmp_path: Path
) -> None:
    """Lines kept beside the tables give the same bytes; a damaged file is made anew."""
    folder = tmp_path / "store"
    shutil.copytree(built_store, folder, ignore=shutil.ignore_patterns("lines.npz"))
    asked = ("network", 6, *place(*ALMATY, 6))
    first = Tiles(atlas, Store(folder)).tile(*asked)
    kept = folder / "lines.npz"
    assert kept.exists()
    written = kept.stat().st_mtime_ns
    assert Tiles(atlas, Store(folder)).tile(*asked) == first
    assert kept.stat().st_mtime_ns == written
    kept.write_bytes(b"PK damaged")
    assert Tiles(atlas, Store(folder)).tile(*asked) == first


def test_a_tile_beyond_the_world_is_refused(tiles: Tiles) -> None:
    """Zoom, column and row have their limits, and the message says them."""
    for wrong in ((LAST_ZOOM + 1, 0, 0), (2, 4, 0), (2, 0, -1)):
        with pytest.raises(UnknownPlace, match=str(LAST_ZOOM)):
            tiles.tile("network", *wrong)


def test_the_server_gives_tiles_once(ask: Callable[..., httpx.Response]) -> None:
    """The answer is a compressed tile with a tag; asked again with the tag there is nothing to send."""
    column, row = place(*ALMATY, 6)
    first = ask("GET", f"/tiles/network/6/{column}/{row}")
    assert first.status_code == 200
    assert first.headers["content-encoding"] == "gzip"
    assert "net" in mapbox_vector_tile.decode(first.content)
    again = ask("GET", f"/tiles/network/6/{column}/{row}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content
    assert ask("GET", "/tiles/network/3/9/0").status_code == 404


def test_the_net_draws_each_stretch_once(tiles: Tiles) -> None:
    """What the legs of a tile draw, the net draws too, in a fraction of the points."""
    at = place(*ALMATY, 7)
    net, legs = (
        unary_union(
            [
                shape(one["geometry"])
                for one in mapbox_vector_tile.decode(tiles.tile(sheet, 7, *at))[name]["features"]
            ]
        )
        for sheet, name in (("network", "net"), ("legs", "legs"))
    )
    assert net.buffer(8).covers(legs)
    assert legs.buffer(8).covers(net)
    points = [len(tiles.tile(sheet, 4, *place(*ALMATY, 4))) for sheet in ("network", "legs")]
    assert points[0] < points[1]


def test_the_leg_under_a_point_is_found(ask: Callable[..., httpx.Response], atlas: Atlas) -> None:
    """The middle of a leg leads to it, or to a shorter one over the same track."""
    legs = atlas.frames["legs"]
    for leg in ("sea-aktau-alat", "kz-aktau-port-aktau-road"):
        own = ask("GET", f"/legs/{leg}").json()
        lon, lat = own["at"]
        found = ask("GET", f"/legs?lat={lat}&lon={lon}&mode={own['mode']}&lang=ru").json()
        assert found["mode"] == own["mode"]
        assert found["distance_km"] <= own["distance_km"]
    assert legs.height > found["number"]
    assert ask("GET", "/legs?lat=0&lon=0&mode=air").status_code == 422


def test_a_leg_is_known_by_id_and_by_number(ask: Callable[..., httpx.Response], atlas: Atlas) -> None:
    """Both give the same card, worded in the language asked for; an unknown one is refused."""
    number = atlas.frames["legs"]["leg"].index_of("sea-aktau-alat")
    by_id = ask("GET", "/legs/sea-aktau-alat?lang=kk").json()
    assert by_id == ask("GET", f"/legs/{number}?lang=kk").json()
    assert by_id["number"] == number
    assert by_id["from_name"] == atlas.gazetteer.name(by_id["from"], "kk")
    assert ask("GET", "/legs/no-such-leg").status_code == 404
    assert ask("GET", "/legs/99999999").status_code == 404
