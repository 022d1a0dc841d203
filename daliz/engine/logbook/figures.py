"""Cells: sums, spread and quantiles of the records of each.

Question: what are n, the ratio of sums, the mean of ratios, their spread and their quantiles in each cell?
In and out: `Records` in; `Cells` out, one row a cell and a `Stats` a measure.
Method: a quantile is the nearest rank, found exactly: by selection (Hoare) at a post; along corridors the
ratios of each set of corridors are sorted once (radix, then insertion) and a cell, which is a union of
sets, takes its rank by pivots and binary search in all its sets at once. Sums of seconds, cents and metres
are of whole numbers and exact; ratios are added from the smallest on in four interleaved sums, squares
about the mean likewise, and sets are joined by the formula of Chan, Golub and LeVeque (1983). Sets are
added with Neumaier's compensation (1974), as are tonne-kilometres. No order depends on the threads.
Limits: cells without a record are not there. A measure leaves out the records that it cannot be computed
for and says how many.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from daliz.engine.logbook.walk import COMPLETE, PAID, PRICED, TIMED_WHOLE, Records, steady

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Cells", "Stats", "along_corridors", "at_posts"]

COLUMNS = (
    "n", "left_out", "top", "bottom", "ratios", "sd", "least", "most", "p10", "p50", "p90",
)  # fmt: skip
PER_CENT = (10, 50, 90)
POST_MEASURES = ("tfi1", "tfi2", "tfi2_unofficial")
CORRIDOR_MEASURES = ("tfi3", "swod", "swd", "delay_share")
_PACE = 64
"""Cells that a thread takes at a time."""


@dataclass(frozen=True)
class Stats:
    """One measure over all cells, (cells,) each: counts, sums, and the ratios' spread and quantiles.

    `top` and `bottom` are the sums over the `n` records that count, `ratios` the sum of their ratios; `sd`
    has n - 1 under it and is NaN below two; quantiles are NaN where n is 0.
    """

    n: NDArray[np.int64]
    left_out: NDArray[np.int64]
    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    ratios: NDArray[np.float64]
    sd: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    p10: NDArray[np.float64]
    p50: NDArray[np.float64]
    p90: NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """`key` (cells,) is the visit at posts and the part along corridors; `corridor` is -1 at posts."""

    key: NDArray[np.int64]
    period: NDArray[np.int64]
    corridor: NDArray[np.int64]
    measures: Mapping[str, Stats]


@njit(cache=True, nogil=True)
def _select(values, first, last, rank):  # type: ignore[no-untyped-def]
    """Put the value of `rank` (from 0) of `values[first:last]` in its place, smaller ones before it."""
    low, high = first, last - 1
    at = first + rank
    while low < high:
        a, b, c = values[low], values[(low + high) // 2], values[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if at <= j:
            high = j
        elif at >= i:
            low = i
        else:
            return values[at]
    return values[at]


@njit(cache=True, nogil=True)
def _rank(n, per_cent):  # type: ignore[no-untyped-def]
    """Nearest rank from 0: the least r with (r + 1) * 100 >= n * per_cent."""
    return max(0, (n * per_cent + 99) // 100 - 1)


@njit(cache=True, nogil=True)
def _squares(values, first, last, mean):  # type: ignore[no-untyped-def]
    """Sum of squares about `mean`, in four interleaved sums."""
    a = b = c = d = 0.0
    fours = first + (last - first) // 4 * 4
    for i in range(first, fours, 4):
        a += (values[i] - mean) ** 2
        b += (values[i + 1] - mean) ** 2
        c += (values[i + 2] - mean) ** 2
        d += (values[i + 3] - mean) ** 2
    for i in range(fours, last):
        a += (values[i] - mean) ** 2
    return (a + b) + (c + d)


@njit(cache=True, nogil=True)
def _total(values, first, last):  # type: ignore[no-untyped-def]
    """Sum in four interleaved sums."""
    a = b = c = d = 0.0
    fours = first + (last - first) // 4 * 4
    for i in range(first, fours, 4):
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
    for i in range(fours, last):
        a += values[i]
    return (a + b) + (c + d)


@njit(cache=True, nogil=True)
def _whole(values, n, out, cell, scale):  # type: ignore[no-untyped-def]
    """Statistics of `n` whole numbers in `values` (they are reordered), `out[cell]` from column 2 on."""
    total = 0
    least, most = values[0], values[0]
    for i in range(n):
        total += values[i]
        least = min(least, values[i])
        most = max(most, values[i])
    squares = _squares(values, 0, n, total / n)
    out[cell, 2] = total / scale
    out[cell, 3] = n
    out[cell, 4] = total / scale
    out[cell, 5] = np.sqrt(squares / (n - 1)) / scale if n > 1 else np.nan
    out[cell, 6], out[cell, 7] = least / scale, most / scale
    end = n
    for q in range(2, -1, -1):
        rank = _rank(n, PER_CENT[q])
        out[cell, 8 + q] = _select(values, 0, end, rank) / scale
        end = rank + 1


@njit(cache=True, nogil=True)
def _add(total, short, value):  # type: ignore[no-untyped-def]
    """Neumaier's sum: total and what rounding took from it."""
    whole = total + value
    if abs(total) >= abs(value):
        short += (total - whole) + value
    else:
        short += (value - whole) + total
    return whole, short


@njit(cache=True, nogil=True)
def _posts(ptr, cells, s, bits, official, unofficial, first, last, out):  # type: ignore[no-untyped-def]
    """Three measures of the cells `first:last`; `out` (3, cells, columns)."""
    room = 1
    for number in range(first, last):
        room = max(room, ptr[cells[number] + 1] - ptr[cells[number]])
    values = np.empty(room, dtype=np.int64)
    for number in range(first, last):
        a, b = ptr[cells[number]], ptr[cells[number] + 1]
        for measure in range(3):
            n = 0
            want = TIMED_WHOLE if measure == 0 else PAID
            for i in range(a, b):
                if bits[i] & want:
                    values[n] = s[i] if measure == 0 else official[i] if measure == 1 else unofficial[i]
                    n += 1
            out[measure, number, 0], out[measure, number, 1] = n, b - a - n
            if n > 0:
                _whole(values, n, out[measure], number, 1.0 if measure == 0 else 100.0)


@njit(cache=True, nogil=True)
def _sort(values, spare, n):  # type: ignore[no-untyped-def]
    """Sort `n` numbers not below zero: by the upper 33 bits in three passes, then by insertion."""
    if n < 192:
        for i in range(1, n):
            value = values[i]
            j = i - 1
            while j >= 0 and values[j] > value:
                values[j + 1] = values[j]
                j -= 1
            values[j + 1] = value
        return
    keys, other = values[:n].view(np.uint64), spare[:n].view(np.uint64)
    counts = np.zeros((3, 2048), dtype=np.int64)
    for i in range(n):
        key = keys[i]
        counts[0, (key >> np.uint64(30)) & np.uint64(2047)] += 1
        counts[1, (key >> np.uint64(41)) & np.uint64(2047)] += 1
        counts[2, (key >> np.uint64(52)) & np.uint64(2047)] += 1
    for digit in range(3):
        shift = np.uint64(30 + 11 * digit)
        at = 0
        for bucket in range(2048):
            held = counts[digit, bucket]
            counts[digit, bucket] = at
            at += held
        source, target = (keys, other) if digit % 2 == 0 else (other, keys)
        for i in range(n):
            bucket = (source[i] >> shift) & np.uint64(2047)
            target[counts[digit, bucket]] = source[i]
            counts[digit, bucket] += 1
    for i in range(n):
        key = other[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = key


@njit(cache=True, nogil=True)
def _below(values, first, last, pivot):  # type: ignore[no-untyped-def]
    """How many of the sorted `values[first:last]` are below `pivot`."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if values[middle] < pivot:
            low = middle + 1
        else:
            high = middle
    return low - first


@njit(cache=True, nogil=True)
def _upto(values, first, last, pivot):  # type: ignore[no-untyped-def]
    """How many of the sorted `values[first:last]` are not above `pivot`."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if values[middle] <= pivot:
            low = middle + 1
        else:
            high = middle
    return low - first


@njit(cache=True, nogil=True)
def _of_union(values, starts, ends, low, high, rank):  # type: ignore[no-untyped-def]
    """The value of `rank` in the union of the sorted `values[starts[k]:ends[k]]`; `low`, `high` are room."""
    count = len(starts)
    for k in range(count):
        low[k], high[k] = starts[k], ends[k]
    while True:
        widest, width = 0, -1
        for k in range(count):
            if high[k] - low[k] > width:
                widest, width = k, high[k] - low[k]
        pivot = values[(low[widest] + high[widest]) // 2]
        below = upto = 0
        for k in range(count):
            below += _below(values, starts[k], ends[k], pivot)
            upto += _upto(values, starts[k], ends[k], pivot)
        if below <= rank < upto:
            return pivot
        for k in range(count):
            if rank < below:
                high[k] = max(low[k], min(high[k], starts[k] + _below(values, starts[k], ends[k], pivot)))
            else:
                low[k] = min(high[k], max(low[k], starts[k] + _upto(values, starts[k], ends[k], pivot)))


@njit(cache=True, nogil=True)
def _ratios(  # type: ignore[no-untyped-def]
    measure, a, b, bits, km, moving, stop, usd, tonnes, values, at, sums
):
    """Ratios of the parts `a:b` into `values` from `at` on, and their sums; gives the next place."""
    tops = bottoms = np.int64(0)
    tkm = short = 0.0
    for i in range(a, b):
        if not bits[i] & (PRICED if measure == 0 else COMPLETE):
            continue
        if measure == 0:
            one = (km[i] / 1000.0) * tonnes[i]
            tops += np.int64(usd[i])
            tkm, short = _add(tkm, short, one)
            values[at] = (usd[i] / 100.0) / one
        elif measure == 1:
            tops += np.int64(km[i])
            bottoms += np.int64(moving[i])
            values[at] = (km[i] / 1000.0) / moving[i]
        elif measure == 2:
            whole = np.int64(moving[i]) + np.int64(stop[i])
            tops += np.int64(km[i])
            bottoms += whole
            values[at] = (km[i] / 1000.0) / whole
        else:
            whole = np.int64(moving[i]) + np.int64(stop[i])
            tops += np.int64(stop[i])
            bottoms += whole
            values[at] = stop[i] / whole
        at += 1
    sums[0] = tops / (100.0 if measure == 0 else 1.0 if measure == 3 else 1000.0)
    sums[1] = tkm + short if measure == 0 else np.float64(bottoms)
    return at


@njit(cache=True, nogil=True)
def _groups(  # type: ignore[no-untyped-def]
    ptr, groups, first_cell, sets, corridors, bits, km, moving, stop, usd, tonnes, first, last, out
):
    """Four measures of the groups (part, period) `first:last`; a cell is a corridor of a group."""
    count = len(sets)
    room = 1
    for g in range(first, last):
        base = groups[g] * count
        room = max(room, ptr[base + count] - ptr[base])
    values, spare = np.empty(room), np.empty(room)
    begin, end = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    sums = np.empty((count, 4))
    starts, ends = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    low, high = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for g in range(first, last):
        base = groups[g] * count
        for measure in range(4):
            at = 0
            for k in range(count):
                begin[k] = at
                a, b = ptr[base + k], ptr[base + k + 1]
                if a < b:
                    at = _ratios(measure, a, b, bits, km, moving, stop, usd, tonnes, values, at, sums[k])
                end[k] = at
                n = at - begin[k]
                if n > 0:
                    _sort(values[begin[k] : at], spare, n)
                    sums[k, 2] = _total(values, begin[k], at)
                    sums[k, 3] = _squares(values, begin[k], at, sums[k, 2] / n)
            cell = first_cell[g]
            for corridor in range(corridors):
                word, bit = corridor >> 6, np.uint64(corridor & 63)
                used = n = records = 0
                there = False
                tops = tops_short = bottom = bottom_short = total = short = 0.0
                for k in range(count):
                    rows = ptr[base + k + 1] - ptr[base + k]
                    if rows > 0 and (sets[k, word] >> bit) & np.uint64(1):
                        there = True
                        records += rows
                        if end[k] > begin[k]:
                            starts[used], ends[used] = begin[k], end[k]
                            used += 1
                            n += end[k] - begin[k]
                            tops, tops_short = _add(tops, tops_short, sums[k, 0])
                            bottom, bottom_short = _add(bottom, bottom_short, sums[k, 1])
                            total, short = _add(total, short, sums[k, 2])
                if not there:
                    continue
                row = out[measure, cell]
                cell += 1
                row[0], row[1] = n, records - n
                if n == 0:
                    continue
                row[2], row[3], row[4] = tops + tops_short, bottom + bottom_short, total + short
                mean = row[4] / n
                squares = squares_short = 0.0
                least, most = np.inf, -np.inf
                for k in range(count):
                    if end[k] > begin[k] and (sets[k, word] >> bit) & np.uint64(1):
                        m = end[k] - begin[k]
                        off = sums[k, 2] / m - mean
                        squares, squares_short = _add(squares, squares_short, sums[k, 3] + m * off * off)
                        least = min(least, values[begin[k]])
                        most = max(most, values[end[k] - 1])
                row[5] = np.sqrt((squares + squares_short) / (n - 1)) if n > 1 else np.nan
                row[6], row[7] = least, most
                for q in range(3):
                    row[8 + q] = _of_union(
                        values, starts[:used], ends[:used], low, high, _rank(n, PER_CENT[q])
                    )


@njit(cache=True, nogil=True)
def _cells_of(ptr, groups, sets, corridors, counts):  # type: ignore[no-untyped-def]
    """How many corridors each group has records for."""
    count = len(sets)
    held = np.zeros(sets.shape[1], dtype=np.uint64)
    for g in range(len(groups)):
        held[:] = 0
        for k in range(count):
            if ptr[groups[g] * count + k + 1] > ptr[groups[g] * count + k]:
                for w in range(len(held)):
                    held[w] |= sets[k, w]
        for corridor in range(corridors):
            counts[g] += (held[corridor >> 6] >> np.uint64(corridor & 63)) & np.uint64(1)


@njit(cache=True, nogil=True)
def _named(ptr, groups, sets, corridors, out):  # type: ignore[no-untyped-def]
    """Group and corridor of each cell."""
    count, at = len(sets), 0
    for g in range(len(groups)):
        for corridor in range(corridors):
            for k in range(count):
                if (sets[k, corridor >> 6] >> np.uint64(corridor & 63)) & np.uint64(1) and (
                    ptr[groups[g] * count + k + 1] > ptr[groups[g] * count + k]
                ):
                    out[at, 0], out[at, 1] = groups[g], corridor
                    at += 1
                    break


_KERNELS: dict[str, Any] = {"posts": _posts, "groups": _groups}


def _stats(out: NDArray[np.float64]) -> Stats:
    whole: list[Any] = [out[:, at].astype(np.int64) for at in range(2)]
    return Stats(*whole, *(out[:, at].copy() for at in range(2, len(COLUMNS))))


def at_posts(records: Records, threads: int = 2) -> Cells:
    """TFI1 in seconds and TFI2 in USD, official and unofficial, of each place, mode, direction and period."""
    ptr = steady(records.visit_ptr)
    cells = np.flatnonzero(np.diff(ptr))
    out = np.full((3, len(cells), len(COLUMNS)), np.nan)
    out[:, :, 2:5] = 0.0
    columns = [
        steady(a)
        for a in (records.visit_s, records.visit_bits, records.official_cents, records.unofficial_cents)
    ]

    def work(first: int) -> None:
        _KERNELS["posts"](ptr, cells, *columns, first, min(first + _PACE, len(cells)), out)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(0, len(cells), _PACE)))
    measures = {name: _stats(out[at]) for at, name in enumerate(POST_MEASURES)}
    return Cells(cells // records.periods, cells % records.periods, np.full(len(cells), -1), measures)


def along_corridors(records: Records, corridors: int, threads: int = 2) -> Cells:
    """TFI3 (USD per t-km), SWOD, SWD (km per s) and delay share by mode, state, corridor and period."""
    ptr, sets = steady(records.part_ptr), steady(records.sets)
    count = max(1, len(sets))
    groups = np.flatnonzero(np.diff(ptr[::count])) if len(sets) else np.empty(0, dtype=np.int64)
    counts = np.zeros(len(groups), dtype=np.int64)
    _cells_of(ptr, groups, sets, corridors, counts)
    first_cell = np.concatenate([[0], np.cumsum(counts)])
    out = np.full((4, int(first_cell[-1]), len(COLUMNS)), np.nan)
    out[:, :, 2:5] = 0.0
    columns = [
        steady(a)
        for a in (
            records.part_bits, records.km_m, records.moving_s, records.stop_s, records.usd_cents,
            records.tonnes,
        )
    ]  # fmt: skip

    def work(first: int) -> None:
        _KERNELS["groups"](ptr, groups, first_cell, sets, corridors, *columns, first, first + 1, out)

    size = ptr[(groups + 1) * count] - ptr[groups * count]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, np.argsort(-size, kind="stable").tolist()))
    named = np.zeros((int(first_cell[-1]), 2), dtype=np.int64)
    _named(ptr, groups, sets, corridors, named)
    measures: dict[str, Any] = {name: _stats(out[at]) for at, name in enumerate(CORRIDOR_MEASURES)}
    return Cells(named[:, 0] // records.periods, named[:, 0] % records.periods, named[:, 1], measures)
