"""The arcs of a customizable contraction hierarchy: which there are, not what they weigh.

Question: which pairs of nodes get an arc when nodes are contracted in a given order, and in what numbering
are they quickest to walk?
In and out: the arcs of a directed graph and an order of its nodes in; a `Topology` out.
Method: symbolic elimination (George and Liu 1981): the upper neighbours of a node are those of the graph and
of its children in the elimination tree. Nodes are then numbered again in a postorder of that tree, largest
child last, which keeps all arcs and puts what is used together side by side. (Dibbelt, Strasser and Wagner,
Customizable Contraction Hierarchies, ACM JEA 21, 2016.)
Limits: up to 2**31 - 1 arcs; self arcs are never part of a shortest way and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from daliz.engine.hierarchy.reduce import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Ints32 = NDArray[np.int32]

__all__ = ["Topology", "contract"]


@dataclass(frozen=True)
class Topology:
    """A hierarchy without weights. Nodes are numbered by rank: an arc leads from a lower to a higher one.

    Attributes
    ----------
    rank, node
        int32[n]: rank of each node of the graph, and node at each rank.
    first, head, tail
        int64[n + 1], int32[a], int32[a]: upper arcs of rank v are `first[v]:first[v + 1]`, heads ascending.
    parent
        int32[n]: least head, -1 at a root of the elimination tree.
    low_first, low_tail, low_arc
        The same arcs by head: lower neighbours of each rank, ascending, and the arcs to them.
    slot
        int64[m]: for arc i of the graph twice its arc here, plus one where it leads down; -1 for self arcs.
    by_slot_first, by_slot
        Arcs of the graph of each slot (CSR over 2a slots), for what lies behind a weight.
    """

    rank: Ints32
    node: Ints32
    first: Ints
    head: Ints32
    tail: Ints32
    parent: Ints32
    low_first: Ints
    low_tail: Ints32
    low_arc: Ints32
    slot: Ints
    by_slot_first: Ints
    by_slot: Ints

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.rank)

    @property
    def arcs(self) -> int:
        """Number of arcs of the hierarchy; each weighs upward and downward."""
        return len(self.head)

    def ends(self, arcs: Ints) -> tuple[Ints32, Ints32]:
        """Tails and heads of arcs of the graph (self arcs left out), by node."""
        slots = self.slot[arcs]
        low, high = self.node[self.tail[slots >> 1]], self.node[self.head[slots >> 1]]
        down = (slots & 1).astype(bool)
        return np.where(down, high, low), np.where(down, low, high)

    def arrays(self) -> dict[str, NDArray[np.int64] | NDArray[np.int32]]:
        """All arrays by name, to be stored; `Topology(**arrays)` reads them back."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.int64]]) -> Topology:
        """From stored arrays."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})  # type: ignore[arg-type]


@njit(cache=True, nogil=True)
def _tree(indptr, head, rank, node):  # type: ignore[no-untyped-def]
    """Elimination tree (Liu 1990): parent of each rank, -1 at roots, by path compression."""
    nodes = len(rank)
    parent = np.full(nodes, -1, dtype=np.int32)
    ancestor = np.full(nodes, -1, dtype=np.int32)
    for high in range(nodes):
        at = node[high]
        for place in range(indptr[at], indptr[at + 1]):
            low = rank[head[place]]
            while low < high and low != -1:
                above = ancestor[low]
                ancestor[low] = high
                if above == -1:
                    parent[low] = high
                    break
                if above == high:
                    break
                low = above
    return parent


@njit(cache=True, nogil=True)
def _postorder(parent):  # type: ignore[no-untyped-def]
    """Order of the ranks by a walk of the tree, children before parents and the largest child last."""
    nodes = len(parent)
    size = np.ones(nodes, dtype=np.int32)
    for low in range(nodes):
        if parent[low] >= 0:
            size[parent[low]] += size[low]
    # The place of a child is fixed from the end: the largest right below its parent.
    last_child = np.full(nodes, -1, dtype=np.int32)
    for low in range(nodes):
        above = parent[low]
        if above >= 0 and (last_child[above] < 0 or size[low] > size[last_child[above]]):
            last_child[above] = low
    new = np.empty(nodes, dtype=np.int32)
    free = np.empty(nodes, dtype=np.int32)
    end = nodes
    for at in range(nodes - 1, -1, -1):
        above = parent[at]
        if above < 0:
            new[at] = end - 1
            end -= size[at]
            free[at] = new[at] - 1
            if last_child[at] >= 0:
                new[last_child[at]] = free[at]
                free[at] -= size[last_child[at]]
            continue
        if last_child[above] != at:
            new[at] = free[above]
            free[above] -= size[at]
        free[at] = new[at] - 1
        if last_child[at] >= 0:
            new[last_child[at]] = free[at]
            free[at] -= size[last_child[at]]
    return new


@njit(cache=True, nogil=True)
def _fill(indptr, head, rank, node, parent, first, out, write):  # type: ignore[no-untyped-def]
    """Upper neighbours of every rank; counts them into `first` or writes them to `out`."""
    nodes = len(rank)
    seen = np.full(nodes, -1, dtype=np.int32)
    # Row subtree of each rank (Gilbert, Ng and Peyton 1994): `high` is above `low` exactly when it is
    # met on the way up from a lower neighbour of the graph.
    fill = first[:-1].copy()
    for high in range(nodes):
        seen[high] = high
        at = node[high]
        for place in range(indptr[at], indptr[at + 1]):
            low = rank[head[place]]
            if low > high:
                continue
            while seen[low] != high:
                seen[low] = high
                if write:
                    out[fill[low]] = high
                    fill[low] += 1
                else:
                    first[low + 1] += 1
                low = parent[low]


@njit(cache=True, nogil=True)
def _lower(first, head, low_first, low_tail, low_arc):  # type: ignore[no-untyped-def]
    nodes = len(first) - 1
    for arc in range(len(head)):
        low_first[head[arc] + 1] += 1
    for node in range(nodes):
        low_first[node + 1] += low_first[node]
    fill = low_first[:-1].copy()
    for tail in range(nodes):
        for arc in range(first[tail], first[tail + 1]):
            place = fill[head[arc]]
            low_tail[place] = tail
            low_arc[place] = arc
            fill[head[arc]] += 1


@njit(cache=True, nogil=True)
def _slots(tail, head, rank, first, heads, slot):  # type: ignore[no-untyped-def]
    for at in range(len(tail)):
        a, b = rank[tail[at]], rank[head[at]]
        if a == b:
            slot[at] = -1
            continue
        low, high = min(a, b), max(a, b)
        left, right = first[low], first[low + 1] - 1
        while left < right:
            middle = (left + right) >> 1
            if heads[middle] < high:
                left = middle + 1
            else:
                right = middle
        slot[at] = 2 * left + (1 if a > b else 0)


def contract(nodes: int, tail: Ints, head: Ints, order: Ints) -> Topology:
    """Contract a graph in an order.

    Parameters
    ----------
    nodes
        Number of nodes, numbered from 0.
    tail, head
        int64[m]: directed arcs; parallel and self arcs are allowed.
    order
        int64[n]: nodes, the least important first.

    Raises
    ------
    ValueError
        when an arc names no node, or the order is not one of all nodes.

    Examples
    --------
    A line of three contracted from both ends needs no new arc:

    >>> made = contract(3, np.array([0, 1]), np.array([1, 2]), np.array([0, 2, 1]))
    >>> made.arcs, made.node.tolist()
    (2, [0, 2, 1])
    """
    order = np.asarray(order, dtype=np.int64)
    if order.shape != (nodes,) or not np.array_equal(np.sort(order), np.arange(nodes)):
        raise ValueError("the order must name every node once")
    tail, head = np.asarray(tail, dtype=np.int64), np.asarray(head, dtype=np.int64)
    if tail.shape != head.shape or (
        len(tail) and not (0 <= min(tail.min(), head.min()) <= max(tail.max(), head.max()) < nodes)
    ):
        raise ValueError("arcs must be two arrays of one length that name nodes")
    indptr, near = rows(nodes, tail, head)
    node = order.astype(np.int32)
    rank = np.empty(nodes, dtype=np.int32)
    rank[node] = np.arange(nodes, dtype=np.int32)
    new = _postorder(_tree(indptr, near, rank, node))
    rank = new[rank]
    node[rank] = np.arange(nodes, dtype=np.int32)
    parent = _tree(indptr, near, rank, node)
    first = np.zeros(nodes + 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int32)
    _fill(indptr, near, rank, node, parent, first, nothing, False)
    np.cumsum(first, out=first)
    heads = np.empty(first[-1], dtype=np.int32)
    _fill(indptr, near, rank, node, parent, first, heads, True)
    low_first = np.zeros(nodes + 1, dtype=np.int64)
    low_tail, low_arc = np.empty(len(heads), dtype=np.int32), np.empty(len(heads), dtype=np.int32)
    _lower(first, heads, low_first, low_tail, low_arc)
    slot = np.empty(len(tail), dtype=np.int64)
    _slots(tail, head, rank, first, heads, slot)
    by_slot_first = np.zeros(2 * len(heads) + 1, dtype=np.int64)
    used = slot >= 0
    np.cumsum(np.bincount(slot[used], minlength=2 * len(heads)), out=by_slot_first[1:])
    by_slot = np.argsort(np.where(used, slot, 2 * len(heads)), kind="stable")[: int(used.sum())]
    tails = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(first))
    return Topology(
        rank, node, first, heads, tails, parent, low_first, low_tail, low_arc, slot, by_slot_first, by_slot
    )
