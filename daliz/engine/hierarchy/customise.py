"""Weights of a hierarchy: of one metric, of sixteen at once, and after a few arcs have changed.

Question: what does each arc of the hierarchy weigh, given what the arcs of the graph weigh?
In and out: a topology's arrays and weights of the graph's arcs in; int32 weights (arcs, 2, lanes), up and
down, out.
Method: from the lowest node up, each arc is shortened by the two arcs below it (basic customisation of
Dibbelt, Strasser and Wagner 2016). A change is carried upward in order of arcs, and only to those whose
weight it can alter; past a share of the work of a whole customisation it gives up.
Limits: weights are non-negative integers; `FAR` is no arc. The greatest length of a chain of upper arcs must
be within `LIMIT`, which `chains` and `chains_each` find: then no sum of this hierarchy overflows.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from daliz.engine.heap import drop_top, push
from daliz.engine.hierarchy.vector import FAR, LANES, LIMIT, longest_each, triangle

__all__ = ["chains", "chains_each", "changed", "customise", "customise_each", "laid"]


@njit(cache=True, nogil=True)
def laid(by_slot_first, by_slot, weights, made):  # type: ignore[no-untyped-def]
    """Put weights of the graph, (m, lanes), into `made` (arcs, 2, lanes): the least of parallel arcs."""
    lanes = weights.shape[1]
    for slot in range(len(by_slot_first) - 1):
        row = made[slot >> 1, slot & 1]
        begin, end = by_slot_first[slot], by_slot_first[slot + 1]
        if begin == end:
            for lane in range(lanes):
                row[lane] = FAR
            continue
        for lane in range(lanes):
            row[lane] = weights[by_slot[begin], lane]
        for place in range(begin + 1, end):
            for lane in range(lanes):
                row[lane] = min(row[lane], weights[by_slot[place], lane])


@njit(cache=True, nogil=True)
def customise(first, head, weight):  # type: ignore[no-untyped-def]
    """Shorten the arcs of one metric, int32[arcs, 2, 1]."""
    for node in range(len(first) - 1):
        end = first[node + 1]
        for lower in range(first[node], end):
            third = first[head[lower]]
            up, down = weight[lower, 0, 0], weight[lower, 1, 0]
            for upper in range(lower + 1, end):
                while head[third] != head[upper]:
                    third += 1
                weight[third, 0, 0] = min(weight[third, 0, 0], down + weight[upper, 0, 0])
                weight[third, 1, 0] = min(weight[third, 1, 0], up + weight[upper, 1, 0])


@njit(cache=True, nogil=True)
def customise_each(first, head, weight):  # type: ignore[no-untyped-def]
    """Shorten the arcs of sixteen metrics, int32[arcs, 2, LANES]."""
    for node in range(len(first) - 1):
        end = first[node + 1]
        for lower in range(first[node], end):
            third = first[head[lower]]
            for upper in range(lower + 1, end):
                while head[third] != head[upper]:
                    third += 1
                triangle(weight, lower, upper, third)


@njit(cache=True, nogil=True)
def chains(first, head, weight):  # type: ignore[no-untyped-def]
    """Greatest length of a chain of upper arcs, upward or downward, at most LIMIT + 1."""
    longest = np.zeros((len(first) - 1, 2), dtype=np.int32)
    most = np.int32(0)
    for node in range(len(first) - 2, -1, -1):
        for side in range(2):
            held = np.int32(0)
            for arc in range(first[node], first[node + 1]):
                if weight[arc, side, 0] < FAR:
                    held = max(held, weight[arc, side, 0] + longest[head[arc], side])
            longest[node, side] = min(held, LIMIT + 1)
            most = max(most, longest[node, side])
    return most


@njit(cache=True, nogil=True)
def chains_each(first, head, weight):  # type: ignore[no-untyped-def]
    """As `chains`, the greatest of all lanes."""
    up = np.zeros((len(first) - 1, LANES), dtype=np.int32)
    down = np.zeros((len(first) - 1, LANES), dtype=np.int32)
    for node in range(len(first) - 2, -1, -1):
        for arc in range(first[node], first[node + 1]):
            longest_each(up, node, head[arc], weight, arc, 0)
            longest_each(down, node, head[arc], weight, arc, 1)
    return max(up.max(), down.max())


@njit(cache=True, nogil=True, inline="always")
def _arc_between(first, head, low, high):  # type: ignore[no-untyped-def]
    left, right = first[low], first[low + 1] - 1
    while left < right:
        middle = (left + right) >> 1
        if head[middle] < high:
            left = middle + 1
        else:
            right = middle
    return left


@njit(cache=True, nogil=True)
def changed(first, head, tails, low_first, low_tail, low_arc, own, weight, arcs, most_steps):  # type: ignore[no-untyped-def]
    """Carry changes of `own` at these arcs into `weight`; False after more than `most_steps` triangles.

    `own`, `weight`: int32[arcs, 2, 1]; `arcs`: int64[k], those whose own weight has changed. `weight` is
    of no use after False.
    """
    room = 64 + 4 * len(arcs)
    keys, items = np.empty(room), np.empty(room, dtype=np.int64)
    waiting = {np.int64(-1)}
    size = 0
    for arc in arcs:
        if arc not in waiting:
            waiting.add(arc)
            size = push(keys, items, size, float(arc), arc)
    steps = 0
    while size > 0:
        arc = items[0]
        size = drop_top(keys, items, size)
        waiting.discard(arc)
        tail, top = tails[arc], head[arc]
        up, down = own[arc, 0, 0], own[arc, 1, 0]
        at = low_first[tail]
        steps += low_first[tail + 1] - at
        for place in range(at, low_first[tail + 1]):
            below = low_tail[place]
            lower = low_arc[place]
            # Arcs of a node are by head: that to `top`, if any, comes after that to `tail`.
            upper = _arc_between(first, head, below, top)
            if head[upper] == top:
                up = min(up, weight[lower, 1, 0] + weight[upper, 0, 0])
                down = min(down, weight[lower, 0, 0] + weight[upper, 1, 0])
        old_up, old_down = weight[arc, 0, 0], weight[arc, 1, 0]
        if up == old_up and down == old_down:
            continue
        weight[arc, 0, 0], weight[arc, 1, 0] = up, down
        steps += first[tail + 1] - first[tail]
        if steps > most_steps:
            return False
        for beside in range(first[tail], first[tail + 1]):
            if beside == arc:
                continue
            if beside > arc:
                third = _arc_between(first, head, top, head[beside])
                # From `top` by `tail` to the other head, and back.
                was = old_down + weight[beside, 0, 0], old_up + weight[beside, 1, 0]
                now = down + weight[beside, 0, 0], up + weight[beside, 1, 0]
            else:
                third = _arc_between(first, head, head[beside], top)
                was = weight[beside, 1, 0] + old_up, weight[beside, 0, 0] + old_down
                now = weight[beside, 1, 0] + up, weight[beside, 0, 0] + down
            held = weight[third, 0, 0], weight[third, 1, 0]
            if (
                (was[0] == held[0] and now[0] != was[0])
                or (was[1] == held[1] and now[1] != was[1])
                or now[0] < held[0]
                or now[1] < held[1]
            ) and third not in waiting:
                if size + 1 >= len(keys):
                    keys = np.concatenate((keys, np.empty(len(keys))))
                    items = np.concatenate((items, np.empty(len(items), dtype=np.int64)))
                waiting.add(third)
                size = push(keys, items, size, float(third), third)
    return True
