"""Legs between places: inside one state along the base graph, and over a border at a curated crossing.

Question: which places are neighbours, how far apart along the line, and by which way?
In and out: attached lines in; legs with distance and shape out.
Method: Dijkstra inside the state that stops at the first place met, so a leg never jumps over a
curated point; for a crossing, the shortest way post - crossing arc - post that uses exactly one arc
between the two states. Legs that a third place shortens to the same km are dropped. Second tracks are
arcs of their own in the base graph and often pass a station without a node: an arc whose ends are
joined by another way of the same length (3 per cent) through a place is such a track and is left out.
Limits: one leg per pair of neighbours and mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.geodesy import simplify
from daliz.engine.graph import Csr, Searcher, csr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from daliz.overlay.attach import Attached
    from daliz.schema import Row

LEG_LIMIT_KM = 3500.0
CROSSING_LIMIT_KM = 250.0
SHAPE_TOLERANCE_KM = 0.7
_DOMINATED_KM = 0.3
PARALLEL_ARC_KM = 12.0
PARALLEL_RATIO = 1.03

Shapes = dict[tuple[float, float, float, float], list[tuple[float, float]]]


@dataclass(frozen=True)
class Way:
    """A way between two places: length in km and shape as (lat, lon) points, ends included."""

    from_place: str
    to_place: str
    distance_km: float
    shape: list[tuple[float, float]]


class Contractor:
    """Searches on the lines of one mode; crossing edges are closed except when asked for by pair."""

    def __init__(self, attached: Attached, shapes: Shapes) -> None:
        self._lines = attached.lines
        self._node = attached.node
        self._shapes = shapes
        inside = ~self._lines.crossing
        self._inside = np.flatnonzero(inside)
        graph = csr(
            len(self._lines.lat), self._lines.tail[inside], self._lines.head[inside], self._lines.km[inside]
        )
        self._searcher = Searcher(graph)
        self._never = np.zeros(graph.nodes, dtype=bool)
        self._stop = self._never.copy()
        self._stop[list(self._node.values())] = True
        self._place_at = {node: place for place, node in self._node.items()}
        self.parallel_tracks = self._drop_parallel_tracks(graph)

    def _drop_parallel_tracks(self, graph: Csr) -> int:
        """Close arcs that another way of the same length through a place makes redundant; how many."""
        km = self._lines.km[self._inside]
        tail, head = self._lines.tail[self._inside], self._lines.head[self._inside]
        halves = np.argsort(graph.edge, kind="stable").reshape(-1, 2)
        dropped = 0
        for arc in np.flatnonzero(km > PARALLEL_ARC_KM)[np.argsort(-km[km > PARALLEL_ARC_KM])].tolist():
            graph.weight[halves[arc]] = np.inf
            limit = PARALLEL_RATIO * km[arc] + 0.5
            self._searcher.run(int(tail[arc]), self._never, limit)
            if self._searcher.distance_km(int(head[arc])) <= limit:
                nodes, _ = self._searcher.path(int(head[arc]))
                if any(self._stop[node] for node in nodes[1:-1]):
                    dropped += 1
                    continue
            graph.weight[halves[arc]] = km[arc]
        return dropped

    def legs(self) -> list[Way]:
        """Every leg inside one state, each once, dominated ones left out."""
        found: dict[tuple[str, str], tuple[float, list[int]]] = {}
        for place, node in self._node.items():
            reached = self._searcher.run(node, self._stop, LEG_LIMIT_KM)
            for met in reached[self._stop[reached]].tolist():
                other = self._place_at[met]
                if other > place:
                    nodes, _ = self._searcher.path(met)
                    found[place, other] = self._searcher.distance_km(met), nodes
        kept = _undominated({pair: km for pair, (km, _) in found.items()})
        return [Way(a, b, found[a, b][0], self._shape(found[a, b][1])) for a, b in kept]

    def crossing(self, post_a: str, post_b: str) -> Way | None:
        """The way between two posts over one crossing arc, or None when the base graph has none."""
        if post_a not in self._node or post_b not in self._node:
            return None
        lines, node_a, node_b = self._lines, self._node[post_a], self._node[post_b]
        state_a, state_b = lines.country[node_a], lines.country[node_b]
        arcs = np.flatnonzero(lines.crossing)
        tail_state, head_state = lines.country[lines.tail[arcs]], lines.country[lines.head[arcs]]
        forward = arcs[(tail_state == state_a) & (head_state == state_b)]
        backward = arcs[(tail_state == state_b) & (head_state == state_a)]
        near = np.concatenate([lines.tail[forward], lines.head[backward]])
        far = np.concatenate([lines.head[forward], lines.tail[backward]])
        if len(near) == 0:
            return None
        km = np.concatenate([lines.km[forward], lines.km[backward]])
        to_near = self._distances(node_a, near)
        to_far = self._distances(node_b, far)
        best = int(np.argmin(to_near + km + to_far))
        total = float(to_near[best] + km[best] + to_far[best])
        if not np.isfinite(total):
            return None
        first = self._path(node_a, int(near[best]))
        second = self._path(node_b, int(far[best]))[::-1]
        return Way(post_a, post_b, total, self._shape(first + second))

    def distance_km(self, place_a: str, place_b: str) -> float:
        """Length of the shortest way inside the state, inf when there is none."""
        self._searcher.run(self._node[place_a], self._never)
        return self._searcher.distance_km(self._node[place_b])

    def _distances(self, source: int, targets: NDArray[np.int64]) -> NDArray[np.float64]:
        self._searcher.run(source, self._never, CROSSING_LIMIT_KM)
        return self._searcher.distances_km[targets].copy()

    def _path(self, source: int, target: int) -> list[int]:
        self._searcher.run(source, self._never, CROSSING_LIMIT_KM)
        return self._searcher.path(target)[0]

    def _shape(self, nodes: list[int]) -> list[tuple[float, float]]:
        lat, lon = self._lines.lat, self._lines.lon
        points = [(float(lat[nodes[0]]), float(lon[nodes[0]]))]
        for a, b in zip(nodes, nodes[1:], strict=False):
            key = tuple(round(float(v), 3) for v in (lat[a], lon[a], lat[b], lon[b]))
            points += self._shapes.get(key, [])  # type: ignore[arg-type]
            points.append((float(lat[b]), float(lon[b])))
        kept = simplify(
            np.array([p[0] for p in points]), np.array([p[1] for p in points]), SHAPE_TOLERANCE_KM
        )
        return [(round(points[i][0], 4), round(points[i][1], 4)) for i in kept]


def curated_shapes(rows: Iterable[Row], mode: str) -> Shapes:
    """Shape points by the rounded ends of a base arc, in both directions."""
    shapes: Shapes = {}
    for row in rows:
        if row["mode"] != mode:
            continue
        points = [tuple(map(float, point.split())) for point in str(row["shape"]).split(";")]
        inner = [(lat, lon) for lat, lon in points]
        a_lat, a_lon, b_lat, b_lon = (round(float(row[k]), 3) for k in ("lat_a", "lon_a", "lat_b", "lon_b"))
        shapes[a_lat, a_lon, b_lat, b_lon] = inner
        shapes[b_lat, b_lon, a_lat, a_lon] = inner[::-1]
    return shapes


def _undominated(found: dict[tuple[str, str], float]) -> list[tuple[str, str]]:
    near: dict[str, dict[str, float]] = {}
    for (a, b), km in found.items():
        near.setdefault(a, {})[b] = km
        near.setdefault(b, {})[a] = km
    return [
        (a, b)
        for (a, b), km in found.items()
        if all(near[a][c] + near[b][c] > km + _DOMINATED_KM for c in near[a].keys() & near[b].keys())
    ]
