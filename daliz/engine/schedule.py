"""Networks of activities: what can start when, what must not slip, and how much room the rest has.

Question: by when can each activity be done, given what it waits for, and which ones set the end?
In and out: durations, links with lags, days already known and a day of counting as arrays in; early and late
days, floats and the critical set out.
Method: precedence diagramming (Fondahl 1961; Moder and Phillips): one pass forward and one back over a
topological order, for finish-start, start-start, finish-finish and start-finish links with lags of either
sign. A finished activity keeps its days, a started one its start; what is not finished ends no earlier than
the day of counting. Arrays in compressed rows; the passes are numba kernels, linear in activities and links.
Limits: activities run without a break and resources are not levelled; a link that history has already broken
moves nothing that is past.
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

__all__ = ["KINDS", "Links", "Schedule", "cycle_of", "schedule"]

KINDS = ("fs", "ss", "ff", "sf")
"""Kinds of link by number: which end of the first bounds which end of the second."""

_FS, _SS, _FF, _SF = range(4)
_TOLERANCE_D = 1e-6


@dataclass(frozen=True)
class Links:
    """Links as arrays of one length: `first`, `second` int64 numbers of activities, `kind` int64 of `KINDS`,
    `lag_d` float64 days."""  # noqa: D205, D209

    first: Ints
    second: Ints
    kind: Ints
    lag_d: Floats


@dataclass(frozen=True)
class Schedule:
    """Days from an origin, float64[n]: early and late start and finish; floats in days; critical bool[n].

    `total_float_d` is how far an activity may slip before the last end does; `free_float_d` before any
    follower does; `driver` int64[n] is the link that set its early days, -1 where none did. A finished
    activity has no float of its own and is never critical.
    """

    early_start: Floats
    early_finish: Floats
    late_start: Floats
    late_finish: Floats
    total_float_d: Floats
    free_float_d: Floats
    critical: NDArray[np.bool_]
    driver: Ints


def schedule(
    duration_d: Floats, links: Links, not_before: Floats, started: Floats, done: Floats,
    now: float = -np.inf, end: float | None = None,
) -> Schedule:  # fmt: skip
    """Early and late days of every activity.

    Parameters
    ----------
    duration_d
        Working length of each activity, days, at least nothing.
    links
        What waits for what.
    not_before
        Planned first day of each activity; minus infinity where none is given.
    started, done
        Actual days; not a number where it has not happened.
    now
        Day of counting: nothing unfinished ends before it, nothing unbegun starts before it.
    end
        Last day that must hold; the last early finish when it is not given.

    Raises
    ------
    ValueError
        when lengths differ, a duration is negative, or the links run in a circle (see `cycle_of`).
    """
    n = len(duration_d)
    if not (len(not_before) == len(started) == len(done) == n) or (np.asarray(duration_d) < 0).any():
        raise ValueError("one duration of at least nothing, first day, start and end for each activity")
    order, ptr, out = _topological(n, links)
    if len(order) < n:
        raise ValueError("the links run in a circle")
    early_s, early_f = np.empty(n), np.empty(n)
    driver = np.full(n, -1, dtype=np.int64)
    _forward(order, ptr, out, links.second, links.kind, links.lag_d, duration_d, not_before, started, done,
             now, early_s, early_f, driver)  # fmt: skip
    last = float(early_f.max(initial=-np.inf)) if end is None else end
    late_s, late_f = np.empty(n), np.empty(n)
    free = np.empty(n)
    span = early_f - early_s
    _backward(order, ptr, out, links.second, links.kind, links.lag_d, span, early_s, early_f, last,
              late_s, late_f, free)  # fmt: skip
    over = ~np.isnan(done)
    total = np.where(over, np.inf, late_f - early_f)
    critical = ~over & (total <= (total[~over].min() if (~over).any() else 0.0) + _TOLERANCE_D)
    return Schedule(early_s, early_f, late_s, late_f, total, np.where(over, np.inf, free), critical, driver)


def cycle_of(n: int, links: Links) -> Ints:
    """Activities of one circle of links in their order; empty where there is none."""
    order, ptr, out = _topological(n, links)
    if len(order) == n:
        return np.empty(0, dtype=np.int64)
    left = np.ones(n, dtype=bool)
    left[order] = False
    # Every activity that is left has a predecessor that is left, so walking back must meet itself.
    before = np.full(n, -1, dtype=np.int64)
    for first in np.flatnonzero(left):
        for link in out[ptr[first] : ptr[first + 1]]:
            if left[links.second[link]]:
                before[links.second[link]] = first
    at = int(np.flatnonzero(left & (before >= 0))[0])
    seen: dict[int, int] = {}
    walk: list[int] = []
    while at not in seen:
        seen[at] = len(walk)
        walk.append(at)
        at = int(before[at])
    return np.array(walk[seen[at] :][::-1], dtype=np.int64)


def _topological(n: int, links: Links) -> tuple[Ints, Ints, Ints]:
    """An order in which no activity comes before what it waits for (short of circles), and links by first."""
    first = np.asarray(links.first, dtype=np.int64)
    ptr = np.concatenate(([0], np.cumsum(np.bincount(first, minlength=n)))).astype(np.int64)
    out = np.argsort(first, kind="stable").astype(np.int64)
    order = np.empty(n, dtype=np.int64)
    count = _kahn(n, ptr, out, np.asarray(links.second, dtype=np.int64), order)
    return order[:count], ptr, out


@njit(cache=True)
def _kahn(n, ptr, out, second, order):  # type: ignore[no-untyped-def]
    waits = np.zeros(n, dtype=np.int64)
    for link in range(len(second)):
        waits[second[link]] += 1
    count = 0
    for node in range(n):
        if waits[node] == 0:
            order[count] = node
            count += 1
    at = 0
    while at < count:
        node = order[at]
        at += 1
        for slot in range(ptr[node], ptr[node + 1]):
            follower = second[out[slot]]
            waits[follower] -= 1
            if waits[follower] == 0:
                order[count] = follower
                count += 1
    return count


@njit(cache=True)
def _forward(  # type: ignore[no-untyped-def]
    order, ptr, out, second, kind, lag, duration, not_before, started, done, now, start, finish, driver
):
    for node in range(len(order)):
        start[node] = not_before[node]
        finish[node] = -np.inf  # meanwhile: the earliest finish that links ask for
    for at in range(len(order)):
        node = order[at]
        asked = finish[node]
        if not np.isnan(done[node]):
            finish[node] = done[node]
            start[node] = started[node] if not np.isnan(started[node]) else done[node] - duration[node]
            driver[node] = -1
        elif not np.isnan(started[node]):
            start[node] = started[node]
            finish[node] = max(started[node] + duration[node], now, asked)
        else:
            begin = max(start[node], now, asked - duration[node])
            if not np.isfinite(begin):
                begin = 0.0
            if begin > start[node] and begin > asked - duration[node]:
                driver[node] = -1
            start[node] = begin
            finish[node] = begin + duration[node]
        for slot in range(ptr[node], ptr[node + 1]):
            link = out[slot]
            follower, what = second[link], kind[link]
            base = finish[node] if what in (0, 2) else start[node]
            bound = base + lag[link]
            if what in (0, 1):
                if bound > start[follower]:
                    start[follower] = bound
                    driver[follower] = link
            elif bound > finish[follower]:
                finish[follower] = bound
                if bound - duration[follower] > start[follower]:
                    driver[follower] = link


@njit(cache=True)
def _backward(order, ptr, out, second, kind, lag, span, early_s, early_f, last, late_s, late_f, free):  # type: ignore[no-untyped-def]
    for at in range(len(order) - 1, -1, -1):
        node = order[at]
        latest, room = last, last - early_f[node]
        for slot in range(ptr[node], ptr[node + 1]):
            link = out[slot]
            follower, what = second[link], kind[link]
            to_late = late_s[follower] if what in (0, 1) else late_f[follower]
            to_early = early_s[follower] if what in (0, 1) else early_f[follower]
            bound, near = to_late - lag[link], to_early - lag[link]
            if what in (1, 3):
                bound, near = bound + span[node], near + span[node]
            latest = min(latest, bound)
            room = min(room, near - early_f[node])
        late_f[node] = latest
        late_s[node] = latest - span[node]
        free[node] = room
