"""Stretches of line joined into edges between the points that matter.

Question: which stretches follow each other with nothing to tell them apart, and what is the edge they
make?
In and out: stretches as arrays (ends, km, a number that says which are alike, one-way or not) and the
points that must stay in; joined edges as arrays out.
Method: a point goes when exactly two different stretches meet there, both alike, and, where they are one-
way, one comes in and one goes out. Chains are walked from their ends; what is left over are rings, joined
into a loop. Linear in the number of stretches.
Limits: lengths are added in the order of the walk; a ring keeps one of its points.

"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Edges", "joined"]


@dataclass(frozen=True)
class Edges:
    """Joined edges: ends, km, the first stretch (its lowest number) and how many; shape (k,) each."""

    tail: Ints
    head: Ints
    km: Floats
    first: Ints
    pieces: Ints


def joined(ends: tuple[Ints, Ints], km: Floats, alike: Ints, oneway: Flags, stays: Flags) -> Edges:
    """Edges that the stretches make.

    Parameters
    ----------
    ends
        Tail and head of each stretch, shape (m,); points are numbered below `len(stays)`.
    km, alike, oneway
        Length, kind (equal numbers may be joined) and whether open from tail to head only, shape (m,).
    stays
        Points that must stay, shape (n,).
    """
    tail, head = ends
    slots = np.full((len(stays), 2), -1, dtype=np.int64)
    degree = np.zeros(len(stays), dtype=np.int64)
    _fill(tail, head, slots, degree)
    through = ~stays & (degree == 2)
    _may_go(head, alike, oneway, slots, through)
    out = np.empty((4, len(tail)), dtype=np.int64)
    length = np.empty(len(tail), dtype=np.float64)
    count = _walk(tail, head, km, oneway, slots, through, out, length)
    start, end, first, pieces = (np.ascontiguousarray(line[:count]) for line in out)
    return Edges(start, end, length[:count].copy(), first, pieces)


@njit(cache=True)
def _fill(tail, head, slots, degree):  # type: ignore[no-untyped-def]
    for stretch in range(len(tail)):
        for point in (tail[stretch], head[stretch]):
            if degree[point] < 2:
                slots[point, degree[point]] = stretch
            degree[point] += 1


@njit(cache=True)
def _may_go(head, alike, oneway, slots, through):  # type: ignore[no-untyped-def]
    for point in range(len(through)):
        if not through[point]:
            continue
        a, b = slots[point]
        same = a != b and alike[a] == alike[b] and oneway[a] == oneway[b]
        if same and oneway[a]:
            same = (head[a] == point) != (head[b] == point)
        through[point] = same


@njit(cache=True)
def _follow(start, stretch, walked, tail, head, km, slots, through):  # type: ignore[no-untyped-def]
    """From `start` along `stretch` until a point that stays; end, km, first stretch, count, last against."""
    point, total, first, count = start, 0.0, stretch, 0
    against = False
    while True:
        walked[stretch] = True
        against = tail[stretch] != point
        point = tail[stretch] if against else head[stretch]
        total += km[stretch]
        first = min(first, stretch)
        count += 1
        if not through[point]:
            break
        other = slots[point, 1] if slots[point, 0] == stretch else slots[point, 0]
        if walked[other]:
            break
        stretch = other
    return point, total, first, count, against


@njit(cache=True)
def _walk(tail, head, km, oneway, slots, through, out, length):  # type: ignore[no-untyped-def]
    walked = np.zeros(len(tail), dtype=np.bool_)
    count = 0
    for rings in (False, True):
        for stretch in range(len(tail)):
            if walked[stretch]:
                continue
            start = tail[stretch]
            if not rings and through[start]:
                start = head[stretch]
                if through[start]:
                    continue
            end, total, first, pieces, against = _follow(
                start, stretch, walked, tail, head, km, slots, through
            )
            if oneway[stretch] and against:
                start, end = end, start
            out[0, count], out[1, count], out[2, count], out[3, count] = start, end, first, pieces
            length[count] = total
            count += 1
    return count
