"""From a log to the answer, whole or in parts of shipments.

Question: how is a log judged that does not fit in memory at once?
In and out: events as a frame, or lazily; a `Regime`, frames of a network, a moment in; `Conformance` out.
Method: shipments are dealt into parts by a hash of their name, so that each part holds whole shipments and
every visit is seen whole; the log is read once a part. The moment asked about is that of the whole log.
Limits: a part must fit in memory; one shipment is never split.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daliz.conformance.answer import Conformance
from daliz.conformance.deadlines import deadlines
from daliz.conformance.judge import breaches_of, judge
from daliz.conformance.log import COLUMNS, Options, read
from daliz.conformance.part import Part
from daliz.conformance.rules import Rules

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import polars as pl

    from daliz.regime import Regime

__all__ = ["PART_EVENTS", "conform", "conform_parts"]

PART_EVENTS = 8_000_000
"""Events of a part: about 4 GB while they are judged."""


def conform(
    events: pl.DataFrame,
    regime: Regime,
    frames: Mapping[str, pl.DataFrame],
    at: dt.datetime | None = None,
    options: Options | None = None,
) -> Conformance:
    """Judge a log.

    Parameters
    ----------
    events
        Rows of table `events`.
    regime
        Checklists and recognition agreements.
    frames
        Tables `places`, `crossings`, `corridors`, `charges` and `activity_codes` of a network.
    at
        Aware moment asked about: what lies after it has not happened yet. By default the last of the log.
    options
        Gap between visits, HS codes of goods, ends of cases; a window counts in `conform_parts` alone.

    Raises
    ------
    BadValue
        when a checklist cannot be compiled.
    """
    import datetime as dt

    part = _part(events, Rules.of(regime, frames["places"]), frames, at, options or Options())
    moment = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=part.log.at_us)
    return Conformance(moment, (part,), frames)


def _part(
    events: pl.DataFrame, rules: Rules, frames: Mapping[str, pl.DataFrame], at: dt.datetime | None,
    options: Options,
) -> Part:  # fmt: skip
    import polars as pl

    log = read(events.select(COLUMNS), rules, at, options, frames["crossings"])
    judged = judge(log)
    broken, counts = deadlines(log, options.case_ends)
    log.counts.update(counts)
    return Part(log, judged, pl.concat([breaches_of(log, judged), broken]))


def conform_parts(
    events: pl.LazyFrame,
    regime: Regime,
    frames: Mapping[str, pl.DataFrame],
    at: dt.datetime | None = None,
    options: Options | None = None,
    parts: int | None = None,
) -> Conformance:
    """Judge a long log in parts, one in memory at a time; breaches and measures are kept, steps are not.

    `parts` is by default as many as keep a part near `PART_EVENTS`.
    """
    import datetime as dt

    import polars as pl

    options = options or Options()
    rules = Rules.of(regime, frames["places"])
    wanted = events.select(COLUMNS)
    if parts is None:
        parts = -(-int(wanted.select(pl.len()).collect().item()) // PART_EVENTS)
    parts = max(1, parts)
    if at is None:
        last = wanted.filter(pl.col("status") == "stands").select(
            pl.max_horizontal(pl.col("start", "end").max())
        )
        at = last.collect().item()
    found = []
    for number in range(parts):
        mine = pl.col("shipment").hash(seed=1) % parts == number
        found.append(_part(wanted.filter(mine).collect(), rules, frames, at, options).slim(options.window))
    moment = at or dt.datetime.fromtimestamp(0, dt.UTC)
    return Conformance(moment, tuple(found), frames)
