"""Raw rows in the order of a file brought together by shipment.

Question: which rows belong to one shipment, in which order?
In and out: `RawColumns` in the order in which they were read, in; `Columns` out, written into arrays of
the caller (memory-mapped ones too), a range of shipments at a time.
Method: counting sort: rows of each shipment are counted, each row is moved once to the next place of its
shipment as one packed record, and the few rows of a shipment are put in order of begin, end and event
by insertion. Threads take ranges of shipments with about equally many rows.
Limits: of two rows equal in begin, end and `tie` (56 bits of the event id), the one read first is first.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from daliz.engine.logbook.columns import Columns

__all__ = ["RANGE_ROWS", "RawColumns", "dense_codes", "greatest", "group", "shipment_ptr"]

RANGE_ROWS = 8_000_000
"""Rows moved at a time: 32 bytes each are held beside the columns."""

_WORDS = 4
_KM, _UNOFFICIAL = 4, 16


@dataclass(frozen=True)
class RawColumns:
    """Rows as read, (n,) each: `shipment` code, fields of `Columns` (0 where there is none), and `tie`."""

    shipment: NDArray[np.uint32]
    begin_s: NDArray[np.uint32]
    seconds: NDArray[np.uint32]
    kind: NDArray[Any]
    activity: NDArray[Any]
    flags: NDArray[np.uint8]
    official_cents: NDArray[np.uint32]
    km_m: NDArray[np.uint32]
    unofficial_cents: NDArray[np.uint32]
    tie: NDArray[np.uint64]


@njit(cache=True, nogil=True)
def _slot(keys, slots, key):  # type: ignore[no-untyped-def]
    """Where `key` stands in an open table of slots, or the free slot where it would."""
    mask = len(slots) - 1
    at = np.int64(((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) & np.uint64(mask))
    while slots[at] >= 0 and keys[slots[at]] != key:
        at = (at + 1) & mask
    return at


@njit(cache=True, nogil=True)
def _dense(values, keys, slots, count, out):  # type: ignore[no-untyped-def]
    """Number values by first appearance; gives the new count, or -1 - rows done when the table is full."""
    for i in range(len(values)):
        key = values[i]
        at = _slot(keys, slots, key)
        if slots[at] < 0:
            if count == len(keys):
                return -1 - i, count
            keys[count] = key
            slots[at] = count
            count += 1
        out[i] = slots[at]
    return len(values), count


def dense_codes(values: NDArray[np.uint64], known: NDArray[np.uint64]) -> tuple[Any, Any]:
    """Codes (n,) of `values` by first appearance after `known`, and the keys known then."""
    out = np.empty(len(values), dtype=np.int32)
    room = 1 << max(10, (2 * len(known)).bit_length())  # a power of two: slots are found by a mask
    while True:
        keys = np.zeros(room, dtype=np.uint64)
        keys[: len(known)] = known
        slots = np.full(4 * room, -1, dtype=np.int32)
        for number, key in enumerate(known):
            slots[_slot(keys, slots, key)] = number
        done, count = _dense(values, keys, slots, len(known), out)
        if done >= 0:
            return out, keys[:count]
        room *= 4


@njit(cache=True, nogil=True)
def greatest(shipment, tonnes, moneyed, most, any_money):  # type: ignore[no-untyped-def]
    """The greatest tonnes of each shipment so far, and whether any of its rows names an amount; in place."""
    for i in range(len(shipment)):
        s = shipment[i]
        if tonnes[i] == tonnes[i] and not most[s] >= tonnes[i]:
            most[s] = tonnes[i]
        any_money[s] |= moneyed[i]


@njit(cache=True, nogil=True)
def _count(shipment, first, last, counts):  # type: ignore[no-untyped-def]
    for i in range(len(shipment)):
        s = shipment[i]
        if first <= s < last:
            counts[s] += 1


@njit(cache=True, nogil=True)
def _move(  # type: ignore[no-untyped-def]
    shipment, begin, seconds, kind, activity, flags, official, km, unofficial, tie, first, last, base, nexts,
    records,
):  # fmt: skip
    """Each row of the shipments `first:last` to the next free record of its shipment."""
    for i in range(len(shipment)):
        s = shipment[i]
        if first <= s < last:
            at = nexts[s] - base
            nexts[s] += 1
            records[at, 0] = (np.uint64(begin[i]) << np.uint64(32)) | np.uint64(seconds[i])
            records[at, 1] = (
                (np.uint64(kind[i]) << np.uint64(48))
                | (np.uint64(activity[i]) << np.uint64(32))
                | np.uint64(official[i])
            )
            records[at, 2] = (np.uint64(km[i]) << np.uint64(32)) | np.uint64(unofficial[i])
            records[at, 3] = (np.uint64(tie[i]) << np.uint64(8)) | np.uint64(flags[i])


@njit(cache=True, nogil=True)
def _place(  # type: ignore[no-untyped-def]
    records, ptr, first, last, base, begin, seconds, kind, activity, flags, official, km_count, un_count
):
    """Records of each shipment in order, written out as columns; metres and unofficial payments counted."""
    low = np.uint64(0xFFFFFFFF)
    for s in range(first, last):
        a, b = ptr[s] - base, ptr[s + 1] - base
        for i in range(a + 1, b):
            w0, w1, w2, w3 = records[i, 0], records[i, 1], records[i, 2], records[i, 3]
            j = i - 1
            while j >= a and (
                records[j, 0] > w0
                or (records[j, 0] == w0 and records[j, 3] >> np.uint64(8) > w3 >> np.uint64(8))
            ):
                for c in range(4):
                    records[j + 1, c] = records[j, c]
                j -= 1
            records[j + 1, 0], records[j + 1, 1], records[j + 1, 2], records[j + 1, 3] = w0, w1, w2, w3
        kms, uns = 0, 0
        for i in range(a, b):
            at = i + base
            begin[at] = records[i, 0] >> np.uint64(32)
            seconds[at] = records[i, 0] & low
            kind[at] = records[i, 1] >> np.uint64(48)
            activity[at] = (records[i, 1] >> np.uint64(32)) & np.uint64(0xFFFF)
            official[at] = records[i, 1] & low
            flag = records[i, 3] & np.uint64(0xFF)
            flags[at] = flag
            kms += (flag & np.uint64(_KM)) != 0
            uns += (flag & np.uint64(_UNOFFICIAL)) != 0
        km_count[s] = kms
        un_count[s] = uns


@njit(cache=True, nogil=True)
def _sparse(records, ptr, first, last, base, km_ptr, un_ptr, km, unofficial):  # type: ignore[no-untyped-def]
    low = np.uint64(0xFFFFFFFF)
    for s in range(first, last):
        k, u = km_ptr[s], un_ptr[s]
        for i in range(ptr[s] - base, ptr[s + 1] - base):
            flag = records[i, 3] & np.uint64(0xFF)
            if flag & np.uint64(_KM):
                km[k] = records[i, 2] >> np.uint64(32)
                k += 1
            if flag & np.uint64(_UNOFFICIAL):
                unofficial[u] = records[i, 2] & low
                u += 1


def _ranges(ptr: NDArray[np.int64], first: int, last: int, parts: int) -> list[tuple[int, int]]:
    """`first:last` cut into ranges with about equally many rows."""
    cuts = np.linspace(ptr[first], ptr[last], parts + 1)
    edges = np.searchsorted(ptr, cuts[1:-1]).clip(first, last).tolist()
    bounds = [first, *edges, last]
    return [(a, b) for a, b in zip(bounds, bounds[1:], strict=False) if a < b]


def shipment_ptr(shipment: NDArray[np.uint32], shipments: int, threads: int) -> NDArray[np.int64]:
    """Where the rows of each shipment will stand, (shipments + 1,)."""
    counts = np.zeros(shipments, dtype=np.uint32)
    step = -(-shipments // threads) or 1
    with ThreadPoolExecutor(threads) as pool:
        list(
            pool.map(
                lambda a: _count(shipment, a, min(a + step, shipments), counts), range(0, shipments, step)
            )
        )
    ptr = np.zeros(shipments + 1, dtype=np.int64)
    np.cumsum(counts, out=ptr[1:])
    return ptr


def group(raw: RawColumns, ptr: NDArray[np.int64], out: Columns, threads: int = 2) -> None:
    """Write rows into `out` by shipment; `ptr` is `shipment_ptr`, and all arrays of `out` are filled.

    `out.km_m` and `out.unofficial_cents` have room for the rows with their flags; `out.tonnes` and
    `out.moneyed` are the caller's.
    """
    shipments = len(ptr) - 1
    nexts = ptr[:-1].copy()
    out.ptr[:] = ptr
    pieces = max(1, -(-int(ptr[-1]) // RANGE_ROWS))
    records = None
    out.km_ptr[0] = out.unofficial_ptr[0] = 0
    with ThreadPoolExecutor(threads) as pool:
        for first, last in _ranges(ptr, 0, shipments, pieces):
            base, rows = int(ptr[first]), int(ptr[last] - ptr[first])
            if records is None or len(records) < rows:
                records = np.empty((rows, _WORDS), dtype=np.uint64)
            mine = _ranges(ptr, first, last, threads)
            held = records

            def move(span: tuple[int, int], base: int = base, held: Any = held) -> None:
                _move(
                    raw.shipment, raw.begin_s, raw.seconds, raw.kind, raw.activity, raw.flags,
                    raw.official_cents, raw.km_m, raw.unofficial_cents, raw.tie, *span, base, nexts, held,
                )  # fmt: skip
                _place(
                    held, ptr, *span, base, out.begin_s, out.seconds, out.kind, out.activity, out.flags,
                    out.official_cents, out.km_ptr[1:], out.unofficial_ptr[1:],
                )  # fmt: skip

            list(pool.map(move, mine))
            for pointer in (out.km_ptr, out.unofficial_ptr):
                part = pointer[first : last + 1]
                np.cumsum(part, out=part)

            def sparse(span: tuple[int, int], base: int = base, held: Any = held) -> None:
                _sparse(
                    held, ptr, *span, base, out.km_ptr, out.unofficial_ptr, out.km_m, out.unofficial_cents
                )

            list(pool.map(sparse, mine))
