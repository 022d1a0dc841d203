"""Edges between junctions, from references and positions.

Question: between which nodes do the ways run, how far, and which stretches are one edge?
In and out: folders of the two passes in; arrays of edges in a folder out.
Method: a way is cut at its ends, where another way of its family (rail with ferries, road with ferries)
uses the node, at border controls and facilities, and where the extract lacks a node. Lengths are great
circles summed over all nodes. Stretches that are alike are joined by `engine.chains`, each mode by
itself, so that a level crossing joins no road to a railway.
Limits: ways are taken in lots of two million references; stretches and edges are held whole (about 60
bytes each).

"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.chains import joined
from daliz.engine.geodesy import distance_km
from daliz.io.osm.stages import Findings
from daliz.io.osm.ways import MODES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["assemble"]

_LOT = 2_000_000
_DEG = 1e-7
FAMILIES = ((0, 2), (1, 2), (0, 1, 2))
"""For each mode the modes whose use of a node makes it a junction."""


class _Lines:
    """Arrays of the passes, references mapped from their file."""

    def __init__(self, ways: Path, nodes: Path) -> None:
        names = ("ends", "mode", "oneway", "alike", "way")
        self.ends, self.mode, oneway, self.alike, self.way = (np.load(ways / f"{name}.npy") for name in names)
        self.oneway = oneway.astype(bool)
        size = int(self.ends[-1])
        self.refs = np.memmap(ways / "refs.i64", np.int64, "r", shape=(size,)) if size else np.empty(0, int)
        self.ids, self.x, self.y = (np.load(nodes / f"{name}.npy") for name in ("ids", "x", "y"))

    def lots(self) -> Iterator[tuple[Ints, Ints, NDArray[np.bool_]]]:
        """(way of each reference, its node, whether the extract has it) in lots of whole ways."""
        start, last = 0, len(self.mode)
        while start < last:
            stop = int(np.searchsorted(self.ends, self.ends[start] + _LOT, side="right")) - 1
            stop = min(max(stop, start + 1), last)
            refs = np.asarray(self.refs[self.ends[start] : self.ends[stop]])
            own = np.repeat(np.arange(start, stop), np.diff(self.ends[start : stop + 1]))
            node = np.minimum(np.searchsorted(self.ids, refs), max(len(self.ids) - 1, 0))
            there = self.ids[node] == refs if len(self.ids) else np.zeros(len(refs), dtype=bool)
            yield own, node, there
            start = stop


def assemble(ways: Path, nodes: Path, folder: Path) -> None:
    """Edges of all modes into `folder`: ends (rows of the nodes), km, first way, pieces, share of its way."""
    lines = _Lines(ways, nodes)
    named = _named(ways, lines.ids)
    uses = np.zeros((len(MODES), len(lines.ids)), dtype=np.uint8)
    for own, node, there in lines.lots():
        for mode in range(len(MODES)):
            met, times = np.unique(node[there & (lines.mode[own] == mode)], return_counts=True)
            uses[mode, met] = np.minimum(255, uses[mode, met].astype(np.int64) + times)
    stops = np.array([uses[list(family)].astype(np.int16).sum(axis=0) >= 2 for family in FAMILIES])
    del uses
    tail, head, km, own = _stretches(lines, stops | named, Findings(folder))
    del stops
    edges = _edges(lines, named, (tail, head), km, own)
    np.save(folder / "way_km.npy", np.bincount(own, km, minlength=len(lines.mode)))
    for name, values in edges.items():
        np.save(folder / f"{name}.npy", values)


def _named(ways: Path, ids: Ints) -> NDArray[np.bool_]:
    """Nodes that are border controls or facilities themselves and so stay in the graph."""
    points = json.loads((ways / "points.json").read_text(encoding="utf-8"))
    marked = np.array([int(row["object"][1:]) for row in points if row["object"][0] == "n"], dtype=np.int64)
    return np.isin(ids, marked)


def _stretches(
    lines: _Lines, stops: NDArray[np.bool_], findings: Findings
) -> tuple[Ints, Ints, NDArray[np.float64], Ints]:
    """Tail, head, km and way of every stretch of a way between stops."""
    found: list[tuple[Ints, Ints, NDArray[np.float64], Ints]] = []
    for own, node, there in lines.lots():
        for way, missing in zip(*np.unique(own[~there], return_counts=True), strict=True):
            findings.add(f"way/{lines.way[way]}", "", str(missing), "osm.missing_nodes")
        pair = (own[:-1] == own[1:]) & there[:-1] & there[1:]
        before = np.concatenate([[False], pair[:-1]]).astype(bool)
        begins = pair & (~before | stops[lines.mode[own[:-1]], node[:-1]])
        at = np.flatnonzero(pair)
        a, b = node[:-1][at], node[1:][at]
        step = distance_km(lines.y[a] * _DEG, lines.x[a] * _DEG, lines.y[b] * _DEG, lines.x[b] * _DEG)
        first = np.flatnonzero(begins[at])
        if not len(first):
            continue
        last = np.append(first[1:], len(at)) - 1
        found.append((a[first], b[last], np.add.reduceat(step, first), own[:-1][at[first]]))
    findings.close()
    if not found:
        none = np.empty(0, dtype=np.int64)
        return none, none, np.empty(0), none
    tail, head, km, own = (np.concatenate(part) for part in zip(*found, strict=True))
    return tail, head, km, own


def _edges(
    lines: _Lines, named: NDArray[np.bool_], ends: tuple[Ints, Ints], km: NDArray[np.float64], own: Ints
) -> dict[str, NDArray[np.generic]]:
    """Joined edges of all modes, sorted by their first way."""
    point, compact = np.unique(np.concatenate(ends), return_inverse=True)
    tail, head = compact[: len(km)], compact[len(km) :]
    mode = lines.mode[own]
    degree = np.array(
        [np.bincount(compact[np.tile(mode == m, 2)], minlength=len(point)) for m in range(len(MODES))]
    )
    parts: list[tuple[NDArray[np.generic], ...]] = []
    for m in range(len(MODES)):
        rows = np.flatnonzero(mode == m)
        others = degree[[o for o in FAMILIES[m] if o != m]].sum(axis=0) > 0
        one = joined((tail[rows], head[rows]), km[rows], lines.alike[own[rows]], lines.oneway[own[rows]],
                     named[point] | others)  # fmt: skip
        parts.append((point[one.tail], point[one.head], one.km, own[rows[one.first]], one.pieces))
    names = ("tail", "head", "km", "way", "pieces")
    made = {name: np.concatenate([part[at] for part in parts]) for at, name in enumerate(names)}
    order = np.argsort(made["way"], kind="stable")
    return {name: values[order] for name, values in made.items()}
