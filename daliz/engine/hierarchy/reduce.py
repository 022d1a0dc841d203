"""Nodes that no separator needs: of degree one and two, taken out before a graph is dissected.

Question: what is left of a graph when dead ends and the inner nodes of lines are gone?
In and out: an undirected graph without parallel or self edges as rows (indptr, head) in; the nodes taken out,
in order, and the rows of what is left out.
Method: a node of degree nought or one goes; one of degree two goes and joins its neighbours. This is minimum-
degree elimination (Tinney and Walker 1967) stopped at two, so degrees never grow and no row needs room.
Limits: rows are changed in place; pass a copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["reduced", "rows"]


def rows(nodes: int, tail: Ints, head: Ints) -> tuple[Ints, NDArray[np.int32]]:
    """Rows (indptr, head) of the undirected simple graph under these arcs: each edge in both rows, once."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    key = np.unique((low * nodes + high)[low != high])
    low, high = key // nodes, key % nodes
    both_tail, both_head = np.concatenate([high, low]), np.concatenate([low, high])
    order = np.argsort(both_tail, kind="stable")
    indptr = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(both_tail, minlength=nodes), out=indptr[1:])
    return indptr, both_head[order].astype(np.int32)


@njit(cache=True, nogil=True)
def _replace(head, first, degree, node, old, new):  # type: ignore[no-untyped-def]
    """In the row of `node` put `new` for `old`, or close the gap where `new` is there already."""
    begin, end = first[node], first[node] + degree[node]
    at = begin
    present = False
    for place in range(begin, end):
        if head[place] == old:
            at = place
        elif head[place] == new:
            present = True
    if new < 0 or present:
        head[at] = head[end - 1]
        degree[node] -= 1
    else:
        head[at] = new


@njit(cache=True, nogil=True)
def _take_out(first, degree, head, order):  # type: ignore[no-untyped-def]
    nodes = len(degree)
    stack = np.empty(nodes, dtype=np.int32)
    queued = np.zeros(nodes, dtype=np.bool_)
    gone = np.zeros(nodes, dtype=np.bool_)
    top = 0
    for node in range(nodes - 1, -1, -1):
        if degree[node] <= 2:
            stack[top] = node
            top += 1
            queued[node] = True
    count = 0
    while top > 0:
        top -= 1
        node = stack[top]
        order[count] = node
        count += 1
        gone[node] = True
        begin = first[node]
        if degree[node] == 1:
            _replace(head, first, degree, head[begin], node, -1)
        elif degree[node] == 2:
            _replace(head, first, degree, head[begin], node, head[begin + 1])
            _replace(head, first, degree, head[begin + 1], node, head[begin])
        for place in range(begin, begin + degree[node]):
            other = head[place]
            if degree[other] <= 2 and not queued[other]:
                stack[top] = other
                top += 1
                queued[other] = True
    return count, gone


def reduced(nodes: int, indptr: Ints, head: NDArray[np.int32]) -> tuple[Ints, Ints, Ints, NDArray[np.int32]]:
    """Nodes taken out in order; nodes left (k,); rows of the graph on those, numbered 0 to k - 1.

    Examples
    --------
    Of a square with a tail nothing is left, and the tail goes first:

    >>> tail, head = np.array([0, 1, 2, 3, 3]), np.array([1, 2, 3, 0, 4])
    >>> out, left, *_ = reduced(5, *rows(5, tail, head))
    >>> len(out), len(left)
    (5, 0)
    """
    first, degree, work = indptr[:-1].copy(), np.diff(indptr).copy(), head.copy()
    order = np.empty(nodes, dtype=np.int64)
    count, gone = _take_out(first, degree, work, order)
    left = np.flatnonzero(~gone)
    number = np.full(nodes, -1, dtype=np.int32)
    number[left] = np.arange(len(left), dtype=np.int32)
    kept = degree[left]
    new_indptr = np.zeros(len(left) + 1, dtype=np.int64)
    np.cumsum(kept, out=new_indptr[1:])
    places = np.repeat(first[left] - new_indptr[:-1], kept) + np.arange(new_indptr[-1])
    return order[:count].copy(), left, new_indptr, number[work[places]]
