"""The one pass over the events: a record for each border visit and for each part of a trip.

Question: what did each shipment spend at each post, and in each mode and state?
In and out: `Columns`, `Kinds` and a `Cut` into periods and corridors in; `Records` out.
Method: blocks of whole shipments of about `BLOCK_ROWS` rows, each walked by one thread with a few counters
in hand. A run ends where the place changes and at every movement; the rows of a run with one mode and
direction are a visit. A part is all rows of a shipment in one mode and state. Periods are those of the last
instant, UTC. The corridors of a shipment are found by adding bit masks of its places in columns (bit-sliced
counters), so that all corridors are counted at once.
Limits: at most `MOST_VISITS` visits in a run, `MOST_PARTS` parts and 255 places a shipment; a shipment with
more is refused.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from daliz.engine.logbook.columns import Columns, Kinds

__all__ = ["Cut", "Records", "tally"]

BLOCK_ROWS = 1_000_000
MOST_VISITS, MOST_PARTS = 64, 512
_PLANES = 8
_DAY_S = 86_400
_TIMED, _OPEN, _KM, _OFFICIAL, _UNOFFICIAL, _UNCONVERTED = 1, 2, 4, 8, 16, 32
_MOVE, _KNOWN, _BORDER, _PLACE, _VISIT, _PART, _LOW = 1, 2, 4, 3, 23, 43, (1 << 20) - 1
"""Where a kind keeps what in one number of 63 bits."""

TIMED_WHOLE, PAID = 1, 2
"""Bits of a visit: its hours are whole; its payments are."""
COMPLETE, PRICED = 1, 2
"""Bits of a part: it has a speed; it has a unit cost."""


@dataclass(frozen=True)
class Cut:
    """Into which cells the records go.

    `period_of_day` (days,) is the period of each day from `first_day` (days since 1970) on; `corridors`
    (places, words) has bit c of word c // 64 where the known place lies on corridor c. A shipment runs along
    a corridor that holds `least` of its places and `share_per_cent` of them.
    """

    first_day: int
    period_of_day: NDArray[np.int32]
    periods: int
    corridors: NDArray[np.uint64]
    least: int = 2
    share_per_cent: int = 50


@dataclass(frozen=True)
class Records:
    """Visits by cell = visit * periods + period, parts by cell = (part * periods + period) * sets + set.

    Rows of a cell stand in the order of the log. `visit_ptr` and `part_ptr` say where each cell begins;
    `sets` (sets, words) holds the corridors of each set as bits.
    """

    visit_ptr: NDArray[np.int64]
    visit_s: NDArray[np.uint32]
    visit_bits: NDArray[np.uint8]
    official_cents: NDArray[np.uint32]
    unofficial_cents: NDArray[np.uint32]
    part_ptr: NDArray[np.int64]
    part_bits: NDArray[np.uint8]
    km_m: NDArray[np.uint32]
    moving_s: NDArray[np.uint32]
    stop_s: NDArray[np.uint32]
    usd_cents: NDArray[np.uint32]
    tonnes: NDArray[np.float64]
    sets: NDArray[np.uint64]
    periods: int


@njit(cache=True, nogil=True)
def _walk(  # type: ignore[no-untyped-def]
    begin, seconds, kind, flags, official, km, unofficial, ptr, km_ptr, un_ptr, tonnes, moneyed,
    packed, corridors, first_day, period_of_day, periods,
    least, share, first, last, v_cell, v_s, v_bits, v_official, v_unofficial, p_cell, p_set, p_bits, p_km,
    p_moving, p_stop, p_usd, p_tonnes, sets,
):  # fmt: skip
    """Records of the shipments `first:last`; gives how many visits, parts and sets, or -1 for too many."""
    words = corridors.shape[1]
    seen = np.full(len(corridors), -1, dtype=np.int64)
    planes = np.zeros((words, _PLANES), dtype=np.uint64)
    chosen = np.zeros(words, dtype=np.uint64)
    run_visit = np.empty(MOST_VISITS, dtype=np.int32)
    run_i = np.zeros((MOST_VISITS, 5), dtype=np.int64)  # seconds, official, unofficial, last, bits
    part_of = np.empty(MOST_PARTS, dtype=np.int32)
    part_i = np.zeros((MOST_PARTS, 8), dtype=np.int64)
    slots = np.full(512, -1, dtype=np.int32)
    visits = parts = set_count = 0
    for s in range(first, last):
        k_at, u_at = km_ptr[s], un_ptr[s]
        in_run = in_trip = places = 0
        run_place = -1
        moved = True
        planes[:] = 0
        here = -1
        for i in range(ptr[s], ptr[s + 1]):
            word, flag, spent = packed[kind[i]], flags[i], np.int64(seconds[i])
            end = np.int64(begin[i]) + spent
            paid = np.int64(official[i])
            extra = np.int64(0)
            if flag & _UNOFFICIAL:
                extra = np.int64(unofficial[u_at])
                u_at += 1
            part = (word >> _PART) & _LOW
            if here < 0 or part_of[here] != part:
                here = 0
                while here < in_trip and part_of[here] != part:
                    here += 1
                if here == in_trip:
                    if in_trip == MOST_PARTS:
                        return -1, 0, 0
                    part_of[here] = part
                    part_i[here] = 0
                    in_trip += 1
            # part: km, moving, stop, official, last, bits; bits: 1 moves, 2 one of them is short, 4 open,
            # 8 unconverted, 16 names its carriage
            bits = 0
            if flag & _OPEN:
                bits |= 4
            if flag & _UNCONVERTED:
                bits |= 8
            metres = np.int64(0)
            if flag & _KM:
                metres = np.int64(km[k_at])
                k_at += 1
            place = (word >> _PLACE) & _LOW
            known = place
            if word & _KNOWN and seen[known] != s:
                seen[known] = s
                places += 1
                if places > 255:
                    return -1, 0, 0
                for w in range(words):
                    carry = corridors[known, w]
                    at = 0
                    while carry != 0:
                        held = planes[w, at]
                        planes[w, at] = held ^ carry
                        carry &= held
                        at += 1
            if word & _MOVE:
                bits |= 1
                if flag & _OFFICIAL:
                    bits |= 16
                if (flag & (_TIMED | _KM)) == (_TIMED | _KM):
                    part_i[here, 0] += metres
                    part_i[here, 1] += spent
                else:
                    bits |= 2
                moved = True
            else:
                part_i[here, 2] += spent
                if moved or place != run_place:
                    for r in range(in_run):
                        visits = _close(
                            run_visit[r], run_i[r], moneyed[s], first_day, period_of_day, periods, visits,
                            v_cell, v_s, v_bits, v_official, v_unofficial,
                        )  # fmt: skip
                    in_run = 0
                    run_place = place
                    moved = False
                if word & _BORDER:
                    visit = (word >> _VISIT) & _LOW
                    r = 0
                    while r < in_run and run_visit[r] != visit:
                        r += 1
                    if r == in_run:
                        if in_run == MOST_VISITS:
                            return -1, 0, 0
                        run_visit[r] = visit
                        run_i[r] = 0
                        in_run += 1
                    run_i[r, 0] += spent
                    run_i[r, 1] += paid
                    run_i[r, 2] += extra
                    run_i[r, 3] = max(run_i[r, 3], end)
                    run_i[r, 4] |= bits | (flag & _TIMED)
            part_i[here, 3] += paid
            part_i[here, 4] = max(part_i[here, 4], end)
            part_i[here, 5] |= bits
        for r in range(in_run):
            visits = _close(
                run_visit[r], run_i[r], moneyed[s], first_day, period_of_day, periods, visits, v_cell, v_s,
                v_bits, v_official, v_unofficial,
            )  # fmt: skip
        found = False
        need = max(least, (places * share + 99) // 100)
        for w in range(words):
            chosen[w] = _at_least(planes[w], need)
            found |= chosen[w] != 0
        if not found:
            continue
        hashed = np.uint64(0)
        for w in range(words):
            hashed = (hashed ^ chosen[w]) * np.uint64(0x9E3779B97F4A7C15)
            hashed ^= hashed >> np.uint64(29)
        slot = np.int64(hashed & np.uint64(len(slots) - 1))
        while slots[slot] >= 0 and not _same(sets[slots[slot]], chosen):
            slot = (slot + 1) & (len(slots) - 1)
        if slots[slot] < 0:
            if set_count == len(sets):
                return -2, 0, 0
            for w in range(words):
                sets[set_count, w] = chosen[w]
            slots[slot] = set_count
            set_count += 1
            if 2 * set_count > len(slots):
                slots = _wider(slots, sets, set_count)
            number = set_count - 1
        else:
            number = slots[slot]
        for r in range(in_trip):
            bits = part_i[r, 5]
            good = 0
            if (bits & 7) == 1 and part_i[r, 0] > 0 and part_i[r, 1] > 0:
                good = COMPLETE
                if (bits & 24) == 16 and tonnes[s] > 0:
                    good |= PRICED
            p_cell[parts] = part_of[r] * periods + period_of_day[part_i[r, 4] // _DAY_S - first_day]
            p_set[parts] = number
            p_bits[parts] = good
            p_km[parts] = part_i[r, 0]
            p_moving[parts] = part_i[r, 1]
            p_stop[parts] = part_i[r, 2]
            p_usd[parts] = part_i[r, 3]
            p_tonnes[parts] = tonnes[s]
            parts += 1
    return visits, parts, set_count


@njit(cache=True, nogil=True)
def _close(  # type: ignore[no-untyped-def]
    visit, held, moneyed, first_day, period_of_day, periods, visits, v_cell, v_s, v_bits, v_official,
    v_unofficial,
):  # fmt: skip
    """Write the record of one visit; gives the new count."""
    bits = held[4]
    good = 0
    # bit 1 of a row of a visit is TIMED, since a stop never sets the bit of a movement; 4 is open and
    # 8 unconverted: a visit that is not over has no cost
    if (bits & 4) == 0 and (bits & 1):
        good = TIMED_WHOLE
    if moneyed and (bits & 12) == 0:
        good |= PAID
    v_cell[visits] = visit * periods + period_of_day[held[3] // _DAY_S - first_day]
    v_s[visits] = held[0]
    v_bits[visits] = good
    v_official[visits] = held[1]
    v_unofficial[visits] = held[2]
    return visits + 1


@njit(cache=True, nogil=True)
def _at_least(planes, need):  # type: ignore[no-untyped-def]
    """Bits of the columns whose count (bit-sliced, least plane first) is not below `need`."""
    greater = np.uint64(0)
    equal = ~np.uint64(0)
    for at in range(_PLANES - 1, -1, -1):
        plane = planes[at]
        if (need >> at) & 1:
            equal &= plane
        else:
            greater |= equal & plane
            equal &= ~plane
    return greater | equal


@njit(cache=True, nogil=True)
def _same(one, other):  # type: ignore[no-untyped-def]
    same = True
    for w in range(len(one)):
        same &= one[w] == other[w]
    return same


@njit(cache=True, nogil=True)
def _wider(slots, sets, count):  # type: ignore[no-untyped-def]
    """A table of slots twice as long for the first `count` sets."""
    wide = np.full(2 * len(slots), -1, dtype=np.int32)
    for number in range(count):
        hashed = np.uint64(0)
        for w in range(sets.shape[1]):
            hashed = (hashed ^ sets[number, w]) * np.uint64(0x9E3779B97F4A7C15)
            hashed ^= hashed >> np.uint64(29)
        slot = np.int64(hashed & np.uint64(len(wide) - 1))
        while wide[slot] >= 0:
            slot = (slot + 1) & (len(wide) - 1)
        wide[slot] = number
    return wide


@njit(cache=True, nogil=True)
def _histogram(cell, out):  # type: ignore[no-untyped-def]
    for i in range(len(cell)):
        out[cell[i]] += 1


@njit(cache=True, nogil=True)
def _full_cell(cell, of_set, renumbered, sets):  # type: ignore[no-untyped-def]
    for i in range(len(cell)):
        cell[i] = cell[i] * sets + renumbered[of_set[i]]


@njit(cache=True, nogil=True)
def _scatter_visits(  # type: ignore[no-untyped-def]
    cell, s, bits, official, unofficial, nexts, o_s, o_bits, o_official, o_unofficial
):
    for i in range(len(cell)):
        at = nexts[cell[i]]
        nexts[cell[i]] = at + 1
        o_s[at], o_bits[at] = s[i], bits[i]
        o_official[at], o_unofficial[at] = official[i], unofficial[i]


@njit(cache=True, nogil=True)
def _scatter_parts(  # type: ignore[no-untyped-def]
    cell, bits, km, moving, stop, usd, tonnes, nexts, o_bits, o_km, o_moving, o_stop, o_usd, o_tonnes
):
    for i in range(len(cell)):
        at = nexts[cell[i]]
        nexts[cell[i]] = at + 1
        o_bits[at], o_km[at], o_moving[at] = bits[i], km[i], moving[i]
        o_stop[at], o_usd[at], o_tonnes[at] = stop[i], usd[i], tonnes[i]


_KERNELS: dict[str, Any] = {
    "walk": _walk, "visits": _scatter_visits, "parts": _scatter_parts,
}  # fmt: skip


def steady(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only plain view, so that every caller meets the same compiled kernel."""
    view = np.asarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


class _Block:
    """Records of one block as the walk leaves them, in room for the worst case; unused pages cost nothing."""

    def __init__(self, rows: int, words: int, sets: int) -> None:
        def room(dtype: str) -> Any:
            return np.empty(rows, dtype=dtype)

        self.visits = [room(t) for t in ("u4", "u4", "u1", "u4", "u4")]
        self.parts = [room(t) for t in ("u4", "u4", "u1", "u4", "u4", "u4", "u4", "f8")]
        self.sets: NDArray[Any] = np.zeros((sets, words), dtype=np.uint64)

    def cut(self, visits: int, parts: int, sets: int) -> None:
        """Keep what was written."""
        self.visits = [column[:visits] for column in self.visits]
        self.parts = [column[:parts] for column in self.parts]
        self.sets = self.sets[:sets]


_SETS_A_BLOCK = 1 << 16
_CHUNKS = 8
"""Pieces in which records are sorted, each with counters of its own; fixed, so that the order is too."""


def _packed(kinds: Kinds) -> NDArray[np.int64]:
    """Each kind as one number, so that an event needs one look-up."""
    wide = [part.astype(np.int64) for part in (kinds.place, kinds.visit, kinds.part)]
    if any(part.max(initial=0) > _LOW for part in wide):
        raise ValueError("a log has too many places, visits or parts")
    return np.asarray(
        kinds.move * _MOVE | (kinds.known_place >= 0) * _KNOWN | kinds.border * _BORDER
        | wide[0] << _PLACE | wide[1] << _VISIT | wide[2] << _PART
    )  # fmt: skip


def tally(columns: Columns, kinds: Kinds, cut: Cut, threads: int = 2) -> Records:
    """Records of all visits and parts by cell.

    Raises
    ------
    ValueError
        when a shipment has more visits, parts or places than the module allows.
    """
    c = columns
    ptr = c.ptr
    edges = np.searchsorted(ptr, np.arange(0, c.events + BLOCK_ROWS, BLOCK_ROWS)).clip(0, c.shipments)
    spans = [(a, b) for a, b in zip(edges.tolist(), edges[1:].tolist(), strict=False) if a < b]
    shared = [
        steady(a)
        for a in (
            c.begin_s, c.seconds, c.kind, c.flags, c.official_cents, c.km_m, c.unofficial_cents, ptr,
            c.km_ptr, c.unofficial_ptr, c.tonnes, c.moneyed, _packed(kinds), cut.corridors,
        )
    ]  # fmt: skip
    period_of_day = steady(cut.period_of_day)

    def walk(span: tuple[int, int]) -> _Block:
        rows = int(ptr[span[1]] - ptr[span[0]])
        block = _Block(rows, cut.corridors.shape[1], min(_SETS_A_BLOCK, span[1] - span[0]))
        counts = _KERNELS["walk"](
            *shared, cut.first_day, period_of_day, cut.periods, cut.least, cut.share_per_cent, *span,
            *block.visits, *block.parts, block.sets,
        )  # fmt: skip
        if counts[0] < 0:
            raise ValueError(
                "a shipment has too many visits, parts or places, or shipments too many corridors"
            )
        block.cut(*counts)
        return block

    with ThreadPoolExecutor(threads) as pool:
        blocks = list(pool.map(walk, spans))
        return _sorted(blocks, kinds, cut, pool)


def _sorted(blocks: list[_Block], kinds: Kinds, cut: Cut, pool: ThreadPoolExecutor) -> Records:
    """Blocks brought together by cell: histograms, offsets, one move of each record."""
    sets = np.unique(np.concatenate([b.sets for b in blocks]), axis=0) if blocks else cut.corridors[:0]
    number = {row.tobytes(): at for at, row in enumerate(sets)}
    for block in blocks:
        renumbered = np.array([number[row.tobytes()] for row in block.sets], dtype=np.int64)
        block.sets = renumbered
    visit_cells = (int(kinds.visit.max(initial=-1)) + 1) * cut.periods
    part_cells = (int(kinds.part.max(initial=-1)) + 1) * cut.periods * max(1, len(sets))

    size = -(-len(blocks) // _CHUNKS) or 1
    chunks = [blocks[at : at + size] for at in range(0, len(blocks), size)]

    def count(chunk: list[_Block]) -> tuple[Any, Any]:
        visit, part = np.zeros(visit_cells, dtype=np.int64), np.zeros(part_cells, dtype=np.int64)
        for block in chunk:
            _full_cell(block.parts[0], block.parts[1], block.sets, max(1, len(sets)))
            _histogram(block.visits[0], visit)
            _histogram(block.parts[0], part)
        return visit, part

    counts = list(pool.map(count, chunks))
    pointers, nexts = [], []
    for at, cells in ((0, visit_cells), (1, part_cells)):
        whole = np.zeros(cells + 1, dtype=np.int64)
        by_block = [pair[at] for pair in counts]
        if by_block:
            np.cumsum(sum(by_block), out=whole[1:])
        mine, starts = [], whole[:-1].copy()
        for one in by_block:
            mine.append(starts.copy())
            starts += one
        pointers.append(whole)
        nexts.append(mine)
    n_visits, n_parts = int(pointers[0][-1]), int(pointers[1][-1])
    visits = [np.empty(n_visits, dtype=t) for t in ("u4", "u1", "u4", "u4")]
    parts = [np.empty(n_parts, dtype=t) for t in ("u1", "u4", "u4", "u4", "u4", "f8")]

    def scatter(at: int) -> None:
        for block in chunks[at]:
            _KERNELS["visits"](*block.visits, nexts[0][at], *visits)
            cell, _, *rest = block.parts
            _KERNELS["parts"](cell, *rest, nexts[1][at], *parts)

    list(pool.map(scatter, range(len(chunks))))
    made: list[Any] = [pointers[0], *visits, pointers[1], *parts, sets]
    return Records(*made, cut.periods)  # type: ignore[call-arg]
