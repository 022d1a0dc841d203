"""What a customised hierarchy is asked, by node numbers and arcs of the graph.

Question: how far, over which arcs, for every pair, and what if some arcs weigh something else?
In and out: a `Topology` and integer weights of the graph's arcs in; lengths (`FAR` where there is no way) and
arcs of the graph out.
Method: `customise` and `search`, with scratch arrays of each thread; matrices are spread over threads.
Limits: weights are whole numbers from 0, `FAR` for a closed arc; lengths are exact. A caller with other units
states the unit of one: `whole` finds one that is fine enough and cannot overflow.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.hierarchy import customise as _customise
from daliz.engine.hierarchy import search as _search
from daliz.engine.hierarchy.vector import FAR, LANES, LIMIT, WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from daliz.engine.hierarchy.contract import Topology

    Ints = NDArray[np.int64]
    Ints32 = NDArray[np.int32]

__all__ = ["Lanes", "Metric", "Way", "lanes", "whole"]

_SHARE = 0.2
"""Part of the triangles of a whole customisation after which a partial one is given up."""
_scratch = threading.local()


@dataclass(frozen=True)
class Way:
    """A shortest way: its length and the arcs of the graph in order. Without a way: `FAR` and none."""

    length: int
    arcs: Ints


class _Scratch:
    """Arrays of one thread for searches on hierarchies of up to so many nodes."""

    def __init__(self, nodes: int) -> None:
        self.nodes = nodes
        self.here = np.full(nodes, FAR, dtype=np.int32)
        self.there = np.full(nodes, FAR, dtype=np.int32)
        self.by_here = np.empty(nodes, dtype=np.int32)
        self.by_there = np.empty(nodes, dtype=np.int32)


def _mine(nodes: int) -> _Scratch:
    held: _Scratch | None = getattr(_scratch, "held", None)
    if held is None or held.nodes < nodes:
        held = _scratch.held = _Scratch(nodes)
    return held


def _aligned(shape: tuple[int, ...], fill: np.int32 | None = None) -> Ints32:
    """An array that begins on a cache line, so that no row of lanes lies across two."""
    cells = int(np.prod(shape))
    raw = np.empty(cells + 16, dtype=np.int32)
    shift = (-(raw.ctypes.data // 4)) % 16
    made = raw[shift : shift + cells].reshape(shape)
    if fill is not None:
        made[:] = fill
    return made


def _checked(topology: Topology, weights: ArrayLike) -> Ints32:
    """Weights (k, m) as int32.

    Raises
    ------
    ValueError
        when they do not fit the arcs, are not whole, or are out of range.
    """
    given = np.asarray(weights)
    if given.ndim != 2 or given.shape[1] != len(topology.slot):
        raise ValueError(f"weights must have shape (k, {len(topology.slot)}), not {given.shape}")
    if not np.issubdtype(given.dtype, np.integer):
        raise ValueError("weights must be whole numbers; `whole` makes them so")
    if given.size and (given.min() < 0 or given.max() > FAR):
        raise ValueError(f"weights must be from 0 to {FAR}, which closes an arc")
    return np.ascontiguousarray(given, dtype=np.int32)


def _own(topology: Topology, weights: Ints32) -> Ints32:
    """Weights of the hierarchy's arcs before customisation, int32[arcs, 2, 1]."""
    made = np.empty((topology.arcs, 2, 1), dtype=np.int32)
    _customise.laid(topology.by_slot_first, topology.by_slot, weights[:, None], made)
    return made


def _unknown(topology: Topology) -> Ints:
    return np.zeros((topology.arcs, 2), dtype=np.int64)


def _within(most: int) -> None:
    if most > LIMIT:
        raise OverflowError("weights are too great for exact sums in 32 bits: use a coarser unit")


@dataclass(frozen=True)
class Metric:
    """One set of weights on a hierarchy; safe to ask from many threads, and never changed.

    `weights` int32[m] of the graph's arcs; `own`, `weight` int32[arcs, 2, 1], before and after customisation;
    `below` int64[arcs, 2], what ways asked for have found under each arc (see `search.unpacked`).
    """

    topology: Topology
    weights: Ints32
    own: Ints32
    weight: Ints32
    below: Ints = field(repr=False)

    @classmethod
    def of(cls, topology: Topology, weights: ArrayLike) -> Metric:
        """Customise for weights (m,): whole numbers from 0, `FAR` where an arc is closed.

        Raises
        ------
        ValueError
            when weights do not fit.
        OverflowError
            when lengths could leave 32 bits.

        Examples
        --------
        >>> from daliz.engine.hierarchy import contract
        >>> line = contract(3, np.array([0, 1]), np.array([1, 2]), np.array([1, 0, 2]))
        >>> Metric.of(line, np.array([5, 7])).way(0, 2)
        Way(length=12, arcs=array([0, 1]))
        """
        given = _checked(topology, np.asarray(weights)[None, :])[0]
        own = _own(topology, given)
        return cls._from(topology, given, own, own.copy())

    @classmethod
    def _from(cls, topology: Topology, weights: Ints32, own: Ints32, weight: Ints32) -> Metric:
        _customise.customise(topology.first, topology.head, weight)
        _within(_customise.chains(topology.first, topology.head, weight))
        return cls(topology, weights, own, weight, _unknown(topology))

    def changed(self, arcs: ArrayLike, weights: ArrayLike) -> Metric:
        """Another metric in which some arcs of the graph weigh something else; this one is left as it is.

        Only what the change can reach is customised again; where that is much, everything is.

        Raises
        ------
        ValueError, OverflowError
            as `of`.
        """
        topology = self.topology
        numbers = np.asarray(arcs, dtype=np.int64)
        fresh = self.weights.copy()
        fresh[numbers] = weights
        fresh = _checked(topology, fresh[None, :])[0]
        slots = np.unique(topology.slot[numbers])
        slots = slots[slots >= 0]
        own = self.own.copy()
        flat = own.reshape(-1)
        for slot in slots.tolist():
            behind = topology.by_slot[topology.by_slot_first[slot] : topology.by_slot_first[slot + 1]]
            flat[slot] = fresh[behind].min()
        touched = slots[flat[slots] != self.own.reshape(-1)[slots]]
        if not len(touched):
            return Metric(topology, fresh, own, self.weight, _unknown(topology))
        weight = self.weight.copy()
        most = int(_SHARE * self.triangles())
        done = _customise.changed(
            topology.first, topology.head, topology.tail, topology.low_first, topology.low_tail,
            topology.low_arc, own, weight, np.unique(touched >> 1), most,
        )  # fmt: skip
        if not done:
            return self._from(topology, fresh, own, own.copy())
        _within(_customise.chains(topology.first, topology.head, weight))
        return Metric(topology, fresh, own, weight, _unknown(topology))

    def triangles(self) -> int:
        """Steps of a whole customisation."""
        above = np.diff(self.topology.first)
        return int((above * (above - 1) // 2).sum())

    def length(self, source: int, target: int) -> int:
        """Length of a shortest way between two nodes; `FAR` where there is none."""
        return self._meet(source, target, arcs=False).length

    def way(self, source: int, target: int) -> Way:
        """A shortest way between two nodes."""
        return self._meet(source, target, arcs=True)

    def _meet(self, source: int, target: int, *, arcs: bool) -> Way:
        topology = self.topology
        mine = _mine(topology.nodes)
        a, b = topology.rank[source], topology.rank[target]
        length, middle = _search.meet(
            topology.first, topology.head, topology.parent, self.weight, a, b,
            mine.here, mine.there, mine.by_here, mine.by_there,
        )  # fmt: skip
        _search.cleared(topology.parent, a, b, mine.here, mine.there)
        if middle < 0 or not arcs:
            return Way(int(length), np.empty(0, dtype=np.int64))
        climbed = _search.climbed(topology.tail, middle, mine.by_here, mine.by_there)
        return Way(int(length), self.behind(climbed))

    def behind(self, arcs: Ints) -> Ints:
        """Arcs of the graph behind arcs of the hierarchy (2 * arc, plus one downward), in order."""
        topology = self.topology
        slots = _search.unpacked(
            topology.tail, topology.head, topology.low_first, topology.low_tail, topology.low_arc,
            self.own, self.weight, self.below, arcs,
        )  # fmt: skip
        begin, end = topology.by_slot_first[slots], topology.by_slot_first[slots + 1]
        chosen: Ints = topology.by_slot[begin]
        for at in np.flatnonzero(end - begin > 1).tolist():
            several = topology.by_slot[begin[at] : end[at]]
            chosen[at] = several[np.argmin(self.weights[several])]
        return chosen

    def matrix(self, sources: ArrayLike, targets: ArrayLike, threads: int | None = None) -> Ints32:
        """Lengths from every source to every target; int32 (sources, targets), `FAR` without a way."""
        return _Sheet(self.topology, sources, targets, threads).matrix(self.weight, 0)

    def everywhere(self, node: int, *, backward: bool = False) -> Ints32:
        """Lengths from a node to every node, or, `backward`, from every node to it; int32[n]."""
        topology = self.topology
        made = np.empty(topology.nodes, dtype=np.int32)
        _search.spread(
            topology.first, topology.head, topology.parent, self.weight, topology.rank[node],
            int(backward), made,
        )  # fmt: skip
        return made[topology.rank]

    def reach(self, node: int, most: int) -> Ints:
        """Nodes not farther than `most`, the nearest first."""
        lengths = self.everywhere(node)
        found = np.flatnonzero(lengths <= min(most, int(FAR) - 1))
        return found[np.argsort(lengths[found], kind="stable")]

    def candidates(self, source: int, target: int) -> tuple[Ints32, Ints32]:
        """Nodes that lie above both ends and can be passed, and the length by way of each, shortest first."""
        topology = self.topology
        mine = _mine(topology.nodes)
        a, b = topology.rank[source], topology.rank[target]
        _search.climb_both(
            topology.first, topology.head, topology.parent, self.weight, a, b, mine.here, mine.there
        )
        above = _search.common(topology.parent, a, b)
        lengths = mine.here[above] + mine.there[above]
        _search.cleared(topology.parent, a, b, mine.here, mine.there)
        passed = (lengths < FAR).nonzero()[0]
        order = passed[np.argsort(lengths[passed], kind="stable")]
        return topology.node[above[order]], lengths[order]


def whole(topology: Topology, weights: ArrayLike, unit: float) -> tuple[Metric, float]:
    """A metric for weights that are not whole: multiples of a unit, rounded; and that unit.

    `weights` (m,) from 0, inf where closed. The unit is the one given, or ten, a hundred ... times it: the
    finest of these at which no sum overflows.

    Raises
    ------
    ValueError
        when a weight is negative or not a number.
    """
    given = np.asarray(weights, dtype=np.float64)
    if np.isnan(given).any() or (given < 0).any():
        raise ValueError("weights must be numbers from 0, inf where an arc is closed")
    closed = np.isinf(given)
    while True:
        scaled = np.where(closed, float(FAR), np.rint(given / unit))
        if not (scaled[~closed] > LIMIT).any():
            try:
                return Metric.of(topology, scaled.astype(np.int32)), unit
            except OverflowError:
                pass
        unit *= 10


class _Sheet:
    """Sources and targets of a matrix with what lies above them, for any weights of one topology.

    One matrix is made at a time; its sources are spread over threads, each with arrays of its own.
    """

    def __init__(
        self, topology: Topology, sources: ArrayLike, targets: ArrayLike, threads: int | None
    ) -> None:
        self.topology = topology
        begins, ends = topology.rank[np.asarray(sources)], topology.rank[np.asarray(targets)]
        # Sources that lie together share what is above them.
        self._rows = np.argsort(begins, kind="stable")
        mark = np.zeros(topology.nodes, dtype=np.bool_)
        self._up = _search.above(topology.parent, begins, mark)
        self._down = _search.above(topology.parent, ends, mark)
        number = np.full(topology.nodes + 1, -1, dtype=np.int32)
        number[self._down] = np.arange(len(self._down), dtype=np.int32)
        self._to_down, self._ends = number[self._up], number[ends]
        number[self._down] = -1
        number[self._up] = np.arange(len(self._up), dtype=np.int32)
        self._begins, self._above = number[begins[self._rows]], number[topology.parent[self._up]]
        self._number = number
        starts = range(0, len(begins), WIDE)
        count = max(1, min(threads or os.cpu_count() or 1, len(starts)))
        self._parts = [starts[part::count] for part in range(count)]
        self._arrays = [
            (
                _aligned((len(self._up), WIDE), FAR),
                _aligned((len(self._down), WIDE)),
                np.zeros(len(self._up), dtype=np.bool_),
            )
            for _ in range(count)
        ]
        self._pool = ThreadPoolExecutor(count)

    def matrix(self, weight: Ints32, lane: int) -> Ints32:
        """The matrix for one lane of customised weights."""
        topology = self.topology
        up = _search.laid_out(topology.first, topology.head, weight, 0, lane, self._up, self._number)
        down = _search.laid_out(topology.first, topology.head, weight, 1, lane, self._down, self._number)
        made = np.empty((len(self._begins), len(self._ends)), dtype=np.int32)

        def work(part: int) -> None:
            for start in self._parts[part]:
                _search.sweep(
                    up, self._above, self._to_down, self._begins[start : start + WIDE], down, self._ends,
                    *self._arrays[part], self._rows[start : start + WIDE], made,
                )  # fmt: skip

        if len(self._parts) == 1:
            work(0)
        else:
            list(self._pool.map(work, range(len(self._parts))))
        return made


@dataclass(frozen=True)
class Lanes:
    """Up to sixteen metrics customised together. `weights` int32[k, m]; `weight` int32[arcs, 2, LANES]."""

    topology: Topology
    weights: Ints32
    weight: Ints32

    def matrices(
        self, sources: ArrayLike, targets: ArrayLike, threads: int | None = None
    ) -> Iterator[Ints32]:
        """The matrix of each metric in turn, int32 (sources, targets)."""
        sheet = _Sheet(self.topology, sources, targets, threads)
        for lane in range(len(self.weights)):
            yield sheet.matrix(self.weight, lane)

    def pairs(self, sources: ArrayLike, targets: ArrayLike) -> Ints32:
        """Length of each pair in each metric, int32 (k, pairs)."""
        rank = self.topology.rank
        a, b = rank[np.asarray(sources)], rank[np.asarray(targets)]
        out = _aligned((len(a), LANES))
        place = np.empty(self.topology.nodes, dtype=np.int32)
        _search.pairs_each(
            self.topology.first, self.topology.head, self.topology.parent, self.weight, a, b, place, out
        )
        return np.ascontiguousarray(out.T[: len(self.weights)])

    def metric(self, lane: int) -> Metric:
        """One of them by itself, for ways and changes."""
        own = _own(self.topology, self.weights[lane])
        weight = np.ascontiguousarray(self.weight[:, :, lane : lane + 1])
        return Metric(self.topology, self.weights[lane], own, weight, _unknown(self.topology))


def lanes(topology: Topology, weights: ArrayLike, threads: int | None = None) -> list[Lanes]:
    """Customise many metrics, sixteen at a time on each thread.

    Parameters
    ----------
    topology
        A contracted graph.
    weights
        Whole numbers (k, m), a row a metric.
    threads
        How many; as many as there are processors when not given.

    Raises
    ------
    ValueError, OverflowError
        as `Metric.of`.
    """
    given = _checked(topology, weights)

    def work(start: int) -> Lanes:
        rows = given[start : start + LANES]
        padded = (
            rows if len(rows) == LANES else np.concatenate([rows, np.repeat(rows[:1], LANES - len(rows), 0)])
        )
        weight = _aligned((topology.arcs, 2, LANES))
        _customise.laid(topology.by_slot_first, topology.by_slot, np.ascontiguousarray(padded.T), weight)
        _customise.customise_each(topology.first, topology.head, weight)
        _within(_customise.chains_each(topology.first, topology.head, weight))
        return Lanes(topology, rows, weight)

    starts = range(0, len(given), LANES)
    count = max(1, min(threads or os.cpu_count() or 1, len(starts)))
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, starts))
