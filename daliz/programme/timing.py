"""Measures on the calendar: the schedule that their days and links give.

Question: when can each measure be done, what pushes it, and which of them set the end of the programme?
In and out: rows of `measures` and `measure_links` and a day in; early and late days, floats and drivers out.
Method: `engine.schedule` on days since 1970. The length of a measure is from its planned start to its due
day, else `duration_d`, else nothing is assumed: it then has no length of its own. Work without any planned
day, start or link has no place on the calendar.
Limits: calendar days, no working weeks: plans of states are dated, not staffed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.schedule import KINDS, Links, cycle_of, schedule
from daliz.errors import BadTable, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daliz.schema import Row

__all__ = ["Place", "on_calendar"]

_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Place:
    """Where a measure lies: early days, float, whether it is critical, and the measure that pushes it."""

    start: dt.date
    finish: dt.date
    total_float_d: float | None
    critical: bool
    pushed_by: str | None


def on_calendar(measures: Sequence[Row], links: Sequence[Row], at: dt.date) -> Mapping[str, Place]:
    """Early days and floats of the measures that have a place on the calendar.

    Parameters
    ----------
    measures
        Rows as of the day (`started` and `done` not after it); cancelled ones are left out by the caller.
    links
        Rows of `measure_links`; those whose ends are not among `measures` are left out.
    at
        Day of counting: unfinished work ends no earlier.

    Raises
    ------
    BadTable
        when links run in a circle; names the measures in it.
    """
    number = {str(row["measure"]): at_ for at_, row in enumerate(measures)}
    kept = [link for link in links if link["predecessor"] in number and link["successor"] in number]
    made = Links(
        np.array([number[link["predecessor"]] for link in kept], dtype=np.int64),
        np.array([number[link["successor"]] for link in kept], dtype=np.int64),
        np.array([KINDS.index(link["kind"] or "fs") for link in kept], dtype=np.int64),
        np.array([link["lag_d"] or 0.0 for link in kept], dtype=np.float64),
    )
    circle = cycle_of(len(measures), made)
    if len(circle):
        names = " → ".join(str(measures[one]["measure"]) for one in (*circle, circle[0]))
        raise BadTable(
            [Finding("error", "measure_links", names, "finding.plan_circle", "repair.plan_circle")]
        )
    placed = np.zeros(len(measures), dtype=bool)
    placed[made.first] = placed[made.second] = True
    placed |= np.array([_dated(row) for row in measures], dtype=bool)
    found = schedule(
        np.array([_length_d(row) for row in measures], dtype=np.float64), made,
        np.array([_day(row["start"], -np.inf) for row in measures], dtype=np.float64),
        np.array([_day(row["started"], np.nan) for row in measures], dtype=np.float64),
        np.array([_day(row["done"], np.nan) for row in measures], dtype=np.float64), float(_day(at, 0.0)),
    )  # fmt: skip
    linked = np.zeros(len(measures), dtype=bool)
    linked[made.first] = linked[made.second] = True
    return {
        key: Place(
            _date(found.early_start[one]), _date(found.early_finish[one]),
            _finite(found.total_float_d[one]), bool(found.critical[one] and linked[one]),
            None if found.driver[one] < 0 else str(kept[int(found.driver[one])]["predecessor"]),
        )
        for key, one in number.items()
        if placed[one]
    }  # fmt: skip


def _dated(row: Row) -> bool:
    return any(row[name] is not None for name in ("start", "due", "started", "done"))


def _length_d(row: Row) -> float:
    if row["start"] is not None and row["due"] is not None:
        return float(max(0, (row["due"] - row["start"]).days))
    return float(row["duration_d"] or 0.0)


def _day(day: dt.date | None, empty: float) -> float:
    return empty if day is None else float((day - _EPOCH).days)


def _date(days: float) -> dt.date:
    return _EPOCH + dt.timedelta(days=round(float(days)))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
