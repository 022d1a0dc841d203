"""Searches on a customised hierarchy: one pair with its way, many pairs, every pair, every node.

Question: how far is it, and over which arcs?
In and out: a topology's arrays and weights (arcs, 2, lanes) in; lengths and arcs out.
Method: what can be above a node are its ancestors in the elimination tree, so a search walks up that tree
without a heap (Dibbelt, Strasser and Wagner 2016). For a matrix the ancestors of all targets are laid out
root first once (RPHAST: Delling, Goldberg and Werneck, Faster Batched Shortest Paths in Road Networks, ATMOS
2011), and swept for `WIDE` sources together. An arc is unpacked by the triangle below it that has its weight.
Limits: scratch arrays are full of `FAR` between calls and belong to one thread at a time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from daliz.engine.hierarchy.vector import FAR, LANES, WIDE, pull, push, push_each, relax

__all__ = [
    "above", "cleared", "climb_both", "climbed", "common", "laid_out", "meet", "pairs_each", "spread",
    "sweep", "unpacked",
]  # fmt: skip


@njit(cache=True, nogil=True)
def meet(first, head, parent, weight, source, target, here, there, by_here, by_there):  # type: ignore[no-untyped-def]
    """Least length between two ranks, and the rank where both climbs meet, -1 where they do not.

    Scratch `here`, `there`: int32[n], cleared by `cleared`; `by_here`, `by_there`: int32[n], the arcs by
    which ranks were reached, written before they are read.
    """
    here[source] = 0
    there[target] = 0
    by_here[source] = -1
    by_there[target] = -1
    best = FAR
    middle = np.int32(-1)
    x, y = np.int32(source), np.int32(target)
    while x >= 0 or y >= 0:
        at = x if y < 0 or (0 <= x < y) else y
        if at == x:
            reach = here[at]
            if at == y and reach < FAR and there[at] < FAR and reach + there[at] < best:
                best = reach + there[at]
                middle = at
            if reach < best:
                rest = relax(here, by_here, head, weight, 0, first[at], first[at + 1], reach)
                for arc in range(rest, first[at + 1]):
                    length = reach + weight[arc, 0, 0]
                    if length < here[head[arc]]:
                        here[head[arc]] = length
                        by_here[head[arc]] = arc
            x = parent[at]
        if at == y:
            reach = there[at]
            if reach < best:
                rest = relax(there, by_there, head, weight, 1, first[at], first[at + 1], reach)
                for arc in range(rest, first[at + 1]):
                    length = reach + weight[arc, 1, 0]
                    if length < there[head[arc]]:
                        there[head[arc]] = length
                        by_there[head[arc]] = arc
            y = parent[at]
    return best, middle


@njit(cache=True, nogil=True)
def cleared(parent, source, target, here, there):  # type: ignore[no-untyped-def]
    """Make the scratch of `meet` ready for the next pair."""
    while source >= 0:
        here[source] = FAR
        source = parent[source]
    while target >= 0:
        there[target] = FAR
        target = parent[target]


@njit(cache=True, nogil=True)
def climb_both(first, head, parent, weight, source, target, here, there):  # type: ignore[no-untyped-def]
    """Lengths from the source up, and from above down to the target, without leaving out any."""
    here[source] = 0
    there[target] = 0
    for side in range(2):
        held = here if side == 0 else there
        at = source if side == 0 else target
        while at >= 0:
            if held[at] < FAR:
                for arc in range(first[at], first[at + 1]):
                    held[head[arc]] = min(held[head[arc]], held[at] + weight[arc, side, 0])
            at = parent[at]


@njit(cache=True, nogil=True)
def common(parent, source, target):  # type: ignore[no-untyped-def]
    """Ranks above both of two ranks, lowest first."""
    while source != target and source >= 0 and target >= 0:
        if source < target:
            source = parent[source]
        else:
            target = parent[target]
    count = 0
    at = source if source == target else np.int32(-1)
    begun = at
    while at >= 0:
        count += 1
        at = parent[at]
    found = np.empty(count, dtype=np.int32)
    at = begun
    for place in range(count):
        found[place] = at
        at = parent[at]
    return found


@njit(cache=True, nogil=True)
def climbed(tail, middle, by_here, by_there):  # type: ignore[no-untyped-def]
    """Arcs of the hierarchy from source to target by way of the rank where both searches met."""
    count = 0
    at = middle
    while by_here[at] >= 0:
        count += 1
        at = tail[by_here[at]]
    ups = count
    at = middle
    while by_there[at] >= 0:
        count += 1
        at = tail[by_there[at]]
    arcs = np.empty(count, dtype=np.int64)
    at = middle
    for place in range(ups - 1, -1, -1):
        arcs[place] = 2 * np.int64(by_here[at])
        at = tail[by_here[at]]
    at = middle
    for place in range(ups, count):
        arcs[place] = 2 * np.int64(by_there[at]) + 1
        at = tail[by_there[at]]
    return arcs


@njit(cache=True, nogil=True)
def unpacked(tail, head, low_first, low_tail, low_arc, own, weight, below, arcs):  # type: ignore[no-untyped-def]
    """Slots of the graph behind arcs of the hierarchy (2 * arc + downward), in order; int64[k].

    `below`: int64[arcs, 2], the two arcs under each, of which the second is in the lower half, once they are
    known and 0 before. Threads may find the same, and write the same.
    """
    room = 1024
    out = np.empty(room, dtype=np.int64)
    stack = np.empty(256, dtype=np.int64)
    count = 0
    for begun in arcs:
        stack[0] = begun
        top = 1
        while top > 0:
            top -= 1
            slot = stack[top]
            arc, side = slot >> 1, slot & 1
            pair = below[arc, side]
            if pair == 0:
                if own[arc, side, 0] == weight[arc, side, 0]:
                    pair = np.int64(-1)
                else:
                    pair = _below(tail, head, low_first, low_tail, low_arc, weight, arc, side)
                below[arc, side] = pair
            if pair == -1:
                if count == room:
                    out = np.concatenate((out, np.empty(room, dtype=np.int64)))
                    room *= 2
                out[count] = slot
                count += 1
                continue
            # First down to the node below, then up; the other way round when it leads down.
            lower, upper = pair >> 32, pair & 0xFFFFFFFF
            if top + 2 > len(stack):
                stack = np.concatenate((stack, np.empty(len(stack), dtype=np.int64)))
            if side == 0:
                stack[top], stack[top + 1] = 2 * upper, 2 * lower + 1
            else:
                stack[top], stack[top + 1] = 2 * lower, 2 * upper + 1
            top += 2
    return out[:count]


@njit(cache=True, nogil=True)
def _below(tail, head, low_first, low_tail, low_arc, weight, arc, side):  # type: ignore[no-untyped-def]
    """The triangle below an arc that has its weight. Mostly near the tail: looked for from there down."""
    length = weight[arc, side, 0]
    one, other = low_first[tail[arc] + 1] - 1, low_first[head[arc] + 1] - 1
    while True:
        while low_tail[other] > low_tail[one]:
            other -= 1
        lower, upper = np.int64(low_arc[one]), np.int64(low_arc[other])
        if low_tail[other] == low_tail[one] and weight[lower, 1 - side, 0] + weight[upper, side, 0] == length:
            return lower << 32 | upper
        one -= 1


@njit(cache=True, nogil=True)
def above(parent, ranks, mark):  # type: ignore[no-untyped-def]
    """All ancestors of some ranks and those themselves, highest first; `mark` bool[n] is left as it was."""
    count = 0
    for rank in ranks:
        at = rank
        while at >= 0 and not mark[at]:
            mark[at] = True
            count += 1
            at = parent[at]
    found = np.empty(count, dtype=np.int32)
    count = 0
    for rank in ranks:
        at = rank
        while at >= 0 and mark[at]:
            mark[at] = False
            found[count] = at
            count += 1
            at = parent[at]
    return np.sort(found)[::-1].copy()


@njit(cache=True, nogil=True)
def laid_out(first, head, weight, side, lane, ranks, number):  # type: ignore[no-untyped-def]
    """Upper arcs of ranks that hold all their ancestors, highest first, as rows by place in `ranks`.

    Returns (first int64[k + 1], head int32[a], weight int32[a]); arcs that are no way are left out.
    `number`: int32[n] scratch, place of each rank afterwards.
    """
    count = np.int64(0)
    for place in range(len(ranks)):
        number[ranks[place]] = place
        count += first[ranks[place] + 1] - first[ranks[place]]
    rows = np.zeros(len(ranks) + 1, dtype=np.int64)
    heads, weights = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    fill = 0
    for place in range(len(ranks)):
        for arc in range(first[ranks[place]], first[ranks[place] + 1]):
            length = weight[arc, side, lane]
            if length < FAR:
                heads[fill] = number[head[arc]]
                weights[fill] = length
                fill += 1
        rows[place + 1] = fill
    return rows, heads[:fill], weights[:fill]


@njit(cache=True, nogil=True)
def sweep(up, up_parent, to_down, sources, down, targets, climb, fall, mark, rows, out):  # type: ignore[no-untyped-def]
    """Rows of a matrix for up to `WIDE` sources: row `rows[lane]` of `out` int32[sources, targets].

    `sources`, `targets`: places in the two layouts; `to_down`: place of each upper row in the lower layout,
    -1 where there is none. `up`, `down`: rows, heads and weights as `laid_out` gives them. `climb`
    int32[rows, WIDE] is all `FAR` and left so; `fall` is overwritten.
    """
    up_first, up_head, up_weight = up
    down_first, down_head, down_weight = down
    count = 0
    for source in sources:
        at = source
        while at >= 0 and not mark[at]:
            mark[at] = True
            count += 1
            at = up_parent[at]
    met = np.empty(count, dtype=np.int32)
    count = 0
    for source in sources:
        at = source
        while at >= 0 and mark[at]:
            mark[at] = False
            met[count] = at
            count += 1
            at = up_parent[at]
    met = np.sort(met)
    for lane in range(len(sources)):
        climb[sources[lane], lane] = 0
    fall[:] = FAR
    for place in range(count - 1, -1, -1):
        at = met[place]
        push(climb, at, up_head, up_weight, up_first[at], up_first[at + 1])
        below = to_down[at]
        if below >= 0:
            for lane in range(WIDE):
                fall[below, lane] = climb[at, lane]
        for lane in range(WIDE):
            climb[at, lane] = FAR
    for at in range(len(down_first) - 1):
        pull(fall, at, down_head, down_weight, down_first[at], down_first[at + 1])
    for column in range(len(targets)):
        for lane in range(len(sources)):
            out[rows[lane], column] = fall[targets[column], lane]


@njit(cache=True, nogil=True)
def spread(first, head, parent, weight, source, backward, out):  # type: ignore[no-untyped-def]
    """Lengths from a rank to all, or from all to it; `out` int32[n] by rank.

    PHAST: Delling, Goldberg, Nowatzyk and Werneck, IPDPS 2011.
    """
    out[:] = FAR
    out[source] = 0
    at = source
    while at >= 0:
        if out[at] < FAR:
            for arc in range(first[at], first[at + 1]):
                length = out[at] + weight[arc, backward, 0]
                out[head[arc]] = min(out[head[arc]], length)
        at = parent[at]
    for at in range(len(first) - 2, -1, -1):
        least = out[at]
        for arc in range(first[at], first[at + 1]):
            least = min(least, out[head[arc]] + weight[arc, 1 - backward, 0])
        out[at] = least


@njit(cache=True, nogil=True)
def pairs_each(first, head, parent, weight, sources, targets, place, out):  # type: ignore[no-untyped-def]
    """Lengths of pairs of ranks in sixteen metrics; `out` int32[pairs, LANES]. `place`: int32[n] scratch."""
    for pair in range(len(sources)):
        depth = 0
        # Ancestors of each end by their depth below the end; those of both ends are one tail of both.
        for end in (sources[pair], targets[pair]):
            at = end
            count = 0
            while at >= 0:
                count += 1
                at = parent[at]
            depth = max(depth, count)
        value = np.full((depth, LANES), FAR, dtype=np.int32)
        other = np.full((depth, LANES), FAR, dtype=np.int32)
        for side in range(2):
            held = value if side == 0 else other
            at = sources[pair] if side == 0 else targets[pair]
            # Numbered from the root, so that both ends number their common ancestors alike.
            count = 0
            begun = at
            while at >= 0:
                count += 1
                at = parent[at]
            at = begun
            number = count
            while at >= 0:
                number -= 1
                place[at] = number
                at = parent[at]
            held[count - 1, :] = 0
            at = begun
            while at >= 0:
                for arc in range(first[at], first[at + 1]):
                    push_each(held, place[at], place[head[arc]], weight, arc, side)
                at = parent[at]
        out[pair, :] = FAR
        a, b = sources[pair], targets[pair]
        while a != b and a >= 0 and b >= 0:
            if a < b:
                a = parent[a]
            else:
                b = parent[b]
        if a != b:
            continue
        while a >= 0:
            for lane in range(LANES):
                out[pair, lane] = min(out[pair, lane], value[place[a], lane] + other[place[a], lane])
            a = parent[a]
