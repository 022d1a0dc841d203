"""Hours of steps on their clocks, and the breaches.

Question: how long did each step take on its own clock, and what does not agree with its checklist?
In and out: a `Log` in; `Judged` arrays by event and visit, and a frame of table `breaches` out.
Method: elapsed hours run from begin to end (of an open one to the moment asked about); counted hours are
those of them in which the calendar of the item runs and none of its stops stands. An event with an item and a
standard is judged unless it is a repeat (which is a breach itself) or its end was never logged.
Limits: seconds of a clock that stands at times are cut inwards to whole ones; calendars reach back to the
first event of the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.conformance.log import HOUR_US, QUALITIES, Log
from daliz.conformance.rules import ALWAYS
from daliz.engine.align import DONE, NEVER, OUT_OF_ORDER, REPEATED, UNKNOWN
from daliz.engine.clock import Spans, Stops, counted_h, without
from daliz.engine.visits import stops_of
from daliz.regime.clocks import spans_s

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["EXACT_H", "OPEN", "STATES", "UNENDED", "VISIT", "Judged", "breaches_of", "judge"]

OPEN, UNENDED = 4, 5
STATES = ("done", "repeated", "out_of_order", "unknown", "open", "unended", "skipped", "waived")
"""Names of states; the first four are the labels of the alignment."""

SKIPPED, WAIVED = 6, 7
VISIT = "visit"
"""What stands for the code where the whole visit is meant."""

_SECOND_US = 1_000_000
EXACT_H = 1e-9
"""Hours by which rounding may exceed a standard (4 microseconds)."""


@dataclass(frozen=True)
class Judged:
    """By event: state, elapsed and counted hours, standard, hours over it (NaN where there is none).

    `judged`: whether the event counts for attainment. `within` is known only for ended ones. By visit:
    `left` (microseconds, `NEVER` while open), hours elapsed and counted, standard, hours over, quality
    number.
    """

    state: NDArray[np.int8]
    elapsed_h: Floats
    counted_h: Floats
    sla_h: Floats
    over_h: Floats
    judged: NDArray[np.bool_]
    quality: NDArray[np.int32]
    left: NDArray[np.int64]
    visit_elapsed_h: Floats
    visit_counted_h: Floats
    visit_sla_h: Floats
    visit_over_h: Floats
    visit_quality: NDArray[np.int32]


def judge(log: Log) -> Judged:
    """Clock every event and every visit."""
    first, chosen, item = log.visits.first, log.chosen, log.item
    visit_of = log.visit_of
    is_open = log.aligned.open
    state = log.aligned.label.copy()
    unended = (state == DONE) & (log.end == NEVER)
    state[unended] = np.where(log.aligned.running[unended], OPEN, UNENDED)
    until = log.until
    timed = (log.since != NEVER) & (until != NEVER) & (until >= log.since)
    elapsed = np.full(len(item), np.nan)
    elapsed[timed] = (until[timed] - log.since[timed]) / HOUR_US
    lists = chosen[visit_of]
    listed = item >= 0
    counted = _counted(log, timed & listed, lists, until, elapsed)
    sla = np.full(len(item), np.nan)
    sla[listed] = log.rules.sla_h[lists[listed], item[listed]]
    judged = listed & timed & ~np.isnan(sla) & np.isin(state, (DONE, OUT_OF_ORDER, OPEN))
    over = np.where(judged, counted - sla, np.nan)
    quality = log.quality
    starts = first[:-1]
    latest = np.where(log.end == NEVER, log.begin, log.end)
    left = np.maximum.reduceat(latest, starts) if len(starts) else np.empty(0, np.int64)
    stays_until = np.where(is_open, log.at_us, left)
    arrived = log.begin[starts]
    total = np.full(len(starts), np.nan)
    has = chosen >= 0
    if log.rules.lists:
        total[has] = log.rules.total_sla_h[chosen[has]]
    whole = (stays_until - arrived) / HOUR_US
    on_clock = whole.copy()
    if log.rules.lists:
        clocks = np.where(has, log.rules.total_clock[chosen], ALWAYS)
        for number in np.unique(clocks[clocks != ALWAYS]).tolist():
            these = clocks == number
            on_clock[these] = counted_h(*_seconds(arrived[these], stays_until[these]), *_spans(log, number))
    return Judged(
        state, elapsed, counted, sla, over, judged, quality,
        np.where(is_open, NEVER, left), whole, on_clock, total, on_clock - total,
        np.maximum.reduceat(quality, starts) if len(starts) else np.empty(0, np.int32),
    )  # fmt: skip


def _counted(
    log: Log, rows: NDArray[np.bool_], lists: NDArray[np.int32], until: NDArray[np.int64], elapsed: Floats
) -> Floats:
    """Counted hours of the events `rows`; elapsed ones of the others."""
    counted = elapsed.copy()
    if not log.rules.lists:
        return counted
    items = np.where(rows, log.item, 0)
    stops_any: NDArray[np.bool_] = np.asarray(log.rules.stops.any(axis=2))
    stopping = rows & stops_any[lists, items]
    clocks = np.where(rows, log.rules.clock[lists, items], ALWAYS)
    run, stop = stops_of(
        log.visits.first, stopping, (log.chosen, log.item, log.code), (log.since, until), log.rules.stops
    )  # fmt: skip
    stopped_at = np.flatnonzero(stopping)
    for number in np.unique(clocks[rows]).tolist() if rows.any() else ():
        spans = _spans(log, number)
        plain = np.flatnonzero(rows & ~stopping & (clocks == number))
        if number != ALWAYS and len(plain):
            counted[plain] = counted_h(*_seconds(log.since[plain], until[plain]), *spans)
        mine = np.flatnonzero(clocks[stopped_at] == number)
        if len(mine):
            counted[stopped_at[mine]] = _stopped(log, stopped_at[mine], mine, (run, stop), spans, until)
    return np.fmin(counted, elapsed)


def _stopped(
    log: Log, at: NDArray[np.int64], mine: NDArray[np.int64], stops: tuple[NDArray[np.int64], ...],
    spans: Spans, until: NDArray[np.int64],
) -> Floats:  # fmt: skip
    run, stop = stops
    sizes = (run[1:] - run[:-1])[mine]
    first = np.concatenate([[0], np.cumsum(sizes)])
    events = stop[np.repeat(run[mine] - first[:-1], sizes) + np.arange(first[-1])]
    return without(
        *_seconds(log.since[at], until[at]), spans, Stops(first, *_seconds(log.since[events], until[events]))
    )


def _seconds(begin: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Whole seconds inside an interval of microseconds."""
    return -(-begin // _SECOND_US), end // _SECOND_US


def _spans(log: Log, number: int) -> Spans:
    low, high = int(log.begin.min()) // _SECOND_US - 1, log.at_us // _SECOND_US + 1
    if number == ALWAYS:
        return Spans(np.array([low]), np.array([high]))
    return spans_s(*log.rules.calendars[number], low, high)


@dataclass(frozen=True)
class _Kind:
    """Breaches of one kind: visits, events that prove them (two positions, the second may be -1), figures."""

    name: str
    visit: NDArray[np.int64]
    one: NDArray[np.int64]
    two: NDArray[np.int64]
    item: NDArray[np.int64]
    sla_h: Floats
    counted_h: Floats
    over_h: Floats
    quality: NDArray[np.int32]


def breaches_of(log: Log, judged: Judged) -> pl.DataFrame:
    """Every breach of a checklist, in the order of visits and events: table `breaches`."""
    import polars as pl

    kinds = [*_step_breaches(log, judged), *_visit_breaches(log, judged)]
    visit, one, two, item = (
        np.concatenate([getattr(kind, name) for kind in kinds]) for name in ("visit", "one", "two", "item")
    )  # fmt: skip
    figures = {
        name: pl.Series(np.concatenate([getattr(kind, name) for kind in kinds])).fill_nan(None)
        for name in ("sla_h", "counted_h", "over_h")
    }
    quality = np.concatenate([kind.quality for kind in kinds])
    names = np.concatenate([np.full(len(kind.visit), at) for at, kind in enumerate(kinds)]).astype(np.int32)
    lists = log.chosen[visit]
    of_item = item >= 0
    late = np.array([kind.name in ("late", "late_open") for kind in kinds])[names]
    over = figures["over_h"].to_numpy()
    limit = np.full(len(visit), np.nan)
    limit[of_item] = log.rules.escalate_h[lists[of_item], item[of_item]] if log.rules.lists else np.nan
    with np.errstate(invalid="ignore"):
        escalated = late & (over > limit)
    ids = log.frame["event"]
    frame = pl.DataFrame(
        {
            "_visit": visit, "_one": one,
            "visit": visit_ids(log, visit), "shipment": gathered(log.shipments, log.shipment[visit]),
            "place": gathered(pl.Series(log.places, dtype=pl.String), log.place[visit]),
            "code": _codes(log, lists, item, one, names, kinds),
            "party": _party(log, lists, item), "kind": gathered(pl.Series([k.name for k in kinds]), names),
            **figures, "escalated": np.where(escalated, "yes", "no"),
            "_first": gathered(ids, log.row[one]),
            "_second": gathered(ids, np.where(two >= 0, log.row[two], -1)),
            "quality": gathered(pl.Series(QUALITIES), quality),
        }
    )  # fmt: skip
    frame = frame.sort("_visit", "_one", "kind", "code", maintain_order=True)
    same = pl.int_range(pl.len()).over("visit", "code", "kind")
    number = pl.when(same > 0).then(pl.format(":{}", same + 1)).otherwise(pl.lit(""))
    events = pl.concat_list("_first", "_second").list.drop_nulls()
    return frame.with_columns(
        pl.format("{}:{}:{}{}", "visit", "code", "kind", number).alias("breach"), events.alias("events")
    ).select(
        "breach", "visit", "shipment", "place", "code", "party", "kind", "sla_h", "counted_h", "over_h",
        "escalated", "events", "quality",
    )  # fmt: skip


def _step_breaches(log: Log, judged: Judged) -> list[_Kind]:
    visit_of = log.visit_of
    kinds = []
    over = judged.judged & (judged.over_h > EXACT_H)
    with_figures = {"late": over & (log.end != NEVER), "late_open": over & (log.end == NEVER)}
    labels = {"repeated": REPEATED, "out_of_order": OUT_OF_ORDER, "unknown": UNKNOWN}
    plain = {name: judged.state == number for name, number in labels.items()}
    for name, mask in (with_figures | plain).items():
        at = np.flatnonzero(mask)
        none = np.full(len(at), np.nan)
        figures = name in with_figures
        kinds.append(
            _Kind(
                name, visit_of[at], at, np.full(len(at), -1), log.item[at].astype(np.int64),
                judged.sla_h[at] if figures else none, judged.counted_h[at] if figures else none,
                judged.over_h[at] if figures else none, judged.quality[at],
            )
        )  # fmt: skip
    return kinds


def _visit_breaches(log: Log, judged: Judged) -> list[_Kind]:
    kinds = []
    starts, ends = log.visits.first[:-1], log.visits.first[1:] - 1
    closed = ~log.aligned.open
    visit, item = bits(log.aligned.skipped, np.ones(len(closed), dtype=np.bool_))
    none = np.full(len(visit), np.nan)
    one, two = starts[visit], ends[visit]
    kinds.append(
        _Kind("skipped", visit, one, np.where(two > one, two, -1), item, none, none, none,
              judged.visit_quality[visit])
    )  # fmt: skip
    over = judged.visit_over_h > EXACT_H
    for name, mask in (("late", over & closed), ("late_open", over & ~closed)):
        at = np.flatnonzero(mask)
        two = np.where(ends[at] > starts[at], ends[at], -1)
        kinds.append(
            _Kind(
                name, at, starts[at], two, np.full(len(at), -1), judged.visit_sla_h[at],
                judged.visit_counted_h[at], judged.visit_over_h[at], judged.visit_quality[at],
            )
        )  # fmt: skip
    return kinds


def bits(masks: NDArray[np.uint64], where: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(row, bit) of every set bit of the masks in `where`, row by row."""
    every = int(np.bitwise_or.reduce(masks[where])) if where.any() else 0
    rows, found = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for bit in (bit for bit in range(64) if every >> bit & 1):
        these = np.flatnonzero(where & (masks >> np.uint64(bit) & np.uint64(1) != 0))
        rows.append(these)
        found.append(np.full(len(these), bit))
    row, bit_of = np.concatenate(rows), np.concatenate(found)
    order = np.argsort(row, kind="stable")
    return row[order], bit_of[order]


def gathered(names: pl.Series, numbers: NDArray[Any]) -> pl.Series:
    """Names by number; null for a negative one."""
    import polars as pl

    at = pl.Series(numbers.astype(np.int64))
    return names.gather(at.set(at < 0, None))


def _codes(
    log: Log, lists: NDArray[np.int32], item: NDArray[np.int64], one: NDArray[np.int64],
    names: NDArray[np.int32], kinds: list[_Kind],
) -> pl.Series:  # fmt: skip
    """Activity code of each breach: of its item, else the words of the log, else `visit`."""
    import polars as pl

    of_item = item >= 0
    number = np.full(len(item), -1)
    number[of_item] = log.rules.code[lists[of_item], item[of_item]] if of_item.any() else -1
    of_list = gathered(pl.Series(log.rules.codes, dtype=pl.String), number)
    unknown = np.array([kind.name == "unknown" for kind in kinds])[names]
    of_log = gathered(log.frame["activity"], np.where(unknown, log.row[one] if len(log.row) else -1, -1))
    return pl.select(pl.coalesce(of_list, of_log, pl.lit(VISIT))).to_series().alias("code")


def _party(log: Log, lists: NDArray[np.int32], item: NDArray[np.int64]) -> pl.Series:
    import polars as pl

    number = np.full(len(item), -1)
    of_item = item >= 0
    if of_item.any():
        number[of_item] = log.rules.party[lists[of_item], item[of_item]]
    return gathered(pl.Series(log.rules.parties, dtype=pl.String), number)


def visit_ids(log: Log, visits: NDArray[np.int64]) -> pl.Series:
    """Names of visits: shipment, place, mode, direction and the number of the visit in the shipment."""
    import polars as pl

    from daliz.conformance.rules import DIRECTIONS, MODES

    heads = np.flatnonzero(np.diff(log.shipment, prepend=-1))
    number = visits - heads[np.searchsorted(heads, visits, side="right") - 1] + 1 if len(heads) else visits
    words = [
        gathered(log.shipments, log.shipment[visits]),
        gathered(pl.Series(log.places, dtype=pl.String), log.place[visits]),
        gathered(pl.Series(MODES), log.visits.mode[visits]).fill_null(""),
        gathered(pl.Series(DIRECTIONS), log.visits.direction[visits]).fill_null(""),
        pl.Series(number),
    ]
    named = pl.DataFrame({str(at): word for at, word in enumerate(words)})
    return named.select(pl.format("{}@{}:{}:{}:{}", *named.columns)).to_series().alias("visit")
