"""An imported extract as arrays that the engines search.

Question: how long is the way between two nodes of the extract, in km or hours?
In and out: the folder of an import and modes in; arrays of nodes and edges out.
Method: hours are length by speed: the tagged limit, else the mean speed of the service class of the mode
in table `speeds` (block train, general road freight, ro-ro); a ferry takes its tagged duration where it
has one.
Limits: a tagged limit is the fastest allowed, not what a lorry or train keeps on average.

"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["SERVICES", "Lines", "read_lines"]

SERVICES = {"rail": "block_train", "road": "road_general", "ferry": "ro_ro"}
"""Service class of table `speeds` whose speed a mode takes where no limit is tagged."""


@dataclass(frozen=True)
class Lines:
    """Nodes (number in OpenStreetMap, degrees; shape n) and edges (rows of nodes, km, h; shape m).

    `oneway` edges are open from tail to head only; the others both ways.
    """

    node: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    km: NDArray[np.float64]
    oneway: NDArray[np.bool_]
    hours: NDArray[np.float64]

    def arcs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Tail, head and edge of each direction that is open."""
        back = np.flatnonzero(~self.oneway)
        edge = np.concatenate([np.arange(len(self.tail)), back])
        return (
            np.concatenate([self.tail, self.head[back]]),
            np.concatenate([self.head, self.tail[back]]),
            edge,
        )


def read_lines(folder: Path, modes: tuple[str, ...], speeds: pl.DataFrame, closed: bool = False) -> Lines:
    """The graph of some modes of an import.

    Parameters
    ----------
    folder
        Folder of a finished import.
    modes
        Modes to take; a rail and a road line meet at a node only in a ferry port.
    speeds
        Table `speeds`; its rows for everywhere (`*`) give the km/h where no limit is tagged.
    closed
        Whether roads closed to lorries are taken too.
    """
    mean = {
        mode: float(
            speeds.filter((pl.col("service") == service) & (pl.col("country") == "*"))["speed_kmh"][0]
        )
        for mode, service in SERVICES.items()
    }
    wanted = pl.col("mode").is_in(modes) & (closed | (pl.col("lorry").fill_null("yes") != "no"))
    columns = ("tail", "head", "mode", "km", "oneway", "maxspeed_kmh", "duration_h")
    edges = pl.scan_parquet(folder / "osm_edges.parquet").filter(wanted).select(columns).collect()
    tail, head = (edges[name].str.slice(1).cast(pl.Int64).to_numpy() for name in ("tail", "head"))
    node, rows = np.unique(np.concatenate([tail, head]), return_inverse=True)
    places = pl.scan_parquet(folder / "osm_nodes.parquet").select("node", "lat", "lon").collect()
    places = places.with_columns(pl.col("node").str.slice(1).cast(pl.Int64)).sort("node")
    at = np.searchsorted(places["node"].to_numpy(), node)
    speed = pl.coalesce("maxspeed_kmh", pl.col("mode").replace_strict(mean, return_dtype=pl.Float64))
    return Lines(
        node, places["lat"].to_numpy()[at], places["lon"].to_numpy()[at],
        rows[: len(tail)], rows[len(tail) :], edges["km"].to_numpy(), (edges["oneway"] == "yes").to_numpy(),
        edges.select(pl.coalesce("duration_h", pl.col("km") / speed)).to_series().to_numpy(),
    )  # fmt: skip
