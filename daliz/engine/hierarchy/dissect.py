"""Orders of nodes for contraction: a first one within seconds, and a better one by flows.

Question: in which order are nodes contracted so that few arcs arise and few nodes lie above each?
In and out: directed arcs (and, for the better order, coordinates) in; the nodes, least important first, out.
Method: dead ends and inner nodes of lines first (`reduce`), the rest by nested dissection (George 1973). The
first order is that of METIS (Karypis and Kumar 1998). The better one is inertial flow (Schild and Sommer, On
Balanced Separators in Road Networks, SEA 2015): nodes are sorted along some directions, the outer ones of
each end are joined to a source and a sink, and of all least cuts (Dinic 1970) the one is taken that cuts
fewest edges a node of the smaller side. Of the edges cut, the ends on one side are the separator.
Limits: without coordinates there is only the first order; separators are least among those tried.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from daliz.engine.hierarchy.reduce import reduced, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["better_order", "first_order"]

SHARE = 0.3
"""Nodes of a cell that are held to the source, and to the sink; a choice of method, not a figure."""
_WHOLE = 4096
"""Cells up to so many nodes are dissected to the end by one thread."""
_ANGLES = np.deg2rad(np.arange(4) * 45.0)


def first_order(nodes: int, tail: Ints, head: Ints) -> Ints:
    """Nodes by METIS, the least important first; int64[n].

    Examples
    --------
    >>> sorted(first_order(3, np.array([0, 1]), np.array([1, 2])).tolist())
    [0, 1, 2]
    """
    out, left, indptr, near = reduced(nodes, *rows(nodes, tail, head))
    if not len(left):
        return out
    import pymetis

    order, _ = pymetis.nested_dissection(pymetis.CSRAdjacency(indptr, near))
    return np.concatenate([out, left[np.asarray(order, dtype=np.int64)]])


def better_order(nodes: int, tail: Ints, head: Ints, x: Floats, y: Floats, threads: int = 2) -> Ints:
    """Nodes by inertial flow, the least important first; int64[n].

    `x`, `y`: coordinates on a plane, float64[n]; degrees serve where the graph is small.

    Examples
    --------
    >>> x = np.arange(3.0)
    >>> sorted(better_order(3, np.array([0, 1]), np.array([1, 2]), x, x).tolist())
    [0, 1, 2]
    """
    out, left, indptr, near = reduced(nodes, *rows(nodes, tail, head))
    if not len(left):
        return out
    x, y = np.ascontiguousarray(x[left], dtype=np.float64), np.ascontiguousarray(y[left], dtype=np.float64)
    order = np.arange(len(left), dtype=np.int32)
    place = np.zeros(len(left), dtype=np.int32)
    # Cells are ranges of `order`; a thread writes to its own range, and reads the cells of its own nodes.
    with ThreadPoolExecutor(threads) as pool:
        running = {pool.submit(_cells, indptr, near, x, y, order, place, 0, len(left), _ANGLES)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                for low, high in one.result().tolist():
                    running.add(pool.submit(_cells, indptr, near, x, y, order, place, low, high, _ANGLES))
    return np.concatenate([out, left[order]])


@njit(cache=True, nogil=True)
def _least_cut(first, near, back, source, sink, most, flow, level, queue, edge_at):  # type: ignore[no-untyped-def]
    """Greatest flow between two sets of nodes with unit capacities (Dinic); leaves it in `flow`.

    Gives up once it is `most`.
    """
    nodes = len(first) - 1
    value = 0
    path = np.empty(nodes + 1, dtype=np.int32)
    while True:
        for node in range(nodes):
            level[node] = -1
        size = 0
        for node in range(nodes):
            if source[node]:
                level[node] = 0
                queue[size] = node
                size += 1
        at = 0
        met = False
        while at < size and not met:
            node = queue[at]
            at += 1
            for place in range(first[node], first[node + 1]):
                other = near[place]
                if level[other] < 0 and flow[place] < 1:
                    level[other] = level[node] + 1
                    if sink[other]:
                        met = True
                    queue[size] = other
                    size += 1
        if not met:
            return value
        for node in range(nodes):
            edge_at[node] = first[node]
        for start in range(nodes):
            if not source[start]:
                continue
            node = start
            length = 0
            while True:
                if sink[node]:
                    value += 1
                    if value >= most:
                        return value
                    for step in range(length):
                        flow[path[step]] += 1
                        flow[back[path[step]]] -= 1
                    node = start
                    length = 0
                    continue
                place = edge_at[node]
                if place < first[node + 1]:
                    other = near[place]
                    if flow[place] < 1 and level[other] == level[node] + 1:
                        path[length] = place
                        length += 1
                        node = other
                    else:
                        edge_at[node] += 1
                    continue
                if length == 0:
                    break
                length -= 1
                node = near[back[path[length]]]
                edge_at[node] += 1


@njit(cache=True, nogil=True)
def _from(first, near, flow, back, begun, forward, seen, queue):  # type: ignore[no-untyped-def]
    """Nodes that can still send to (or, backward, be sent to from) a set along the flow; how many."""
    nodes = len(first) - 1
    size = 0
    for node in range(nodes):
        seen[node] = begun[node]
        if begun[node]:
            queue[size] = node
            size += 1
    at = 0
    while at < size:
        node = queue[at]
        at += 1
        for place in range(first[node], first[node + 1]):
            other = near[place]
            free = flow[place] < 1 if forward else flow[back[place]] < 1
            if free and not seen[other]:
                seen[other] = True
                queue[size] = other
                size += 1
    return size


@njit(cache=True, nogil=True)
def _split(first, near, x, y, angles, share):  # type: ignore[no-untyped-def]
    """Part of each node of a cell: 0 one side, 1 the other, 2 the separator."""
    nodes = len(first) - 1
    back = np.empty(len(near), dtype=np.int32)
    fill = first[:-1].copy()
    # Rows are sorted by head, so the twin of an edge is the next free one of its head.
    for node in range(nodes):
        for place in range(first[node], first[node + 1]):
            back[place] = fill[near[place]]
            fill[near[place]] += 1
    held = max(1, int(nodes * share))
    best_part = np.zeros(nodes, dtype=np.int8)
    best = np.inf
    flow = np.empty(len(near), dtype=np.int8)
    level = np.empty(nodes, dtype=np.int32)
    queue = np.empty(nodes, dtype=np.int32)
    edge_at = np.empty(nodes, dtype=np.int32)
    source = np.empty(nodes, dtype=np.bool_)
    sink = np.empty(nodes, dtype=np.bool_)
    seen = np.empty(nodes, dtype=np.bool_)
    for angle in angles:
        along = np.argsort(x * np.cos(angle) + y * np.sin(angle))
        source[:] = False
        sink[:] = False
        source[along[:held]] = True
        sink[along[nodes - held :]] = True
        flow[:] = 0
        # No cut of so many edges can be better, even of equal halves.
        most = best * (nodes / 2)
        cut = _least_cut(first, near, back, source, sink, most, flow, level, queue, edge_at)
        if cut >= most:
            continue
        for forward in (True, False):
            size = _from(first, near, flow, back, source if forward else sink, forward, seen, queue)
            small = min(size, nodes - size)
            score = cut / small
            if score < best:
                best = score
                # The separator: ends of cut edges on the larger side.
                mine = size <= nodes - size
                for node in range(nodes):
                    best_part[node] = 0 if seen[node] else 1
                for node in range(nodes):
                    for place in range(first[node], first[node + 1]):
                        if seen[node] == mine and seen[near[place]] != mine:
                            best_part[near[place]] = 2
    return best_part


@njit(cache=True, nogil=True)
def _cells(indptr, head, x, y, order, place, low, high, angles):  # type: ignore[no-untyped-def]
    """Dissect the range of `order`: to the end where it is small, once where it is large.

    Returns the ranges that are left, (k, 2).
    """
    rest = np.empty((2, 2), dtype=np.int64)
    left = 0
    stack = [(low, high)]
    whole = high - low <= _WHOLE
    while len(stack) > 0:
        begin, end = stack.pop()
        nodes = end - begin
        if nodes <= 2:
            continue
        # The cell as rows of its own: a node is in it when its place in the range holds it.
        for number in range(nodes):
            node = order[begin + number]
            place[node] = number
        first = np.zeros(nodes + 1, dtype=np.int32)
        for number in range(nodes):
            node = order[begin + number]
            count = 0
            for at in range(indptr[node], indptr[node + 1]):
                other = head[at]
                number_of = place[other]
                if 0 <= number_of < nodes and order[begin + number_of] == other:
                    count += 1
            first[number + 1] = first[number] + count
        near = np.empty(first[nodes], dtype=np.int32)
        fill = 0
        for number in range(nodes):
            node = order[begin + number]
            from_ = fill
            for at in range(indptr[node], indptr[node + 1]):
                other = head[at]
                number_of = place[other]
                if 0 <= number_of < nodes and order[begin + number_of] == other:
                    spot = fill
                    while spot > from_ and near[spot - 1] > number_of:
                        near[spot] = near[spot - 1]
                        spot -= 1
                    near[spot] = number_of
                    fill += 1
        if fill == 0:
            continue
        mine = order[begin:end].copy()
        part = _split(first, near, x[mine], y[mine], angles, SHARE)
        at = begin
        bounds = np.zeros(4, dtype=np.int64)
        for wanted in range(3):
            bounds[wanted] = at
            for number in range(nodes):
                if part[number] == wanted:
                    order[at] = mine[number]
                    at += 1
        for which in range(2):
            if whole:
                stack.append((bounds[which], bounds[which + 1]))
            else:
                rest[left, 0], rest[left, 1] = bounds[which], bounds[which + 1]
                left += 1
    return rest[:left]
