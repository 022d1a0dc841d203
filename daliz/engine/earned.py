"""Earned value and earned schedule: how far work is, in money and in time.

Question: at which day of the plan does the work done so far stand, and when will all be done?
In and out: cumulative planned values by period, times and earned values in; earned schedule, indices and a
forecast with an interval out.
Method: earned schedule is the time at which the plan meant to have earned what is earned, linear within a
period (Lipke 2003). SPI(t) is earned schedule over actual time; the forecast of the end is planned duration
over SPI(t). Its interval takes the logarithms of the SPI(t) of single periods as normal, with Student's t and
Lipke's adjustment for the part already done (Lipke, Zwikael, Henderson and Anbari 2009).
Limits: at least `LEAST_PERIODS` periods of history are needed for an interval. SPI in money goes to one at
the end of any work, however late; SPI(t) does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LEAST_PERIODS", "Earned", "earned", "earned_schedule", "progress"]

LEAST_PERIODS = 4
"""Fewest single periods from which a spread is told."""


@dataclass(frozen=True)
class Earned:
    """State of a piece of work; times in periods from its start, not a number or infinite where not defined.

    `schedule` earned schedule; `spi_t`, `spi`, `cpi` indices; `sv_t` schedule variance in periods; `duration`
    forecast of the whole duration with `duration_low`, `duration_high` (not a number where history is short);
    `cost` forecast of the whole cost at the present CPI; `done` whether all planned value is earned.
    """

    at: float
    schedule: float
    spi_t: float
    spi: float
    cpi: float
    sv_t: float
    duration: float
    duration_low: float
    duration_high: float
    cost: float
    done: bool


def progress(actual: float, baseline: float, target: float) -> float:
    """(actual - baseline) / (target - baseline); not a number where the target is the baseline.

    Examples
    --------
    >>> progress(18.0, 23.0, 15.0)
    0.625
    """
    return math.nan if target == baseline else (actual - baseline) / (target - baseline)


def earned_schedule(planned: Floats, earned_value: float) -> float:
    """Time in periods at which `planned` (cumulative at the end of periods 1, 2, ...) reaches a value.

    Earned value above all planned value counts as all of it. Where the plan stands still, work that has
    earned that much is at the end of the pause, except at the end of the plan.

    Raises
    ------
    ValueError
        when there is no plan or it falls.

    Examples
    --------
    >>> round(earned_schedule(np.array([10.0, 25, 45, 65, 80, 90, 100]), 36.0), 4)
    2.55
    """
    steps = np.concatenate(([0.0], np.asarray(planned, dtype=np.float64)))
    if len(steps) < 2 or (np.diff(steps) < 0).any():
        raise ValueError("planned values are cumulative and do not fall")
    if earned_value >= steps[-1]:
        return float(np.argmax(steps >= steps[-1]))
    whole = int(np.searchsorted(steps, max(earned_value, 0.0), side="right")) - 1
    return float(whole + (max(earned_value, 0.0) - steps[whole]) / (steps[whole + 1] - steps[whole]))


def earned(planned: Floats, value: Floats, at: Floats, cost: Floats | None = None) -> Earned:
    """State at the last of several reports.

    Parameters
    ----------
    planned
        Cumulative planned value at the end of periods 1, 2, ... of the plan.
    value, at
        Cumulative earned value of each report and its time in periods, in order; the last is the present.
    cost
        Cumulative actual cost of each report, in the unit of the planned value.

    Raises
    ------
    ValueError
        when there is no report, times do not grow or lengths differ.
    """
    times = np.asarray(at, dtype=np.float64)
    worth = np.asarray(value, dtype=np.float64)
    if not len(times) or len(times) != len(worth) or (np.diff(times) <= 0).any() or times[0] <= 0:
        raise ValueError("reports with growing times above nothing, one value each")
    plan = np.asarray(planned, dtype=np.float64)
    points = np.array([earned_schedule(plan, one) for one in worth])
    now, es = float(times[-1]), float(points[-1])
    whole = float(np.argmax(plan >= plan[-1]) + 1)
    due = float(np.interp(now, np.arange(len(plan) + 1), np.concatenate(([0.0], plan))))
    spi_t = es / now
    done = bool(worth[-1] >= plan[-1])
    duration = now if done else whole / spi_t if spi_t > 0 else math.inf
    low, high = (now, now) if done else _interval(points, times, whole, spi_t)
    spent = math.nan if cost is None else float(np.asarray(cost, dtype=np.float64)[-1])
    cpi = float(worth[-1]) / spent if spent > 0 else math.nan
    return Earned(
        now, es, spi_t, float(worth[-1]) / due if due > 0 else math.nan, cpi, es - now,
        duration, low, high, float(plan[-1]) / cpi if cpi > 0 else math.nan, done,
    )  # fmt: skip


def _interval(points: Floats, times: Floats, whole: float, spi_t: float) -> tuple[float, float]:
    """Durations at the ends of the 95 per cent interval of the logarithm of SPI(t)."""
    single = np.diff(np.concatenate(([0.0], points))) / np.diff(np.concatenate(([0.0], times)))
    n = len(single)
    if n < LEAST_PERIODS or (single <= 0).any() or spi_t <= 0:
        return math.nan, math.nan
    left = whole - float(points[-1])
    adjust = math.sqrt(left / max(whole - float(points[-1]) / n, 1e-12))
    spread = float(np.log(single).std(ddof=1)) / math.sqrt(n) * adjust
    half = float(special.stdtrit(n - 1, 0.975)) * spread
    return whole / (spi_t * math.exp(half)), whole / (spi_t * math.exp(-half))
