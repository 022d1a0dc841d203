"""The OSM-derived world rail and road junction graphs of the package `scgraph_data`, read as text.

Question: which nodes and arcs does the base network have?
In and out: the wheel's path and a graph name in; arrays of nodes (deg) and undirected arcs (km) out.
Method: the two literal lines `graph=` and `nodes=` are found by pattern and parsed as numbers; the
package is neither imported nor compiled.
Limits: a junction graph with straight chords and true km, coordinates to 0.001 degrees; no gauge,
track, name or border attributes, and arc counts say nothing of capacity.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.errors import BadValue

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["GRAPHS", "BaseGraph", "read"]

GRAPHS = {"rail": "world_railways", "road": "world_highways"}
_BLANK = str.maketrans("[]{},:", "      ")


@dataclass(frozen=True)
class BaseGraph:
    """Nodes and undirected arcs of one mode; `tail < head` once per pair, the shortest km kept.

    lat, lon: degrees, shape (n,). tail, head: node numbers, km: length, shape (m,).
    `self_arcs` and `parallel_arcs` count what was dropped.
    """

    mode: str
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    km: NDArray[np.float64]
    self_arcs: int
    parallel_arcs: int


def read(wheel: Path, mode: str) -> BaseGraph:
    """The world graph of `mode` (rail or road).

    Raises
    ------
    BadValue
        when the wheel has no such graph or its text does not parse.
    """
    member = f"scgraph_data/{GRAPHS[mode]}.py"
    with zipfile.ZipFile(wheel) as archive:
        try:
            source = archive.read(member).decode()
        except KeyError:
            raise BadValue("error.no_graph", member=member, wheel=wheel.name) from None
    nodes = _numbers(_literal(source, "nodes", wheel)).reshape(-1, 2)
    graph = _literal(source, "graph", wheel)
    degree = np.array([part.count(":") for part in graph[1:-1].split("}")[:-1]], dtype=np.int64)
    halves = _numbers(graph).reshape(-1, 2)
    if len(degree) != len(nodes) or degree.sum() != len(halves):
        raise BadValue("error.no_graph", member=member, wheel=wheel.name)
    tail = np.repeat(np.arange(len(nodes)), degree)
    head = halves[:, 0].astype(np.int64)
    return _undirected(mode, nodes, tail, head, halves[:, 1])


def _literal(source: str, name: str, wheel: Path) -> str:
    found = re.search(rf"^{name}\s*=\s*(\[.*\])\s*$", source, re.MULTILINE)
    if found is None:
        raise BadValue("error.no_graph", member=name, wheel=wheel.name)
    return found.group(1)


def _numbers(literal: str) -> NDArray[np.float64]:
    return np.array(literal.translate(_BLANK).split(), dtype=np.float64)


def _undirected(
    mode: str,
    nodes: NDArray[np.float64],
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    km: NDArray[np.float64],
) -> BaseGraph:
    proper = tail != head
    low, high = np.minimum(tail, head)[proper], np.maximum(tail, head)[proper]
    order = np.lexsort((km[proper], high, low))
    low, high, length = low[order], high[order], km[proper][order]
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return BaseGraph(
        mode, nodes[:, 0].copy(), nodes[:, 1].copy(), low[first], high[first], length[first],
        self_arcs=int((~proper).sum()), parallel_arcs=int(proper.sum()) // 2 - int(first.sum()),
    )  # fmt: skip
