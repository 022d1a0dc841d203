"""Observed events laid against a checklist: what was done, repeated, out of order, unknown or left out.

Question: which events of a visit are steps of its checklist done in order, and what is the least number of
edits that makes the rest agree?
In and out: events of visits as small integers (item, begin, end) and checklists as bit masks in; a label
an event, the skipped items and the cost a visit out.
Method: a checklist is a partially ordered set: an item may begin when each item before it (transitively) is
done or left out altogether. To leave out a needed item costs 1, another item 0; an event that is not kept
costs 1. An event out of order is thus dropped and, if its needed item stays without another, skipped too:
2. The fast path keeps the first events of each item; where none begins too early that is optimal, because
unknown, surplus and missing ones cost the same in every alignment. Else branch and bound over the first
kept event of each item finds the least cost: of a most conflicting item either the event is kept and all
that clash with it move on, or it is given up; disjoint clashes bound the rest from below. With point events
this is the alignment of Carmona, van Dongen, Solti and Weidlich (Conformance Checking, 2018, chapter 7)
with unit costs; intervals that overlap count as not in order.
Limits: 64 items a checklist; after `MOST_NODES` nodes the best alignment so far is given and marked as not
proven. Of several optimal alignments the one is given in which the later item of a pair began too early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "DONE", "MOST_ITEMS", "MOST_NODES", "NEVER", "OUT_OF_ORDER", "REPEATED", "UNKNOWN", "Aligned", "align",
    "closed_order",
]  # fmt: skip

DONE, REPEATED, OUT_OF_ORDER, UNKNOWN = 0, 1, 2, 3
"""Labels of events."""

NEVER = np.iinfo(np.int64).max
"""End of an event that has not ended."""

MOST_ITEMS = 64
MOST_NODES = 200_000
"""Nodes of the search after which an alignment is given as it is; a choice of method, not a figure."""

_ONE = np.uint64(1)
_NONE = np.uint64(0)


class Aligned(NamedTuple):
    """By event: label int8[n], whether it is in progress bool[n]. By visit: items and how they were found.

    `skipped` uint64[v]: needed items without an event that were left out; `pending` uint64[v]: those that
    may yet come. `open` bool[v]: the visit is not over. `searched` bool[v]: the fast path found disorder.
    `proven` bool[v]: no alignment costs less.
    """

    label: NDArray[np.int8]
    running: NDArray[np.bool_]
    skipped: NDArray[np.uint64]
    pending: NDArray[np.uint64]
    cost: NDArray[np.int32]
    open: NDArray[np.bool_]
    searched: NDArray[np.bool_]
    proven: NDArray[np.bool_]


def closed_order(after: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Transitive closure of the masks of predecessors, shape (items,).

    Raises
    ------
    ValueError
        when an item comes before itself, so that no order fulfils the list.

    Examples
    --------
    Of three items each after the one before, the last comes after both:

    >>> closed_order(np.array([0b000, 0b001, 0b010], dtype=np.uint64)).tolist()
    [0, 1, 3]
    """
    closed = [int(mask) for mask in after]
    for middle in range(len(closed)):
        for item, mask in enumerate(closed):
            if mask >> middle & 1:
                closed[item] |= closed[middle]
    if any(mask >> item & 1 for item, mask in enumerate(closed)):
        raise ValueError("an item of the order comes before itself")
    return np.array(closed, dtype=np.uint64)


def align(
    visits: tuple[
        NDArray[np.int64], NDArray[np.int32], NDArray[np.uint64], NDArray[np.bool_], NDArray[np.bool_]
    ],
    events: tuple[NDArray[np.int8], NDArray[np.int64], NDArray[np.int64]],
    lists: tuple[NDArray[np.uint64], NDArray[np.int16]],
    most_nodes: int = MOST_NODES,
) -> Aligned:
    """Lay every visit against its checklist.

    Parameters
    ----------
    visits
        `first` int64[v + 1]: events of visit i are `first[i]:first[i + 1]`; `checklist` int32[v], -1 for none
        (its events are all done); `needed` uint64[v]: items that must be done; `last` bool[v]: nothing
        came after it; `fresh` bool[v]: its last word is young enough for more to come.
    events
        By visit and begin: `item` int8[n], -1 for none; `begin`, `end` int64[n], end `NEVER` where none is
        known. In the last visit such an event is in progress, unless something that must follow it has begun
        (for an event of no item: unless anything has): then its end was not logged, as in any earlier visit,
        and order is judged by its begin. A needed item without an event is left out once something that must
        follow it has begun, or the visit is over.
    lists
        `after` uint64[lists, 64], closed under transitivity; `most` int16[lists, 64].
    most_nodes
        Nodes of the search for one visit.

    Returns
    -------
    Aligned.
    """
    first, checklist, needed, last, fresh = visits
    item, begin, end = events
    after, most = lists
    count = len(first) - 1
    found = Aligned(
        np.zeros(len(item), dtype=np.int8), np.zeros(len(item), dtype=np.bool_),
        np.zeros(count, dtype=np.uint64), np.zeros(count, dtype=np.uint64), np.zeros(count, dtype=np.int32),
        np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_), np.ones(count, dtype=np.bool_),
    )  # fmt: skip
    _align(first, checklist, needed, last, fresh, item, begin, end, after, most, most_nodes, *found)
    return found


@njit(cache=True)
def _align(  # type: ignore[no-untyped-def]
    first, checklist, needed, last, fresh, item, begin, end, after, most, most_nodes,
    label, running, skipped, pending, cost, is_open, searched, proven,
):  # fmt: skip
    count = np.zeros(MOST_ITEMS, dtype=np.int64)
    done_at = np.zeros(MOST_ITEMS, dtype=np.int64)
    for visit in range(len(first) - 1):
        lo, hi = first[visit], first[visit + 1]
        chosen = checklist[visit]
        need = needed[visit]
        present = _NONE
        passed = _NONE
        going = False
        for at in range(hi - 1, lo - 1, -1):
            this = item[at] if chosen >= 0 else -1
            if end[at] == NEVER and last[visit]:
                if this >= 0:
                    running[at] = (passed >> np.uint64(this)) & _ONE == _NONE
                else:
                    running[at] = at == hi - 1
                going = going or running[at]
            if this >= 0:
                present |= _ONE << np.uint64(this)
                passed |= after[chosen, this]
        missing = need & ~present
        pending[visit] = missing & ~passed
        is_open[visit] = last[visit] and (going or (fresh[visit] and pending[visit] != _NONE))
        if chosen < 0:
            continue
        if not is_open[visit]:
            pending[visit] = _NONE
        skipped[visit] = missing & ~pending[visit]
        count[:] = 0
        edits = 0
        disorder = False
        for at in range(lo, hi):
            this = item[at]
            if this < 0:
                label[at] = UNKNOWN
                edits += 1
                continue
            count[this] += 1
            if count[this] > most[chosen, this]:
                label[at] = REPEATED
                edits += 1
                continue
            label[at] = DONE
            if count[this] == 1:
                done_at[this] = end[at]
                if end[at] == NEVER and not running[at]:
                    done_at[this] = begin[at]
                before = after[chosen, this] & present
                other = 0
                while before != _NONE:
                    if before & _ONE and (count[other] == 0 or done_at[other] > begin[at]):
                        disorder = True
                        break
                    before >>= _ONE
                    other += 1
        if disorder:
            searched[visit] = True
            more, sure = _search(
                item[lo:hi], begin[lo:hi], end[lo:hi], running[lo:hi], after[chosen], most[chosen], need,
                most_nodes,
                label[lo:hi],
            )  # fmt: skip
            proven[visit] = sure
            edits = more
        missing = skipped[visit]
        while missing != _NONE:
            edits += 1
            missing &= missing - _ONE
        cost[visit] = edits


@njit(cache=True)
def _search(item, begin, end, running, after, most, need, most_nodes, label):  # type: ignore[no-untyped-def]
    """Best first kept event of each item present; writes labels, gives cost without absent items."""
    # Items present, their events in order (CSR), and the edits that each choice of a first event costs.
    number = np.full(MOST_ITEMS, -1, dtype=np.int64)
    items = np.zeros(MOST_ITEMS, dtype=np.int64)
    k = 0
    edits = 0
    for at in range(len(item)):
        if item[at] < 0:
            edits += 1
        elif number[item[at]] < 0:
            number[item[at]] = k
            items[k] = item[at]
            k += 1
    size = np.zeros(k + 1, dtype=np.int64)
    for at in range(len(item)):
        if item[at] >= 0:
            size[number[item[at]] + 1] += 1
    start = np.cumsum(size)
    events = np.zeros(start[k], dtype=np.int64)
    fill = start[:k].copy()
    for at in range(len(item)):
        if item[at] >= 0:
            events[fill[number[item[at]]]] = at
            fill[number[item[at]]] += 1
    opens = np.zeros(start[k], dtype=np.int64)
    closes = np.zeros(start[k], dtype=np.int64)
    for place in range(start[k]):
        at = events[place]
        opens[place] = begin[at]
        closes[place] = end[at]
        if end[at] == NEVER and not running[at]:
            closes[place] = begin[at]
    # `rank`: how many present items come before; the fewer, the sooner an item is kept.
    before = np.zeros((k, k), dtype=np.bool_)
    rank = np.zeros(k, dtype=np.int64)
    for s in range(k):
        for p in range(k):
            if after[items[s]] >> np.uint64(items[p]) & _ONE:
                before[s, p] = True
                rank[s] += 1
    chosen = np.zeros(k, dtype=np.int64)
    best_cost, sure = _branch(start, opens, closes, before, rank, items, most, need, most_nodes, chosen)
    for i in range(k):
        size_i = start[i + 1] - start[i]
        keep = min(most[items[i]], size_i - chosen[i])
        surplus = REPEATED if keep == most[items[i]] else OUT_OF_ORDER
        for nth in range(size_i):
            kept = chosen[i] <= nth < chosen[i] + keep
            label[events[start[i] + nth]] = DONE if kept else surplus
    return edits + best_cost, sure


@njit(cache=True)
def _dropped(size, most, needed, nth):  # type: ignore[no-untyped-def]
    """Edits of an item with `size` events whose first kept one is the nth; `size` stands for none kept."""
    if nth >= size:
        return size + needed
    return size - min(most, size - nth)


@njit(cache=True)
def _branch(start, opens, closes, before, rank, items, most, need, most_nodes, chosen):  # type: ignore[no-untyped-def]
    k = len(rank)
    depth = len(opens) + k + 2
    stack = np.zeros((2 * depth, k), dtype=np.int64)
    fixed_stack = np.zeros((2 * depth, k), dtype=np.bool_)
    step = np.zeros(k, dtype=np.int64)
    degree = np.zeros(k, dtype=np.int64)
    matched = np.zeros(k, dtype=np.bool_)
    size = start[1:] - start[:-1]
    wanted = np.zeros(k, dtype=np.int64)
    for i in range(k):
        wanted[i] = np.int64(need >> np.uint64(items[i]) & _ONE)
    best = np.int64(NEVER)
    top = 1
    nodes = 0
    while top > 0:
        top -= 1
        nodes += 1
        if nodes > most_nodes and best < NEVER:
            return best, False
        state = stack[top].copy()
        fixed = fixed_stack[top].copy()
        cost = np.int64(0)
        for i in range(k):
            cost += _dropped(size[i], most[items[i]], wanted[i], state[i])
            step[i] = NEVER
            if not fixed[i] and state[i] < size[i]:
                step[i] = _dropped(size[i], most[items[i]], wanted[i], state[i] + 1) - _dropped(
                    size[i], most[items[i]], wanted[i], state[i]
                )
        degree[:] = 0
        matched[:] = False
        bound = 0
        dead = False
        for s in range(k):
            if state[s] >= size[s]:
                continue
            for p in range(k):
                if not before[s, p] or state[p] >= size[p]:
                    continue
                if closes[start[p] + state[p]] <= opens[start[s] + state[s]]:
                    continue
                degree[s] += 1
                degree[p] += 1
                least = min(step[s], step[p])
                if least == NEVER:
                    dead = True
                elif not matched[s] and not matched[p]:
                    matched[s] = True
                    matched[p] = True
                    bound += least
        if dead or cost + bound >= best:
            continue
        pivot = -1
        for i in range(k):
            if fixed[i] or degree[i] == 0:
                continue
            if pivot < 0 or degree[i] > degree[pivot] or (
                degree[i] == degree[pivot] and rank[i] < rank[pivot]
            ):  # fmt: skip
                pivot = i
        if pivot < 0:
            best = cost
            chosen[:] = state
            continue
        # Given up: the item moves on to its next event. Looked at second, so that it lies deeper.
        stack[top] = state
        stack[top, pivot] += 1
        fixed_stack[top] = fixed
        top += 1
        # Kept: all that clash with it move on until they agree.
        fits = True
        opened, closed = opens[start[pivot] + state[pivot]], closes[start[pivot] + state[pivot]]
        for i in range(k):
            if not (before[pivot, i] or before[i, pivot]):
                continue
            while state[i] < size[i]:
                agrees = (
                    closes[start[i] + state[i]] <= opened
                    if before[pivot, i]
                    else closed <= opens[start[i] + state[i]]
                )
                if agrees:
                    break
                if fixed[i]:
                    fits = False
                    break
                state[i] += 1
        if fits:
            stack[top] = state
            fixed_stack[top] = fixed
            fixed_stack[top, pivot] = True
            top += 1
    return best, True
