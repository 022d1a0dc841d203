"""The tables of an import, written lot by lot.

Question: what do the arrays and parts of the passes say as declared tables?
In and out: folders of finished stages in; `osm_*.parquet` files in a folder out.
Method: edges are sorted by their first way, so each part of rows is read once and joined to its edges by
position.
Limits: points (border controls, facilities) are held whole; all else is one lot at a time.

"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from daliz.schema import Row

__all__ = ["REPAIRS", "SOURCE", "write_findings", "write_tables"]

SOURCE = "openstreetmap"
"""Key of the source of all rows; their class is `published`."""

REPAIRS = {
    "osm.gauge_unread": "osm.repair_tag",
    "osm.gauge_broad": "osm.repair_broad",
    "osm.electrified_unread": "osm.repair_tag",
    "osm.number_unread": "osm.repair_tag",
    "osm.tracks_unread": "osm.repair_tag",
    "osm.maxspeed_unread": "osm.repair_tag",
    "osm.maxspeed_code": "osm.repair_code",
    "osm.duration_unread": "osm.repair_tag",
    "osm.maxweight_unread": "osm.repair_tag",
    "osm.maxheight_unread": "osm.repair_tag",
    "osm.access_unread": "osm.repair_tag",
    "osm.oneway_unread": "osm.repair_tag",
    "osm.no_length": "osm.repair_way",
    "osm.no_position": "osm.repair_extract",
    "osm.missing_nodes": "osm.repair_extract",
    "osm.relation_unread": "osm.repair_relation",
    "osm.place_apart": "osm.repair_place",
    "osm.crossing_apart": "osm.repair_place",
}
"""Key of each message and of its repair."""

_LOT = 200_000


class _Out:
    """One table as a Parquet file, a lot of rows at a time; an empty table has its columns."""

    def __init__(self, folder: Path, name: str) -> None:
        import pyarrow.parquet as pq

        self.table = table(name)
        self.schema = self.table.polars_schema()
        self.writer = pq.ParquetWriter(folder / f"{name}.parquet", self.table.empty().to_arrow().schema)
        self.count = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Rows with columns of the table; those that lack are empty."""
        lacking = [pl.lit(None).cast(kind).alias(name) for name, kind in self.schema.items()
                   if name not in frame.columns]  # fmt: skip
        whole = frame.with_columns(lacking).select(
            pl.col(name).cast(kind) for name, kind in self.schema.items()
        )
        self.writer.write_table(whole.to_arrow())
        self.count += whole.height

    def close(self) -> int:
        """Number of rows written."""
        self.writer.close()
        return self.count


def write_tables(ways: Path, nodes: Path, edges: Path, folder: Path) -> None:
    """Nodes, edges, ferries and facilities into `folder`, and `counts.json`."""
    ids, x, y = (np.load(nodes / f"{name}.npy") for name in ("ids", "x", "y"))
    held = {name: np.load(edges / f"{name}.npy") for name in ("tail", "head", "km", "way", "pieces")}
    way_km = np.load(edges / "way_km.npy")
    points = json.loads((ways / "points.json").read_text(encoding="utf-8"))
    on_graph = np.unique(np.concatenate([held["tail"], held["head"]]))
    counts = {"osm_nodes": _nodes(ids, (x, y), on_graph, (points, folder))}
    counts["osm_facilities"] = _facilities(ids, (x, y), on_graph, (points, folder))
    counts |= _edges(ways, ids, held, (way_km, folder))
    facts = {"counts": counts, "km": _km_by_mode(ways, held)}
    (folder / "counts.json").write_text(json.dumps(facts), encoding="utf-8")


def _km_by_mode(ways: Path, held: dict[str, NDArray[Any]]) -> Row:
    from daliz.io.osm.ways import MODES

    (of_way,) = (np.load(ways / f"{name}.npy") for name in ("mode",))
    km = np.bincount(of_way[held["way"]], held["km"], minlength=len(MODES))
    return {mode: round(float(km[at]), 6) for at, mode in enumerate(MODES)}


def _nodes(
    ids: NDArray[np.int64],
    place: tuple[NDArray[np.int32], NDArray[np.int32]],
    on_graph: NDArray[np.int64],
    told: tuple[list[Row], Path],
) -> int:
    points, folder = told
    kinds = {int(row["object"][1:]): row["kind"] for row in points if row["object"][0] == "n"}
    out = _Out(folder, "osm_nodes")
    for start in range(0, len(on_graph), _LOT):
        rows = on_graph[start : start + _LOT]
        out.add(
            pl.DataFrame({
                "node": pl.Series(ids[rows]).cast(pl.String),
                "lat": place[1][rows] / 1e7,
                "lon": place[0][rows] / 1e7,
                "kind": [kinds.get(number, "junction") for number in ids[rows].tolist()],
            }).with_columns(node="n" + pl.col("node"))
        )  # fmt: skip
    return out.close()


def _facilities(
    ids: NDArray[np.int64],
    place: tuple[NDArray[np.int32], NDArray[np.int32]],
    on_graph: NDArray[np.int64],
    told: tuple[list[Row], Path],
) -> int:
    points, folder = told
    out = _Out(folder, "osm_facilities")
    rows = []
    lines = set(ids[on_graph].tolist())
    for point in points:
        if "lat" not in point:
            at: NDArray[np.int64] = np.asarray(np.searchsorted(ids, np.asarray(point["refs"])))
            at = at[at < len(ids)]
            at = at[np.isin(ids[at], point["refs"])]
            if not len(at):
                continue
            point |= {"lat": float(place[1][at].mean() / 1e7), "lon": float(place[0][at].mean() / 1e7)}
        on_line = point["object"][0] == "n" and point["refs"][0] in lines
        rows.append(point | {"facility": point["object"], "on_line": "yes" if on_line else "no",
                             "source": SOURCE, "quality": "published"})  # fmt: skip
    out.add(table("osm_facilities").frame(rows))
    return out.close()


def _edges(
    ways: Path,
    ids: NDArray[np.int64],
    held: dict[str, NDArray[Any]],
    told: tuple[NDArray[np.float64], Path],
) -> dict[str, int]:
    way_km, folder = told
    out, ferries = _Out(folder, "osm_edges"), _Out(folder, "osm_ferries")
    start = 0
    for part in sorted(ways.glob("rows-*.parquet")):
        rows = pl.read_parquet(part).with_columns(
            source=pl.lit(SOURCE), quality=pl.lit("published"), _km=pl.lit(0.0)
        )
        stop = start + rows.height
        rows = rows.with_columns(_km=pl.Series(way_km[start:stop]))
        low, high = np.searchsorted(held["way"], np.array([start, stop])).tolist()
        mine = {name: values[low:high] for name, values in held.items()}
        taken = rows[mine["way"] - start].drop("edge", "tail", "head", "km", "pieces")
        taken = taken.with_columns(
            tail="n" + pl.Series(ids[mine["tail"]]).cast(pl.String),
            head="n" + pl.Series(ids[mine["head"]]).cast(pl.String),
            km=pl.Series(mine["km"]),
            pieces=pl.Series(mine["pieces"]),
        ).with_columns(
            edge="w" + pl.col("osm_way").cast(pl.String) + "-"
            + pl.int_range(1, pl.len() + 1).over("osm_way").cast(pl.String),
            duration_h=pl.when(pl.col("_km") > 0).then(pl.col("duration_h") * pl.col("km") / pl.col("_km")),
        )  # fmt: skip
        out.add(taken.drop("_km"))
        crossings = rows.filter(pl.col("mode") == "ferry")
        ferries.add(crossings.with_columns(ferry="w" + pl.col("osm_way").cast(pl.String), km=pl.col("_km")))
        start = stop
    return {"osm_edges": out.close(), "osm_ferries": ferries.close()}


def write_findings(file: str, folders: Iterable[Path], folder: Path) -> int:
    """All findings of the stages as one table; how many."""
    out = _Out(folder, "osm_findings")
    for part in (part for stage in folders for part in sorted(stage.glob("findings-*.parquet"))):
        rows = pl.read_parquet(part)
        number = pl.int_range(out.count + 1, out.count + rows.height + 1, eager=True).cast(pl.String)
        out.add(
            rows.with_columns(
                finding="f" + number, file=pl.lit(file), repair=pl.col("message").replace_strict(REPAIRS)
            )
        )
    return out.close()
