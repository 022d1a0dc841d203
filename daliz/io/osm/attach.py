"""Our own places and crossings, joined to an extract.

Question: which node of the extract is this place, and which of our places has none?
In and out: frames `places` and `crossings`, tables of an import, its bounds in; rows of `osm_joins` and
findings out.
Method: nearest by great circle, through a tree on the unit sphere, among nodes of lines of the mode (for
sea: ferries and ports; for a crossing: border controls, from either post), within a radius. Only what
lies inside the bounds of the extract is sought.
Limits: nearest is not always right in a yard of many tracks; the distance is told with each join.

"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from daliz.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from daliz.io.osm.stages import Findings
    from daliz.schema import Row

__all__ = ["attach"]


class _Nearest:
    """The nearest of named points."""

    def __init__(self, points: pl.DataFrame) -> None:
        self.names = points["name"].to_list()
        self.tree = cKDTree(_on_sphere(points["lat"].to_numpy(), points["lon"].to_numpy()))

    def find(self, lat: float, lon: float, radius_km: float) -> tuple[str, float] | None:
        """Name and km of the nearest point within the radius."""
        if not self.names:
            return None
        chord, at = self.tree.query(_on_sphere(np.array([lat]), np.array([lon]))[0])
        km = 2 * EARTH_RADIUS_KM * float(np.arcsin(min(1.0, chord / 2)))
        return (self.names[int(at)], km) if km <= radius_km else None


def _on_sphere(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    phi, lam = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def attach(
    tables: Path, ours: dict[str, pl.DataFrame], box: list[float], radius_km: float, findings: Findings
) -> list[Row]:
    """Rows of `osm_joins`; what lies inside `box` (south, west, north, east) and finds none is a finding."""
    targets = _targets(tables)
    joins: list[Row] = []
    inside = {}
    for place in ours["places"].iter_rows(named=True):
        if not (box[0] <= place["lat"] <= box[2] and box[1] <= place["lon"] <= box[3]):
            continue
        inside[place["place"]] = place
        for mode in place["modes"]:
            found = targets[mode].find(place["lat"], place["lon"], radius_km)
            if found is None:
                findings.add(f"places/{place['place']}", mode, f"{radius_km:g}", "osm.place_apart")
            else:
                joins.append(_join("places", place["place"], mode, (*found, radius_km)))
    for crossing in ours["crossings"].iter_rows(named=True):
        posts = [inside[post] for post in (crossing["post_a"], crossing["post_b"]) if post in inside]
        if not posts:
            continue
        near = [targets["border"].find(post["lat"], post["lon"], radius_km) for post in posts]
        best = min((hit for hit in near if hit), key=lambda hit: hit[1], default=None)
        if best is None:
            findings.add(
                f"crossings/{crossing['crossing']}", crossing["mode"], f"{radius_km:g}", "osm.crossing_apart"
            )
        else:
            joins.append(_join("crossings", crossing["crossing"], crossing["mode"], (*best, radius_km)))
    return joins


def _join(name: str, row: str, mode: str, found: tuple[str, float, float]) -> Row:
    target, km, radius_km = found
    return {"join": f"{row}-{mode}-{name}", "table": name, "row": row, "mode": mode, "target": target,
            "distance_km": km, "radius_km": radius_km}  # fmt: skip


def _targets(tables: Path) -> dict[str, _Nearest]:
    nodes = pl.read_parquet(tables / "osm_nodes.parquet").rename({"node": "name"})
    edges = pl.scan_parquet(tables / "osm_edges.parquet").select("mode", "tail", "head").collect()
    facilities = _facilities(tables)
    on = {}
    for mode in ("rail", "road", "ferry"):
        lines = edges.filter(pl.col("mode") == mode)
        used = pl.concat([lines["tail"], lines["head"]]).unique()
        on[mode] = nodes.filter(pl.col("name").is_in(used.implode())).select("name", "lat", "lon")
    quays = facilities.filter(pl.col("kind").is_in(["port", "ferry_terminal"]))
    borders = facilities.filter(pl.col("kind").is_in(["border_control", "border_rail"]))
    return {
        "rail": _Nearest(on["rail"]),
        "road": _Nearest(on["road"]),
        "sea": _Nearest(pl.concat([on["ferry"], quays.select("name", "lat", "lon")])),
        "border": _Nearest(borders.select("name", "lat", "lon")),
    }


def _facilities(tables: Path) -> pl.DataFrame:
    held = pl.read_parquet(tables / "osm_facilities.parquet")
    return held.select(pl.col("facility").alias("name"), "kind", "lat", "lon")
