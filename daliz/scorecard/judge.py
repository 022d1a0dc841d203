"""One series beside its baseline and its target: what may be said of it.

Question: is it better than before, is it where it should be by now, and how sure is that?
In and out: points of one series about one subject, a baseline and a target in; a `Judgement` out.
Method: the change is the latest point less the baseline, its interval from the two intervals, taken as
independent and symmetric on each side (the squares of the half-widths add up). A rule decides in this order:
no point, no baseline, no point after it, reporting changed in between; target reached (by the whole interval
where there is one); worse or better (interval of the change beyond nothing); on the way or behind by the
straight line from baseline to target; else no clear change. Trend: median slope (`engine.trend`).
Limits: a point without an interval is taken at its word and the judgement says so.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.trend import Slope, sen_slope

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["STALE_D", "Baseline", "Goal", "Judgement", "Point", "judge"]

STALE_D = 550
"""Days after which the latest point no longer speaks for today: a yearly figure that missed its turn."""

YEAR_D = 365.25

_MET = {
    ">": lambda value, aim: value > aim,
    ">=": lambda value, aim: value >= aim,
    "<": lambda value, aim: value < aim,
    "<=": lambda value, aim: value <= aim,
}


@dataclass(frozen=True)
class Point:
    """One observation: last day of its period, value, interval where known, sample, where it comes from."""

    on: dt.date
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    quality: str = "published"
    source: str = ""


@dataclass(frozen=True)
class Baseline:
    """What is compared with; `chosen` when the reader named the day and no register declares it."""

    point: Point
    chosen: bool = False


@dataclass(frozen=True)
class Goal:
    """What is aimed at and by when."""

    comparator: str
    value: float
    on: dt.date | None = None


@dataclass(frozen=True)
class Judgement:
    """What may be said. `status` is one of reached, on_track, behind, better, worse, unclear, cannot_judge.

    `reason` says why it cannot be judged (no_data, no_baseline, not_after, reporting_changed) or is empty;
    `change` with its interval is latest less baseline; `progress` the share of the way to the goal;
    `sure` is False where an interval was lacking; `later` holds the points two and three years on.
    """

    status: str
    reason: str
    latest: Point | None
    baseline: Baseline | None
    goal: Goal | None
    change: float | None
    change_low: float | None
    change_high: float | None
    progress: float | None
    trend: Slope | None
    later: tuple[Point | None, Point | None]
    sure: bool
    stale: bool


def judge(
    points: Sequence[Point], better: str, at: dt.date,
    baseline: Baseline | None = None, goal: Goal | None = None, breaks: Sequence[dt.date] = (),
) -> Judgement:  # fmt: skip
    """What may be said of a series on a day.

    Parameters
    ----------
    points
        Points of one subject in one unit; those after `at` are not seen.
    better
        lower or higher.
    at
        Day of the judgement.
    baseline, goal
        What it is compared with and what it should come to, where declared.
    breaks
        Days since which it is reported otherwise.
    """
    seen = sorted((one for one in points if one.on <= at), key=lambda one: one.on)
    latest = seen[-1] if seen else None
    run = [one for one in seen if not any(one.on < day <= seen[-1].on for day in breaks)]
    reason = _reason(latest, baseline, breaks)
    change = low = high = progress = None
    if not reason and latest is not None and baseline is not None:
        change, low, high = _difference(latest, baseline.point)
        progress = _progress(latest.value, baseline.point.value, goal)
    sure = low is not None
    status = "cannot_judge" if reason else _status(latest, baseline, goal, better, (change, low, high))
    return Judgement(
        status, reason, latest, baseline, goal, change, low, high, progress, _trend(run),
        _later(seen, baseline), sure, latest is not None and (at - latest.on).days > STALE_D,
    )  # fmt: skip


def _reason(latest: Point | None, baseline: Baseline | None, breaks: Sequence[dt.date]) -> str:
    if latest is None:
        return "no_data"
    if baseline is None:
        return "no_baseline"
    if latest.on <= baseline.point.on:
        return "not_after"
    if any(baseline.point.on < day <= latest.on for day in breaks):
        return "reporting_changed"
    return ""


def _difference(latest: Point, base: Point) -> tuple[float, float | None, float | None]:
    change = latest.value - base.value
    if None in (latest.low, latest.high, base.low, base.high):
        return change, None, None
    down = math.hypot(latest.value - float(latest.low or 0.0), float(base.high or 0.0) - base.value)
    up = math.hypot(float(latest.high or 0.0) - latest.value, base.value - float(base.low or 0.0))
    return change, change - down, change + up


def _progress(value: float, base: float, goal: Goal | None) -> float | None:
    """(actual - baseline) / (target - baseline)."""
    if goal is None or goal.value == base:
        return None
    return (value - base) / (goal.value - base)


def _status(
    latest: Point | None, baseline: Baseline | None, goal: Goal | None, better: str,
    change: tuple[float | None, float | None, float | None],
) -> str:  # fmt: skip
    if latest is None or baseline is None or change[0] is None:
        return "cannot_judge"
    if goal is not None and _reached(latest, goal, better):
        return "reached"
    sign = 1.0 if better == "higher" else -1.0
    ends = [sign * one for one in change[1:] if one is not None] or [sign * change[0]]
    if max(ends) < 0:
        return "worse"
    if goal is not None and goal.on is not None and goal.on > baseline.point.on:
        done = _progress(latest.value, baseline.point.value, goal)
        due = min(1.0, (latest.on - baseline.point.on) / (goal.on - baseline.point.on))
        if done is not None:
            return "on_track" if done >= due else "behind"
    return "better" if min(ends) > 0 else "unclear"


def _reached(latest: Point, goal: Goal, better: str) -> bool:
    """Whether the goal holds, by the worse end of the interval where there is one."""
    worst = latest.low if better == "higher" else latest.high
    value = latest.value if worst is None else worst
    comparator = (">=" if better == "higher" else "<=") if goal.comparator == "=" else goal.comparator
    return bool(_MET[comparator](value, goal.value))


def _trend(seen: Sequence[Point]) -> Slope | None:
    """Slope a year of the points that one way of reporting gave."""
    if not seen:
        return None
    first = seen[0].on
    years = np.array([(one.on - first).days / YEAR_D for one in seen], dtype=np.float64)
    return sen_slope(years, np.array([one.value for one in seen], dtype=np.float64))


def _later(seen: Sequence[Point], baseline: Baseline | None) -> tuple[Point | None, Point | None]:
    """The last points within two and within three years of the baseline, none older than a year by then."""
    if baseline is None:
        return None, None
    found = []
    for years in (2, 3):
        end, before = _years_on(baseline.point.on, years), _years_on(baseline.point.on, years - 1)
        near = [one for one in seen if before < one.on <= end]
        found.append(near[-1] if near and seen[-1].on >= end else None)
    return found[0], found[1]


def _years_on(day: dt.date, years: int) -> dt.date:
    """The same day of a later year; the last of February where it has no 29th."""
    if (day.month, day.day) == (2, 29):
        return dt.date(day.year + years, 3, 1) - dt.timedelta(days=1)
    return day.replace(year=day.year + years)
