"""OpenStreetMap extracts of any size as tables and a graph of ours.

Question: what railways, roads, ferries, border controls and ports does this extract hold?
In and out: an extract in; a folder of declared tables (`osm_*.parquet`) with findings and a manifest out.
Method: two passes in pyosmium with flat arrays, junctions contracted, rows written in lots; each finished
stage is a checkpoint, so that a stopped import goes on where it stopped.
Limits: relations are counted and not read. What a tag says is taken as it is; what was not read is a
finding.

"""

from __future__ import annotations

import json
import os
import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.io.osm.assemble import assemble
from daliz.io.osm.attach import attach
from daliz.io.osm.graph import Lines, read_lines
from daliz.io.osm.scan import scan_nodes, scan_ways
from daliz.io.osm.stages import KIND, Findings, Stages, digest
from daliz.io.osm.tables import SOURCE, write_findings, write_tables
from daliz.io.osm.ways import MODES, Options
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

    from daliz.schema import Row

__all__ = ["MODES", "Imported", "Lines", "Options", "import_extract", "read_lines"]

FORMAT = 1
RADIUS_KM = 5.0
"""How far from a curated place its node may be; a yard of a large city is a few km long."""

_TABLES = ("osm_nodes", "osm_edges", "osm_ferries", "osm_facilities", "osm_findings", "osm_joins")


@dataclass(frozen=True)
class Imported:
    """A finished import: its folder, manifest, and the stages that were done before this run."""

    folder: Path
    manifest: Row
    reused: tuple[str, ...]


def import_extract(
    file: Path,
    folder: Path,
    options: Options,
    ours: Mapping[str, pl.DataFrame] | None = None,
    told: tuple[Callable[[str], None], Callable[[int], None]] | None = None,
) -> Imported:
    """Import `file` into `folder`, going on after the last finished stage of the same input.

    Parameters
    ----------
    ours
        Frames `places` and `crossings` to join; None joins nothing.
    told
        Hears the name of each stage, and how many objects were looked at.

    Raises
    ------
    BadValue
        when the file is no whole extract, or the folder holds files of something else.
    """
    progress, count = told or (lambda _: None, lambda _: None)
    began = time.perf_counter()
    progress("osm_digest")
    described: Row = {
        "format": FORMAT, "file": file.name, "sha256": digest(file), "size": file.stat().st_size,
        "modes": list(options.modes), "side_tracks": options.side_tracks, "joined": _mark(ours),
    }  # fmt: skip
    stages = Stages.of(folder, described)
    if stages.manifest().get("input") == described and all(
        (folder / f"{name}.parquet").exists() for name in _TABLES
    ):
        stages.clear()
        return Imported(folder, stages.manifest(), ("ways", "nodes", "edges", "tables"))
    reused = tuple(name for name in ("ways", "nodes", "edges", "tables") if stages.done(name))
    ways, nodes, edges, tables = (stages.path(name) for name in ("ways", "nodes", "edges", "tables"))
    if "ways" not in reused:
        progress("osm_ways")
        with stages.write("ways") as fresh:
            scan_ways(file, options, fresh, count)
    if "nodes" not in reused:
        progress("osm_nodes")
        with stages.write("nodes") as fresh:
            scan_nodes(file, ways, fresh, count)
    if "edges" not in reused:
        progress("osm_edges")
        with stages.write("edges") as fresh:
            assemble(ways, nodes, fresh)
    if "tables" not in reused:
        progress("osm_tables")
        with stages.write("tables") as fresh:
            write_tables(ways, nodes, edges, fresh)
            _join(nodes, ways, fresh, ours)
            write_findings(file.name, (ways, edges, fresh), fresh)
    manifest = _manifest(described, ways, tables) | {
        "seconds": round(time.perf_counter() - began, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    return _publish(stages, tables, manifest, reused)


def _mark(ours: Mapping[str, pl.DataFrame] | None) -> str:
    """What tells our own tables from another state of them."""
    if ours is None:
        return ""
    return "-".join(str(ours[name].hash_rows(seed=1).sum()) for name in ("places", "crossings"))


def _join(nodes: Path, ways: Path, fresh: Path, ours: Mapping[str, pl.DataFrame] | None) -> None:
    findings = Findings(fresh)
    joins: list[Row] = []
    box = json.loads((ways / "facts.json").read_text(encoding="utf-8"))["header"]["box"] or _box(nodes)
    if ours is not None and box is not None:
        joins = attach(fresh, dict(ours), box, RADIUS_KM, findings)
    findings.close()
    table("osm_joins").frame(joins).write_parquet(fresh / "osm_joins.parquet")


def _box(nodes: Path) -> list[float] | None:
    x, y = (np.load(nodes / f"{name}.npy") for name in ("x", "y"))
    if not len(x):
        return None
    return [float(value) / 1e7 for value in (y.min(), x.min(), y.max(), x.max())]


def _manifest(described: Row, ways: Path, tables: Path) -> Row:
    import polars as pl

    facts = json.loads((ways / "facts.json").read_text(encoding="utf-8"))
    counts = json.loads((tables / "counts.json").read_text(encoding="utf-8"))
    findings = pl.scan_parquet(tables / "osm_findings.parquet").group_by("message").len().sort("message")
    messages = dict(findings.collect().iter_rows())
    joins = pl.read_parquet(tables / "osm_joins.parquet").height
    return {
        "kind": KIND,
        "input": described,
        "reference_date": facts["header"]["reference_date"],
        "box": facts["header"]["box"],
        "attribution": "© OpenStreetMap contributors",
        "licence": "ODbL 1.0",
        "source": SOURCE,
        "quality": "published",
        "counts": counts["counts"] | {"osm_findings": sum(messages.values()), "osm_joins": joins},
        "km": counts["km"],
        "kept_ways": facts["kept"],
        "left_out": facts["left_out"],
        "findings": messages,
    }


def _publish(stages: Stages, tables: Path, manifest: Row, reused: tuple[str, ...]) -> Imported:
    (stages.folder / "manifest.json").unlink(missing_ok=True)
    for name in _TABLES:
        fresh = stages.folder / f"{name}.parquet.part"
        fresh.unlink(missing_ok=True)
        os.link(tables / f"{name}.parquet", fresh)
        fresh.replace(stages.folder / f"{name}.parquet")
    note = stages.folder / "manifest.part"
    note.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    note.replace(stages.folder / "manifest.json")
    stages.clear()
    return Imported(stages.folder, manifest, reused)
