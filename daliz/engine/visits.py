"""Events of a shipment put in order and cut into visits of places.

Question: which events belong to one stay at one place?
In and out: shipments, keys of place, mode and direction and instants as integers in; an order of events and
the visits as runs of it out.
Method: counting sort by shipment, then by begin and end. A visit ends where the next event is at another
place, or of another mode or direction, where an event of no place (a movement) lies between, or where
nothing was heard for longer than the gap. An unknown mode or direction (-1) is that of the visit.
Limits: two stays at one place within the gap, with nothing logged between them, are one visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Visits", "cut", "first_known", "ordered", "since_before", "stops_of"]


class Visits(NamedTuple):
    """Visits as runs of events.

    `event` int64[n]: numbers of the events of visits, run by run; `first` int64[v + 1]; `mode`, `direction`
    int8[v], -1 where no event tells; `last` bool[v]: nothing of the shipment came after it.
    """

    event: NDArray[np.int64]
    first: NDArray[np.int64]
    mode: NDArray[np.int8]
    direction: NDArray[np.int8]
    last: NDArray[np.bool_]


def ordered(
    shipment: NDArray[np.uint32], begin: NDArray[np.int64], end: NDArray[np.int64], shipments: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order of the events by shipment, begin, end and place in the log, and where each shipment begins.

    Examples
    --------
    >>> order, first = ordered(np.array([1, 0, 1], np.uint32), np.array([5, 7, 3]), np.array([6, 8, 4]), 2)
    >>> order.tolist(), first.tolist()
    ([1, 2, 0], [0, 1, 3])
    """
    order = np.empty(len(shipment), dtype=np.int64)
    first = np.zeros(shipments + 1, dtype=np.int64)
    _ordered(shipment, begin, end, order, first)
    return order, first


@njit(cache=True)
def _ordered(shipment, begin, end, order, first):  # type: ignore[no-untyped-def]
    for at in range(len(shipment)):
        first[shipment[at] + 1] += 1
    for number in range(len(first) - 1):
        first[number + 1] += first[number]
    fill = first[:-1].copy()
    for at in range(len(shipment)):
        order[fill[shipment[at]]] = at
        fill[shipment[at]] += 1
    for number in range(len(first) - 1):
        lo, hi = first[number], first[number + 1]
        if hi - lo > 48:
            part = order[lo:hi].copy()
            order[lo:hi] = part[np.argsort(begin[part], kind="mergesort")]
        # Short runs wholly, long ones only where begins are equal: few moves on ordered logs.
        for place in range(lo + 1, hi):
            this = order[place]
            at = place
            while at > lo and (
                begin[order[at - 1]] > begin[this]
                or (begin[order[at - 1]] == begin[this] and end[order[at - 1]] > end[this])
            ):
                order[at] = order[at - 1]
                at -= 1
            order[at] = this


def cut(
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    where: tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]],
    when: tuple[NDArray[np.int64], NDArray[np.int64]],
    gap: int,
) -> Visits:
    """Cut ordered events into visits.

    Parameters
    ----------
    order, first
        As `ordered` gives them.
    where
        By event: `place` int32[n], -1 for a movement; `mode`, `direction` int8[n], -1 for unknown.
    when
        By event: `begin` int64[n] and the latest instant that is known of it, int64[n].
    gap
        Longest silence within a visit, in the unit of the instants.

    Returns
    -------
    Visits.
    """
    visit = np.empty(len(order), dtype=np.int64)
    begins = np.empty(len(order), dtype=np.int64)
    mode = np.empty(len(order), dtype=np.int8)
    direction = np.empty(len(order), dtype=np.int8)
    last = np.zeros(len(order), dtype=np.bool_)
    count = _cut(order, first, *where, *when, gap, visit, begins, mode, direction, last)
    inside = visit >= 0
    sizes = np.bincount(visit[inside], minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Visits(order[inside], starts, mode[:count].copy(), direction[:count].copy(), last[:count].copy())


@njit(cache=True)
def _cut(order, first, place, mode, direction, begin, known, gap, visit, begins, modes, directions, last):  # type: ignore[no-untyped-def]
    count = 0
    for number in range(len(first) - 1):
        inside = False
        latest = np.int64(0)
        here = np.int32(-1)
        for at in range(first[number], first[number + 1]):
            event = order[at]
            if place[event] < 0:
                visit[at] = -1
                inside = False
                continue
            fits = (
                inside
                and place[event] == here
                and (mode[event] < 0 or modes[count - 1] < 0 or mode[event] == modes[count - 1])
                and (
                    direction[event] < 0
                    or directions[count - 1] < 0
                    or direction[event] == directions[count - 1]
                )
                and begin[event] - latest <= gap
            )
            if not fits:
                here = place[event]
                modes[count] = mode[event]
                directions[count] = direction[event]
                begins[count] = at
                latest = known[event]
                count += 1
                inside = True
            else:
                if modes[count - 1] < 0:
                    modes[count - 1] = mode[event]
                if directions[count - 1] < 0:
                    directions[count - 1] = direction[event]
                latest = max(latest, known[event])
            visit[at] = count - 1
        if inside:
            last[count - 1] = True
    return count


def since_before(
    first: NDArray[np.int64], begin: NDArray[np.int64], end: NDArray[np.int64], told: NDArray[np.bool_],
    never: int,
) -> NDArray[np.int64]:  # fmt: skip
    """When each event began where the log tells one instant alone: at the latest end before it in its visit.

    `told` bool[n]: the log tells the begin. `never` marks an end that is not known, and a begin that is not:
    the first event of a visit.

    Examples
    --------
    >>> begins = np.array([4, 9]); ends = np.array([4, 9]); told = np.array([False, False])
    >>> since_before(np.array([0, 2]), begins, ends, told, -1).tolist()
    [-1, 4]
    """
    since = np.empty(len(begin), dtype=np.int64)
    _since_before(first, begin, end, told, never, since)
    return since


@njit(cache=True)
def _since_before(first, begin, end, told, never, since):  # type: ignore[no-untyped-def]
    for visit in range(len(first) - 1):
        latest = np.int64(never)
        for at in range(first[visit], first[visit + 1]):
            since[at] = begin[at]
            if not told[at]:
                since[at] = min(latest, end[at]) if latest != never else never
            if end[at] != never and (latest == never or end[at] > latest):
                latest = end[at]


def first_known(first: NDArray[np.int64], values: NDArray[np.int32]) -> NDArray[np.int32]:
    """First value of each run that is not negative, -1 where there is none.

    Examples
    --------
    >>> first_known(np.array([0, 2, 3]), np.array([-1, 4, -1], np.int32)).tolist()
    [4, -1]
    """
    found = np.full(len(first) - 1, -1, dtype=np.int32)
    _first_known(first, values, found)
    return found


@njit(cache=True)
def _first_known(first, values, found):  # type: ignore[no-untyped-def]
    for run in range(len(first) - 1):
        for at in range(first[run], first[run + 1]):
            if values[at] >= 0:
                found[run] = values[at]
                break


def stops_of(
    first: NDArray[np.int64],
    judged: NDArray[np.bool_],
    kind: tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int32]],
    when: tuple[NDArray[np.int64], NDArray[np.int64]],
    stops: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Events that stop the clock of others in their visit, as runs (CSR) over the judged events.

    Parameters
    ----------
    first
        Visits as runs of events, int64[v + 1].
    judged
        bool[n]: whose clock is asked for.
    kind
        `checklist` int32[v]; `item` int8[n]; `code` int32[n].
    when
        Begin and end int64[n]; an event whose begin is not before its end stops nothing.
    stops
        bool[lists, items, codes]: whether a code stops the clock of an item.

    Returns
    -------
    (run, event): events of the i-th judged event are `event[run[i]:run[i + 1]]`.
    """
    checklist, item, code = kind
    begin, end = when
    run = np.zeros(int(judged.sum()) + 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    _stops_of(first, judged, checklist, item, code, begin, end, stops, run, nothing, False)
    np.cumsum(run, out=run)
    event = np.empty(run[-1], dtype=np.int64)
    _stops_of(first, judged, checklist, item, code, begin, end, stops, run.copy(), event, True)
    return run, event


@njit(cache=True)
def _stops_of(first, judged, checklist, item, code, begin, end, stops, run, event, fill):  # type: ignore[no-untyped-def]
    number = 0
    for visit in range(len(first) - 1):
        chosen = checklist[visit]
        for at in range(first[visit], first[visit + 1]):
            if not judged[at]:
                continue
            for other in range(first[visit], first[visit + 1]):
                if other == at or begin[other] >= end[at] or end[other] <= begin[at]:
                    continue
                if begin[other] < end[other] and stops[chosen, item[at], code[other]]:
                    if fill:
                        event[run[number]] = other
                        run[number] += 1
                    else:
                        run[number + 1] += 1
            number += 1
